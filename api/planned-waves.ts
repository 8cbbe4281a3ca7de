/** What lists need of plans, as their latest revisions have it: by the outline of each (domain/plan/outline.ts), never by its document. */
import type { ListedWave, PlanOutline } from '../domain/plan/outline.ts';
import type { PackageRow } from '../domain/views/lists.ts';
import { decidersIn, type PlanPeople } from '../domain/people-named.ts';
import type { AppliedReader } from '../store/contract.ts';
import { inParallel } from './in-parallel.ts';

/** What lists are filtered by. `owner` absent: not for this reader; or where the plan no longer names the wave, as its final record has it. */
export type PackageFacts = Pick<PackageRow, 'package' | 'name' | 'owner' | 'team' | 'risk'>;

export interface PlannedWaves {
  plan: string;
  waves: readonly ListedWave[];
  packages: readonly PackageFacts[];
}

/** `revision`: the latest that counts, where the caller knows it already; it is not asked for then. */
export interface AtRevision {
  plan: string;
  revision?: number;
}

export interface Planned {
  /** Those that were never applied are left out. */
  of(plans: readonly AtRevision[]): Promise<PlannedWaves[]>;
  /** Of each of these plans, whom it names. */
  people(plans: Iterable<string>): Promise<Map<string, PlanPeople>>;
  /** What the plan calls somebody; undefined where it does not name them. */
  nameIn(at: AtRevision, person: string): Promise<string | undefined>;
}

export function openPlanned(store: Pick<AppliedReader, 'appliedOutline' | 'latestOutline'>): Planned {
  /** A revision whose key is withdrawn meanwhile counts no more. */
  const outlineAt = async ({ plan, revision }: AtRevision): Promise<PlanOutline | undefined> =>
    ((revision === undefined ? undefined : await store.appliedOutline(plan, revision)) ?? (await store.latestOutline(plan)))?.outline;
  const one = async (at: AtRevision): Promise<PlannedWaves | undefined> => {
    const outline = await outlineAt(at);
    return outline && { plan: at.plan, waves: outline.waves, packages: outline.packages };
  };
  return {
    of: async (plans) => (await inParallel(8, plans, one)).flatMap((found) => found ?? []),
    people: async (plans) => {
      const found = await inParallel(8, [...new Set(plans)], async (plan) => [plan, (await store.latestOutline(plan))?.outline] as const);
      return new Map(
        found.flatMap(([plan, outline]) => (outline ? [[plan, { names: outline.facts.names, deciders: decidersIn(outline.written) }] as const] : [])),
      );
    },
    nameIn: async (at, person) => (await outlineAt(at))?.facts.names.get(person),
  };
}
