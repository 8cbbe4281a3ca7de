/** What one item of a call asks of Keycloak, or why nothing is asked. Nothing is changed here. */
import { z } from 'zod';
import { matches } from '../../domain/site/patterns.ts';
import type { ActualGrant, GrantOutcome, RevokeOutcome, WantedGrant } from '../connector.ts';
import type { Account } from './accounts.ts';
import type { Content } from './content.ts';
import { mappingPath, roleSchema, type Entitlement } from './entitlements.ts';
import type { PairHistory } from './origins.ts';
import { grantOf, holdingOf, type Holding, type Realm } from './realm.ts';

/** To be given to this person, or taken from them. */
export interface Ask {
  entitlement: Entitlement;
  account: Account;
  /** undefined: the realm does not tell who made which grant. */
  history: PairHistory | undefined;
}

export const isAsk = (item: object): item is Ask => 'entitlement' in item;
const failed = (why: string) => ({ outcome: 'failed', why }) as const;
const nothingThere = (why: string) => ({ ...failed(why), nothingThere: true }) as const;

/** What is known of one item; each reading may be of this item alone, or of all holders at once. */
export interface Subject {
  /** By the name in the item. */
  named: Entitlement | undefined;
  /** By the id in the item; undefined also where it has none. */
  byId: Entitlement | undefined;
  account: Account | undefined;
  accountById: Account | undefined;
  content(of: Entitlement): Promise<Content>;
  holding(of: Entitlement, account: Account): Promise<Holding>;
}

/** Reads what this item needs, and no more. */
export async function subjectOf(realm: Realm, item: ActualGrant | WantedGrant): Promise<Subject> {
  const { entitlements, accounts, contents } = realm;
  const { role, account, roleId, accountId } = item;
  const [byId, accountById] = await Promise.all([
    roleId === undefined ? undefined : entitlements.ofId(roleId, role),
    accountId === undefined ? undefined : accounts.ofIds([accountId]).then((found) => found.get(accountId)),
  ]);
  // Of something that has been renamed, another may have the name.
  const [named, person] = await Promise.all([
    byId?.name === role ? byId : entitlements.named(role),
    accountById?.name === account ? accountById : fullAccount(realm, account),
  ]);
  return { named, byId, account: person, accountById, content: (of) => contents.of(of), holding: (of, each) => holdingOf(realm, of, each) };
}

/** With what Rolewave may do, which Keycloak says only of one person at a time. */
async function fullAccount({ accounts }: Realm, name: string): Promise<Account | undefined> {
  const found = (await accounts.named([name])).get(name);
  return found && (await accounts.ofIds([found.id])).get(found.id);
}

/** `briefly`: without what matters only where it is given: whether it may be, and what it can do. */
export async function judgeGrant(realm: Realm, wanted: WantedGrant, of: Subject, briefly = false): Promise<Ask | GrantOutcome> {
  const { session, settings } = realm;
  const { role, account: name, roleId, accountId, digest } = wanted;
  if (settings.breakGlass.some((pattern) => matches(pattern, name))) return failed(`'${name}' is for emergencies, by the site`);
  const another =
    anotherThanSigned(`role '${role}'`, of.named, roleId, of.byId) ?? anotherThanSigned(`account '${name}'`, of.account, accountId, of.accountById);
  if (another !== undefined) return failed(another);
  if (!of.named)
    return failed(
      `role '${role}' does not exist: create it in Keycloak, or fix the plan, which names groups as /path, and roles as realm:role or client:client:role`,
    );
  if (!of.account) return failed(`account '${name}' does not exist: create the user in Keycloak, or fix the plan`);
  if (of.account.id === (await session.token()).accountId) return failed(`'${name}' is Rolewave's own login`);
  if (!of.account.enabled) return failed(`'${name}' is disabled, and may not sign in: enable the user, or take it out of the plan`);
  const { isHeld, history } = await of.holding(of.named, of.account);
  if (isHeld) return { outcome: 'preexisting', grants: [await grantOf(realm, of.named, of.account, history?.origin)] };
  const refused = await refusal(realm, of.named, of.account, briefly);
  if (refused || briefly) return refused ?? { entitlement: of.named, account: of.account, history };
  const content = await of.content(of.named);
  if (digest !== undefined && digest !== content.digest) return failed(`what role '${role}' may do changed since it was signed`);
  const never = neverGiven(role, content);
  if (never !== undefined) return failed(never);
  return { entitlement: of.named, account: of.account, history };
}

