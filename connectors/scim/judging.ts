/** What one item of a call asks of the server, or why nothing is asked. Nothing is changed here. */
import { matches } from '../../domain/site/patterns.ts';
import type { ActualGrant, GrantOutcome, RevokeOutcome, WantedGrant } from '../connector.ts';
import { contentOf } from './content.ts';
import type { Entitlement } from './entitlements.ts';
import { grantOf, type Server } from './members.ts';
import { isSoleWriter } from './settings.ts';
import type { User } from './users.ts';

/** Who is to get it, or to lose it. */
export interface Ask {
  user: User;
}

export interface Judged<Outcome> {
  /** undefined: there is none, and so nothing to ask. */
  entitlement: Entitlement | undefined;
  /** For each item: what is asked, or the outcome. */
  items: (Ask | Outcome)[];
}

export const isAsk = (item: object): item is Ask => 'user' in item;
const failed = (why: string) => ({ outcome: 'failed', why }) as const;
const nothingThere = (why: string) => ({ ...failed(why), nothingThere: true }) as const;

interface Found<T> {
  named: Map<string, T>;
  byId: Map<string, T>;
}

/** By id; by name where no id was recorded, or where what has that id is not called so, and another may be. */
async function found<T extends { name: string }>(
  from: { named(names: string[], signal?: AbortSignal): Promise<Map<string, T>>; ofIds(ids: string[], signal?: AbortSignal): Promise<Map<string, T>> },
  items: { name: string; id: string | undefined }[],
  signal: AbortSignal | undefined,
): Promise<Found<T>> {
  const byId = await from.ofIds([...new Set(items.flatMap(({ id }) => id ?? []))], signal);
  const named = new Map<string, T>();
  const others = new Set<string>();
  for (const { name, id } of items) {
    const one = id === undefined ? undefined : byId.get(id);
    if (one?.name === name) named.set(name, one);
    else others.add(name);
  }
  for (const [name, one] of await from.named([...others], signal)) named.set(name, one);
  return { named, byId };
}

/** All items are of one role. */
async function read({ entitlements, users }: Server, items: { role: string; roleId?: string; account: string; accountId?: string }[], signal?: AbortSignal) {
  const [ofRole, people] = await Promise.all([
    found(
      entitlements,
      items.slice(0, 1).map(({ role, roleId }) => ({ name: role, id: roleId })),
      signal,
    ),
    found(
      users,
      items.map(({ account, accountId }) => ({ name: account, id: accountId })),
      signal,
    ),
  ]);
  const [first] = items;
  return { people, named: first && ofRole.named.get(first.role), byId: ofRole.byId };
}

export async function judgeGrants(server: Server, wanted: WantedGrant[], signal?: AbortSignal): Promise<Judged<GrantOutcome>> {
  const { settings } = server;
  const { named: entitlement, byId, people } = await read(server, wanted, signal);
  const judge = (each: WantedGrant): Ask | GrantOutcome => {
    const { role, account: name } = each;
    if (settings.breakGlass.some((pattern) => matches(pattern, name))) return failed(`'${name}' is for emergencies, by the site`);
    const user = people.named.get(name);
    const another =
      anotherThanSigned(`role '${role}'`, entitlement, each.roleId, byId) ?? anotherThanSigned(`account '${name}'`, user, each.accountId, people.byId);
    if (another !== undefined) return failed(another);
    if (!entitlement || entitlement.isClosed)
      return failed(
        `role '${role}' does not exist: ${settings.attribute ? 'add the value to attribute.values of the site file' : 'create the group in the SCIM server'}, or fix the plan`,
      );
    if (!user) return failed(`account '${name}' does not exist: create the user in the SCIM server, or fix the plan`);
    if (user.locked) return failed(`'${name}' is not active, and may not sign in: activate the user, or take it out of the plan`);
    if (entitlement.has(user)) return { outcome: 'preexisting', grants: [grantOf(entitlement, user)] };
    if (each.digest !== undefined && each.digest !== contentOf(role, entitlement).digest)
      return failed(`what role '${role}' may do changed since it was signed`);
    return { user };
  };
  return { entitlement, items: wanted.map(judge) };
}

export async function judgeRestores(server: Server, grants: ActualGrant[], signal?: AbortSignal): Promise<Judged<GrantOutcome>> {
  const { named, byId, people } = await read(server, grants, signal);
  const recorded = grants[0]?.roleId;
  const entitlement = recorded === undefined ? named : byId.get(recorded);
  const judge = ({ role, account: name, accountId }: ActualGrant): Ask | GrantOutcome => {
    const user = accountId === undefined ? people.named.get(name) : people.byId.get(accountId);
    if (!entitlement) return nothingThere(gone(`role '${role}'`, named));
    if (!user) return nothingThere(gone(`account '${name}'`, people.named.get(name)));
    if (user.locked)
      return nothingThere(`'${name}' is not active, and may not sign in any more, so this is not given back: grant it by hand if it must come back`);
    return entitlement.has(user) ? { outcome: 'preexisting', grants: [grantOf(entitlement, user)] } : { user };
  };
  return { entitlement, items: grants.map(judge) };
}

export async function judgeRevokes(server: Server, grants: ActualGrant[], signal?: AbortSignal): Promise<Judged<RevokeOutcome>> {
  const { named, byId, people } = await read(server, grants, signal);
  const recorded = grants[0]?.roleId;
  const entitlement = recorded === undefined ? named : byId.get(recorded);
  const judge = ({ role, account: name, accountId }: ActualGrant): Ask | RevokeOutcome => {
    const user = accountId === undefined ? people.named.get(name) : (people.byId.get(accountId) ?? removedUser(accountId, name));
    if (!entitlement || !user || !entitlement.has(user)) return { outcome: 'gone' };
    // R1: nothing in SCIM tells this grant from another one of the same person (decision 231).
    return isSoleWriter(server.settings) ? { user } : failed(cannotTell(name, role));
  };
  return { entitlement, items: grants.map(judge) };
}

/** Some servers leave a user who was removed in the groups. Such a member has to go too: the user may be brought back, with the same id. */
const removedUser = (id: string, name: string): User => ({ id, name, locked: true, values: new Set(), version: undefined });

const cannotTell = (account: string, role: string) =>
  `whether ${account} was removed from '${role}' and added again by somebody else cannot be told in SCIM: it was left alone. Revoke it by hand if it must go; where nobody else changes it (soleWriter in the site file), Rolewave does it`;

function anotherThanSigned(
  what: string,
  found: { id: string } | undefined,
  signed: string | undefined,
  byId: Map<string, { name: string }>,
): string | undefined {
  if (signed === undefined || found?.id === signed) return undefined;
  const now = byId.get(signed);
  if (now) return `${what} was renamed to '${now.name}' since it was signed`;
  return found ? `${what} was dropped and created again since it was signed` : `${what} was dropped since it was signed`;
}

const gone = (what: string, another: object | undefined) =>
  another ? `${what} was dropped and created again since it held this grant: it is another one, and was left alone` : `${what} no longer exists`;
