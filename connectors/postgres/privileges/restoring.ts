/** Restores exactly the privileges that were revoked, with the grant option where they had it, and in the name of who had granted them where Rolewave may act for them. */
import type { ActualGrant, GrantOutcome } from '../../connector.ts';
import { run, type Refusal } from '../batches.ts';
import { LostRace, type Turn } from '../effect.ts';
import { namesOf, stillNamed, type Named } from '../names.ts';
import { failed, inOrder } from '../outcomes.ts';
import { neverGrantedTo, type Protection } from '../protected.ts';
import { accountAsRecorded, mayNotInThatName, otherForm, otherName } from '../restoring.ts';
import { matches } from '../../../domain/site/patterns.ts';
import { notPermitted, ownerGrants, objectOf } from './granting.ts';
import { holdings, pairKey, privilegeOptions, type Held } from './holdings.ts';
import { inOrderOfObjects, objectsOf, unknownPrivilege, type Objects, type PrivilegeOn } from './objects.ts';
import { asMe, grantersOf, holdingKey, holdObjects, inNameOf, meIn, refuseRenamed, superusersAmong, type Me } from './rights.ts';
import { grantStatement, type Actor } from './statements.ts';

interface Ask {
  at: number;
  on: PrivilegeOn;
  key: string;
  /** Under today's name. */
  account: string;
  /** Who had granted it; undefined where that login is gone or was never recorded. */
  grantor: Named | undefined;
  /** In the grantor's name; undefined where there is none. */
  named: Actor | undefined;
  grant: ActualGrant;
}

export async function restorePrivileges(turn: Turn, grants: ActualGrant[], protection: Protection): Promise<GrantOutcome[]> {
  if (grants.length === 0) return [];
  const { client, version } = turn;
  const me = await meIn(client);
  const asked = { names: grants.map(({ role }) => role), oids: grants.map(({ roleId }) => roleId) };
  const objects = await objectsOf(client, asked);
  const names = await namesOf(client, {
    names: grants.flatMap(({ account, grantor }) => [account, ...(grantor === undefined ? [] : [grantor])]),
    oids: grants.flatMap(({ accountId, grantorId }) => [accountId, grantorId]),
  });
  const outcomes = new Map<number, GrantOutcome>();
  const found: Omit<Ask, 'named'>[] = [];
  grants.forEach((grant, at) => {
    const on = objects.of(grant.role, grant.roleId);
    const account = accountAsRecorded(grant, names);
    const unknown = Object.keys(grant.options).find((name) => !(name in privilegeOptions));
    if (!on) outcomes.set(at, { ...failed(gone(grant.role, objects)), nothingThere: true });
    else if (typeof account === 'string') outcomes.set(at, { ...failed(account), nothingThere: true });
    else if (neverGrantedTo(account.name, protection) !== undefined)
      outcomes.set(at, { ...failed(neverGrantedTo(account.name, protection) ?? ''), nothingThere: true });
    else if (protection.breakGlass.some((pattern) => matches(pattern, on.role)))
      outcomes.set(at, { ...failed(`'${on.role}' is never granted: it is for emergencies, by the site`), nothingThere: true });
    else if (unknownPrivilege(on, version) !== undefined) outcomes.set(at, { ...failed(unknownPrivilege(on, version) ?? ''), nothingThere: true });
    else if (unknown !== undefined) outcomes.set(at, failed(`a privilege has no grant option '${unknown}': it has grantable`));
    else {
      const grantor = grant.grantor === undefined && grant.grantorId === undefined ? undefined : names.of(grant.grantor ?? '', grant.grantorId);
      found.push({ at, on, key: pairKey({ roleId: on.id, accountId: account.oid }), account: account.name, grantor, grant });
    }
  });

  const onAll = [...new Map(found.map(({ on }) => [on.id, on])).values()];
  const [granters, superusers] = [
    await grantersOf(client, onAll),
    await superusersAmong(
      client,
      found.flatMap(({ grantor }) => grantor?.oid ?? []),
    ),
  ];
  const asks = found.map((ask): Ask => ({ ...ask, named: ask.grantor && inNameOf(me, ask.grantor, ask.on, granters.get(ask.on.id) ?? new Set(), superusers) }));
  const held = async () => Map.groupBy(await holdings(client, onAll), pairKey);
  const missingOf = (all: Map<string, Held[]>) => asks.filter((ask) => !all.get(ask.key)?.some((each) => isSame(each, ask)));
  const missingAtFirst = missingOf(await held());
  const holding = missingAtFirst.flatMap(({ on, named }) => [...(named ? [{ on, actor: named }] : []), { on, actor: asMe(me, on) }]);
  const notHeld = await holdObjects(turn, holding);
  const today = await objectsOf(client, asked);
  refuseRenamed(onAll, today);

  // As it was: by the same grantor.
  const before = await held();
  const missing = missingOf(before);
  const underLock = new Set(missingAtFirst);
  if (missing.some((ask) => !underLock.has(ask))) throw new LostRace('a grant was taken away at the same time');
  const asNamed = firstOfEach(
    missing.filter(({ named }) => named),
    (ask) => `${ask.key} ${ask.grantor?.oid}`,
  );
  const { refused, left } = await grantInRounds(turn, asNamed, notHeld, held);
  const inOtherName = missing.filter((ask) => !ask.named || (left.has(ask) && mayNotInThatName.test(refused.get(ask)?.code ?? '42501')));
  // Where Rolewave may not act for the grantor: in its own name, unless someone has granted it again.
  const then = await held();
  const asOwn = firstOfEach(
    inOtherName.filter(({ key }) => !then.has(key)),
    ({ key }) => key,
  );
  const refusedOwn = await grantEach(turn, asOwn, ({ on }) => asMe(me, on), notHeld);

  const after = missing.length === 0 ? before : await held();
  if (missing.length > 0 && !(await stillNamed(client, names.all()))) throw new LostRace('accounts were changed at the same time');
  if (missing.length > 0) refuseRenamed(onAll, await objectsOf(client, asked));
  const [named, own] = [new Set(asNamed), new Set(asOwn)];
  for (const ask of asks) {
    const now = after.get(ask.key) ?? [];
    const made = own.has(ask) ? now[0] : named.has(ask) ? now.find((each) => isSame(each, ask)) : undefined;
    const refusal = refusedOwn.get(ask) ?? (now.length > 0 ? undefined : refused.get(ask));
    if (made && !refusedOwn.has(ask)) outcomes.set(ask.at, { outcome: 'created', grant: made, ...noted(otherName(made, ask)) });
    else if (refusal) outcomes.set(ask.at, failed(notRestored(refusal, ask, me)));
    else if (now.length > 0) outcomes.set(ask.at, { outcome: 'preexisting', grants: now, ...noted(otherForm(now, ask, 'this privilege')) });
    else outcomes.set(ask.at, failed('PostgreSQL accepted the grant and does not show it'));
  }
  return inOrder(grants, outcomes);
}

