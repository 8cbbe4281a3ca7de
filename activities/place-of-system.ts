/** The place of a system, for everything that releases know of each other by it: only where the system is believed to be it. */
import { Context } from '@temporalio/activity';
import type { Connector } from '../connectors/connector.ts';
import { posing, posingText, posingTextOfPlan, TooManyPlaces } from '../domain/site/same-place.ts';
import type { Site } from '../domain/site/schema.ts';
import type { ActivityDeps } from './deps.ts';
import { asking, siteRefuses } from './failures.ts';

/** By the site file as it is now: a changed one is asked again. No more of a system than the store keeps of it (mostPlaces). */
const believed = new WeakMap<Site, Set<string>>();

/** Throws SiteRefuses where the server poses as another system of the site. */
export async function placeOf(deps: ActivityDeps, connector: Connector, system: string): Promise<string> {
  const place = await asking(system, () => connector.place());
  const { address } = connector;
  const site = deps.site();
  const known = believed.get(site) ?? new Set();
  believed.set(site, known);
  const key = JSON.stringify([place, system, address]);
  if (known.has(key)) return place;
  const other = await posing(deps.store, site, place, { system, address }).catch((error: unknown) => {
    throw error instanceof TooManyPlaces ? siteRefuses(error.message) : error;
  });
  if (other !== undefined) {
    Context.current().log.error(posingText(system, other), { system, other, place });
    throw siteRefuses(posingTextOfPlan(system));
  }
  known.add(key);
  return place;
}
