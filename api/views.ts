/**
 * Reads the state of a wave or a package: of a running one by query, of a closed one from its final record. The engine is asked first: a final record of a
 * workflow that runs is not the truth. Workflows carry no texts, so names and reasons come from the revision of the plan.
 */
import type { z } from 'zod';
import type { Address } from '../domain/address.ts';
import { packageWorkflowId, waveWorkflowId } from '../domain/messages.ts';
import type { PackageView } from '../domain/views/package.ts';
import { finalOf } from '../domain/views/recorded.ts';
import { previewTried } from '../domain/blockers.ts';
import { carriedPackageView, carriedWaveView, packageWithTexts, waveWithTexts, type CarriedWaveView } from '../domain/views/texts.ts';
import type { WaveView } from '../domain/views/wave.ts';
import { queryRunning } from './engine.ts';
import { Problem } from './errors.ts';
import { troublesOf, waitsOf } from './pending.ts';
import type { Services } from './route.ts';
import type { Target } from './target.ts';

/** Undefined: not started, or ended without a final record. */
export async function waveState(services: Services, { plan, wave }: Target): Promise<WaveView | undefined> {
  const view = await stateOf(services, waveWorkflowId(plan, wave), carriedWaveView, () => services.store.finalWave({ plan, wave }));
  return view && waveWithTexts(await withTroubles(services, view), await services.store.texts(plan, view.revision));
}

/** A workflow does not see why its activities are tried again; the engine does. Asked only where something waits for a preview. */
async function withTroubles({ engine }: Services, view: CarriedWaveView): Promise<CarriedWaveView> {
  if (view.endedWhy !== undefined || !view.packages.some(({ blockers }) => blockers.some(({ code }) => code === 'preview'))) return view;
  const troubles = (await troublesOf(engine, waveWorkflowId(view.plan, view.wave))).slice(0, 2);
  if (troubles.length === 0) return view;
  return { ...view, packages: view.packages.map((entry) => ({ ...entry, blockers: entry.blockers.map((each) => previewTried(each, troubles)) })) };
}

/** Undefined: not released, or ended without a final record. */
export async function packageState(services: Services, { plan, wave, package: id = '' }: Target): Promise<PackageView | undefined> {
  const workflowId = packageWorkflowId(plan, wave, id);
  const view = await stateOf(services, workflowId, carriedPackageView, () => services.store.finalPackage({ plan, wave, package: id }));
  if (!view) return undefined;
  const [texts, waits] = await Promise.all([
    services.store.texts(plan, view.revision),
    view.endedWhy === undefined ? waitsOf(services.engine, workflowId, Date.now()) : [],
  ]);
  return { ...packageWithTexts(view, texts), ...(waits.length > 0 ? { waits } : {}) };
}

/** What a running workflow answers is shown only in its declared form: anyone who reaches the namespace can start another kind of workflow under its id. */
async function stateOf<T extends Address>({ engine, suspect }: Services, workflowId: string, schema: z.ZodType<T>, final: () => Promise<T | undefined>) {
  const running = await queryRunning(engine, workflowId).catch((error: unknown) => {
    if (error instanceof Problem && error.code === 'no-worker') suspect(workflowId);
    throw error;
  });
  return running === undefined ? final() : finalOf(schema, workflowId, running);
}
