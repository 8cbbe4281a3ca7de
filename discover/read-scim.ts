/** Reads from a SCIM server which groups and users there are and who is in which, or which values of an attribute users have. Changes nothing. */
import { Groups, type Group } from '../connectors/scim/groups.ts';
import { openScimSession, type ScimSession } from '../connectors/scim/session.ts';
import { exampleString, readConnectionString, type ScimSettings } from '../connectors/scim/settings.ts';
import { ScimRefused } from '../connectors/scim/statuses.ts';
import { Users, type User } from '../connectors/scim/users.ts';
import { NotConnected } from '../domain/connection-failure.ts';
import { misleading } from '../domain/misleading-text.ts';
import { nameInSystem } from '../domain/plan/fields.ts';
import { quote } from '../domain/plan/places.ts';
import type { ReaderOptions } from '../domain/site/system-entry.ts';
import { SystemUnavailable } from '../domain/system-unavailable.ts';
import { CannotRead, type FoundRole, type WhatIsThere, type ReaderHere } from './found-system.ts';

/** As many as a site file lists. */
const mostValues = 1_000;
type GroupName = ScimSettings['groups']['name'];

export const scimReader = (connectionString: string, options: ReaderOptions): ReaderHere => ({
  read: () => reading(connectionString, options),
  privileges: async () => [],
});

interface Opened {
  session: ScimSession;
  settings: ScimSettings;
  options: ReaderOptions;
}

async function readServer({ session, settings, options }: Opened): Promise<WhatIsThere> {
  await session.facts();
  const users = await usersOf(session, settings);
  const { attribute } = settings;
  const found = attribute ? valuesOf(users, attribute.name) : await groupsOf(session, settings, users);
  const name = new URL(settings.baseUrl).host;
  const mayLogIn = users.filter(({ user, isNamed }) => isNamed && !user.locked).map(({ user }) => user);
  const roles: FoundRole[] = [
    ...found.roles.map((role) => ({ name: role, login: false, superuser: false })),
    ...mayLogIn.map((user) => ({ name: user.name, login: true, superuser: false })),
  ];
  return {
    name,
    product: 'SCIM 2.0',
    login: '',
    roles: roles.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    grants: found.grants,
    site: {
      kind: 'scim',
      tls: options.tls ?? 'required',
      caFile: settings.caFile,
      oauth: settings.oauth && { tokenUrl: settings.oauth.tokenUrl, scope: settings.oauth.scope },
      groupName: found.groupName,
      attribute: attribute && { name: attribute.name, values: found.roles },
      accountName: settings.accounts.name,
    },
  };
}

interface ReadUser {
  user: User;
  /** It has the attribute by which plans name people. */
  isNamed: boolean;
}

/** Everybody, and whom a plan can name. The connector refuses a name that two users have. */
async function usersOf(session: ScimSession, settings: ScimSettings): Promise<ReadUser[]> {
  const { name } = settings.accounts;
  const all = await new Users(session, settings).all();
  // Who has none is called by the id.
  const users = all.map((user) => ({ user, isNamed: name !== 'externalId' || user.name !== user.id }));
  const named = users.filter(({ isNamed }) => isNamed).map(({ user }) => user.name);
  if (named.length === 0 && users.length > 0)
    throw new CannotRead('mistaken', `No user has the attribute ${name}, by which a plan would name people. Name another one with --account-name.`);
  const twice = repeated(named);
  if (twice !== undefined)
    throw new CannotRead('mistaken', `Two users have the same ${name}, ${quote(twice)}. Name another attribute with --account-name, such as id.`);
  return users;
}

interface Found {
  roles: string[];
  grants: WhatIsThere['grants'];
  groupName: GroupName;
}

/** A site file would be refused as a whole for a value that is not: anyone who may write one user could make it so. */
const isNameable = (value: string): boolean =>
  nameInSystem.safeParse(value).success && value.isWellFormed() && value.trim() === value && !misleading.test(value);

function valuesOf(users: ReadUser[], attribute: string): Found {
  const held = users.filter(({ user }) => !user.locked).map(({ user }) => ({ user, values: [...user.values].filter(isNameable) }));
  const roles = [...new Set(users.flatMap(({ user }) => [...user.values].filter(isNameable)))].toSorted();
  if (roles.length > mostValues)
    throw new CannotRead(
      'mistaken',
      `Users have ${roles.length} different values of ${attribute}, and a site file lists at most ${mostValues}: write the files by hand.`,
    );
  return { roles, grants: held.flatMap(({ user, values }) => values.map((role) => ({ role, account: user.name, options: {} }))), groupName: 'displayName' };
}

