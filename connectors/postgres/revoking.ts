/** Revokes exactly the grants that are described, and never another's. */
import type { ActualGrant, RevokeOutcome } from '../connector.ts';
import { run, type Refusal } from './batches.ts';
import { LostRace, type Turn } from './effect.ts';
import { grantsWithIds, holdings, idsHeld, inOrderOfRoles, pairKey, passedOnTo, type Held, type Pair } from './memberships.ts';
import { isOid, namesOf, stillNamed, type Named, type Names, type Wanted } from './names.ts';
import { failed, inOrder } from './outcomes.ts';
import { ownLogin, type Protection } from './protected.ts';
import { actsFor, grantable } from './rights.ts';
import { keepsGrantorsApart, revokeStatement } from './statements.ts';

interface Ask {
  at: number;
  /** As the server holds it now, under today's names. */
  now: Held;
}

export const rolesOfGrants = (grants: ActualGrant[]): Wanted => ({ names: grants.map(({ role }) => role), oids: grants.map(({ roleId }) => roleId) });

export async function revokeAll(turn: Turn, grants: ActualGrant[], { ownLogins }: Pick<Protection, 'ownLogins'>): Promise<RevokeOutcome[]> {
  const { client } = turn;
  const outcomes = new Map<number, RevokeOutcome>();
  const found = await heldNow(turn, grants);
  const asks: Ask[] = [];
  const seen = new Set<Held>();
  found.forEach((now, at) => {
    if (typeof now === 'string') outcomes.set(at, failed(now));
    // Gone before, or the same grant twice in one call.
    else if (now === undefined || seen.has(now)) outcomes.set(at, { outcome: 'gone' });
    else if (ownLogins?.has(now.account)) outcomes.set(at, failed(`${ownLogin(now.account)}: revoke it by hand if it must go`));
    else asks.push({ at, now: (seen.add(now), now) });
  });
  if (asks.length === 0) return inOrder(grants, outcomes);

  const refused = await revokeFound(turn, asks);
  const left = await stillHeld(
    turn,
    asks.filter((ask) => !refused.has(ask)),
  );
  // A statement names roles, and another session may have renamed them since they were read.
  if (!(await stillNamed(client, namesIn(asks)))) throw new LostRace('roles were changed at the same time');
  for (const ask of asks) {
    const refusal = refused.get(ask);
    if (refusal) outcomes.set(ask.at, failed(await wordsFor(turn, ask, refusal)));
    else if (left.has(ask)) outcomes.set(ask.at, failed(`PostgreSQL did not revoke the grant by ${ask.now.grantor ?? 'a login that no longer exists'}`));
    else outcomes.set(ask.at, { outcome: 'revoked' });
  }
  return inOrder(grants, outcomes);
}

/** Each role, account and grantor once. */
function namesIn(asks: Ask[]): Named[] {
  const names = new Map<string, Named>();
  const add = (oid: string, name: string | undefined) => {
    if (name !== undefined && !names.has(oid)) names.set(oid, { oid, name });
  };
  for (const { now } of asks) {
    add(now.roleId, now.role);
    add(now.accountId, now.account);
    add(now.grantorId, now.grantor);
  }
  return [...names.values()];
}

/** For each: the grant as it is held now; undefined where it is gone; or why it cannot be told. */
async function heldNow(turn: Turn, grants: ActualGrant[]): Promise<(Held | string | undefined)[]> {
  const hasRows = keepsGrantorsApart(turn.version);
  const ids = grants.flatMap(({ id }) => (hasRows && id !== undefined && isOid(id) ? [id] : []));
  const byId = await grantsWithIds(turn, ids);
  const others = grants.filter(({ id }) => !hasRows || id === undefined);
  const names = await namesOf(turn.client, {
    names: others.flatMap(({ role, account }) => [role, account]),
    oids: others.flatMap(({ roleId, accountId, grantorId }) => [roleId, accountId, grantorId]),
  });
  const byPair = await holdings(
    turn,
    others.flatMap((grant) => pairOf(grant, names) ?? []),
  );
  return grants.map((grant) => {
    if (hasRows && grant.id !== undefined) {
      const now = byId.get(grant.id);
      return now && isOf(now, grant) ? now : undefined;
    }
    const pair = pairOf(grant, names);
    const held = pair ? (byPair.get(pairKey(pair)) ?? []) : [];
    if (held.length === 0) return undefined;
    if (grant.grantor === undefined && grant.grantorId === undefined)
      return 'the record does not say who granted this, so it was left alone; revoke it by hand if it must go';
    const now = held.find((each) => isGrantorOf(each, grant));
    if (now || hasRows) return now;
    return `granted by ${held[0]?.grantor ?? 'a login that no longer exists'}, not by ${grant.grantor ?? `the login with oid ${grant.grantorId}`}`;
  });
}

