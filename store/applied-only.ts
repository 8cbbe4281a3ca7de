/**
 * The store as those see it who decide by it: a revision of a plan is one that the endpoint applied and sealed. A row that somebody wrote into the store decides
 * nothing: not what the latest revision is, so not who reads, who is asked, and to which address mail goes.
 */
import { LRUCache } from 'lru-cache';
import { hasSeal, isApplied } from '../domain/authority/applied.ts';
import type { SignatureCheck } from '../domain/authority/jws.ts';
import type { TrustedKey } from '../domain/authority/keys.ts';
import { knownDigest, planDocumentDigest, rememberDigest } from '../domain/plan/digest.ts';
import { outlineOf } from '../domain/plan/outline.ts';
import { togetherBy } from '../domain/together.ts';
import { inTurn } from '../domain/in-turn.ts';
import { turns, type TurnLimits } from '../domain/turns.ts';
import type { PlanRow } from '../domain/views/revision.ts';
import type { AppliedStore, OutlinedRevision, Revision, Store } from './contract.ts';
import { isUnreadable, openOutlines, type OutlinesBy } from './outlines.ts';
import { forEverybody } from './shares.ts';

interface Latest {
  newest: number;
  keys: TrustedKey[];
  applied: number | undefined;
}

/** Plans that are read for lists at a time: those of one right, which may take long, leave turns to all others. */
const listed: TurnLimits = { perPlan: 1, perRight: 3, inAll: 16 };
/** How long a list waits for revisions that nobody has read yet. */
const usualPatienceMs = 20_000;
const triedAgainMs = 600_000;

/** A number each. */
const plansKept = 50_000;

/**
 * `store`: one that remembers revisions, because each is verified as it is read; a row that is changed later is not read again. `keys`: as they are now. Asking
 * for a revision by its number still gives any row, because the checks before an effect say what is wrong with it. `digestOf`: for a caller that has a thread
 * for what takes long, as is `outlines`: then only a document that is asked for is read here.
 */
