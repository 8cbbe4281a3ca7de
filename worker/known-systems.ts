/** The systems that plans and releases in the store use. */
import type { StoreReader, SystemsInUse } from '../store/contract.ts';

/** Returns a function that reads them again only when a revision, a release or a receipt has been added since. */
export function knownSystems(store: Pick<StoreReader, 'systemsInUse' | 'usageMark'>): () => Promise<SystemsInUse> {
  let known: { mark: string; systems: SystemsInUse } | undefined;
  return async () => {
    const mark = await store.usageMark();
    if (known?.mark !== mark) known = { mark, systems: await store.systemsInUse() };
    return known.systems;
  };
}
