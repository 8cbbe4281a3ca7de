/** Grants privileges on tables and schemas to accounts as they were signed. */
import { matches } from '../../../domain/site/patterns.ts';
import { privilegeMistake } from '../../../domain/site/postgres-privileges.ts';
import type { GrantOutcome, WantedGrant } from '../../connector.ts';
import { run, type Refusal } from '../batches.ts';
import { LostRace, type Turn } from '../effect.ts';
import { accountAsSigned, anotherThanSigned } from '../granting.ts';
import { namesOf, stillNamed, type Names } from '../names.ts';
import { failed, inOrder } from '../outcomes.ts';
import { neverGrantedTo, type Protection } from '../protected.ts';
import { privilegeContents } from './content.ts';
import { holdings, pairKey, type Held } from './holdings.ts';
import { inOrderOfObjects, objectsOf, unknownPrivilege, type Objects, type PrivilegeOn } from './objects.ts';
import { asMe, holdingKey, holdObjects, meIn, superusersAmong, type Me } from './rights.ts';
import { grantStatement } from './statements.ts';

interface Ask {
  at: number;
  key: string;
  on: PrivilegeOn;
  account: string;
  accountId: string;
  digest?: string;
}

export async function grantPrivileges(turn: Turn, wanted: WantedGrant[], protection: Protection): Promise<GrantOutcome[]> {
  if (wanted.length === 0) return [];
  const { client, version } = turn;
  const asked = { names: wanted.map(({ role }) => role), oids: wanted.map(({ roleId }) => roleId) };
  const objects = await objectsOf(client, asked);
  const names = await namesOf(client, { names: wanted.map(({ account }) => account), oids: wanted.map(({ accountId }) => accountId) });
  const superusers = await superusersAmong(
    client,
    names.all().map(({ oid }) => oid),
  );
  const outcomes = new Map<number, GrantOutcome>();
  const asks: Ask[] = [];
  wanted.forEach((each, at) => {
    const ask = refusalOf(each, protection) ?? asSigned(each, objects, names, superusers);
    const unknown = typeof ask === 'string' ? undefined : unknownPrivilege(ask.on, version);
    if (typeof ask === 'string') outcomes.set(at, failed(ask));
    else if (unknown !== undefined) outcomes.set(at, failed(unknown));
    else asks.push({ ...ask, at, ...(each.digest === undefined ? {} : { digest: each.digest }) });
  });

  const me = await meIn(client);
  const lacking = without(asks, await byPair(turn, asks));
  const notHeld = await holdObjects(
    turn,
    lacking.map(({ on }) => ({ on, actor: asMe(me, on) })),
  );
  // From here on under the locks: what is read is what was there before our grants, and nobody renames what the statements name.
  if (!isUnchanged(objects, await objectsOf(client, asked), lacking)) throw new LostRace('tables or schemas were changed at the same time');
  const before = await byPair(turn, asks);
  for (const ask of asks) {
    const grants = before.get(ask.key);
    if (grants) outcomes.set(ask.at, { outcome: 'preexisting', grants });
  }
  const held = new Set(lacking);
  if (without(asks, before).some((ask) => !held.has(ask))) throw new LostRace('a grant was taken away at the same time');
  const contents = new Map((await privilegeContents(client, signedOnes(asks))).map(({ id, digest }) => [id, digest]));
  const first = new Map<string, Ask>();
  for (const ask of without(asks, before)) {
    const refusal = notHeld.get(holdingKey({ on: ask.on, actor: asMe(me, ask.on) }));
    if (refusal) outcomes.set(ask.at, failed(notPermitted(refusal, ask.on, me)));
    else if (ask.digest !== undefined && contents.get(ask.on.id) !== ask.digest)
      outcomes.set(ask.at, failed(`what '${ask.on.role}' gives changed since it was signed`));
    else if (!first.has(ask.key)) first.set(ask.key, ask);
  }

  const missing = [...first.values()];
  const refused = await grantEach(turn, me, missing);
  const after = await byPair(turn, missing);
  if (missing.length > 0 && !(await stillNamed(client, names.all()))) throw new LostRace('accounts were changed at the same time');
  // As `refuseRenamed`, and the owner as well.
  if (!isUnchanged(objects, await objectsOf(client, asked), missing)) throw new LostRace('tables or schemas were changed at the same time');
  for (const ask of missing) {
    const refusal = refused.get(ask);
    const [grant] = after.get(ask.key) ?? [];
    if (refusal) outcomes.set(ask.at, failed(notPermitted(refusal, ask.on, me)));
    else if (grant) outcomes.set(ask.at, { outcome: 'created', grant });
    else outcomes.set(ask.at, failed('PostgreSQL accepted the grant and does not show it'));
  }
  // The same pair twice in one call: the second finds what the first has done.
  for (const ask of asks) {
    const earlier = outcomes.get(first.get(ask.key)?.at ?? -1);
    if (outcomes.has(ask.at) || !earlier) continue;
    outcomes.set(ask.at, earlier.outcome === 'created' ? { outcome: 'preexisting', grants: [earlier.grant] } : earlier);
  }
  return inOrder(wanted, outcomes);
}

