/** What the site no longer lets a plan do: asked again before every effect, because a right may have been withdrawn since the revision was stored (R8). */
import type { PreviewContent } from '../domain/release/signed-preview.ts';
import { accountRefusal, roleRefusal, systemRefusal } from '../domain/site/rights.ts';
import type { Site } from '../domain/site/schema.ts';
import { siteRefuses } from './failures.ts';

/** Throws with everything that is missing: systems, roles to grant, to retire or to read the holders of, and accounts for emergencies. */
export function refuseBySite(site: Site, contents: Iterable<PreviewContent>): void {
  const refusals = new Set<string>();
  for (const { plan, system, entitlements, legacy, people, incompatible = [] } of contents) {
    const refused = systemRefusal(site, plan, system);
    const found = refused === undefined ? [...entitlements, ...legacy, ...incompatible].map(({ role }) => roleRefusal(site, plan, system, role)) : [refused];
    const accounts = people.map(({ account }) => accountRefusal(site, system, account));
    for (const why of [...found, ...accounts]) if (why !== undefined) refusals.add(why);
  }
  if (refusals.size === 0) return;
  const all = [...refusals];
  throw siteRefuses(`${all.slice(0, shown).join('; ')}${all.length > shown ? `; and ${all.length - shown} more` : ''}, so nothing was changed`);
}

const shown = 5;
