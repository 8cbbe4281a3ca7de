/** Restores exactly the grants that were revoked, with their options, and in the name of who had granted them where Rolewave may act for them. */
import type { ActualGrant, GrantOutcome } from '../connector.ts';
import { run, type Refusal } from './batches.ts';
import { LostRace, type Turn } from './effect.ts';
import { holdings, inOrderOfRoles, pairKey, writtenHere, type Held, type Pair } from './memberships.ts';
import { isName, namesOf, stillNamed, type Named, type Names, type Wanted } from './names.ts';
import { failed, inOrder } from './outcomes.ts';
import { neverGranted, neverGrantedTo, protectedRoles, type Protection } from './protected.ts';
import { grantable, grantsInNameOf } from './rights.ts';
import { grantStatement, keepsGrantorsApart, optionMistake, optionNames } from './statements.ts';

interface Ask extends Pair {
  at: number;
  /** Under today's names. */
  role: string;
  account: string;
  /** Who had granted it; undefined where that login is gone or was never recorded. */
  grantor: Named | undefined;
  grant: ActualGrant;
}

export async function restoreAll(turn: Turn, grants: ActualGrant[], protection: Protection): Promise<GrantOutcome[]> {
  const { client, version } = turn;
  const asked: Wanted = {
    names: grants.flatMap(({ role, account, grantor }) => [role, account, ...(grantor === undefined ? [] : [grantor])]),
    oids: grants.flatMap(({ roleId, accountId, grantorId }) => [roleId, accountId, grantorId]),
  };
  const names = await namesOf(client, asked);
  const outcomes = new Map<number, GrantOutcome>();
  const asks: Ask[] = [];
  const recorded = grants.map((grant) => asRecorded(grant, names));
  const isProtected = await protectedRoles(
    client,
    recorded.flatMap((ask) => (typeof ask === 'string' ? [] : [ask.roleId])),
    protection,
  );
  grants.forEach((grant, at) => {
    const ask = recorded[at] ?? 'it was not recorded';
    const mistake = optionMistake(grant.options, version);
    const why = typeof ask === 'string' ? undefined : isProtected.get(ask.roleId);
    const nobodys = typeof ask === 'string' ? ask : neverGrantedTo(ask.account, protection);
    if (typeof ask === 'string' || nobodys !== undefined) outcomes.set(at, { ...failed(nobodys ?? ''), nothingThere: true });
    else if (why !== undefined) outcomes.set(at, { ...failed(neverGranted(ask.role, why)), nothingThere: true });
    else if (mistake !== undefined) outcomes.set(at, failed(mistake));
    else asks.push({ ...ask, at, grant });
  });

  // As it was: by the same grantor.
  const before = await holdings(turn, asks);
  const found = (ask: Ask) => before.get(pairKey(ask))?.find((held) => isSame(held, ask, version));
  const missing = asks.filter((ask) => !found(ask));
  const named = firstOfEach(
    missing.filter(({ grantor }) => grantor !== undefined),
    (ask) => `${pairKey(ask)} ${keepsGrantorsApart(version) ? ask.grantor?.oid : ''}`,
  );
  const refused = await grantEach(turn, named, true);
  const inOtherName = missing.filter((ask) => !ask.grantor || mayNotInThatName.test(refused.get(ask)?.code ?? ''));

  // Where Rolewave may not act for the grantor: in its own name, unless someone has granted it again.
  const heldByOthers = await holdings(turn, inOtherName);
  const own = firstOfEach(
    inOtherName.filter((ask) => !heldByOthers.has(pairKey(ask))),
    pairKey,
  );
  const refusedOwn = await grantEach(turn, own, false);

  const written = Map.groupBy(await writtenHere(turn, missing, names), pairKey);
  const after = missing.length === 0 ? before : await holdings(turn, asks);
  if (missing.length > 0 && !(await stillNamed(client, names.all()))) throw new LostRace('roles were changed at the same time');

  const [asNamed, asOwn] = [new Set(named), new Set(own)];
  for (const ask of asks) {
    const made = written.get(pairKey(ask)) ?? [];
    const mine = asOwn.has(ask) ? made[0] : asNamed.has(ask) ? made.find((held) => isSame(held, ask, version)) : undefined;
    const held = after.get(pairKey(ask)) ?? [];
    const why = refusedOwn.get(ask)?.why ?? (held.length > 0 ? undefined : refused.get(ask)?.why);
    if (mine) outcomes.set(ask.at, { outcome: 'created', grant: mine, ...noted(otherName(mine, ask) ?? inherited(mine, ask)) });
    else if (why !== undefined) outcomes.set(ask.at, failed(why));
    else if (held.length > 0) outcomes.set(ask.at, { outcome: 'preexisting', grants: held, ...noted(otherForm(held, ask)) });
    else outcomes.set(ask.at, failed('PostgreSQL accepted the grant and does not show it'));
  }
  return inOrder(grants, outcomes);
}

/** SQLSTATEs by which the server says that this login may not grant in another's name. */
export const mayNotInThatName = /^(42501|0A000)$/;

