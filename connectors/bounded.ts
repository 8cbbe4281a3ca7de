/**
 * What a system says is kept once for each grant: in previews, in the ledger, in caches of workers and endpoints. A server that calls one group by a megabyte would
 * fill them all, so it is refused where it comes in, and before anything has changed.
 */
import { sha256Hex } from '../domain/canonical.ts';
import { SystemUnavailable } from '../domain/system-unavailable.ts';
import type { ActualGrant, BeforeCommit, Connector, SystemSnapshot } from './connector.ts';

/** In characters. Names and ids: as long as a plan may call a role or an account, and a little more, because some systems make an id of a name. Reasons and notes are sentences. `contents`: what all roles of one reading may do. */
export const longest = { name: 1_100, outcome: 4_000, contents: 16 * 2 ** 20 } as const;

/** The same connector. */
export function bounded(connector: Connector): Connector {
  const { snapshot, grant, revoke, restore, switch: switched } = connector;
  return Object.assign(connector, {
    snapshot: async (...asked: Parameters<Connector['snapshot']>) => withShortNames(await snapshot(...asked), asked[1]),
    grant: ((wanted, beforeCommit) => grant(wanted, short(beforeCommit))) satisfies Connector['grant'],
    revoke: ((grants, beforeCommit) => revoke(grants, short(beforeCommit))) satisfies Connector['revoke'],
    restore: ((grants, beforeCommit) => restore(grants, short(beforeCommit))) satisfies Connector['restore'],
    ...(switched ? { switch: ((person, beforeCommit) => switched(person, short(beforeCommit))) satisfies Connector['switch'] } : {}),
  });
}

/** `accounts`: that were asked for. One member of a group whom nobody asked for does not keep others from reading it. */
function withShortNames(snapshot: SystemSnapshot, asked: string[]): SystemSnapshot {
  const { roles, grants, accounts, unknownAccounts } = snapshot;
  const ofPlan = new Set(asked);
  refuseLonger([roles.map(({ role, id, digest }) => [role, id, digest]), accounts, unknownAccounts], longest.name);
  refuseContents(roles);
  for (const grant of grants) if (ofPlan.has(grant.account)) refuseLonger(grant, longest.name);
  const isLong = (grant: ActualGrant) => Object.values(grant).some((each) => typeof each === 'string' && each.length > longest.name);
  return grants.some(isLong) ? { ...snapshot, grants: grants.map((grant) => (isLong(grant) ? shortened(grant) : grant)) } : snapshot;
}

function refuseContents(roles: SystemSnapshot['roles']): void {
  let size = 0;
  for (const { privileges } of roles) for (const line of privileges) size += line.length;
  if (size > longest.contents)
    throw new Error(
      `what these entitlements give takes ${Math.ceil(size / 2 ** 20)} MB to say, and at most ${longest.contents / 2 ** 20} are taken: read fewer of them at a time, in several packages`,
    );
}

/** Still another one than every other name or id. */
const shortened = (grant: ActualGrant): ActualGrant =>
  Object.fromEntries(
    Object.entries(grant).map(([key, value]: [string, unknown]) => [
      key,
      typeof value === 'string' && value.length > longest.name ? `${value.slice(0, 100)}…${sha256Hex(value)}` : value,
    ]),
  ) as unknown as ActualGrant;

const short =
  <Outcome>(beforeCommit: BeforeCommit<Outcome>): BeforeCommit<Outcome> =>
  (outcomes, transaction) => {
    refuseLonger([outcomes, transaction], longest.outcome);
    return beforeCommit(outcomes, transaction);
  };

function refuseLonger(said: unknown, most: number): void {
  const left = [said];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next === 'string' && next.length > most)
      throw new SystemUnavailable(
        `it has a name, id or text of ${next.length} characters, which begins with '${next.slice(0, 40)}': at most ${most} are taken from a system`,
      );
    if (typeof next === 'object' && next !== null) for (const each of Object.values(next)) left.push(each);
  }
}
