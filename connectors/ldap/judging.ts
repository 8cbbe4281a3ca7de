/** What one item of a call asks of the group, or why nothing is asked. Nothing is changed here. */
import { matches } from '../../domain/site/patterns.ts';
import type { ActualGrant, GrantOutcome, RevokeOutcome, WantedGrant } from '../connector.ts';
import type { Account } from './accounts.ts';
import { contentOf } from './content.ts';
import { memberValue, type Group } from './groups.ts';
import { membershipsIn, type Directory, type Memberships } from './members.ts';
import { dnKey } from './names.ts';

/** To be put into the group, or taken out of it. */
export interface Ask {
  account: Account;
  value: string;
}

export interface Judged<Outcome> {
  /** undefined: no group, and so nothing to ask. */
  group: Group | undefined;
  /** For each item: what is asked, or the outcome. */
  items: (Ask | Outcome)[];
  /** The newest change of the log before people were looked up; undefined without a log. */
  newest: string | undefined;
  /** What the group can do, where it was asked. */
  digest?: string | undefined;
}

export const isAsk = (item: object): item is Ask => 'value' in item;
const failed = (why: string) => ({ outcome: 'failed', why }) as const;
const nothingThere = (why: string) => ({ ...failed(why), nothingThere: true }) as const;

interface People {
  named: Map<string, Account>;
  byId: Map<string, Account>;
}

/** By id; by name where no id was recorded, or where the entry of that id is not called so, and another may be. */
async function peopleOf({ accounts, remembered }: Directory, items: { account: string; accountId?: string }[]): Promise<People> {
  const byId = await remembered.ofIds([...new Set(items.flatMap(({ accountId }) => accountId ?? []))]);
  const named = new Map<string, Account>();
  const others = new Set<string>();
  for (const { account, accountId } of items) {
    const found = accountId === undefined ? undefined : byId.get(accountId);
    if (found?.name === account) named.set(account, found);
    else others.add(account);
  }
  for (const [name, account] of await accounts.named([...others])) named.set(name, account);
  return { named, byId };
}

/** Of one role: by its ids that are recorded, and by its name. */
async function groupsOf({ groups }: Directory, items: { role: string; roleId?: string }[]): Promise<{ named: Group | undefined; byId: Map<string, Group> }> {
  const { named, byId } = await groups.found(
    items.slice(0, 1).map(({ role }) => role),
    [...new Set(items.flatMap(({ roleId }) => roleId ?? []))],
  );
  return { named: [...named.values()][0], byId };
}

/** The log is read before people are, so that who is renamed or deleted after they were looked up is in the log after what was read of it. */
async function membersOf(directory: Directory, group: Group | undefined): Promise<Memberships | undefined> {
  return group ? membershipsIn(directory, group) : undefined;
}

export async function judgeGrants(directory: Directory, wanted: WantedGrant[]): Promise<Judged<GrantOutcome>> {
  const { settings, session } = directory;
  const { named: group, byId } = await groupsOf(directory, wanted);
  const members = await membersOf(directory, group);
  const people = await peopleOf(directory, wanted);
  const digest = group && wanted.some((each) => each.digest !== undefined) ? (await contentOf(session, settings, group)).digest : undefined;
  const judge = (each: WantedGrant): Ask | GrantOutcome => {
    const { role, account: name } = each;
    if (settings.breakGlass.some((pattern) => matches(pattern, name))) return failed(`'${name}' is for emergencies, by the site`);
    const found = people.named.get(name);
    const another =
      anotherThanSigned(`role '${role}'`, group, each.roleId, each.roleId === undefined ? undefined : byId.get(each.roleId)) ??
      anotherThanSigned(`account '${name}'`, found, each.accountId, each.accountId === undefined ? undefined : people.byId.get(each.accountId));
    if (another !== undefined) return failed(another);
    if (!group || !members) return failed(`role '${role}' does not exist: create the group in the directory, or fix the plan`);
    if (!found) return failed(`account '${name}' does not exist: create the entry in the directory, or fix the plan`);
    const nobodys = ofNoPerson(directory, found);
    if (nobodys !== undefined) return failed(nobodys);
    if (found.locked) return failed(`'${name}' is locked, and may not sign in: unlock the account, or take it out of the plan`);
    const held = members.of(found);
    if (held) return { outcome: 'preexisting', grants: [held.grant] };
    if (each.digest !== undefined && each.digest !== digest) return failed(`what role '${role}' may do changed since it was signed`);
    return asked(group, found);
  };
  return { group, items: wanted.map(judge), newest: members?.newest, digest };
}

/** Why this entry is given nothing, and nothing back either, whatever it is called; undefined: it may be somebody's. */
function ofNoPerson({ settings: { bindDn, groups } }: Directory, { name, dn }: Account): string | undefined {
  if (dnKey(dn) === dnKey(bindDn)) return `'${name}' is Rolewave's own login`;
  if (groups.placeholder !== undefined && dnKey(dn) === dnKey(groups.placeholder))
    return `'${name}' is the placeholder of empty groups (groups.placeholder of the site file), and nobody`;
  return undefined;
}

