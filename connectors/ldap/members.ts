/** A group with those who are in it, as one call reads it. */
import type { ActualGrant } from '../connector.ts';
import type { Account, Accounts } from './accounts.ts';
import { memberKey, memberValue, type Group, type Groups } from './groups.ts';
import { readOrigins } from './log.ts';
import type { LdapSession } from './session.ts';
import type { LdapSettings } from './settings.ts';

export interface Directory {
  session: LdapSession;
  settings: LdapSettings;
  groups: Groups;
  accounts: Accounts;
}

export interface Members {
  group: Group;
  grants: ActualGrant[];
  /** The grant by which an account is a member, and how it is written in the group. */
  of(account: Account): { grant: ActualGrant; value: string } | undefined;
}

/** `role`: what the group is called in the answer. */
export async function membersOf({ session, settings, groups, accounts }: Directory, all: Group[]): Promise<Members[]> {
  const origins = await readOrigins(session, settings, all);
  const found: Members[] = [];
  for (const group of all) {
    const byKey = new Map<string, { grant: ActualGrant; value: string }>();
    for (const { value, account } of await groups.holders(group, accounts)) {
      const origin = origins(group, value);
      byKey.set(memberKey(group.form, value), {
        value,
        grant: {
          role: group.name,
          account: account?.name ?? value,
          options: {},
          roleId: group.id,
          ...(account ? { accountId: account.id } : {}),
          ...(origin ? { id: `${origin.change}/${account?.id ?? value}`, grantor: origin.by } : {}),
        },
      });
    }
    found.push({
      group,
      grants: [...byKey.values()].map(({ grant }) => grant),
      of: (account) => {
        const values = group.form.byDn ? [memberValue(group.form, account)] : account.uids;
        for (const value of values) {
          const held = value === undefined ? undefined : byKey.get(memberKey(group.form, value));
          if (held) return held;
        }
        return undefined;
      },
    });
  }
  return found;
}

/** What a change with this nonce will have made. */
export const grantOfChange = (settings: LdapSettings, group: Group, account: Account, nonce: string): ActualGrant => ({
  role: group.name,
  account: account.name,
  options: {},
  roleId: group.id,
  accountId: account.id,
  ...(settings.accesslog === undefined ? {} : { id: `${nonce}/${account.id}`, grantor: settings.bindDn }),
});
