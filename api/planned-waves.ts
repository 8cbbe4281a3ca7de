/**
 * What lists need of plans, as their latest revisions have it, kept by revision: a plan is read once for each, however often somebody with a right over many
 * plans asks, and whether its document is still kept or not (store/remembering.ts).
 */
import { LRUCache } from 'lru-cache';
import type { Plan } from '../domain/plan/schema.ts';
import type { PackageRow } from '../domain/views/lists.ts';
import type { StoreReader } from '../store/contract.ts';
import { inParallel } from './in-parallel.ts';

/** What lists are filtered by. `owner` absent: not for this reader; or where the plan no longer names the wave, as its final record has it. */
export type PackageFacts = Pick<PackageRow, 'package' | 'name' | 'owner' | 'team' | 'risk'>;

export interface PlannedWave {
  plan: string;
  wave: string;
  description: string;
  packages: PackageFacts[];
}

export interface PlannedWaves {
  plan: string;
  waves: readonly PlannedWave[];
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
  /** What the plan calls somebody; undefined where it does not name them. */
  nameIn(at: AtRevision, person: string): Promise<string | undefined>;
}

/** Waves and packages, some hundred bytes each. */
const mostKept = 200_000;
const mostNames = 50_000;

export function openPlanned(store: Pick<StoreReader, 'latestRevision' | 'latestRevisionNumber'>): Planned {
  const kept = new LRUCache<string, PlannedWaves>({
    maxSize: mostKept,
    sizeCalculation: ({ waves, packages }) => 1 + packages.length + waves.reduce((sum, wave) => sum + 1 + wave.packages.length, 0),
  });
  const names = new LRUCache<string, { name?: string }>({ max: mostNames });
  const reading = new Map<string, Promise<PlannedWaves | undefined>>();

  const numberOf = async ({ plan, revision }: AtRevision) => revision ?? store.latestRevisionNumber(plan);

  /** Another revision may be the latest one by now: what is found is kept as what it is. */
  async function read(plan: string): Promise<PlannedWaves | undefined> {
    const latest = await store.latestRevision(plan);
    if (!latest) return undefined;
    const found = plannedIn(latest.document);
    kept.set(keyOf(plan, latest.number), found);
    return found;
  }

  async function one(at: AtRevision): Promise<PlannedWaves | undefined> {
    const number = await numberOf(at);
    if (number === undefined) return undefined;
    const key = keyOf(at.plan, number);
    const known = kept.get(key);
    if (known) return known;
    const running = reading.get(key) ?? read(at.plan).finally(() => reading.delete(key));
    reading.set(key, running);
    return running;
  }

  return {
    of: async (plans) => (await inParallel(8, plans, one)).flatMap((found) => found ?? []),
    async nameIn(at, person) {
      const number = await numberOf(at);
      if (number === undefined) return undefined;
      const key = JSON.stringify([at.plan, number, person]);
      const known = names.get(key);
      if (known) return known.name;
      const latest = await store.latestRevision(at.plan);
      const name = latest?.document.people.find(({ id }) => id === person)?.name;
      if (latest?.number === number) names.set(key, name === undefined ? {} : { name });
      return name;
    },
  };
}

const keyOf = (plan: string, number: number): string => JSON.stringify([plan, number]);

function plannedIn({ plan, packages, people, waves }: Plan): PlannedWaves {
  const teams = new Map(people.map(({ id, team }) => [id, team]));
  const facts = new Map(packages.map(({ id, name, owner, risk }) => [id, { package: id, name, owner, team: teams.get(owner) ?? '', risk }]));
  return {
    plan,
    packages: [...facts.values()],
    waves: waves.map(({ id, description = '', packages: inWave }) => ({
      plan,
      wave: id,
      description,
      packages: inWave.flatMap((entry) => facts.get(entry.package) ?? []),
    })),
  };
}