async function grantEach(turn: Turn, asks: Ask[], inGrantorsName: boolean): Promise<Map<Ask, Refusal>> {
  const { client, version } = turn;
  const refused = new Map<Ask, Refusal>();
  if (asks.length === 0) return refused;
  const allowed = await grantable(
    client,
    asks.map(({ roleId }) => roleId),
    version,
  );
  const named = inGrantorsName
    ? await grantsInNameOf(
        client,
        asks.flatMap(({ roleId, grantor }) => (grantor ? [{ roleId, grantorId: grantor.oid }] : [])),
        version,
      )
    : undefined;
  const alike = ({ roleId, grantor, grant }: Ask) =>
    JSON.stringify([roleId, inGrantorsName ? grantor?.oid : '', optionNames.map((name) => grant.options[name])]);
  for (const items of Map.groupBy(
    inOrderOfRoles(asks, ({ roleId }) => roleId),
    alike,
  ).values()) {
    const [one] = items;
    if (!one) continue;
    const sameForAll = !allowed.has(one.roleId) || (named !== undefined && !named.has(`${one.roleId} ${one.grantor?.oid}`));
    const grant = { role: one.role, options: one.grant.options, ...(inGrantorsName && one.grantor ? { grantor: one.grantor.name } : {}) };
    const statement = (some: Ask[]) =>
      grantStatement(
        grant,
        some.map(({ account }) => account),
        version,
      );
    for (const [ask, refusal] of await run(client, { items, statement, sameForAll })) refused.set(ask, refusal);
  }
  return refused;
}

/** The role and the account under today's names, or why nothing can be restored. */
function asRecorded(grant: ActualGrant, names: Names): Omit<Ask, 'at' | 'grant'> | string {
  const { role, roleId, grantor, grantorId } = grant;
  if (!isName(role)) return `'${role}' cannot be the name of a role: fix the plan`;
  const foundRole = names.of(role, roleId);
  const foundAccount = accountAsRecorded(grant, names);
  if (!foundRole) return gone(`role '${role}'`, names.named(role));
  if (typeof foundAccount === 'string') return foundAccount;
  return {
    roleId: foundRole.oid,
    accountId: foundAccount.oid,
    role: foundRole.name,
    account: foundAccount.name,
    grantor: grantor === undefined && grantorId === undefined ? undefined : names.of(grantor ?? '', grantorId),
  };
}

/** Under today's name, or why nothing is given back to it. Who may not log in any more has left, or is to be kept out. */
export function accountAsRecorded({ account, accountId }: ActualGrant, names: Names): Named | string {
  if (!isName(account)) return `'${account}' cannot be the name of an account: fix the plan`;
  const found = names.of(account, accountId);
  if (!found) return gone(`account '${account}'`, names.named(account));
  return found.login ? found : `'${found.name}' may not log in any more, so this is not given back: grant it by hand if it must come back`;
}

const gone = (what: string, another: Named | undefined) =>
  another ? `${what} was dropped and created again since it held this grant: it is another one, and was left alone` : `${what} no longer exists`;

/** Whether the server has this grant already. Before 16 a pair can be held only once, no matter who granted it. */
const isSame = (held: Held, { grantor }: Ask, version: number): boolean => !keepsGrantorsApart(version) || held.grantorId === grantor?.oid;

export function otherName(made: ActualGrant, { grantor, grant }: Pick<Ask, 'grantor' | 'grant'>): string | undefined {
  if (grantor !== undefined && made.grantorId === grantor.oid) return undefined;
  const why =
    grantor !== undefined
      ? `Rolewave may not grant in the name of ${grantor.name}`
      : grant.grantor === undefined
        ? 'the login that had granted it is not known'
        : `${grant.grantor}, who had granted it, no longer exists`;
  return `restored by ${made.grantor ?? 'Rolewave'}, because ${why}`;
}

/** Before 16, the account says whether it inherits; from 16 on, the grant comes back as it was. */
const inherited = (made: ActualGrant, { account, grant }: Ask): string | undefined =>
  grant.options['inherit'] === false && made.options['inherit'] === undefined ? `restored with INHERIT, which ${account} has now` : undefined;

/** What a person should know who expects the grant as it was. */
export function otherForm(
  held: ActualGrant[],
  { account, grantor, grant }: Pick<Ask, 'account' | 'grantor' | 'grant'>,
  what = 'this role',
): string | undefined {
  const same = held.find((each) => each.grantorId === grantor?.oid);
  if (!same) return `${account} has ${what} again already, granted by ${held[0]?.grantor ?? 'another login'}`;
  const changed = Object.entries(same.options).filter(([name, value]) => (grant.options[name] ?? value) !== value);
  if (changed.length === 0) return undefined;
  return `${account} has ${what} again already, with other options: ${changed.map(([name, value]) => `${name} ${value}`).join(', ')}`;
}

const noted = (note: string | undefined) => (note === undefined ? {} : { note });

function firstOfEach(asks: Ask[], key: (ask: Ask) => string): Ask[] {
  const first = new Map<string, Ask>();
  for (const ask of asks) if (!first.has(key(ask))) first.set(key(ask), ask);
  return [...first.values()];
}