/**
 * Somebody whose grant option was taken back may have granted others of these: theirs can be given back once that is. As long as a round gives back a grant
 * option, the rest is tried again. `left`: what is still not held, with why where PostgreSQL said it.
 */
async function grantInRounds(
  turn: Turn,
  asks: Ask[],
  notHeld: Map<string, Refusal>,
  heldNow: () => Promise<Map<string, Held[]>>,
): Promise<{ refused: Map<Ask, Refusal>; left: Set<Ask> }> {
  for (let [todo, hold] = [asks, notHeld]; ;) {
    const refused = await grantEach(turn, todo, ({ named }) => named, hold);
    const now = await heldNow();
    const left = new Set(todo.filter((ask) => !now.get(ask.key)?.some((each) => isSame(each, ask))));
    const gaveOption = todo.some((ask) => !left.has(ask) && ask.grant.options['grantable'] === true);
    if (left.size === 0 || !gaveOption) return { refused, left };
    todo = [...left];
    hold = await holdObjects(
      turn,
      todo.flatMap(({ on, named }) => (named ? [{ on, actor: named }] : [])),
    );
  }
}

const isSame = (held: Held, { grantor }: Pick<Ask, 'grantor'>): boolean => held.grantorId === grantor?.oid;

const gone = (role: string, objects: Objects): string =>
  objects.named(role)
    ? `${objectOf(role)} was dropped and created again since it held this grant: it is another one, and was left alone`
    : `${objectOf(role)} no longer exists`;

/** In its own name it would be another grant than there was: first what gives it back as it was. */
function notRestored(refusal: Refusal, { on, grantor }: Ask, me: Me): string {
  if (refusal.code !== '42501' || !grantor || grantor.oid === me.oid) return notPermitted(refusal, on, me);
  return `PostgreSQL refused: ${refusal.said}. To give it back in the name of ${grantor.name}, let an administrator make ${me.name} a member of it who may SET ROLE. To give it back in its own name, let ${ownerGrants(on, me)}`;
}

const noted = (note: string | undefined) => (note === undefined ? {} : { note });

async function grantEach({ client }: Turn, asks: Ask[], actorOf: (ask: Ask) => Actor | undefined, notHeld: Map<string, Refusal>): Promise<Map<Ask, Refusal>> {
  const refused = new Map<Ask, Refusal>();
  const alike = (ask: Ask) => JSON.stringify([ask.on.id, actorOf(ask), ask.grant.options['grantable'] === true]);
  for (const items of Map.groupBy(
    inOrderOfObjects(asks, ({ on }) => on),
    alike,
  ).values()) {
    const [one] = items;
    const actor = one && actorOf(one);
    if (!actor) continue;
    const refusal = notHeld.get(holdingKey({ on: one.on, actor }));
    const statement = (some: Ask[]) =>
      grantStatement(
        one.on,
        some.map(({ account }) => account),
        actor,
        one.grant.options['grantable'] === true,
      );
    const found = refusal ? new Map(items.map((ask) => [ask, refusal])) : await run(client, { items, statement });
    for (const [ask, why] of found) refused.set(ask, why);
  }
  return refused;
}

function firstOfEach(asks: Ask[], key: (ask: Ask) => string): Ask[] {
  const first = new Map<string, Ask>();
  for (const ask of asks) if (!first.has(key(ask))) first.set(key(ask), ask);
  return [...first.values()];
}
