/** The systems that the plans in the store name. */
import type { StoreReader } from '../store/contract.ts';

/**
 * Returns a function that reads the ids of all systems in any revision of any plan: a package that was released under an earlier
 * revision is still watched, and may be rolled back, in a system that the latest one no longer names. One that the site has withdrawn is polled, too: what is
 * asked of it is refused at once, with the reason, and waits for nobody. Each revision is read once.
 */
export function knownSystems(store: Pick<StoreReader, 'plans' | 'systemsSince'>): () => Promise<Set<string>> {
  const systems = new Set<string>();
  let readUpTo = new Map<string, number>();
  return async () => {
    const plans = new Map((await store.plans()).map(({ plan, revision }) => [plan, revision]));
    if ([...plans].some(([plan, revision]) => readUpTo.get(plan) !== revision)) {
      for (const id of await store.systemsSince(readUpTo)) systems.add(id);
      readUpTo = plans;
    }
    return new Set(systems);
  };
}
