/**
 * What callers may read of plans, by the latest revision of each and by the site as it is now. Who has which part in a plan is kept until the plan has another
 * revision, newer or older, so that a plan that is not theirs costs a caller as little time as one that does not exist.
 */
import { LRUCache } from 'lru-cache';
import { droppedPart, namedIn, noParts, partsIn, readingOf, type Dropped, readsNothing, type Parts, type Reading } from '../domain/authority/who-reads.ts';
import { hasPlace } from '../domain/plan/outline.ts';
import type { Release } from '../domain/release/releases.ts';
import type { Caller } from '../domain/site/caller.ts';
import { rightNameOf } from '../domain/site/rights.ts';
import { toPlan, type PlanClock } from '../domain/time/plan-clock.ts';
import { togetherBy } from '../domain/together.ts';
import type { PlanRow } from '../domain/views/revision.ts';
import type { CurrentSite } from '../settings/site.ts';
import type { AppliedReader, OutlinedRevision } from '../store/contract.ts';
import { fairCache } from '../store/fair-cache.ts';
import { forEverybody } from '../store/shares.ts';
import { inParallel } from './in-parallel.ts';
import { keyedHash, namesSet, type NamesSet } from './names-set.ts';

export interface Readings {
  /** Of a plan that does not exist: nothing. */
  of(plan: string, caller: Caller): Promise<Reading>;
  /** Of every plan that they see; `plans`: only of these. */
  all(caller: Caller, plans?: readonly string[], rows?: readonly PlanRow[]): Promise<Map<string, Reading>>;
}

interface Known {
  revision: number;
  clock: PlanClock | undefined;
  /** Everybody who has a part in it: most callers have none in most plans, and nothing else of those is looked at. */
  named: NamesSet;
}

/** Names of all plans together, at four bytes each. */
const namesKept = 25_000_000;
/** Ids of people, at about a hundred bytes; those of one right leave room for all others. */
const partsKept = { inAll: 2_000_000, perRight: 1_000_000, perPlan: 500_000 } as const;
/** What people had in a dropped release, by release and revision. */
const droppedKept = 50_000;
/** People and plans. */
const actedKept = 50_000;

const idsIn = ({ cohorts, people, wavesWith }: Parts): number => 20 + cohorts.size + 5 * people.size + wavesWith.size;

type Asked = Pick<
  AppliedReader,
  'actedIn' | 'plans' | 'latestRevisionNumber' | 'releases' | 'latestOutline' | 'appliedOutline' | 'lastIn' | 'newestRevisionNumber' | 'stands'
>;

