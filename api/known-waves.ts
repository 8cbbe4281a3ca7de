/** Every wave that Rolewave knows of: those that the engine lists, and those of each plan's latest revision. */
import { searchAttributes } from '../domain/search-attributes.ts';
import { waveWorkflowId, workflowTypes } from '../domain/messages.ts';
import type { WaveRow } from '../domain/views/rows.ts';
import type { WaveView } from '../domain/views/wave.ts';
import { listed } from './engine.ts';
import { inParallel } from './in-parallel.ts';
import type { Services } from './route.ts';

export async function knownWaves(services: Services, plan: string | undefined): Promise<WaveRow[]> {
  const [executions, planned] = await Promise.all([
    listed(services.engine, workflowTypes.wave, plan === undefined ? '' : waveWorkflowId(plan, '')),
    plannedWaves(services, plan),
  ]);
  const rows = new Map<string, WaveRow>();
  for (const { workflowId, status, searchAttributes: attributes } of executions) {
    const [planOf, waveOf] = workflowId.split('/');
    if (!planOf || !waveOf) continue;
    const running = status.name === 'RUNNING';
    const stage = attributes[searchAttributes.stage]?.[0];
    rows.set(workflowId, { plan: planOf, wave: waveOf, running, stage: running || status.name === 'COMPLETED' ? String(stage ?? 'readiness') : 'terminated' });
  }
  const unlisted = planned.filter(({ plan: planOf, wave }) => !rows.has(waveWorkflowId(planOf, wave)));
  for (const row of await inParallel(8, unlisted, (of) => unlistedRow(services, of))) rows.set(waveWorkflowId(row.plan, row.wave), row);
  return [...rows.values()].sort((a, b) => (waveWorkflowId(a.plan, a.wave) < waveWorkflowId(b.plan, b.wave) ? -1 : 1));
}

/** Closed longer ago than the engine remembers, started a moment ago and not listed yet, or never started. */
async function unlistedRow({ store }: Services, { plan, wave }: { plan: string; wave: string }): Promise<WaveRow> {
  const last = (await store.final(waveWorkflowId(plan, wave))) as WaveView | undefined;
  return { plan, wave, stage: last?.stage ?? 'not-started', running: false };
}

async function plannedWaves({ store }: Services, plan: string | undefined): Promise<{ plan: string; wave: string }[]> {
  const plans = plan === undefined ? (await store.plans()).map((known) => known.plan) : [plan];
  const revisions = await inParallel(8, plans, (known) => store.latestRevision(known));
  return revisions.flatMap((revision) => revision?.document.waves.map(({ id }) => ({ plan: revision.plan, wave: id })) ?? []);
}
