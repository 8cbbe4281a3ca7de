/** Reads the state of a wave or a package: of a running one by query, of a closed one from its final record. */
import { packageWorkflowId, waveWorkflowId } from '../domain/messages.ts';
import type { PackageView } from '../domain/views/package.ts';
import type { WaveView } from '../domain/views/wave.ts';
import { queryRunning } from './engine.ts';
import type { Services } from './route.ts';
import type { Target } from './target.ts';

/** Undefined: not started, or ended without a final record. */
export const waveState = (services: Services, { plan, wave }: Target): Promise<WaveView | undefined> => stateOf<WaveView>(services, waveWorkflowId(plan, wave));

/** Undefined: not released, or ended without a final record. */
export const packageState = (services: Services, target: Target): Promise<PackageView | undefined> =>
  stateOf<PackageView>(services, packageWorkflowId(target.plan, target.wave, String(target.package)));

async function stateOf<T>({ store, engine }: Services, workflowId: string): Promise<T | undefined> {
  const last = (await store.final(workflowId)) as T | undefined;
  return last ?? (await queryRunning<T>(engine, workflowId));
}
