/**
 * Reads the state of a wave or a package: of a running one by query, of a closed one from its final record. The engine is asked first: a final record of a
 * workflow that runs is not the truth. Workflows carry no texts, so names and reasons come from the revision of the plan.
 */
import type { z } from 'zod';
import type { Address } from '../domain/address.ts';
import { packageWorkflowId, waveWorkflowId } from '../domain/messages.ts';
import type { PackageView } from '../domain/views/package.ts';
import { finalOf } from '../domain/views/recorded.ts';
import { carriedPackageView, carriedWaveView, packageWithTexts, waveWithTexts } from '../domain/views/texts.ts';
import type { WaveView } from '../domain/views/wave.ts';
import { queryRunning } from './engine.ts';
import type { Services } from './route.ts';
import type { Target } from './target.ts';

/** Undefined: not started, or ended without a final record. */
export async function waveState(services: Services, { plan, wave }: Target): Promise<WaveView | undefined> {
  const view = await stateOf(services, waveWorkflowId(plan, wave), carriedWaveView, () => services.store.finalWave({ plan, wave }));
  return view && waveWithTexts(view, await services.store.texts(plan, view.revision));
}

/** Undefined: not released, or ended without a final record. */
export async function packageState(services: Services, { plan, wave, package: id = '' }: Target): Promise<PackageView | undefined> {
  const view = await stateOf(services, packageWorkflowId(plan, wave, id), carriedPackageView, () => services.store.finalPackage({ plan, wave, package: id }));
  return view && packageWithTexts(view, await services.store.texts(plan, view.revision));
}

/** What a running workflow answers is shown only in its declared form: anyone who reaches the namespace can start another kind of workflow under its id. */
async function stateOf<T extends Address>({ engine }: Services, workflowId: string, schema: z.ZodType<T>, final: () => Promise<T | undefined>) {
  const running = await queryRunning(engine, workflowId);
  return running === undefined ? final() : finalOf(schema, workflowId, running);
}