export function openReadings(store: Asked, site: CurrentSite): Readings {
  const acted = new LRUCache<string, true>({ max: actedKept });
  const kept = new LRUCache<string, Known>({ maxSize: namesKept, sizeCalculation: ({ named }) => 20 + named.size });
  const partsOf = fairCache<{ parts: Parts }>(
    partsKept,
    ({ parts }) => idsIn(parts),
    (plan) => rightNameOf(site.now(), plan),
  );
  const droppedOf = new LRUCache<string, Dropped>({ max: droppedKept });
  const hash = keyedHash();

  const look = togetherBy(
    (at: { plan: string; revision: number }) => at,
    ({ plan }) => forEverybody(() => lookAt(plan)),
  );
  async function lookAt(plan: string): Promise<Looked | undefined> {
    const latest = await store.latestOutline(plan);
    if (!latest) return undefined;
    const parts = partsIn(latest.outline.written, await droppedFrom(latest));
    const known = { revision: latest.number, clock: latest.clock, named: namesSet(namedIn(parts), hash) };
    kept.set(plan, known);
    partsOf.set(keyOf(plan, latest.number), plan, { parts });
    return { known, parts };
  }

  /** Rarely any: what is released usually stays in the plan. One after the other, because there may be many. */
  async function droppedFrom({ plan, number, outline }: OutlinedRevision): Promise<Dropped[]> {
    const gone = (await store.releases({ plan })).filter((each) => !hasPlace(outline, each));
    if (gone.length === 0) return [];
    const last = new Map((await store.lastIn(plan, gone)).map(({ revision, ...at }) => [keyOf(at.wave, at.package), revision]));
    const dropped: Dropped[] = [];
    for (const release of gone) {
      const found = await lastPart(plan, release, Math.min(number - 1, last.get(keyOf(release.wave, release.package)) ?? 0));
      if (found) dropped.push(found);
    }
    return dropped;
  }
  /** `from`: the last revision that has it, by the store. Only where that was not applied through the endpoint, one before it is looked for. */
  async function lastPart(plan: string, release: Release, from: number): Promise<Dropped | undefined> {
    for (let number: number | undefined = from; number !== undefined && number >= release.revision;) {
      const key = JSON.stringify([plan, number, release.wave, release.package]);
      const before = droppedOf.get(key);
      if (before) return before;
      const then = await store.appliedOutline(plan, number);
      if (then && hasPlace(then.outline, release)) {
        const part = droppedPart(then.outline.written, release);
        droppedOf.set(key, part);
        return part;
      }
      number = await store.newestRevisionNumber(plan, number);
    }
    return undefined;
  }

  /**
   * Had no part in the plan, and is not in the text of its latest revision. Those who are wait until all of it is read, which takes a second where there are thousands
   * of people: the others would learn from that second that the plan exists.
   */
  async function hasNoPart(plan: string, before: Known, revision: number, caller: Caller): Promise<boolean> {
    if (before.named.has(caller.id) || readingOf(site.now(), noParts(plan), caller, toPlan(Date.now(), before.clock)).sees) return false;
    return !(await store.stands(plan, revision, caller.id));
  }

  /** `revision`: the latest. An older one counts again once the key that sealed a newer one is not trusted any more. */
  async function readingIn(plan: string, revision: number | undefined, caller: Caller): Promise<Reading> {
    if (revision === undefined) return readsNothing(plan);
    const before = kept.get(plan);
    if (before && before.revision !== revision && (await hasNoPart(plan, before, revision, caller))) return readsNothing(plan);
    const looked = before?.revision === revision ? { known: before, parts: undefined } : await look({ plan, revision });
    if (!looked) return readsNothing(plan);
    const { known } = looked;
    const of = (parts: Parts) => ({ ...readingOf(site.now(), parts, caller, toPlan(Date.now(), known.clock)), revision: known.revision });
    if (!known.named.has(caller.id)) return of(noParts(plan));
    const parts = looked.parts ?? partsOf.get(keyOf(plan, revision))?.parts ?? (await look({ plan, revision }))?.parts;
    return parts ? of(parts) : readsNothing(plan);
  }

  /** Nobody undoes that they have acted. */
  async function actedIn(person: string, plans: readonly string[]): Promise<ReadonlySet<string>> {
    const keyOf = (plan: string) => JSON.stringify([person, plan]);
    const unknown = plans.filter((plan) => !acted.has(keyOf(plan)));
    if (unknown.length > 0) for (const plan of await store.actedIn(person, unknown)) acted.set(keyOf(plan), true);
    return new Set(plans.filter((plan) => acted.has(keyOf(plan))));
  }

  return {
    of: async (plan, caller) => readingIn(plan, await store.latestRevisionNumber(plan), caller),
    async all(caller, plans, rows) {
      const wanted = (rows ?? (await store.plans())).filter(({ plan }) => plans?.includes(plan) ?? true);
      const found = await inParallel(8, wanted, async ({ plan, revision }) => readingIn(plan, revision, caller));
      const seen = found.filter(({ sees }) => sees);
      const own = await actedIn(
        caller.id,
        seen.filter((each) => !each.own).map(({ plan }) => plan),
      );
      return new Map(seen.map((each) => [each.plan, own.has(each.plan) ? { ...each, own: true } : each]));
    },
  };
}

interface Looked {
  known: Known;
  parts: Parts;
}

const keyOf = (...parts: (string | number)[]): string => JSON.stringify(parts);
