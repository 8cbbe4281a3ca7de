/** Reads from a directory which groups and people there are and who is in which, and where below its top they are. Changes nothing. */
import { Accounts, type Account } from '../connectors/ldap/accounts.ts';
import { contentOf } from '../connectors/ldap/content.ts';
import { Groups, memberKey, type Group } from '../connectors/ldap/groups.ts';
import { isMarker } from '../connectors/ldap/marker.ts';
import { dnKey, formatDn, isUnder, parseDn } from '../connectors/ldap/names.ts';
import { LdapRefused } from '../connectors/ldap/result-codes.ts';
import { openLdapSession, type LdapSession, type ServerFacts } from '../connectors/ldap/session.ts';
import { readConnectionString, type LdapSettings, exampleString } from '../connectors/ldap/settings.ts';
import { NotConnected } from '../domain/connection-failure.ts';
import { quote } from '../domain/plan/places.ts';
import { SystemUnavailable } from '../domain/system-unavailable.ts';
import type { ReaderOptions } from '../domain/site/system-entry.ts';
import { CannotRead, type WhatIsThere, type ReaderHere } from './found-system.ts';

/** Parts of a server that hold no people: its own configuration, logs and names of machines. */
const ownTrees = /^(cn=|dc=(domain|forest)dnszones\b)/i;
const accesslog = /^cn=accesslog$/i;

export const ldapReader = (connectionString: string, options: ReaderOptions): ReaderHere => ({
  read: () => reading(connectionString, options, readDirectory),
  privileges: (role) =>
    reading(connectionString, options, async ({ session, settings }) => {
      const group = (await new Groups(session, settings).all()).find(({ name }) => name === role);
      return group ? (await contentOf(session, settings, group)).privileges : [];
    }),
});

interface Opened {
  session: LdapSession;
  settings: LdapSettings;
  facts: ServerFacts;
  options: ReaderOptions;
}

async function readDirectory({ session, settings, facts, options }: Opened): Promise<WhatIsThere> {
  const groups = await new Groups(session, settings).all();
  const people = await new Accounts(session, settings).all();
  if (people.length === 0 && groups.length > 0)
    throw new CannotRead(
      'mistaken',
      `No entry below ${quote(settings.accounts.base)} has the attribute ${settings.accounts.name}, by which a plan would name people. Name another one with --account-name, or another place with --base.`,
    );
  const name = isUnique(groups.map((group) => group.name)) ? settings.groups.name : 'dn';
  const named = groups.map((group) => ({ ...group, name: name === 'dn' ? group.dn : group.name }));
  const placeholder = placeholderOf(groups, people);
  const accounts = people.filter(({ dn }) => dnKey(dn) !== dnKey(settings.bindDn));
  const comments = new Map(named.map((group) => [group.name, group.markers.find((value) => !isMarker(value))]));
  const log = facts.contexts.find((context) => accesslog.test(context));
  return {
    name: settings.groups.base,
    product: facts.version,
    login: settings.bindDn,
    roles: [
      ...named.map((group) => ({ name: group.name, login: false, superuser: false, ...commentIn(comments.get(group.name)) })),
      ...accounts.map((account) => ({ name: account.name, login: true, superuser: false })),
    ].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    grants: holdersOf(named, people, placeholder),
    site: {
      kind: 'ldap',
      tls: settings.security === 'none' ? 'none' : 'required',
      caFile: options.caFile,
      groups: { base: commonBase(groups, settings.groups.base), name, placeholder },
      accounts: { base: commonBase(people, settings.accounts.base), name: settings.accounts.name },
      accesslog: log !== undefined && (await isReadable(session, log)) ? log : undefined,
    },
  };
}

const commentIn = (comment: string | undefined) => (comment === undefined ? {} : { comment });
const isUnique = (names: string[]): boolean => new Set(names).size === names.length;

/** Each member by the name of the account, or else as the directory writes it: the name of a group may be an account's too. */
function holdersOf(groups: Group[], people: Account[], placeholder: string | undefined): WhatIsThere['grants'] {
  const names = new Map(people.map(({ dn, name }) => [dnKey(dn), name]));
  const byUid = new Map(people.flatMap(({ uids, name }) => uids.map((uid) => [uid, name] as const)));
  return groups.flatMap(({ name: role, form, values }) =>
    values
      .filter((value) => placeholder === undefined || memberKey(form, value) !== dnKey(placeholder))
      .map((value) => ({ role, account: (form.byDn ? names.get(dnKey(value)) : byUid.get(value)) ?? value, options: {} })),
  );
}