async function groupsOf(session: ScimSession, settings: ScimSettings, users: ReadUser[]): Promise<Found> {
  const { name, groups } = await namedGroups(session, settings);
  const byId = new Map(users.map(({ user }) => [user.id, user]));
  const taken = new Set(users.map(({ user }) => user.name));
  const groupNames = new Map(groups.map((group) => [group.id, group.name]));
  /** Who is locked has no access; who is no user is called as its group is, unless that could be taken for an account. */
  const holder = (id: string): string[] => {
    const user = byId.get(id);
    if (user) return user.locked ? [] : [user.name];
    const group = groupNames.get(id) ?? id;
    return [taken.has(group) ? id : group];
  };
  return {
    roles: groups.map((group) => group.name),
    grants: groups.flatMap((group) => [...group.members].flatMap(holder).map((account) => ({ role: group.name, account, options: {} }))),
    groupName: name,
  };
}

/** By the first attribute that each group has, and no two the same. */
async function namedGroups(session: ScimSession, settings: ScimSettings): Promise<{ name: GroupName; groups: Group[] }> {
  const users = new Users(session, settings);
  for (const name of ['displayName', 'externalId'] as const) {
    const groups = await new Groups(session, { groups: { ...settings.groups, name } }, users).all();
    const isEach = name === 'displayName' || groups.every((group) => group.name !== group.id);
    if (isEach && repeated(groups.map((group) => group.name)) === undefined) return { name, groups };
  }
  return { name: 'id', groups: await new Groups(session, { groups: { ...settings.groups, name: 'id' } }, users).all() };
}

const repeated = (names: string[]): string | undefined => {
  const seen = new Set<string>();
  return names.find((name) => seen.size === seen.add(name).size);
};

async function reading(connectionString: string, options: ReaderOptions): Promise<WhatIsThere> {
  const settings = settingsOf(connectionString, options);
  const session = openScimSession(settings);
  try {
    return await readServer({ session, settings, options });
  } catch (error) {
    throw cannotRead(error);
  } finally {
    session.close();
  }
}

function settingsOf(connectionString: string, options: ReaderOptions): ScimSettings {
  const { tls = 'required', caFile, attribute, tokenUrl, scope, accountName = 'userName' } = options;
  if (tls === 'required' && /^http:/i.test(connectionString))
    throw new CannotRead(
      'mistaken',
      'That is an http:// address, over which the token crosses the network as it is: use https://, or --tls none for a server on the same machine.',
    );
  let read: ReturnType<typeof readConnectionString>;
  try {
    read = readConnectionString(connectionString, tls, tokenUrl !== undefined);
  } catch {
    // Without the cause: it may repeat the token.
    throw new CannotRead(
      'mistaken',
      tokenUrl === undefined
        ? `That is not the connection string of a SCIM server with a bearer token; write one such as ${exampleString}, in which : @ / and % of the token are percent-encoded. Where it holds the id and secret of a client, name the endpoint for its tokens with --token-url.`
        : 'That is not the connection string of a SCIM server with the id and secret of a client; write one such as https://id:secret@scim.example.com/v2, in which : @ / and % of both are percent-encoded.',
    );
  }
  return {
    ...read,
    caFile,
    oauth: tokenUrl === undefined ? undefined : { tokenUrl, scope },
    groups: { name: 'displayName', soleWriter: false },
    attribute: attribute && { name: attribute, values: [], soleWriter: false },
    // Checked where it was given.
    accounts: { name: accountName as ScimSettings['accounts']['name'] },
    breakGlass: [],
  };
}

function cannotRead(error: unknown): CannotRead {
  if (error instanceof CannotRead) return error;
  const said = error instanceof Error ? error.message : String(error);
  const sentence = `${said.charAt(0).toUpperCase()}${said.slice(1)}`.replace(/\.?$/, '.');
  if (error instanceof ScimRefused || !(error instanceof SystemUnavailable)) return new CannotRead('refused', sentence);
  // A certificate that is not accepted is no network that does not lead there.
  if (error.cause instanceof NotConnected && !/certificate|tls|ssl/i.test(said)) return new CannotRead('unreachable', sentence);
  const hint = /certificate/i.test(said) ? ' Name the authorities that it is checked by with --ca-file.' : '';
  return new CannotRead('refused', `${sentence}${hint}`);
}
