/** What lists need of plans, as their latest revisions have it: by the outline of each (domain/plan/outline.ts), never by its document. */
import type { ListedWave, PlanOutline } from '../domain/plan/outline.ts';
import type { PackageRow } from '../domain/views/lists.ts';
import { namesAmong, whoDecides, type PlanPeople } from '../domain/people-named.ts';
import type { AppliedReader, OutlinedRevision } from '../store/contract.ts';
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
  people(plans: Iterable<AtRevision>): Promise<Map<string, PlanPeople>>;
  /** What the plan calls those whom `answer` mentions: `namesAmong`. */
  namesIn(at: AtRevision, answer: unknown): Promise<Record<string, string>>;
  /** What the plan calls somebody; undefined where it does not name them. */
  nameIn(at: AtRevision, person: string): Promise<string | undefined>;
}

type Outlines = Pick<AppliedReader, 'appliedOutline' | 'latestOutline'>;

/** A revision whose key is withdrawn meanwhile counts no more. */
export const outlinedAt = async (store: Outlines, { plan, revision }: AtRevision): Promise<OutlinedRevision | undefined> =>
  (revision === undefined ? undefined : await store.appliedOutline(plan, revision)) ?? (await store.latestOutline(plan));

export function openPlanned(store: Outlines): Planned {
  const outlineAt = async (at: AtRevision): Promise<PlanOutline | undefined> => (await outlinedAt(store, at))?.outline;
  const peopleIn = async (at: AtRevision): Promise<PlanPeople | undefined> => {
    const outline = await outlineAt(at);
    return outline && { names: outline.facts.names, deciders: whoDecides(outline.written) };
  };
  const one = async (at: AtRevision): Promise<PlannedWaves | undefined> => {
    const outline = await outlineAt(at);
    return outline && { plan: at.plan, waves: outline.waves, packages: outline.packages };
  };
  return {
    of: async (plans) => (await inParallel(8, plans, one)).flatMap((found) => found ?? []),
    people: async (plans) => {
      const each = new Map([...plans].map((at) => [at.plan, at]));
      const found = await inParallel(8, [...each.values()], async (at) => [at.plan, await peopleIn(at)] as const);
      return new Map(found.flatMap(([plan, people]) => (people ? [[plan, people] as const] : [])));
    },
    namesIn: async (at, answer) => namesAmong(await peopleIn(at), answer),
    nameIn: async (at, person) => (await outlineAt(at))?.facts.names.get(person),
  };
}