/** An entry that is no person and no group, and is in every group that must have a member: it was put there for that. */
function placeholderOf(groups: Group[], people: Account[]): string | undefined {
  const needing = groups.filter(({ form }) => form.needsMember);
  if (needing.length < 2) return undefined;
  const known = new Set([...groups, ...people].map(({ dn }) => dnKey(dn)));
  const [first, ...others] = needing.map(({ values }) => new Map(values.map((value) => [dnKey(value), value])));
  return [...(first ?? [])].find(([key]) => !known.has(key) && others.every((values) => values.has(key)))?.[1];
}

/** The lowest place that all of them are below. */
function commonBase(entries: { dn: string }[], otherwise: string): string {
  const parents = entries.flatMap(({ dn }) => {
    const parts = parseDn(dn);
    return parts ? [parts.slice(1).toReversed()] : [];
  });
  const [first, ...others] = parents;
  if (!first) return otherwise;
  const isShared = (depth: number) => others.every((parts) => parts[depth] && dnKey(formatDn([parts[depth]])) === dnKey(formatDn([first[depth] ?? []])));
  let depth = 0;
  while (depth < first.length && isShared(depth)) depth += 1;
  const base = formatDn(first.slice(0, depth).toReversed());
  return isUnder(dnKey(base), dnKey(otherwise)) ? base : otherwise;
}

async function isReadable(session: LdapSession, dn: string): Promise<boolean> {
  try {
    return (await session.entry(dn, ['objectClass'])) !== undefined;
  } catch (error) {
    if (error instanceof LdapRefused) return false;
    throw error;
  }
}

async function reading<T>(connectionString: string, options: ReaderOptions, work: (opened: Opened) => Promise<T>): Promise<T> {
  const connection = settingsOf(connectionString, options);
  const found = { base: options.base ?? '', name: 'cn', marker: 'description', soleWriter: false };
  const settings: LdapSettings = { ...connection, caFile: options.caFile, groups: found, accounts: { base: found.base, name: '' }, breakGlass: [] };
  const session = openLdapSession(settings);
  try {
    const facts = await session.facts();
    const base = options.base ?? topOf(facts);
    const accountName = options.accountName ?? (facts.isActiveDirectory ? 'sAMAccountName' : 'uid');
    return await work({ session, facts, options, settings: { ...settings, groups: { ...found, base }, accounts: { base, name: accountName } } });
  } catch (error) {
    throw cannotRead(error, settings, options);
  } finally {
    await session.close();
  }
}

function settingsOf(connectionString: string, { tls = 'required' }: ReaderOptions) {
  try {
    return readConnectionString(connectionString, tls);
  } catch {
    // Without the cause: it may repeat the password.
    throw new CannotRead(
      'mistaken',
      `That is not the connection string of a directory; write one such as ${exampleString}, in which : @ / and % of the DN and the password are percent-encoded.`,
    );
  }
}

function topOf({ contexts }: ServerFacts): string {
  const tops = contexts.filter((context) => !ownTrees.test(context));
  const [top, ...others] = tops.filter((context) => !tops.some((other) => other !== context && isUnder(dnKey(context), dnKey(other))));
  if (top === undefined)
    throw new CannotRead('mistaken', 'The directory does not say where its entries are. Name the place with --base, such as --base dc=example,dc=com.');
  if (others.length > 0) throw new CannotRead('mistaken', `The directory has several trees: ${[top, ...others].map(quote).join(', ')}. Name one with --base.`);
  return top;
}

/** noSuchObject, invalidDNSyntax (RFC 4511) */
const aboutThePlace = new Set([32, 34]);

function cannotRead(error: unknown, { security }: LdapSettings, { base }: ReaderOptions): CannotRead {
  if (error instanceof CannotRead) return error;
  const said = error instanceof Error ? error.message : String(error);
  const sentence = `${said.charAt(0).toUpperCase()}${said.slice(1)}`.replace(/\.?$/, '.');
  if (error instanceof LdapRefused && base !== undefined && aboutThePlace.has(error.code))
    return new CannotRead('mistaken', `${sentence} Is --base ${quote(base)} right?`);
  if (!(error instanceof SystemUnavailable)) return new CannotRead('refused', sentence);
  if (error.cause instanceof NotConnected && !/certificate|tls|ssl/i.test(said)) return new CannotRead('unreachable', sentence);
  // What is said later than at the sign-in has nothing to do with encryption.
  const hint =
    security === 'startTls' && /did not let Rolewave in|certificate|tls|ssl/i.test(said)
      ? ' Rolewave asks an ldap:// address for StartTLS: use ldaps://, or --tls none for a directory on the same machine.'
      : '';
  return new CannotRead('refused', `${sentence}${hint}`);
}
