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
import type { PlanRow } from '../domain/views/revision.ts';
import type { AppliedStore, OutlinedRevision, Revision, Store } from './contract.ts';
import { isUnreadable, openOutlines, type OutlinesBy } from './outlines.ts';

interface Latest {
  newest: number;
  keys: TrustedKey[];
  applied: number | undefined;
}

/** Plans that are read for lists at a time; they take turns of their rights besides. */
const atOnce = 8;
/** How long lists wait for a revision that nobody has read yet: more than all plans of a right take after a start. */
const usualPatienceMs = 20_000;

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
    rightOf,
    leftOut = () => undefined,
    patienceMs = usualPatienceMs,
  }: {
    check?: SignatureCheck;
    digestOf?: (document: Revision['document']) => string | Promise<string>;
    outlines?: Pick<OutlinesBy, 'make' | 'secret' | 'notKept'>;
    /** The right of the site that a plan is under. */
    rightOf?: (plan: string) => string;
    /** Told once of each plan that `plans()` leaves out, because its latest revision cannot be read, or not yet. */
    leftOut?: (plan: string, why: string) => void;
    /** How long `plans()` waits for a plan. */
    patienceMs?: number;
  } = {},
): AppliedStore {
  const outlines = by && openOutlines(store, keys, { ...by, check, rightOf });
  const verified = new WeakMap<Revision, TrustedKey[]>();
  const digesting = new Map<Revision['document'], Promise<string>>();
  const latest = new LRUCache<string, Latest>({ max: plansKept });
  const reading = new Map<string, Promise<PlanRow | undefined>>();

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

  /** Undefined also for a plan that cannot be read, and for one that keeps lists waiting, which is in a later one. */
  async function inList(row: PlanRow): Promise<PlanRow | undefined> {
    const { plan, revision } = row;
    if (outlines?.failed(plan, revision)) return undefined;
    const known = latest.get(plan);
    if (known?.newest === revision && known.keys === keys()) {
      if (known.applied === undefined) return undefined;
      if (known.applied === revision) return row;
    }
    const key = JSON.stringify([plan, revision]);
    const running = reading.get(key) ?? patiently(row, () => reading.delete(key));
    reading.set(key, running);
    return running;
  }

  /** Once it has taken too long, nobody waits for it any more, until it has ended. */
  function patiently(row: PlanRow, ended: () => void): Promise<PlanRow | undefined> {
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => {
      leftOut(row.plan, 'its latest revision takes long to be read');
      resolve(undefined);
    }, patienceMs);
    const whole = appliedRow(row)
      .catch((error: unknown) => {
        if (!isUnreadable(error)) throw error;
        leftOut(row.plan, (error as Error).message);
        return undefined;
      })
      .finally(() => {
        clearTimeout(timer);
        ended();
      });
    return Promise.race([whole, late]);
  }

  return {
    ...store,
    latestRevisionNumber,
    latestRevision,
    appliedRevision,
    appliedOutline,
    latestOutline,
    plans: async () => {
      const all = await store.plans();
      const applied: (PlanRow | undefined)[] = [];
      const rows = all.entries();
      const readOn = async () => {
        for (const [at, row] of rows) applied[at] = await inList(row);
      };
      await Promise.all(Array.from({ length: atOnce }, readOn));
      return applied.filter((row) => row !== undefined);
    },
  };
}
