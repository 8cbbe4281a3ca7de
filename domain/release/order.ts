/** What goes live before a package, or together with it: the rules that a wave follows and that the check before the first effect repeats from the store. */
import type { Plan } from '../plan/schema.ts';
import { latestOf, ofPackage, type Release } from './releases.ts';

type Step = Pick<Release, 'wave' | 'package' | 'change' | 'undone'>;

/**
 * Of these packages, those that are not live: no release of them stands, or they were retired. A package that is only observed is never granted, so nothing waits
 * for it. `releases`: of all packages of the plan.
 */
export const notLive = ({ waves }: Pick<Plan, 'waves'>, ids: readonly string[], releases: Step[]): string[] => {
  const entries = waves.flatMap(({ packages }) => packages);
  return ids.filter((id) => {
    const ways = entries.filter((entry) => entry.package === id);
    if (ways.length > 0 && ways.every(({ change }) => change === 'observe')) return false;
    const latest = latestOf(ofPackage(releases, id));
    return latest === undefined || latest.change === 'retire';
  });
};