const without = (asks: Ask[], held: Map<string, Held[]>): Ask[] => asks.filter(({ key }) => !held.has(key));
const byPair = async ({ client }: Turn, asks: Ask[]): Promise<Map<string, Held[]>> => Map.groupBy(await holdings(client, onOf(asks)), pairKey);
const onOf = (asks: Ask[]): PrivilegeOn[] => [...new Map(asks.map(({ on }) => [on.id, on])).values()];
const signedOnes = (asks: Ask[]): PrivilegeOn[] => onOf(asks.filter(({ digest }) => digest !== undefined));

const isUnchanged = (before: Objects, now: Objects, asks: Ask[]): boolean =>
  asks.every(({ on }) => {
    const [then, today] = [before.ofId(on.id), now.ofId(on.id)];
    return then?.role === today?.role && then?.object.owner.oid === today?.object.owner.oid;
  });

/** Answers those that were not granted. */
async function grantEach({ client }: Turn, me: Me, asks: Ask[]): Promise<Map<Ask, Refusal>> {
  const refused = new Map<Ask, Refusal>();
  for (const items of Map.groupBy(
    inOrderOfObjects(asks, ({ on }) => on),
    ({ on }) => on.id,
  ).values()) {
    const [one] = items;
    if (!one) continue;
    const statement = (some: Ask[]) =>
      grantStatement(
        one.on,
        some.map(({ account }) => account),
        asMe(me, one.on),
      );
    for (const [ask, refusal] of await run(client, { items, statement })) refused.set(ask, refusal);
  }
  return refused;
}

/** The server's words are of a right that is missing; what would give it depends on what it is about. */
export const notPermitted = ({ code, said, why }: Refusal, on: PrivilegeOn, me: { name: string }): string =>
  code === '42501' ? `PostgreSQL refused: ${said}. Let ${ownerGrants(on, me)}` : why;

/** What lets our login grant it in its own name, as the rest of a sentence that begins with 'let'. */
export function ownerGrants({ object, privilege }: PrivilegeOn, { name }: { name: string }): string {
  const schema = object.kind === 'table' ? `, and USAGE on its schema ${object.schema}` : '';
  return `${object.owner.name}, the owner, grant ${name} ${privilege.toUpperCase()} WITH GRANT OPTION${schema}`;
}

/** Whatever the system has. */
function refusalOf({ role, account }: WantedGrant, protection: Protection): string | undefined {
  const mistake = privilegeMistake(role);
  if (mistake !== undefined) return `'${role}' cannot be an entitlement: it ${mistake}`;
  if (protection.breakGlass.some((pattern) => matches(pattern, role))) return `'${role}' is never granted: it is for emergencies, by the site`;
  return neverGrantedTo(account, protection);
}

/** The privilege and the account as the server knows them, or why they are not those that were signed. */
function asSigned(
  { role, account, roleId, accountId }: WantedGrant,
  objects: Objects,
  names: Names,
  superusers: ReadonlySet<string>,
): Omit<Ask, 'at' | 'digest'> | string {
  const on = objects.named(role);
  const what = objectOf(role);
  const another = anotherThanSigned(what, on?.id, roleId, objects.ofId(roleId ?? '')?.role);
  if (another !== undefined) return another;
  const found = accountAsSigned(account, accountId, names);
  if (!on) return `${what} does not exist: create it in the system, or fix the plan`;
  if (typeof found === 'string') return found;
  if (superusers.has(found.oid)) return `'${account}' is a superuser and needs no privilege: nothing is granted to it`;
  if (on.object.owner.oid === found.oid) return `'${account}' owns ${what} and has every privilege on it: nothing is granted to it`;
  return { on, account, accountId: found.oid, key: pairKey({ roleId: on.id, accountId: found.oid }) };
}

/** For people. */
export const objectOf = (role: string): string => `the ${role.startsWith('schema:') ? 'schema' : 'table'} of '${role}'`;
