/** Revokes exactly the privileges that are described, each of the one who granted it, and never another's. */
import type { ClientBase } from 'pg';
import type { ActualGrant, RevokeOutcome } from '../../connector.ts';
import { run, type Refusal } from '../batches.ts';
import { LostRace, type Turn } from '../effect.ts';
import { namesOf, stillNamed } from '../names.ts';
import { failed, inOrder } from '../outcomes.ts';
import { ownLogin, type Protection } from '../protected.ts';
import { listed } from '../revoking.ts';
import { columnsHeld, noColumns } from './columns.ts';
import { notPermitted } from './granting.ts';
import { holdings, itemKey, pairKey, type Held } from './holdings.ts';
import { inOrderOfObjects, inOtherDatabases, objectsOf, type Objects, type PrivilegeOn } from './objects.ts';
import { grantersOf, holdingKey, holdObjects, inNameOf, meIn, refuseRenamed, superusersAmong, type Me } from './rights.ts';
import { revokeStatement, type Actor } from './statements.ts';

interface Ask {
  at: number;
  /** As the server holds it now, under today's names. */
  now: Held;
  on: PrivilegeOn;
  actor: Actor;
}

export async function revokePrivileges(turn: Turn, grants: ActualGrant[], { ownLogins }: Pick<Protection, 'ownLogins'>): Promise<RevokeOutcome[]> {
  if (grants.length === 0) return [];
  const { client } = turn;
  const me = await meIn(client);
  const outcomes = new Map<number, RevokeOutcome>();
  const objects = await objectsNow(client, grants);
  const asks = await asksOf(client, me, objects, await heldNow(client, objects, grants));
  const notHeld = await holdObjects(turn, asks);
  // From here on under the locks: what is read is what the statements find.
  const today = await objectsNow(client, grants);
  const found = await heldNow(client, today, grants);
  refuseRenamed(
    asks.map(({ on }) => on),
    today,
  );
  const held = new Map(asks.map((ask) => [itemKey(ask.now), ask]));
  const seen = new Set<string>();
  const columns = await columnsHeld(
    client,
    found.flatMap((now) => (typeof now === 'object' ? [now] : [])),
    today,
  );
  const todo: Ask[] = [];
  found.forEach((now, at) => {
    if (typeof now === 'string') return void outcomes.set(at, failed(now));
    const key = now === undefined ? '' : itemKey(now);
    // Gone before, or the same grant twice in one call.
    if (now === undefined || seen.has(key)) return void outcomes.set(at, { outcome: 'gone' });
    const ask = held.get(key);
    // It came, or somebody else was given the account's name, since it was read a moment ago.
    if (!ask || ask.now.account !== now.account || ask.now.grantor !== now.grantor) throw new LostRace('a grant was changed at the same time');
    seen.add(key);
    const refusal = notHeld.get(holdingKey(ask));
    const ofColumns = columns.get(key);
    if (ownLogins?.has(now.account)) outcomes.set(at, failed(`${ownLogin(now.account)}: revoke it by hand if it must go`));
    else if (refusal) outcomes.set(at, failed(inOthersName(refusal, ask, me)));
    else if (ofColumns)
      outcomes.set(
        at,
        failed(
          `${now.account} also has ${ask.on.privilege.toUpperCase()} on ${listed(ofColumns)} alone, from the same grantor, and PostgreSQL would take that, too: revoke it by hand first`,
        ),
      );
    else todo.push({ ...ask, at, now });
  });
  if (todo.length === 0) return inOrder(grants, outcomes);

  const refused = await revokeEach(turn, todo);
  const left = await holdings(
    client,
    todo.map(({ on }) => on),
  );
  // A statement names roles, and another session may have renamed them since they were read.
  if (
    !(await stillNamed(
      client,
      todo.flatMap(({ now }) => [{ oid: now.accountId, name: now.account }, ...(now.grantor === undefined ? [] : [{ oid: now.grantorId, name: now.grantor }])]),
    ))
  )
    throw new LostRace('accounts were changed at the same time');
  refuseRenamed(
    todo.map(({ on }) => on),
    await objectsNow(client, grants),
  );
  const leftKeys = new Set(left.map(itemKey));
  for (const ask of todo) {
    const refusal = refused.get(ask);
    if (refusal) outcomes.set(ask.at, failed(wordsFor(left, ask, refusal, me)));
    else if (leftKeys.has(itemKey(ask.now)))
      outcomes.set(ask.at, failed(`PostgreSQL did not revoke the grant by ${ask.now.grantor ?? 'a login that no longer exists'}`));
    else outcomes.set(ask.at, { outcome: 'revoked' });
  }
  return inOrder(grants, outcomes);
}

