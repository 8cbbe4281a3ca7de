/** Who of the people who joined an open cohort may be given the access without a sign-off on them, and why the others may not. */
import type { IncompatibleRule } from '../plan/schema.ts';
import type { PreviewContent } from '../release/signed-preview.ts';

export interface Joiner {
  person: string;
  account: string;
}

export interface JoiningFacts {
  /** People who decide on the package: nobody decides over their own access (R8). */
  deciders: ReadonlySet<string>;
  /** Accounts of the system that are somebody else's already. */
  taken: ReadonlyMap<string, string>;
  /** Accounts that exist and can log in, with their ids. */
  accounts: ReadonlyMap<string, string | undefined>;
  /** Why the site lets no plan name this account. */
  denied(account: string): string | undefined;
  /** Of the rules about incompatible entitlements, which one a grant to this person would break. */
  breaks(person: string): IncompatibleRule | undefined;
  /** Why so many more people may not be given it, all together. */
  tooMany(people: number): string | undefined;
}

export interface Joining {
  /** Who may be given it, in the form of the signed people. */
  people: PreviewContent['people'];
  refused: { person: string; why: string }[];
}

/** Each is judged alone, except for the blast radius: where they are too many together, nobody is given anything, so that no order decides who is. */
export function joining(joiners: readonly Joiner[], { deciders, taken, accounts, denied, breaks, tooMany }: JoiningFacts): Joining {
  const owners = new Map(taken);
  const whyNot = ({ person, account }: Joiner): string | undefined => {
    if (deciders.has(person))
      return 'they decide on this package, and nobody decides over their own access: release it to them by a revision that somebody else signs';
    const owner = owners.get(account);
    if (owner !== undefined) return `account '${account}' belongs to '${owner}' too`;
    const site = denied(account);
    if (site !== undefined) return site;
    if (!accounts.has(account)) return `account '${account}' does not exist, or cannot log in`;
    const rule = breaks(person);
    return rule && `they would hold both entitlements of '${rule.id}', which nobody may hold together`;
  };
  const refused: Joining['refused'] = [];
  const people: Joining['people'] = [];
  for (const joiner of joiners) {
    const why = whyNot(joiner);
    if (why !== undefined) {
      refused.push({ person: joiner.person, why });
      continue;
    }
    const { person, account } = joiner;
    const accountId = accounts.get(account);
    owners.set(account, person);
    people.push({ person, account, ...(accountId === undefined ? {} : { accountId }) });
  }
  const why = people.length === 0 ? undefined : tooMany(people.length);
  if (why === undefined) return { people, refused };
  return { people: [], refused: [...refused, ...people.map(({ person }) => ({ person, why }))] };
}

/** Which rule it would break to give the package to a person. `holds`: whether they hold this entitlement now; `granted`: whether the package grants it. */
export function brokenRule(
  rules: readonly IncompatibleRule[],
  person: string,
  nowMs: number,
  { holds, grants }: Record<'holds' | 'grants', (entitlement: { system: string; role: string }) => boolean>,
): IncompatibleRule | undefined {
  return rules.find(
    ({ entitlements, exceptions = [] }) =>
      entitlements.some(grants) &&
      entitlements.every((one) => grants(one) || holds(one)) &&
      !exceptions.some((exception) => exception.person === person && nowMs < exception.until),
  );
}
