/** Grants roles to accounts as they were signed. */
import type { ClientBase } from 'pg';
import type { GrantOutcome, WantedGrant } from '../connector.ts';
import { run, type Refusal } from './batches.ts';
import { LostRace, type Turn } from './effect.ts';
import { holdings, inOrderOfRoles, pairKey, writtenHere, type Held, type Pair } from './memberships.ts';
import { isName, Names, namesOf, stillNamed, type Named, type Wanted } from './names.ts';
import { failed, inOrder } from './outcomes.ts';
import { neverGranted, neverGrantedTo, protectedRoles, type Protection } from './protected.ts';
import { grantable } from './rights.ts';
import { roleContents } from './role-content.ts';
import { grantStatement, keepsGrantorsApart, plainMembership } from './statements.ts';

interface Ask extends Pair {
  at: number;
  key: string;
  role: string;
  account: string;
  digest?: string;
}

export const rolesToGrant = (wanted: WantedGrant[]): Wanted => ({ names: wanted.map(({ role }) => role), oids: [] });

export async function grantAll(turn: Turn, wanted: WantedGrant[], protection: Protection): Promise<GrantOutcome[]> {
  const names = await namesAsSigned(turn.client, wanted);
  const outcomes = new Map<number, GrantOutcome>();
  const asks: Ask[] = [];
  wanted.forEach((each, at) => {
    const ask = neverGrantedTo(each.account, protection) ?? asSigned(each, names);
    if (typeof ask === 'string') outcomes.set(at, failed(ask));
    else asks.push(Object.assign(ask, { at }, each.digest === undefined ? {} : { digest: each.digest }));
  });

  const before = await holdings(turn, asks);
  const missing: Ask[] = [];
  const first = new Map<string, number>();
  for (const ask of asks) {
    const grants = before.get(ask.key);
    if (grants && !isToBePlain(grants, wanted[ask.at], turn.version)) outcomes.set(ask.at, { outcome: 'preexisting', grants });
    else if (!first.has(ask.key)) {
      first.set(ask.key, ask.at);
      missing.push(ask);
    }
  }

  const refused = missing.length === 0 ? new Map<Ask, string>() : await grantMissing(turn, missing, protection);
  const granted = missing.filter((ask) => !refused.has(ask));
  const written = new Map((await writtenHere(turn, granted, names)).map((grant) => [pairKey(grant), grant]));
  const hidden = granted.filter((ask) => !written.has(ask.key));
  const others = await holdings(turn, hidden);
  if (missing.length > 0 && !(await stillNamed(turn.client, names.all()))) throw new LostRace('roles were changed at the same time');
  for (const ask of missing) {
    const why = refused.get(ask);
    const grant = written.get(ask.key);
    const grants = others.get(ask.key);
    if (why !== undefined) outcomes.set(ask.at, failed(why));
    else if (grant) outcomes.set(ask.at, { outcome: 'created', grant });
    // Someone with this login granted it at the same time, without Rolewave.
    else if (grants) outcomes.set(ask.at, { outcome: 'preexisting', grants });
    else outcomes.set(ask.at, failed('PostgreSQL accepted the grant and does not show it'));
  }
  // The same pair twice in one call: the second finds what the first has done.
  for (const ask of asks) {
    if (outcomes.has(ask.at)) continue;
    const earlier = outcomes.get(first.get(ask.key) ?? -1);
    if (earlier) outcomes.set(ask.at, earlier.outcome === 'created' ? { outcome: 'preexisting', grants: [earlier.grant] } : earlier);
  }
  return inOrder(wanted, outcomes);
}

/** Held by a grant of Rolewave alone that gives less than was signed. Granted again, it is the same row of the server in its plain form. */
const isToBePlain = (grants: Held[], { lesser = [] }: Pick<WantedGrant, 'lesser'> = {}, version: number): boolean =>
  keepsGrantorsApart(version) &&
  grants.every(({ id, options }) => id !== undefined && lesser.includes(id) && (options['inherit'] === false || options['set'] === false));

/** By the ids that were signed; by name where there is none, or where it has another name now. */
async function namesAsSigned(client: ClientBase, wanted: WantedGrant[]): Promise<Names> {
  const ofIds = await namesOf(client, { names: [], oids: [...wanted.map(({ roleId }) => roleId), ...wanted.map(({ accountId }) => accountId)] });
  const isAsSigned = (name: string, id: string | undefined) => id !== undefined && ofIds.ofId(id)?.name === name;
  const others = [
    ...wanted.filter(({ role, roleId }) => !isAsSigned(role, roleId)).map(({ role }) => role),
    ...wanted.filter(({ account, accountId }) => !isAsSigned(account, accountId)).map(({ account }) => account),
  ];
  if (others.length === 0) return ofIds;
  const named = await namesOf(client, { names: others, oids: [] });
  return new Names([...ofIds.all(), ...named.all()]);
}