/** By the ids that were recorded, and by name where none was. */
function pairOf({ role, account, roleId, accountId }: ActualGrant, names: Names): Pair | undefined {
  const [foundRole, foundAccount] = [names.of(role, roleId), names.of(account, accountId)];
  return foundRole && foundAccount && { roleId: foundRole.oid, accountId: foundAccount.oid };
}

/** An oid of a row can come again when four billion have been used. */
const isOf = (now: Held, { roleId, accountId }: ActualGrant) =>
  (roleId === undefined || roleId === now.roleId) && (accountId === undefined || accountId === now.accountId);

const isGrantorOf = (now: Held, { grantor, grantorId }: ActualGrant): boolean =>
  grantorId === undefined ? grantor !== undefined && now.grantor === grantor : now.grantorId === grantorId;

async function revokeFound(turn: Turn, asks: Ask[]): Promise<Map<Ask, Refusal>> {
  const { client, version } = turn;
  const hasRows = keepsGrantorsApart(version);
  const allowed = await grantable(
    client,
    asks.map(({ now }) => now.roleId),
    version,
  );
  const actable = hasRows
    ? await actsFor(
        client,
        asks.map(({ now }) => now.grantorId),
      )
    : undefined;
  const refused = new Map<Ask, Refusal>();
  // A grant that was passed on can be revoked once those that hang on it are: as long as one could, the others are tried again.
  for (let todo = asks; ;) {
    const now = new Map<Ask, Refusal>();
    for (const ask of todo) refused.delete(ask);
    const sorted = inOrderOfRoles(todo, ({ now: { roleId } }) => roleId);
    for (const items of Map.groupBy(sorted, ({ now: { roleId, grantorId } }) => `${roleId} ${grantorId}`).values()) {
      const one = items[0]?.now;
      const sameForAll = one !== undefined && (!allowed.has(one.roleId) || (actable !== undefined && !actable.has(one.grantorId)));
      const statement = hasRows ? revokeOfGrantor : revokeWithoutGrantor;
      for (const [ask, refusal] of await run(client, { items, statement, sameForAll })) now.set(ask, refusal);
    }
    for (const [ask, refusal] of now) refused.set(ask, refusal);
    const again = [...now].flatMap(([ask, { code }]) => (code === '2BP01' ? [ask] : []));
    if (again.length === 0 || now.size === todo.length) return refused;
    todo = again;
  }
}

const accountsOf = (asks: Ask[]) => asks.map(({ now }) => now.account);

function revokeOfGrantor(asks: Ask[]): string {
  const { role = '', grantor } = asks[0]?.now ?? {};
  return revokeStatement({ role, ...(grantor === undefined ? {} : { grantor }) }, accountsOf(asks));
}

/**
 * Before 16, REVOKE removes a grant no matter who granted it, and no lock keeps another administrator from taking it over in between. So each statement
 * counts, right before, the grants that are still their grantor's, and fails by a division by zero when one is not.
 */
function revokeWithoutGrantor(asks: Ask[]): string {
  const { role = '', roleId, grantorId } = asks[0]?.now ?? {};
  const members = asks.map(({ now }) => now.accountId).join(', ');
  return (
    `select 1 / (count(*) = ${asks.length})::int from pg_auth_members where roleid = ${roleId} and grantor = ${grantorId} and member in (${members}); ` +
    revokeStatement({ role }, accountsOf(asks))
  );
}

/** Those of a statement that went through which the server holds all the same. */
async function stillHeld(turn: Turn, asks: Ask[]): Promise<Set<Ask>> {
  if (keepsGrantorsApart(turn.version)) {
    const left = await idsHeld(
      turn.client,
      asks.map(({ now }) => now.id ?? ''),
    );
    return new Set(asks.filter(({ now }) => left.has(now.id ?? '')));
  }
  const left = await holdings(
    turn,
    asks.map(({ now }) => now),
  );
  return new Set(asks.filter(({ now }) => left.get(pairKey(now))?.some((each) => each.grantorId === now.grantorId)));
}

async function wordsFor(turn: Turn, { now }: Ask, { code, why }: Refusal): Promise<string> {
  const others = code === '2BP01' ? await passedOnTo(turn, now) : [];
  return others.length === 0 ? why : `${now.account} has passed this role on to ${listed(others)}: revoke those first, nothing was revoked`;
}

/** For people. */
export const listed = (names: string[]) => (names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', '));
