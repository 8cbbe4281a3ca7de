/** What lists need of plans, as their latest revisions have it: by the outline of each (domain/plan/outline.ts), never by its document. */
import type { ListedWave } from '../domain/plan/outline.ts';
import type { PackageRow } from '../domain/views/lists.ts';
import { decidersIn, type PlanPeople } from '../domain/people-named.ts';
import type { AppliedReader, Revision } from '../store/contract.ts';
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
  /** The whole document, for what lists say of open requests; undefined where it is too large to be read for a list. */
  smallDocument(plan: string): Promise<Revision | undefined>;
  /** What the plan calls somebody; undefined where it does not name them. */
  nameIn(at: AtRevision, person: string): Promise<string | undefined>;
}

/** People, each counted once and once more in each package that they receive. */
const smallRows = 2_000;

export function openPlanned(store: Pick<AppliedReader, 'appliedOutline' | 'latestOutline' | 'latestRevision' | 'latestRevisionNumber' | 'nameIn'>): Planned {
  /** A revision whose key is withdrawn meanwhile counts no more. */
  const one = async ({ plan, revision }: AtRevision): Promise<PlannedWaves | undefined> => {
    const found = (revision === undefined ? undefined : await store.appliedOutline(plan, revision)) ?? (await store.latestOutline(plan));
    return found && { plan, waves: found.outline.waves, packages: found.outline.packages };
  };
  return {
    of: async (plans) => (await inParallel(8, plans, one)).flatMap((found) => found ?? []),
    people: async (plans) => {
      const found = await inParallel(8, [...new Set(plans)], async (plan) => [plan, (await store.latestOutline(plan))?.outline] as const);
      return new Map(
        found.flatMap(([plan, outline]) => (outline ? [[plan, { names: outline.facts.names, deciders: decidersIn(outline.written) }] as const] : [])),
      );
    },
    smallDocument: async (plan) => {
      const facts = (await store.latestOutline(plan))?.outline.facts;
      const rows = facts && [...facts.packages.values()].reduce((sum, { people }) => sum + people, facts.names.size);
      return rows === undefined || rows > smallRows ? undefined : store.latestRevision(plan);
    },
    async nameIn({ plan, revision }, person) {
      const number = revision ?? (await store.latestRevisionNumber(plan));
      return number === undefined ? undefined : store.nameIn(plan, number, person);
    },
  };
}