export function appliedOnly(
  store: Store,
  keys: () => TrustedKey[],
  {
    check,
    digestOf = planDocumentDigest,
    outlines: by,
    rightOf = (plan) => plan,
    leftOut = () => undefined,
    patienceMs = usualPatienceMs,
  }: {
    check?: SignatureCheck;
    digestOf?: (document: Revision['document']) => string | Promise<string>;
    outlines?: Pick<OutlinesBy, 'make' | 'secret' | 'notKept' | 'megabytesPerRight'>;
    /** The right of the site that a plan is under. */
    rightOf?: (plan: string) => string;
    /** Told once of each revision because of which `plans()` leaves a plan out: it cannot be read, or not yet. */
    leftOut?: (plan: string, why: string) => void;
    /** How long `plans()` waits in all. */
    patienceMs?: number;
  } = {},
): AppliedStore {
  const outlines = by && openOutlines(store, keys, { ...by, check, rightOf });
  const verified = new WeakMap<Revision, TrustedKey[]>();
  const digesting = new Map<Revision['document'], Promise<string>>();
  const latest = new LRUCache<string, Latest>({ max: plansKept });
  const line = turns(listed);
  /** Of plans that cannot be read, by plan and row: tried again after a while, and told once. */
  const failed = new LRUCache<string, true>({ max: plansKept, ttl: triedAgainMs });
  const told = new LRUCache<string, true>({ max: plansKept });

  /** Those who ask at the same time wait for the same answer. */
  async function digestOnce(document: Revision['document']): Promise<string> {
    const before = knownDigest(document);
    if (before !== undefined) return before;
    const running = digesting.get(document) ?? Promise.resolve(digestOf(document)).finally(() => digesting.delete(document));
    digesting.set(document, running);
    const digest = await running;
    rememberDigest(document, digest);
    return digest;
  }

  async function isSealed(revision: Revision): Promise<boolean> {
    const now = keys();
    if (verified.get(revision) === now) return true;
    const sealed = isApplied(revision, await digestOnce(revision.document), now, check);
    if (sealed) verified.set(revision, now);
    return sealed;
  }

  /** `newest`: the number of the plan's last row. */
  async function appliedNumber(plan: string, newest: number): Promise<number | undefined> {
    const known = latest.get(plan);
    if (known?.newest === newest && known.keys === keys()) return known.applied;
    const now = keys();
    let applied: number | undefined = newest;
    for (; applied !== undefined; applied = await store.newestRevisionNumber(plan, applied)) {
      if (await isAppliedAt(plan, applied)) break;
    }
    latest.set(plan, { newest, keys: now, applied });
    return applied;
  }

  async function isAppliedAt(plan: string, number: number): Promise<boolean> {
    if (outlines) return (await outlines.of(plan, number)) !== undefined;
    const head = await store.revisionHead(plan, number);
    return head !== undefined && hasSeal(head, keys(), check) && (await appliedRevision(plan, number)) !== undefined;
  }

  async function latestRevisionNumber(plan: string): Promise<number | undefined> {
    const newest = await store.newestRevisionNumber(plan);
    return newest === undefined ? undefined : appliedNumber(plan, newest);
  }

  async function latestRevision(plan: string): Promise<Revision | undefined> {
    const number = await latestRevisionNumber(plan);
    return number === undefined ? undefined : appliedRevision(plan, number);
  }

  async function appliedRevision(plan: string, number: number): Promise<Revision | undefined> {
    const found = await store.revision(plan, number);
    return found && (await isSealed(found)) ? found : undefined;
  }

  async function appliedOutline(plan: string, number: number): Promise<OutlinedRevision | undefined> {
    if (outlines) return outlines.of(plan, number);
    const found = await appliedRevision(plan, number);
    return found && { plan, number, appliedAtMs: found.appliedAtMs, ...(found.clock ? { clock: found.clock } : {}), outline: outlineOf(found.document) };
  }

  async function latestOutline(plan: string): Promise<OutlinedRevision | undefined> {
    const number = await latestRevisionNumber(plan);
    return number === undefined ? undefined : appliedOutline(plan, number);
  }

  async function appliedRow(row: PlanRow): Promise<PlanRow | undefined> {
    const number = await appliedNumber(row.plan, row.revision);
    if (number === undefined) return undefined;
    if (number === row.revision) return row;
    const found = await appliedOutline(row.plan, number);
    return found && { plan: row.plan, revision: found.number, appliedAtMs: found.appliedAtMs };
  }

  const keyOf = ({ plan, revision }: PlanRow) => JSON.stringify([plan, revision]);
  const tell = (row: PlanRow, why: string) => {
    if (!told.has(keyOf(row))) leftOut(row.plan, why);
    told.set(keyOf(row), true);
  };
  const readOnce = togetherBy(
    ({ plan, revision, appliedAtMs }: PlanRow) => ({ plan, revision, appliedAtMs }),
    (row) =>
      forEverybody(() =>
        inTurn(line.take({ plan: row.plan, right: rightOf(row.plan) }), async () => {
          try {
            return await appliedRow(row);
          } catch (error) {
            if (!isUnreadable(error)) throw error;
            failed.set(keyOf(row), true);
            tell(row, (error as Error).message);
            return undefined;
          }
        }),
      ),
  );

  /** Undefined also for a plan that cannot be read, and for one that is still being read when the list has waited long enough: it is in a later one. */
  function inList(row: PlanRow, enough: Promise<void>): PlanRow | undefined | Promise<PlanRow | undefined> {
    if (failed.has(keyOf(row))) return undefined;
    const known = latest.get(row.plan);
    if (known?.newest === row.revision && known.keys === keys()) {
      if (known.applied === undefined) return undefined;
      if (known.applied === row.revision) return row;
    }
    const late = enough.then(() => {
      if (latest.get(row.plan)?.newest !== row.revision) tell(row, 'its latest revision takes long to be read');
      return undefined;
    });
    return Promise.race([readOnce(row), late]);
  }

  return {
    ...store,
    latestRevisionNumber,
    latestRevision,
    appliedRevision,
    appliedOutline,
    latestOutline,
    allPlans: store.plans,
    plans: async () => {
      const { promise: enough, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, patienceMs);
      try {
        const rows = await Promise.all((await store.plans()).map(async (row) => inList(row, enough)));
        return rows.filter((row) => row !== undefined);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