/** Answers why those that were not granted were not. */
async function grantMissing({ client, version }: Turn, missing: Ask[], protection: Protection): Promise<Map<Ask, string>> {
  const allowed = await grantable(
    client,
    missing.map(({ roleId }) => roleId),
    version,
  );
  const changed = await protectedAmong(client, missing, protection);
  for (;;) {
    const left = missing.filter((ask) => !changed.has(ask));
    await client.query('savepoint grants');
    const refused = new Map<Ask, Refusal>();
    for (const [roleId, items] of Map.groupBy(
      inOrderOfRoles(left, ({ roleId }) => roleId),
      (ask) => ask.roleId,
    )) {
      const statement = (some: Ask[]) =>
        grantStatement(
          { role: some[0]?.role ?? '', options: plainMembership },
          some.map(({ account }) => account),
          version,
        );
      for (const [ask, refusal] of await run(client, { items, statement, sameForAll: !allowed.has(roleId) })) refused.set(ask, refusal);
    }
    // The server keeps a role that is being granted from being dropped or granted by others until the transaction ends. What it may do is read under
    // that lock, so that a grant which had to wait is of the role that was signed.
    const done = left.filter((ask) => !refused.has(ask));
    const others = await notAsSigned({ client, version }, done);
    const isProtected = await protectedAmong(client, done, protection);
    if (others.length + isProtected.size === 0) {
      await client.query('release savepoint grants');
      return new Map([...changed, ...[...refused].map(([ask, { why }]): [Ask, string] => [ask, why])]);
    }
    await client.query('rollback to savepoint grants; release savepoint grants');
    for (const [ask, why] of isProtected) changed.set(ask, why);
    for (const ask of others) changed.set(ask, `what role '${ask.role}' may do changed since it was signed`);
  }
}

async function protectedAmong(client: ClientBase, asks: Ask[], protection: Protection): Promise<Map<Ask, string>> {
  if (asks.length === 0) return new Map();
  const found = await protectedRoles(
    client,
    asks.map(({ roleId }) => roleId),
    protection,
  );
  return new Map(
    asks.flatMap((ask): [Ask, string][] => {
      const why = found.get(ask.roleId);
      return why === undefined ? [] : [[ask, neverGranted(ask.role, why)]];
    }),
  );
}

async function notAsSigned({ client, version }: Turn, asks: Ask[]): Promise<Ask[]> {
  const signed = asks.filter(({ digest }) => digest !== undefined);
  if (signed.length === 0) return [];
  const contents = await roleContents(client, [...new Set(signed.map(({ role }) => role))], version);
  const digests = new Map(contents.map(({ role, digest }) => [role, digest]));
  return signed.filter(({ role, digest }) => digests.get(role) !== digest);
}

/** The role and the account as the server knows them, or why they are not those that were signed. */
function asSigned({ role, account, roleId, accountId }: WantedGrant, names: Names): Omit<Ask, 'at' | 'digest'> | string {
  if (!isName(role)) return `'${role}' cannot be the name of a role: fix the plan`;
  const foundRole = names.named(role);
  const another = anotherThanSigned(`role '${role}'`, foundRole?.oid, roleId, names.ofId(roleId ?? '')?.name);
  if (another !== undefined) return another;
  const foundAccount = accountAsSigned(account, accountId, names);
  if (!foundRole) return `role '${role}' does not exist: create it in the system, or fix the plan`;
  if (typeof foundAccount === 'string') return foundAccount;
  const pair = { roleId: foundRole.oid, accountId: foundAccount.oid };
  return { role, account, ...pair, key: pairKey(pair) };
}

/** The account as the server knows it, or why it is not the one that was signed, or none to grant to. */
export function accountAsSigned(account: string, signed: string | undefined, names: Names): Named | string {
  if (!isName(account)) return `'${account}' cannot be the name of an account: fix the plan`;
  const found = names.named(account);
  const another = anotherThanSigned(`account '${account}'`, found?.oid, signed, names.ofId(signed ?? '')?.name);
  if (another !== undefined) return another;
  if (!found) return `account '${account}' does not exist: create the login, or fix the plan`;
  if (!found.login) return `'${account}' may not log in (a group role, or a locked login): name the person's own login in the plan`;
  return found;
}

/** By ids. `renamed`: what has the id that was signed is called now. */
export function anotherThanSigned(what: string, found: string | undefined, signed: string | undefined, renamed: string | undefined): string | undefined {
  if (signed === undefined || found === signed) return undefined;
  if (renamed !== undefined) return `${what} was renamed to '${renamed}' since it was signed`;
  return found === undefined ? `${what} was dropped since it was signed` : `${what} was dropped and created again since it was signed`;
}
