/**
 * Outlines of revisions that were applied through the endpoint, each made once and kept. The document is read, compared with its seal and outlined where it holds up
 * nobody: in the endpoint, in another thread, in turns of the right that the plan is under.
 */
import { LRUCache } from 'lru-cache';
import { hasSeal, hasSealOf } from '../domain/authority/applied.ts';
import type { SignatureCheck } from '../domain/authority/jws.ts';
import type { TrustedKey } from '../domain/authority/keys.ts';
import { outlineWeight, type PlanOutline } from '../domain/plan/outline.ts';
import type { RevisionRecord } from '../domain/views/revision.ts';
import type { OutlinedRevision, RevisionHead, Store } from './contract.ts';
import { fairCache } from './fair-cache.ts';

/** What is made of a document, with the digests that its seal is compared with. */
export interface Outlined {
  outline: PlanOutline;
  document: string;
  record: string;
}

/** `text`: called once there is a turn, so that those who wait keep no text. Undefined where there is none. */
export type Outliner = (of: { plan: string; right: string }, text: () => Promise<string | undefined>, record: RevisionRecord) => Promise<Outlined | undefined>;

/** In hundreds of bytes, about: of thousands of plans the latest revisions, and all other plans when those of one right are large. */
const most = { inAll: 2_000_000, perRight: 1_000_000, perPlan: 200_000 } as const;

/** One that takes too long or too much memory would do so again, and those to whom it is shown wait. */
const unreadable = { max: 10_000, ttl: 600_000 } as const;

/** As an outliner refuses a text that takes too long or too much memory. */
export const isUnreadable = (error: unknown): boolean => (error as { code?: unknown } | undefined)?.code === 'plan-unreadable';

interface Kept extends Outlined {
  head: Omit<RevisionHead, 'record'>;
}

export interface Outlines {
  /** Whether it could not be made a short time ago. */
  failed(plan: string, number: number): boolean;
  /** Undefined also for a row that was not applied through the endpoint. Throws `plan-unreadable` where it could not be made, for ten minutes without a further try. */
  of(plan: string, number: number): Promise<OutlinedRevision | undefined>;
}

export function openOutlines(
  store: Pick<Store, 'revisionHead' | 'documentText'>,
  keys: () => TrustedKey[],
  { make, check, rightOf = (plan) => plan }: { make: Outliner; check?: SignatureCheck | undefined; rightOf?: ((plan: string) => string) | undefined },
): Outlines {
  const kept = fairCache<Kept>(most, ({ outline }) => outlineWeight(outline), rightOf);
  const failed = new LRUCache<string, Error>(unreadable);
  const making = new Map<string, Promise<Kept | undefined>>();
  /** By which keys. */
  const verified = new WeakMap<Kept, TrustedKey[]>();

  async function made(plan: string, number: number, key: string): Promise<Kept | undefined> {
    const found = await store.revisionHead(plan, number);
    // A row that nobody sealed is not worth reading.
    if (!found || !hasSeal(found, keys(), check)) return undefined;
    const { record, ...head } = found;
    const outlined = await make({ plan, right: rightOf(plan) }, () => store.documentText(plan, number), record);
    if (!outlined) return undefined;
    const now = { ...outlined, head };
    kept.set(key, plan, now);
    return now;
  }

  /** Those who ask at the same time wait for the same one. */
  function once(plan: string, number: number, key: string): Promise<Kept | undefined> {
    const before = failed.get(key);
    if (before) return Promise.reject(before);
    const running = making.get(key) ?? tried(plan, number, key).finally(() => making.delete(key));
    making.set(key, running);
    return running;
  }
  async function tried(plan: string, number: number, key: string): Promise<Kept | undefined> {
    try {
      return await made(plan, number, key);
    } catch (error) {
      if (error instanceof Error && isUnreadable(error)) failed.set(key, error);
      throw error;
    }
  }

  const keyOf = (plan: string, number: number) => JSON.stringify([plan, number]);
  return {
    failed: (plan, number) => failed.has(keyOf(plan, number)),
    of: async (plan, number) => {
      const key = keyOf(plan, number);
      const found = kept.get(key) ?? (await once(plan, number, key));
      if (!found) return undefined;
      const now = keys();
      if (verified.get(found) !== now) {
        if (!hasSealOf(found.head, found, now, check)) return undefined;
        verified.set(found, now);
      }
      const { appliedAtMs, clock } = found.head;
      return { plan, number, appliedAtMs, ...(clock ? { clock } : {}), outline: found.outline };
    },
  };
}