export async function judgeRestore(realm: Realm, grant: ActualGrant, of: Subject): Promise<Ask | GrantOutcome> {
  const [entitlement, account] = [grant.roleId === undefined ? of.named : of.byId, grant.accountId === undefined ? of.account : of.accountById];
  if (!entitlement) return nothingThere(gone(`role '${grant.role}'`, of.named));
  if (!account) return nothingThere(gone(`account '${grant.account}'`, of.account));
  if (account.id === (await realm.session.token()).accountId) return nothingThere(`'${account.name}' is Rolewave's own login`);
  if (!account.enabled)
    return nothingThere(`'${grant.account}' is disabled, and may not sign in any more, so this is not given back: grant it by hand if it must come back`);
  const { isHeld, history } = await of.holding(entitlement, account);
  if (isHeld) return { outcome: 'preexisting', grants: [await grantOf(realm, entitlement, account, history?.origin)] };
  // Since it was taken, an administrator may have given it more.
  const never = neverGiven(entitlement.name, await of.content(entitlement));
  if (never !== undefined) return nothingThere(never);
  return (await refusal(realm, entitlement, account)) ?? { entitlement, account, history };
}

const neverGiven = (role: string, { administers }: Content): string | undefined =>
  administers === undefined ? undefined : `'${role}' gives rights over Keycloak itself (${administers}), which Rolewave never grants: give them by hand`;

export async function judgeRevoke(realm: Realm, grant: ActualGrant, of: Subject): Promise<Ask | RevokeOutcome> {
  const [entitlement, account] = [grant.roleId === undefined ? of.named : of.byId, grant.accountId === undefined ? of.account : of.accountById];
  // Without the user there is nobody who has the access.
  if (!entitlement || !account) return { outcome: 'gone' };
  const { isHeld, history } = await of.holding(entitlement, account);
  if (!isHeld) return { outcome: 'gone' };
  const doubt = anotherGrant(realm, grant, await grantOf(realm, entitlement, account, history?.origin), history);
  if (doubt === 'gone') return { outcome: 'gone' };
  if (doubt !== undefined) return failed(doubt);
  return (await refusal(realm, entitlement, account, true)) ?? { entitlement, account, history };
}

/** Whether what is held now is what was recorded (R1): undefined where it is, `gone` where it is another, or why it cannot be told. */
function anotherGrant({ settings }: Realm, { id, account, role }: ActualGrant, now: ActualGrant, history: PairHistory | undefined): string | undefined {
  if (settings.soleWriter) return undefined;
  if (!history)
    return `whether ${account} lost '${role}' and was given it again by somebody else cannot be told, because the realm keeps no admin events: it was left alone. Revoke it by hand if it must go, and turn on Realm settings > Events > Admin events settings > Save events, with the representation; or set soleWriter in the site file where nobody else changes these roles`;
  if (id === now.id) return undefined;
  if (id !== undefined && now.id !== undefined) return 'gone';
  return id === undefined
    ? `${account} lost '${role}' and was given it again since this was recorded, last by ${now.grantor ?? 'somebody'}: it was left alone`
    : `whether ${account} lost '${role}' and was given it again cannot be told, because the admin events do not go back far enough, or were off for a while: it was left alone. Revoke it by hand if it must go, and keep admin events longer (Realm settings > Events > Admin events settings > Expiration)`;
}

/** By Keycloak's own word, before it is asked to do it. `briefly`: without another request, which only an addition needs. */
async function refusal(
  { session }: Realm,
  entitlement: Entitlement,
  account: Account,
  briefly = false,
): Promise<{ outcome: 'failed'; why: string } | undefined> {
  const roles = entitlement.kind === 'group' ? 'manage-users' : 'manage-users and view-realm';
  const why = `Rolewave's login may not change who holds '${entitlement.name}': give it the roles ${roles} of the client realm-management, or the fine-grained permission for it`;
  if (entitlement.kind === 'group') return entitlement.mayManage === false || account.mayJoin === false ? failed(why) : undefined;
  if (account.mayMap === false) return failed(why);
  if (briefly) return undefined;
  const about = `which roles '${account.name}' may be given cannot be read`;
  const available = await session.get({ about, path: ['users', account.id, ...mappingPath(entitlement), 'available'] }, z.array(roleSchema));
  return available.some(({ id }) => id === entitlement.id) ? undefined : failed(why);
}

function anotherThanSigned(what: string, found: { id: string } | undefined, signed: string | undefined, now: { name: string } | undefined): string | undefined {
  if (signed === undefined || found?.id === signed) return undefined;
  if (now) return `${what} was renamed to '${now.name}' since it was signed`;
  return found ? `${what} was dropped and created again since it was signed` : `${what} was dropped since it was signed`;
}

const gone = (what: string, another: object | undefined) =>
  another ? `${what} was dropped and created again since it held this grant: it is another one, and was left alone` : `${what} no longer exists`;
