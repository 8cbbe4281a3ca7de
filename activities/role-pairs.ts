/** Roles of one system that replace each other in a package, and that nobody may hold together. */
import { isExcepted, replacedIn, rulesOf, withinOf } from '../domain/plan/incompatible-rules.ts';
import type { RolePair } from '../domain/release/switching.ts';
import type { LoadedRelease } from './release.ts';

export function rolePairs({ plan, rolePackage, planNowMs }: LoadedRelease, system: string): RolePair[] {
  return replacedIn(rulesOf(plan, rolePackage), rolePackage, system).map(({ rule, old, new: role }) => ({
    old,
    new: role,
    withinMs: withinOf(rule),
    lets: (person) => isExcepted(rule, person, planNowMs),
  }));
}
