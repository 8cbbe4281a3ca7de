/**
 * What callers may read of plans, by the latest revision of each and by the site as it is now. Who has which part in a plan is kept until the plan has another
 * revision, newer or older, so that a plan that is not theirs costs a caller as little time as one that does not exist.
 */
import { LRUCache } from 'lru-cache';
import { partsIn, readingOf, type Dropped, readsNothing, type Parts, type Reading } from '../domain/authority/who-reads.ts';
import type { Plan } from '../domain/plan/schema.ts';
import type { Caller } from '../domain/site/caller.ts';
import { toPlan, type PlanClock } from '../domain/time/plan-clock.ts';
import type { CurrentSite } from '../settings/site.ts';
import type { AppliedReader, Revision } from '../store/contract.ts';
import { inParallel } from './in-parallel.ts';

export interface Readings {
  /** Of a plan that does not exist: nothing. */
  of(plan: string, caller: Caller): Promise<Reading>;
  /** Of every plan that they see; `plans`: only of these. */
  all(caller: Caller, plans?: readonly string[]): Promise<Map<string, Reading>>;
}

interface Known {
  revision: number;
  parts: Parts;
  clock: PlanClock | undefined;
}

/** Ids of people, of all plans together, at about a hundred bytes. Many small plans are kept, so that asking for all of them reads none anew. */
const idsKept = 10_000_000;

/** People and plans. */
const actedKept = 50_000;

const idsIn = ({ parts }: Known): number => 20 + parts.cohorts.size + 5 * parts.people.size + parts.wavesWith.size;

export function openReadings(
  store: Pick<AppliedReader, 'actedIn' | 'plans' | 'latestRevision' | 'latestRevisionNumber' | 'releases' | 'appliedRevision'>,
  site: CurrentSite,
): Readings {
  const acted = new LRUCache<string, true>({ max: actedKept });
  const kept = new LRUCache<string, Known>({ maxSize: idsKept, sizeCalculation: idsIn });

  async function known(plan: string, revision: number | undefined): Promise<Known | undefined> {
    if (revision === undefined) return undefined;
    const before = kept.get(plan);
    // An older one counts again once the key that sealed a newer one is not trusted any more.
    if (before?.revision === revision) return before;
    const latest = await store.latestRevision(plan);
    if (!latest) return undefined;
    const now = { revision: latest.number, parts: partsIn(latest.document, await droppedFrom(latest)), clock: latest.clock };
    kept.set(plan, now);
    return now;
  }

  /** Rarely any: what is released usually stays in the plan. */
  async function droppedFrom({ plan, number, document }: Revision): Promise<Dropped[]> {
    const has = (of: Plan, at: { wave: string; package: string }) =>
      of.waves.some(({ id, packages }) => id === at.wave && packages.some((entry) => entry.package === at.package));
    const dropped: Dropped[] = [];
    for (const release of (await store.releases({ plan })).filter((each) => !has(document, each))) {
      for (let before = number - 1; before >= release.revision; before--) {
        const revision = await store.appliedRevision(plan, before);
        if (!revision || !has(revision.document, release)) continue;
        dropped.push({ plan: revision.document, wave: release.wave, package: release.package });
        break;
      }
    }
    return dropped;
  }

  /** Nobody undoes that they have acted. */
  async function actedIn(person: string, plans: readonly string[]): Promise<ReadonlySet<string>> {
    const keyOf = (plan: string) => JSON.stringify([person, plan]);
    const unknown = plans.filter((plan) => !acted.has(keyOf(plan)));
    if (unknown.length > 0) for (const plan of await store.actedIn(person, unknown)) acted.set(keyOf(plan), true);
    return new Set(plans.filter((plan) => acted.has(keyOf(plan))));
  }

  const reading = (plan: string, found: Known | undefined, caller: Caller): Reading =>
    found ? { ...readingOf(site.now(), found.parts, caller, toPlan(Date.now(), found.clock)), revision: found.revision } : readsNothing(plan);

  return {
    of: async (plan, caller) => reading(plan, await known(plan, await store.latestRevisionNumber(plan)), caller),
    async all(caller, plans) {
      const wanted = (await store.plans()).filter(({ plan }) => plans?.includes(plan) ?? true);
      const found = await inParallel(8, wanted, async ({ plan, revision }) => reading(plan, await known(plan, revision), caller));
      const seen = found.filter(({ sees }) => sees);
      const own = await actedIn(
        caller.id,
        seen.filter((each) => !each.own).map(({ plan }) => plan),
      );
      return new Map(seen.map((each) => [each.plan, own.has(each.plan) ? { ...each, own: true } : each]));
    },
  };
}
