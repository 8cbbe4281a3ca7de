/**
 * Reads the state of a wave or a package: of a running one by query, of a closed one from its final record. Workflows carry no texts, so names and
 * reasons come from the revision of the plan.
 */
import { packageWorkflowId, waveWorkflowId } from '../domain/messages.ts';
import type { PackageView } from '../domain/views/package.ts';
import { packageWithTexts, waveWithTexts, type CarriedPackageView, type CarriedWaveView } from '../domain/views/texts.ts';
import type { WaveView } from '../domain/views/wave.ts';
import { queryRunning } from './engine.ts';
import type { Services } from './route.ts';
import type { Target } from './target.ts';

/** Undefined: not started, or ended without a final record. */
export async function waveState(services: Services, { plan, wave }: Target): Promise<WaveView | undefined> {
  const view = await stateOf<CarriedWaveView>(services, waveWorkflowId(plan, wave));
  return view && waveWithTexts(view, await services.store.texts(plan, view.revision));
}

/** Undefined: not released, or ended without a final record. */
export async function packageState(services: Services, target: Target): Promise<PackageView | undefined> {
  const view = await stateOf<CarriedPackageView>(services, packageWorkflowId(target.plan, target.wave, String(target.package)));
  return view && packageWithTexts(view, await services.store.texts(target.plan, view.revision));
}

async function stateOf<T>({ store, engine }: Services, workflowId: string): Promise<T | undefined> {
  const last = (await store.final(workflowId)) as T | undefined;
  return last ?? (await queryRunning<T>(engine, workflowId));
}
