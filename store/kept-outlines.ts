/**
 * Outlines in the database, so that an endpoint that starts does not read the documents of all plans before its first list is whole. A row counts only with the
 * code of this endpoint's key over it and over the seal of its revision: one that somebody else wrote, moved or changed is made again from the document.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import zlib, { constants } from 'node:zlib';
import { outlineForm, type PlanOutline } from '../domain/plan/outline.ts';
import type { KeptOutline, RevisionHead, Store } from './contract.ts';

/** What is made of a document, with the digests that its seal is compared with. */
export interface Outlined {
  outline: PlanOutline;
  document: string;
  record: string;
}

// In threads of Node's own.
const [gzip, gunzip] = [promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gzip), promisify<Buffer, Buffer>(zlib.gunzip)];

export interface KeptOutlines {
  /** Undefined where there is none that counts. */
  read(head: RevisionHead, kept: KeptOutline | undefined): Promise<Outlined | undefined>;
  keep(head: RevisionHead, outlined: Outlined): Promise<void>;
}

/** `secret`: of 32 bytes; only endpoints know it. */
export function keptOutlines(store: Pick<Store, 'keepOutline'>, secret: Uint8Array): KeptOutlines {
  const macOf = ({ plan, number, seal }: RevisionHead, bytes: Buffer): Buffer =>
    createHmac('sha256', secret)
      .update(JSON.stringify([outlineForm, plan, number, seal]))
      .update('\0')
      .update(bytes)
      .digest();
  return {
    async read(head, kept) {
      if (!kept) return undefined;
      const mac = macOf(head, kept.outline);
      if (mac.length !== kept.mac.length || !timingSafeEqual(mac, kept.mac)) return undefined;
      return deserialize(await gunzip(kept.outline)) as Outlined;
    },
    async keep(head, { outline, document, record }) {
      const bytes = await gzip(serialize({ outline, document, record } satisfies Outlined), { level: constants.Z_BEST_SPEED });
      await store.keepOutline({ plan: head.plan, number: head.number, outline: bytes, mac: macOf(head, bytes) });
    },
  };
}