const objectsNow = (client: ClientBase, grants: ActualGrant[]): Promise<Objects> =>
  objectsOf(client, { names: grants.flatMap(({ role, roleId }) => (roleId === undefined ? [role] : [])), oids: grants.map(({ roleId }) => roleId) });

/** For each: the grant as it is held now; undefined where it is gone; or why it cannot be told. */
async function heldNow(client: ClientBase, objects: Objects, grants: ActualGrant[]): Promise<(Held | string | undefined)[]> {
  const names = await namesOf(client, {
    names: grants.flatMap(({ account, accountId, grantor, grantorId }) => [
      ...(accountId === undefined ? [account] : []),
      ...(grantorId === undefined && grantor !== undefined ? [grantor] : []),
    ]),
    oids: grants.flatMap(({ accountId, grantorId }) => [accountId, grantorId]),
  });
  const on = new Map(grants.flatMap(({ role, roleId }) => objects.of(role, roleId) ?? []).map((each) => [each.id, each]));
  const byPair = Map.groupBy(await holdings(client, [...on.values()]), pairKey);
  const outOfReach = new Set(
    await inOtherDatabases(
      client,
      grants.flatMap(({ roleId }) => roleId ?? []),
    ),
  );
  return grants.map(({ role, roleId, account, accountId, grantor, grantorId }) => {
    if (roleId !== undefined && outOfReach.has(roleId))
      return 'it is recorded in another database of the server than the one that this system connects to, so nothing was revoked: connect to that one';
    const [of, who] = [objects.of(role, roleId), names.of(account, accountId)];
    const held = of && who ? (byPair.get(pairKey({ roleId: of.id, accountId: who.oid })) ?? []) : [];
    if (held.length === 0) return undefined;
    if (grantor === undefined && grantorId === undefined)
      return 'the record does not say who granted this, so it was left alone; revoke it by hand if it must go';
    const by = names.of(grantor ?? '', grantorId);
    return held.find((each) => each.grantorId === by?.oid);
  });
}

async function asksOf(client: ClientBase, me: Me, objects: Objects, found: (Held | string | undefined)[]): Promise<Ask[]> {
  const all = found.flatMap((now, at) => (typeof now === 'object' ? [{ at, now, on: objects.ofId(now.roleId) }] : []));
  const [granters, superusers] = [
    await grantersOf(
      client,
      all.flatMap(({ on }) => on ?? []),
    ),
    await superusersAmong(
      client,
      all.map(({ now }) => now.grantorId),
    ),
  ];
  return all.flatMap(({ at, now, on }) =>
    on ? [{ at, now, on, actor: inNameOf(me, { oid: now.grantorId, name: now.grantor ?? '' }, on, granters.get(on.id) ?? new Set(), superusers) }] : [],
  );
}

async function revokeEach({ client }: Turn, asks: Ask[]): Promise<Map<Ask, Refusal>> {
  const refused = new Map<Ask, Refusal>();
  // A grant that was passed on can be revoked once those that hang on it are: as long as one could, the others are tried again.
  for (let todo = asks; ;) {
    const now = new Map<Ask, Refusal>();
    for (const ask of todo) refused.delete(ask);
    for (const items of Map.groupBy(
      inOrderOfObjects(todo, ({ on }) => on),
      (ask) => holdingKey(ask),
    ).values()) {
      const [one] = items;
      if (!one) continue;
      const statement = (some: Ask[]) =>
        noColumns(
          one.on,
          some.map(({ now }) => now),
        ) +
        revokeStatement(
          one.on,
          some.map(({ now: { account } }) => account),
          one.actor,
        );
      for (const [ask, refusal] of await run(client, { items, statement })) now.set(ask, refusal);
    }
    for (const [ask, refusal] of now) refused.set(ask, refusal);
    const again = [...now].flatMap(([ask, { code }]) => (code === '2BP01' ? [ask] : []));
    if (again.length === 0 || now.size === todo.length) return refused;
    todo = again;
  }
}

function wordsFor(left: Held[], ask: Ask, refusal: Refusal, me: Me): string {
  const others = refusal.code === '2BP01' ? left.filter(({ roleId, grantorId }) => roleId === ask.now.roleId && grantorId === ask.now.accountId) : [];
  if (others.length > 0)
    return `${ask.now.account} has passed this privilege on to ${listed(others.map(({ account }) => account))}: revoke those first, nothing was revoked`;
  return inOthersName(refusal, ask, me);
}

function inOthersName(refusal: Refusal, { on, actor }: Ask, me: Me): string {
  if (refusal.code !== '42501' || actor.as === undefined) return notPermitted(refusal, on, me);
  return `PostgreSQL refused: ${refusal.said}. Only ${actor.as} can revoke what ${actor.as} granted: let an administrator make ${me.name} a member of it who may SET ROLE, or revoke it by hand`;
}
