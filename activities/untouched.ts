/** What the site keeps every effect away from, whatever was granted before the site said so: accounts for emergencies, and the last holder of a role. */
import type { Connector } from '../connectors/connector.ts';
import { holdersLeft, leftEmpty } from '../domain/release/last-holders.ts';
import type { Actual, Held } from '../domain/release/ledger.ts';
import { accountRefusal, neverEmpty } from '../domain/site/rights.ts';
import type { ActivityDeps } from './deps.ts';
import { asking } from './failures.ts';

interface Place {
  deps: ActivityDeps;
  connector: Connector;
  system: string;
}

/** Why nothing of this account is revoked, as a sentence; undefined: it may be. */
export const untouchedBySite =
  ({ deps, system }: Pick<Place, 'deps' | 'system'>) =>
  ({ account }: { account: string }): string | undefined =>
    accountRefusal(deps.site(), system, account) === undefined ? undefined : `'${account}' is for emergencies, by the site, so it was left alone`;

/** Of the roles that these grants are of, those that would be left without a holder who can sign in although the site says that somebody always has them. */
export async function rolesLeftEmpty({ deps, connector, system }: Place, now: Pick<Actual, 'grants'>, revoked: Held[]): Promise<ReadonlySet<string>> {
  const isGuarded = neverEmpty(deps.site(), system);
  const guarded = new Set(revoked.flatMap(({ role }) => (isGuarded(role) ? [role] : [])));
  if (guarded.size === 0) return guarded;
  const left = holdersLeft(now, revoked, guarded);
  const { accounts } = await asking(system, () => connector.snapshot([], [...new Set([...left.values()].flat())], undefined, [], true));
  return leftEmpty(left, new Set(accounts.map(({ account }) => account)));
}
