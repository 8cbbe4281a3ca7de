/** Every wave that Rolewave knows of: those that Temporal lists, those of each plan's latest revision, and those that left a final record. */
import { waveWorkflowId } from '../domain/messages.ts';
import type { Reading } from '../domain/authority/who-reads.ts';
import { searchAttributes } from '../domain/search-attributes.ts';
import type { WaveRow } from '../domain/views/lists.ts';
import { nameIn } from '../domain/views/texts.ts';
import { byKey } from './lists/by-key.ts';
import type { FinalWave } from '../store/contract.ts';
import type { ListedExecution } from './engine.ts';
import type { AtRevision, PackageFacts } from './planned-waves.ts';
import type { Services } from './route.ts';

export interface KnownWave extends WaveRow {
  /** When its final record was written; real time. */
  recordedAtMs?: number;
  description: string;
  packages: PackageFacts[];
}

/**
 * Of these plans, in order of plan and wave, with what this person may be told of them. `executions`: of waves of these plans, for a caller that has listed them
 * already.
 */
export async function wavesAsRead(services: Services, readings: ReadonlyMap<string, Reading>, executions?: readonly ListedExecution[]): Promise<KnownWave[]> {
  if (readings.size === 0) return [];
  const waves = await knownWaves(services, [...readings.values()], executions);
  return waves.map((row) =>
    readings.get(row.plan)?.acts ? row : { ...row, description: '', packages: row.packages.map(({ owner: _owner, ...facts }) => facts) },
  );
}

/** Temporal's lists are asked for so many beginnings of ids at most; beyond that, for all of them. */
const mostPrefixes = 50;

/** Beginnings of the ids of these plans' workflows, for a list in Temporal; empty: the list of all. */
export const idsOf = (plans: string[]): string[] => (plans.length > mostPrefixes ? [] : plans.map((plan) => waveWorkflowId(plan, '')));

/** In order of plan and wave. */
export async function knownWaves(services: Services, of: readonly AtRevision[], known?: readonly ListedExecution[]): Promise<KnownWave[]> {
  const plans = of.map(({ plan }) => plan);
  const asked = new Set(plans);
  const [executions, inPlans, finals] = await Promise.all([known ?? services.startedWaves(plans), services.planned.of(of), services.store.finalWaves(plans)]);
  const planned = inPlans.flatMap(({ waves }) => waves);
  const rows = new Map<string, KnownWave>();
  const isPlanned = new Set(planned.map(({ plan, wave }) => waveWorkflowId(plan, wave)));
  // Closed longer ago than Temporal's retention; or never started; or started a moment ago and not listed yet.
  for (const final of finals) {
    const { plan, wave, stage, recordedAtMs } = final;
    const id = waveWorkflowId(plan, wave);
    const packages = isPlanned.has(id) ? [] : await factsOf(services, final);
    rows.set(id, { plan, wave, stage, running: false, recordedAtMs, description: '', packages });
  }
  for (const { plan, wave, ...facts } of planned) {
    const id = waveWorkflowId(plan, wave);
    rows.set(id, { stage: 'not-started', ...rows.get(id), plan, wave, running: false, ...facts });
  }
  for (const { workflowId, running, completed, attributes } of executions) {
    const [plan, wave] = workflowId.split('/');
    if (!plan || !wave || !asked.has(plan)) continue;
    const stage = running || completed ? (attributes[searchAttributes.stage] ?? 'readiness') : 'terminated';
    rows.set(workflowId, { description: '', packages: [], ...rows.get(workflowId), plan, wave, stage, running });
  }
  return [...rows.values()].sort((a, b) => byKey([a.plan, a.wave], [b.plan, b.wave]));
}

/** As long as the store keeps the record: names of many large revisions would push each other out. */
const facts = new WeakMap<FinalWave, PackageFacts[]>();

async function factsOf({ store }: Services, final: FinalWave): Promise<PackageFacts[]> {
  const known = facts.get(final);
  if (known) return known;
  const texts = await store.texts(final.plan, final.revision);
  const found = final.packages.map(({ package: id, owner, team, risk }) => ({ package: id, name: nameIn(texts, id), owner, team, risk }));
  // Nothing is known of a revision that is not there.
  if (Object.keys(texts.names).length > 0) facts.set(final, found);
  return found;
}
