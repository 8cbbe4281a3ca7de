/**
 * A directory as a system: an entitlement is a group, an account is an entry, and a grant is a member of the group. A grant counts when the account is a member
 * itself; access through a group in the group is that group's, and is a part of what it can do.
 */
import { Filter } from 'ldapts';
import { addressDigest } from '../address.ts';
import { inTurn } from '../../domain/in-turn.ts';
import { turns } from '../../domain/turns.ts';
import type { ActualGrant, Connector, ConnectorKind, GrantOutcome, Opening, RevokeOutcome, WantedGrant } from '../connector.ts';
import { roleByRole } from '../role-by-role.ts';
import { Accounts, binaryAttributes, idAttributes, idOf } from './accounts.ts';
import { checkLines } from './check.ts';
import { absentGroup, contentOf } from './content.ts';
import { answeredByFilter } from './cohort.ts';
import { carryOut, createdBy, rehearsed, wasCommitted, type Effect } from './effect.ts';
import { Groups, type Group } from './groups.ts';
import { Holders } from './holders.ts';
import { judgeGrants, judgeRestores, judgeRevokes } from './judging.ts';
import { lastChanges } from './last-change.ts';
import { grantsOf, type Directory } from './members.ts';
import { dnKey, isUnder } from './names.ts';
import { ldapProbe } from './probe.ts';
import { forReadings, Remembered } from './remembered.ts';
import { failureOf } from './result-codes.ts';
import { openLdapSession } from './session.ts';
import { exampleString, readConnectionString, type LdapSettings } from './settings.ts';

interface LdapSystem extends Pick<LdapSettings, 'accounts' | 'accesslog' | 'groups' | 'breakGlass'> {
  readOnly: boolean;
  tls: 'required' | 'none';
  caFile?: string | undefined;
}

export const ldap: ConnectorKind<LdapSystem> = {
  connectionString: exampleString,
  open: ({ groups, accounts, accesslog, breakGlass, caFile, tls, readOnly }, text, { aside } = {}) =>
    ldapConnector({ ...readConnectionString(text, tls), groups, accounts, accesslog, breakGlass, caFile }, { readOnly, aside }),
};

/**
 * Grants in one modify: what a server takes in one request, and answers within its time limits. OpenLDAP takes 4 MB, and a group that loses half of its members takes it
 * seven times as long as one that loses all.
 */
const grantsAtOnce = { openLdap: 10_000, other: 2_000 };

/** Of one group, one after the other in this process. Other processes are kept apart by the assertion that the group is as it was read. */
const changes = turns({ perPlan: 1, perRight: Infinity, inAll: Infinity });

