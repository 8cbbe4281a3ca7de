/** Reads from a realm of Keycloak which groups, roles and people there are and who holds which. Changes nothing. */
import { isRefusal } from '../connectors/keycloak/answers.ts';
import { openRealm } from '../connectors/keycloak/connector.ts';
import { allAccounts, allEntitlements, eachOf, groupsWith, type Listed } from '../connectors/keycloak/listing.ts';
import type { Realm } from '../connectors/keycloak/realm.ts';
import { exampleString, readConnectionString, type KeycloakSettings } from '../connectors/keycloak/settings.ts';
import { NotConnected } from '../domain/connection-failure.ts';
import type { KeycloakDetails, ReaderOptions } from '../domain/site/system-entry.ts';
import { SystemUnavailable } from '../domain/system-unavailable.ts';
import { CannotRead, type FoundRole, type WhatIsThere, type ReaderHere } from './found-system.ts';

export const keycloakReader = (connectionString: string, options: ReaderOptions): ReaderHere => ({
  read: () => reading(connectionString, options, (realm) => readRealm(realm, options)),
  privileges: (role) =>
    reading(connectionString, options, async ({ entitlements, contents }) => {
      const found = await entitlements.named(role);
      return found ? (await contents.of(found)).privileges : [];
    }),
});

async function readRealm(realm: Realm, options: ReaderOptions): Promise<WhatIsThere> {
  const { session, settings, contents, administrators } = realm;
  const { accountId: self } = await session.token();
  await contents.assertSeesClients();
  const listed = await allEntitlements(realm);
  const people = (await allAccounts(realm)).filter(({ id, enabled }) => enabled && id !== self);
  const held = await eachOf(listed, (each) => heldOf(realm, each, self));
  const roles: FoundRole[] = [...held.map(({ role }) => role), ...people.map(({ name }) => ({ name, login: true, superuser: false }))];
  const version = await session.version();
  return {
    name: settings.realm,
    product: version === undefined ? 'Keycloak' : `Keycloak ${version}`,
    login: await administrators.nameOf(self),
    roles: roles.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    grants: held.flatMap(({ role, holders }) => holders.map((account) => ({ role: role.name, account, options: {} }))),
    site: {
      kind: 'keycloak',
      tls: settings.tls,
      caFile: settings.caFile,
      realm: settings.realm === settings.signInRealm ? undefined : settings.realm,
      passwordClient: options.passwordClient,
      events: await eventsOf(realm),
    },
  };
}

/** People and service accounts who hold it themselves, and groups that it comes with. Who may not sign in has no access. */
async function heldOf(realm: Realm, { entitlement, description }: Listed, self: string): Promise<{ role: FoundRole; holders: string[] }> {
  const superuser = (await realm.contents.of(entitlement)).administers !== undefined;
  const role = { name: entitlement.name, login: false, superuser, ...(description === undefined ? {} : { comment: description }) };
  if (superuser) return { role, holders: [] };
  const accounts = (await realm.entitlements.holders(entitlement)).filter(({ id, enabled }) => enabled && id !== self);
  const groups = entitlement.kind === 'group' ? [] : await groupsWith(realm, entitlement);
  return { role, holders: [...accounts.map(({ name }) => name), ...groups] };
}

async function eventsOf({ events }: Realm): Promise<KeycloakDetails['events']> {
  try {
    const { isKept, hasDetails } = await events.config();
    return { isKept, hasDetails };
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

async function reading<T>(connectionString: string, options: ReaderOptions, work: (realm: Realm) => Promise<T>): Promise<T> {
  const realm = openRealm(settingsOf(connectionString, options));
  try {
    await realm.session.token();
    return await work(realm);
  } catch (error) {
    throw cannotRead(error);
  } finally {
    realm.session.close();
  }
}

function settingsOf(connectionString: string, { tls = 'required', caFile, realm, passwordClient }: ReaderOptions): KeycloakSettings {
  if (tls === 'required' && /^http:/i.test(connectionString))
    throw new CannotRead(
      'mistaken',
      'That is an http:// address, which shows the secret to the network: use https://, or --tls none for a Keycloak on the same machine.',
    );
  let read: ReturnType<typeof readConnectionString>;
  try {
    read = readConnectionString(connectionString, passwordClient);
  } catch {
    // Without the cause: it may repeat the secret.
    throw new CannotRead(
      'mistaken',
      `That is not the connection string of a realm of Keycloak; write one such as ${exampleString}, in which : @ / and % of the client and the secret are percent-encoded.`,
    );
  }
  // As the site file has it where it says nothing.
  return { ...read, realm: realm ?? read.signInRealm, tls, caFile, accountsBy: 'username', soleWriter: false, lockGroup: 'rolewave-locks', breakGlass: [] };
}

function cannotRead(error: unknown): CannotRead {
  if (error instanceof CannotRead) return error;
  const said = error instanceof Error ? error.message : String(error);
  const sentence = `${said.charAt(0).toUpperCase()}${said.slice(1)}`.replace(/\.?$/, '.');
  if (!(error instanceof SystemUnavailable)) return new CannotRead('refused', sentence);
  if (/certificate or its encryption/i.test(said))
    return new CannotRead('refused', `Keycloak could not be reached: ${said}. Name the authorities that its certificate is checked by with --ca-file.`);
  if (error.cause instanceof NotConnected) return new CannotRead('unreachable', `Keycloak could not be reached: ${said}.`);
  return new CannotRead('refused', sentence);
}
