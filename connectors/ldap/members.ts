/** A group with those who are in it, as one call reads it. */
import type { ActualGrant } from '../connector.ts';
import type { Account, Accounts } from './accounts.ts';
import { holdersAmong, memberKey, membersOf, memberValue, type Group, type Groups } from './groups.ts';
import type { Holders } from './holders.ts';
import { readOrigins } from './log.ts';
import type { Remembered } from './remembered.ts';
import type { Origin } from './origins.ts';
import type { LdapSession } from './session.ts';
import type { LdapSettings } from './settings.ts';

export interface Directory {
  session: LdapSession;
  settings: LdapSettings;
  groups: Groups;
  accounts: Accounts;
  /** For the batches of a change. */
  remembered: Remembered;
  holders: Holders;
}

/** The grants of these groups, with who has them, and the people of these names: everybody is looked up once, after the log was read. */
export async function grantsOf(
  { session, settings, accounts, remembered, holders }: Directory,
  all: Group[],
  names: string[] = [],
): Promise<{ grants: ActualGrant[]; named: Map<string, Account> }> {
  const origins = await readOrigins(
    session,
    settings,
    all.filter(({ values }) => values.length > 0),
  );
  const since = await remembered.beforeLookingUp(Math.max(names.length, ...all.map(({ values }) => values.length)));
  const named = await accounts.named(names);
  const members = await membersOf(all, holders, named.values());
  remembered.keep(since, [...named.values(), ...members.byDn.values()]);
  const grants: ActualGrant[] = [];
  for (const group of all)
    for (const { value, account } of holdersAmong(members, group)) grants.push(grantOf(group, value, account, origins.of(group, value, account?.id)));
  return { grants, named };
}

export interface Memberships {
  /** The grant by which an account is a member, and how it is written in the group. */
  of(account: Account): { grant: ActualGrant; value: string } | undefined;
  /** The newest change of the log that they were read with; undefined without a log. */
  newest: string | undefined;
}

/** Who else is in the group is not asked. */
export async function membershipsIn({ session, settings }: Directory, group: Group): Promise<Memberships> {
  const { form } = group;
  const origins = await readOrigins(session, settings, [group]);
  const values = new Map(group.values.map((value) => [memberKey(form, value), value]));
  const of = (account: Account) => {
    for (const own of form.byDn ? [account.dn] : account.uids) {
      const value = values.get(memberKey(form, own));
      if (value !== undefined) return { value, grant: grantOf(group, value, account, origins.of(group, value, account.id)) };
    }
    return undefined;
  };
  return { of, newest: origins.newest };
}

function grantOf(group: Group, value: string, account: Account | undefined, origin: Origin | undefined): ActualGrant {
  return {
    role: group.name,
    account: account?.name ?? value,
    options: {},
    roleId: group.id,
    ...(account ? { accountId: account.id } : {}),
    ...(origin ? { id: `${origin.change}/${account?.id ?? value}`, grantor: origin.by } : {}),
  };
}

/** What a change with this nonce will have made. */
export const grantOfChange = (settings: LdapSettings, group: Group, account: Account, nonce: string): ActualGrant =>
  grantOf(
    group,
    memberValue(group.form, account) ?? account.dn,
    account,
    settings.accesslog === undefined ? undefined : { change: nonce, by: settings.bindDn },
  );
