/**
 * Outlines of revisions that were applied through the endpoint, each made once and kept, in this process and in the database. The document is read, compared with its
 * seal and outlined where it holds up nobody: in the endpoint, in another thread, in turns of the right that the plan is under.
 */
import { LRUCache } from 'lru-cache';
import { hasSeal, hasSealOf } from '../domain/authority/applied.ts';
import type { SignatureCheck } from '../domain/authority/jws.ts';
import type { TrustedKey } from '../domain/authority/keys.ts';
import { outlineWeight } from '../domain/plan/outline.ts';
import { togetherBy } from '../domain/together.ts';
import type { RevisionRecord } from '../domain/views/revision.ts';
import type { OutlinedRevision, RevisionHead, Store } from './contract.ts';
import { fairCache } from './fair-cache.ts';
import { keptOutlines, type Outlined } from './kept-outlines.ts';
import { forEverybody } from './shares.ts';

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

export interface OutlinesBy {
  make: Outliner;
  /** Of the codes over what is kept in the database. */
  secret: Uint8Array;
  /** Told why an outline that was made is not kept in the database. */
  notKept: (plan: string, error: unknown) => void;
  check?: SignatureCheck | undefined;
  rightOf?: ((plan: string) => string) | undefined;
}

const keyOf = (plan: string, number: number): string => JSON.stringify([plan, number]);

export function openOutlines(
  store: Pick<Store, 'outlineOf' | 'keepOutline' | 'documentText'>,
  keys: () => TrustedKey[],
  { make, secret, notKept, check, rightOf = (plan) => plan }: OutlinesBy,
): Outlines {
  const inStore = keptOutlines(store, secret);
  const kept = fairCache<Kept>(most, ({ outline }) => outlineWeight(outline), rightOf);
  const failed = new LRUCache<string, Error>(unreadable);
  /** By which keys. */
  const verified = new WeakMap<Kept, TrustedKey[]>();

  async function found(plan: string, number: number): Promise<Kept | undefined> {
    const row = await store.outlineOf(plan, number);
    // A row that nobody sealed is not worth reading.
    if (!row || !hasSeal(row.head, keys(), check)) return undefined;
    const outlined = (await inStore.read(row.head, row.kept)) ?? (await made(row.head));
    if (!outlined) return undefined;
    const { record: _record, ...head } = row.head;
    const now = { ...outlined, head };
    kept.set(keyOf(plan, number), plan, now);
    return now;
  }
  async function made(head: RevisionHead): Promise<Outlined | undefined> {
    const { plan, number, record } = head;
    const outlined = await make({ plan, right: rightOf(plan) }, () => store.documentText(plan, number), record);
    // Of what was changed after it was sealed, nothing is kept.
    if (outlined && hasSealOf(head, outlined, keys(), check)) await inStore.keep(head, outlined).catch((error: unknown) => notKept(plan, error));
    return outlined;
  }

  const once = togetherBy(
    (of: { plan: string; number: number }) => of,
    ({ plan, number }) =>
      forEverybody(async () => {
        const before = failed.get(keyOf(plan, number));
        if (before) throw before;
        try {
          return await found(plan, number);
        } catch (error) {
          if (error instanceof Error && isUnreadable(error)) failed.set(keyOf(plan, number), error);
          throw error;
        }
      }),
  );

  return {
    failed: (plan, number) => failed.has(keyOf(plan, number)),
    of: async (plan, number) => {
      const key = keyOf(plan, number);
      const found = kept.get(key) ?? (await once({ plan, number }));
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