export async function judgeRestores(directory: Directory, grants: ActualGrant[]): Promise<Judged<GrantOutcome>> {
  const { named, byId } = await groupsOf(directory, grants);
  const recorded = grants[0]?.roleId;
  const group = recorded === undefined ? named : byId.get(recorded);
  const members = await membersOf(directory, group);
  const people = await peopleOf(directory, grants);
  const judge = ({ role, account: name, accountId }: ActualGrant): Ask | GrantOutcome => {
    const found = accountId === undefined ? people.named.get(name) : people.byId.get(accountId);
    if (!group || !members) return nothingThere(gone(`role '${role}'`, named));
    if (!found) return nothingThere(gone(`account '${name}'`, people.named.get(name)));
    const nobodys = ofNoPerson(directory, found);
    if (nobodys !== undefined) return nothingThere(nobodys);
    if (found.locked)
      return nothingThere(`'${name}' is locked, and may not sign in any more, so this is not given back: grant it by hand if it must come back`);
    const held = members.of(found);
    return held ? { outcome: 'preexisting', grants: [held.grant] } : asked(group, found);
  };
  return { group, items: grants.map(judge), newest: members?.newest };
}

export async function judgeRevokes(directory: Directory, grants: ActualGrant[]): Promise<Judged<RevokeOutcome>> {
  const { named, byId } = await groupsOf(directory, grants);
  const recorded = grants[0]?.roleId;
  const group = recorded === undefined ? named : byId.get(recorded);
  const members = await membersOf(directory, group);
  const people = await peopleOf(directory, grants);
  if (group) for (const account of await movedAway(directory, group, grants, people)) people.byId.set(account.id, account);
  const judge = (grant: ActualGrant): Ask | RevokeOutcome => {
    const { account: name, accountId } = grant;
    const found = accountId === undefined ? people.named.get(name) : people.byId.get(accountId);
    if (!found && group && !group.form.byDn && !people.named.has(name) && group.values.includes(name))
      return failed(
        `'${name}' is a member still, and no entry of that name is where the site file looks for accounts: it was left alone. Revoke it by hand if it must go`,
      );
    // Without the entry there is nobody who has the access.
    const held = found && members?.of(found);
    if (!group || !found || !held) return { outcome: 'gone' };
    const doubt = anotherGrant(directory, group, grant, held.grant);
    if (doubt === 'gone') return { outcome: 'gone' };
    return doubt === undefined ? { account: found, value: held.value } : failed(doubt);
  };
  return { group, items: grants.map(judge), newest: members?.newest };
}

/** Members who were granted below the base, and whose entries are elsewhere now: their access is the same. */
async function movedAway({ groups, accounts }: Directory, group: Group, grants: ActualGrant[], { byId }: People): Promise<Account[]> {
  const lost = new Set(grants.flatMap(({ accountId }) => (accountId === undefined || byId.has(accountId) ? [] : [accountId])));
  if (lost.size === 0 || !group.form.byDn) return [];
  return (await groups.holders(group, accounts)).flatMap(({ account }) => (account && lost.has(account.id) ? [account] : []));
}

/** In whose name OpenLDAP itself writes new names of people into groups. */
const refint = 'cn=Referential Integrity Overlay';

/** Whether what is held now is what was recorded (R1): undefined where it is, `gone` where it is another, or why it cannot be told. */
function anotherGrant({ settings }: Directory, group: Group, { id, account, role }: ActualGrant, now: ActualGrant): string | undefined {
  if (settings.accesslog !== undefined) {
    if (id === now.id) return undefined;
    if (id !== undefined && now.id !== undefined) return 'gone';
    return id === undefined
      ? `${account} was removed from '${role}' and added again since this was recorded${now.grantor === undefined ? '' : `, last by ${now.grantor}`}: it was left alone`
      : `whether ${account} was removed from '${role}' and added again cannot be told, because the log of changes does not go back far enough: it was left alone. Revoke it by hand if it must go, and keep the log longer (logpurge)`;
  }
  if (!settings.groups.soleWriter)
    return `whether ${account} was removed from '${role}' and added again by somebody else cannot be told in this directory: it was left alone. Revoke it by hand if it must go; with OpenLDAP's overlay accesslog, or for groups that nobody else changes (groups.soleWriter of the site file), Rolewave does it`;
  if (group.modifiedBy !== undefined && ![settings.bindDn, refint].map(dnKey).includes(dnKey(group.modifiedBy)))
    return `the site file says that only Rolewave changes this group, and ${group.modifiedBy} has changed it: ${account} was left alone. Revoke it by hand if it must go`;
  return undefined;
}

function asked(group: Group, account: Account): Ask | { outcome: 'failed'; why: string } {
  const value = memberValue(group.form, account);
  return value === undefined ? failed(`'${account.name}' has no uid, by which a posixGroup has its members`) : { account, value };
}

function anotherThanSigned(what: string, found: { id: string } | undefined, signed: string | undefined, now: { name: string } | undefined): string | undefined {
  if (signed === undefined || found?.id === signed) return undefined;
  if (now) return `${what} was renamed to '${now.name}' since it was signed`;
  return found ? `${what} was dropped and created again since it was signed` : `${what} was dropped since it was signed`;
}

const gone = (what: string, another: object | undefined) =>
  another ? `${what} was dropped and created again since it held this grant: it is another one, and was left alone` : `${what} no longer exists`;
