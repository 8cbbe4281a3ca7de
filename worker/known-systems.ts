/** The systems that the plans in the store name. */
import type { StoreReader } from '../store/contract.ts';

/**
 * Returns a function that reads the ids of all systems in any revision of any plan: a package that was released under an earlier
 * revision is still watched, and may be rolled back, in a system that the latest one no longer names. Each revision is read once.
 */
export function knownSystems(store: Pick<StoreReader, 'plans' | 'revision'>): () => Promise<Set<string>> {
  const systems = new Set<string>();
  const readUpTo = new Map<string, number>();
  return async () => {
    for (const { plan, revision } of await store.plans()) {
      for (let number = (readUpTo.get(plan) ?? 0) + 1; number <= revision; number++) {
        const found = await store.revision(plan, number);
        found?.document.systems.forEach(({ id }) => systems.add(id));
        readUpTo.set(plan, number);
      }
    }
    return new Set(systems);
  };
}
