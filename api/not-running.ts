/** Why a workflow takes no messages: it has ended, it has not begun, or it does not exist. Each comes with what to do. */
import { packageWorkflowId, waveWorkflowId } from '../domain/messages.ts';
import { standingOf } from './engine.ts';
import { Problem } from './errors.ts';
import type { Services } from './route.ts';
import type { Target } from './target.ts';

export async function whyItTakesNoMessages(services: Services, target: Target, to: 'wave' | 'rolePackage'): Promise<Problem> {
  return to === 'wave' ? aboutWave(services, target) : aboutPackage(services, target);
}

async function aboutWave({ store, engine }: Services, { plan, wave }: Target): Promise<Problem> {
  const id = waveWorkflowId(plan, wave);
  const standing = await standingOf(engine, id);
  const last = standing === 'running' ? undefined : await store.finalWave({ plan, wave });
  if (last)
    return new Problem('ended', `The wave '${wave}' is ${last.stage}${last.endedWhy ? `: ${last.endedWhy}` : ''}.`, {
      lastState: { stage: last.stage, endedWhy: last.endedWhy },
    });
  if (standing === 'closed') return new Problem('ended', `The wave '${wave}' was terminated in Temporal and left no final record.`);
  const revision = await store.latestOutline(plan);
  if (!revision) return new Problem('unknown-plan', `No plan '${plan}' has been applied.`);
  if (!revision.outline.waves.some((known) => known.wave === wave))
    return new Problem('unknown-wave', `Revision ${revision.number} of plan '${plan}' has no wave '${wave}'.`);
  return new Problem('wave-not-started', `The wave '${wave}' is in revision ${revision.number} of plan '${plan}', but no workflow is running for it.`);
}

async function aboutPackage(services: Services, target: Target): Promise<Problem> {
  const { store, engine } = services;
  const name = String(target.package);
  const id = packageWorkflowId(target.plan, target.wave, name);
  const standing = await standingOf(engine, id);
  const last = standing === 'running' ? undefined : await store.finalPackage({ plan: target.plan, wave: target.wave, package: name });
  if (last)
    return new Problem(
      'ended',
      `The package '${name}' is '${last.state}'${(last.receiptLine ?? last.endedWhy) ? `: ${last.receiptLine ?? last.endedWhy}` : ''}.`,
      { lastState: { state: last.state, receiptLine: last.receiptLine, endedWhy: last.endedWhy } },
    );
  if (standing === 'closed') return new Problem('ended', `The package '${name}' was terminated in Temporal and left no final record.`);
  const revision = await store.latestOutline(target.plan);
  if (!revision) return new Problem('unknown-plan', `No plan '${target.plan}' has been applied.`);
  const wave = revision.outline.waves.find((known) => known.wave === target.wave);
  if (!wave) return new Problem('unknown-wave', `Revision ${revision.number} of plan '${target.plan}' has no wave '${target.wave}'.`);
  if (!wave.packages.some((entry) => entry.package === name)) return new Problem('unknown-package', `The wave '${target.wave}' has no package '${name}'.`);
  return new Problem('not-released', `The package '${name}' of wave '${target.wave}' is not released yet, and this message is for released packages.`);
}
