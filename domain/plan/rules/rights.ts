/** What the site lets a plan do: its systems, roles, accounts, mail addresses and size. */
import { accountRefusal, rightOf, roleRefusal, systemRefusal } from '../../site/rights.ts';
import type { Site } from '../../site/schema.ts';
import { each, entriesOf, quote } from '../places.ts';
import type { DraftPlan, Finding, Path } from '../places.ts';
import type { SiteRule } from './rule.ts';
import { numberText } from '../../number-text.ts';

function* systemsAndRoles(plan: DraftPlan, site: Site): Generator<Finding> {
  const id = plan.plan;
  if (id === undefined) return;
  if (!rightOf(site, id)) {
    yield { path: ['plan'], say: () => `the site lets nobody have a plan ${quote(id)}` };
    return;
  }
  const refused = new Set<string>();
  for (const [index, system] of entriesOf(plan.systems)) {
    const why = systemRefusal(site, id, system);
    if (why === undefined) continue;
    refused.add(system);
    yield { path: ['systems', index], say: () => why };
  }
  for (const list of ['packages[].entitlements[]', 'packages[].legacy[]', 'incompatible[].entitlements[]']) {
    for (const { value, path } of each(plan, list)) {
      const { system, role } = value as { system?: string; role?: string };
      // A system that is refused is said once.
      if (system === undefined || role === undefined || refused.has(system) || !plan.systems?.includes(system)) continue;
      const why = roleRefusal(site, id, system, role);
      if (why !== undefined) yield { path: [...path, 'role'], say: () => why };
    }
  }
}

/** Of each person in every system of the plan: where it names no account, their id is the account. */
function* emergencyAccounts(plan: DraftPlan, site: Site): Generator<Finding> {
  for (const [index, { id, accounts = {} }] of entriesOf(plan.people)) {
    for (const [, system] of entriesOf(plan.systems)) {
      const written = Object.hasOwn(accounts, system) ? accounts[system] : undefined;
      const account = written ?? id;
      const why = account === undefined ? undefined : accountRefusal(site, system, account);
      const path: Path = written === undefined ? ['people', index, 'id'] : ['people', index, 'accounts', system];
      if (why !== undefined) yield { path, say: () => why };
    }
  }
}

function* mailDomains(plan: DraftPlan, site: Site): Generator<Finding> {
  const domains = site.mail?.domains;
  if (!domains) return;
  for (const [index, { email }] of entriesOf(plan.people)) {
    const domain = email?.split('@').at(-1)?.toLowerCase();
    if (domain !== undefined && !domains.includes(domain))
      yield { path: ['people', index, 'email'], say: () => `the site sends mail to ${domains.join(', ')} only, and ${quote(email)} is not there` };
  }
}

function* sizes(plan: DraftPlan, { limits }: Site): Generator<Finding> {
  const most = { people: limits.peoplePerPlan, packages: limits.packagesPerPlan, waves: limits.wavesPerPlan, systems: limits.systemsPerPlan };
  for (const list of ['systems', 'people', 'packages', 'waves'] as const) {
    const count = plan[list]?.length ?? 0;
    if (count > most[list])
      yield {
        path: [list],
        say: () => `the site allows a plan ${numberText(most[list])} ${list}, and this one has ${numberText(count)}: divide it into several plans`,
      };
  }
}

export const rightRules: SiteRule[] = [systemsAndRoles, emergencyAccounts, mailDomains, sizes];