export function ldapConnector(settings: LdapSettings, { readOnly = false, aside }: { readOnly?: boolean; aside?: Opening['aside'] } = {}): Connector {
  const session = openLdapSession(settings);
  const accounts = new Accounts(session, settings);
  const directory: Directory = {
    session,
    settings,
    groups: new Groups(session, settings),
    accounts,
    remembered: new Remembered(session, settings, accounts),
    // Never what a change, or a comparison before one, goes by.
    holders: new Holders(accounts, aside === 'readings' ? new Remembered(session, settings, accounts, { as: forReadings }) : undefined),
  };

  const snapshot: Connector['snapshot'] = async (roles, names, signal, roleIds = [], grantsOnly = false) => {
    signal?.throwIfAborted();
    const { named, byId } = await directory.groups.found(roles, roleIds);
    signal?.throwIfAborted();
    const { grants, named: people } = await grantsOf(directory, [...byId.values()], [...new Set(names)]);
    signal?.throwIfAborted();
    const contents = grantsOnly ? [] : await Promise.all(roles.map(async (role) => content(role, named.get(role))));
    signal?.throwIfAborted();
    const known = names.flatMap((account) => {
      const found = people.get(account);
      return found && !found.locked ? [{ account, id: found.id }] : [];
    });
    const knows = new Set(known.map(({ account }) => account));
    return {
      roles: contents,
      grants,
      accounts: known,
      unknownAccounts: names.filter((account) => !knows.has(account)),
    };
  };
  const content = async (role: string, group: Group | undefined) => (group ? { ...(await contentOf(session, settings, group)), role } : absentGroup(role));

  /** Of the tree: all servers that hold a copy of it have the same. */
  let known: Promise<string> | undefined;
  let grants = grantsAtOnce.other;
  const place = async (): Promise<string> => {
    known ??= placeOf(directory);
    try {
      const found = await known;
      if ((await session.facts()).isOpenLdap) grants = grantsAtOnce.openLdap;
      return found;
    } catch (error) {
      known = undefined;
      throw error;
    }
  };

  async function asked<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw failureOf(error);
    }
  }

  async function alone<T>(items: { role: string; roleId?: string }[], work: () => Promise<T>): Promise<T> {
    const first = items[0];
    if (first && items.some(({ role, roleId }) => role !== first.role || roleId !== first.roleId))
      throw new Error('a directory changes one group at a time: the grants of a call must be of one role');
    const turn = changes.take({ plan: `${await place()}\0${first?.role ?? ''}`, right: '' });
    return inTurn(turn, () => asked(work));
  }

  const granting = (wanted: WantedGrant[]): Effect<GrantOutcome> => ({
    direction: 'add',
    judge: () => judgeGrants(directory, wanted),
    made: createdBy(directory),
    again: secondGrant,
  });
  const restoring = (grants: ActualGrant[]): Effect<GrantOutcome> => ({ ...granting([]), judge: () => judgeRestores(directory, grants) });
  const revoking = (grants: ActualGrant[]): Effect<RevokeOutcome> => ({
    direction: 'delete',
    judge: () => judgeRevokes(directory, grants),
    made: () => ({ outcome: 'revoked' }),
    again: (first) => (first.outcome === 'revoked' ? { outcome: 'gone' } : first),
  });

  return {
    kind: 'ldap',
    /** Effects come after the place is known. */
    get atOnce() {
      return { ofOneRole: true, grants } as const;
    },
    place: () => asked(place),
    address: addressDigest(`${settings.host}:${settings.port}`),
    check: (roles) => asked(() => checkLines(directory, roles, readOnly)),
    snapshot: (...args) => asked(() => snapshot(...args)),
    grant: (wanted, beforeCommit) => alone(wanted, () => carryOut(directory, granting(wanted), beforeCommit)),
    revoke: (grants, beforeCommit) => alone(grants, () => carryOut(directory, revoking(grants), beforeCommit)),
    restore: (grants, beforeCommit) => alone(grants, () => carryOut(directory, restoring(grants), beforeCommit)),
    rehearse: ({ grant, revoke, restore }, signal) =>
      asked(async () => ({
        grant: await roleByRole(grant, (some) => rehearsed(directory, granting(some)), signal),
        revoke: await roleByRole(revoke, (some) => rehearsed(directory, revoking(some)), signal),
        restore: await roleByRole(restore, (some) => rehearsed(directory, restoring(some)), signal),
      })),
    ...(directory.accounts.countable ? { accountCount: directory.accounts.countable } : {}),
    ...(settings.accesslog === undefined ? {} : { lastChange: (pairs, signal) => asked(() => lastChanges(directory, pairs, signal)) }),
    cohort: (query, signal) => asked(() => answeredByFilter(directory, query, signal)),
    wasCommitted: (transaction) => asked(() => wasCommitted(directory, transaction)),
    checkStatement: (roles) => checkCommand(settings, roles),
    probe: ldapProbe(directory),
    close: () => session.close(),
  };
}

const secondGrant = (first: GrantOutcome): GrantOutcome => (first.outcome === 'created' ? { outcome: 'preexisting', grants: [first.grant] } : first);

async function placeOf({ session, settings }: Directory): Promise<string> {
  const base = dnKey(settings.groups.base);
  const { contexts } = await session.facts();
  const top = contexts.filter((context) => isUnder(base, dnKey(context))).toSorted((a, b) => b.length - a.length)[0] ?? settings.groups.base;
  const entry = await session.entry(top, idAttributes, binaryAttributes);
  const id = entry && idOf(entry);
  return `ldap:${id ?? addressDigest(`${settings.host}:${settings.port} ${dnKey(top)}`)}`;
}

/** For a person to paste into a shell: who is in the groups. The password is asked for. */
function checkCommand({ security, host, port, bindDn, groups: { base, name } }: LdapSettings, roles: string[]): string {
  const address = `${security === 'ldaps' ? 'ldaps' : 'ldap'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const encrypted = security === 'startTls' ? ' -ZZ' : '';
  const attributes = 'cn member uniqueMember memberUid';
  const ask = (searched: string, scope: string, filter: string) =>
    `ldapsearch -LLL -o ldif-wrap=no -x${encrypted} -H ${quoted(address)} -D ${quoted(bindDn)} -W -b ${quoted(searched)} -s ${scope} ${quoted(filter)} ${attributes}`;
  const sorted = roles.toSorted();
  if (name === 'dn') return sorted.map((dn) => ask(dn, 'base', '(objectClass=*)')).join('\n');
  return ask(base, 'sub', `(|${sorted.map((role) => `(${name}=${Filter.escape(role)})`).join('')})`);
}

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
