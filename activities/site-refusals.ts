/** What the site no longer lets a plan do: asked again before every effect, because a right may have been withdrawn since the revision was stored (R8). */
import { byIdentity, identified, type Held, type LedgerEntry, type PairOfIds } from '../domain/release/ledger.ts';
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
  if (refusals.size > 0) throw siteRefuses(`${firstOf(refusals)}, so nothing was changed`);
}

/** Throws with each of these roles of which the plan may not read who has it. */
export function refuseReading(site: Site, plan: string, system: string, roles: Iterable<string>): void {
  const refusals = new Set([...roles].flatMap((role) => roleRefusal(site, plan, system, role) ?? []));
  if (refusals.size > 0) throw siteRefuses(`${firstOf(refusals)}, so who has it was not read`);
}

/** Throws where what was signed is called by now as the site does not let the plan use it. Not with that name: it is not the plan's to know. */
export function refuseRenamed(site: Site, { plan, system, roles }: Pick<PreviewContent, 'plan' | 'system' | 'roles'>, grants: Held[]): void {
  const signed = new Map(roles.flatMap(({ role, id }) => (id === undefined ? [] : [[id, role] as const])));
  const found = new Set<string>();
  for (const { role, roleId = '' } of grants) {
    const then = signed.get(roleId);
    if (then !== undefined && then !== role && roleRefusal(site, plan, system, role) !== undefined) found.add(then);
  }
  const names = [...found].map((role) => `'${role}'`);
  if (names.length > 0) throw siteRefuses(`the site does not let plan '${plan}' use ${names.join(', ')} of the system '${system}' by the name that it has now`);
}

/**
 * What may be shown of this reading: of roles that the site no longer lets the plan use, only what the release has in its ledger. Undoing needs no right, and to
 * know who else has a role does.
 */
export function withoutOthers<T extends { grants: Held[] }>(
  site: Site,
  { plan, system }: Pick<PreviewContent, 'plan' | 'system'>,
  now: T,
  ledger: LedgerEntry[],
): T {
  const refused = new Map<string, boolean>();
  const isRefused = (role: string) => {
    if (!refused.has(role)) refused.set(role, roleRefusal(site, plan, system, role) !== undefined);
    return refused.get(role) === true;
  };
  if (!now.grants.some(({ role }) => isRefused(role))) return now;
  const own = byIdentity(
    ledger.flatMap(({ role, account, made, found, taken, pending }): PairOfIds[] => [
      { role, account },
      ...[made, found, taken, ...pending.map(({ grants }) => grants)].map((grants) => identified({ role, account }, grants)),
    ]),
  );
  return { ...now, grants: now.grants.filter((grant) => !isRefused(grant.role) || own(grant).length > 0) };
}

/** Why `withoutOthers` leaves others out; undefined: it leaves nobody out. */
export function othersRefused(site: Site, { plan, system, entitlements }: Pick<PreviewContent, 'plan' | 'system' | 'entitlements'>): string | undefined {
  const refusals = new Set(entitlements.flatMap(({ role }) => roleRefusal(site, plan, system, role) ?? []));
  return refusals.size > 0 ? firstOf(refusals) : undefined;
}

function firstOf(refusals: Set<string>): string {
  const all = [...refusals];
  return `${all.slice(0, shown).join('; ')}${all.length > shown ? `; and ${all.length - shown} more` : ''}`;
}

const shown = 5;
