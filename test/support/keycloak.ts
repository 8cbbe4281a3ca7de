/** For tests: realms of their own in the run's one Keycloak, with administrators who work there while Rolewave does. */
import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import type { KeycloakSettings } from '../../connectors/keycloak/settings.ts';
import { findKeycloak } from '../../provision/find-keycloak.ts';
import type { SharedKeycloak } from './keycloak-on-demand.ts';
import './provided.ts';

let missing = '';
/** The run's one Keycloak, which starts when the first file with its tests is loaded; undefined where this machine cannot have one. */
export const keycloak = (await findKeycloak((reason) => void (missing = reason))) && (await shared());
/** Ends the name of tests that need Keycloak: why they are skipped, where there is none. */
export const ifMissing = keycloak ? '' : `, which this machine cannot have: ${missing}`;

async function shared(): Promise<SharedKeycloak> {
  const answer = await fetch(inject('keycloakOnDemand'), { signal: AbortSignal.timeout(600_000) });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as SharedKeycloak;
}

/** Of Rolewave's client, and of the person of the same rights. */
export const secretOf = (client: string): string => `secret of ${client}/:@ %`;
const host = '127.0.0.1';
/** Roles of the client realm-management that docs/site.md lists. */
export const neededRoles = ['manage-users', 'view-realm', 'view-events', 'view-clients'];

export interface Api {
  /** Below the realm; `undefined` for an empty answer. Rejects with the status and text of a refusal. */
  (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<unknown>;
}

export interface TestRealm {
  name: string;
  host: string;
  port: number;
  /** As the administrator of the whole server. */
  admin: Api;
  /** As another administrator of this realm. */
  kim: Api;
  user(username: string): Promise<string>;
  /** A top-level group, or one below another. */
  group(name: string, parentId?: string): Promise<string>;
  /** Id of a user, by name. */
  userId(username: string): Promise<string>;
  groupId(path: string): Promise<string>;
  remove(): Promise<void>;
}

/** As a site file would say it, for Rolewave's client. */
export const settingsOf = ({ name, port }: Pick<TestRealm, 'name' | 'port'>, change: Partial<KeycloakSettings> = {}): KeycloakSettings => ({
  baseUrl: `http://${host}:${port}`,
  signInRealm: name,
  credentials: { grant: 'client', client: 'rolewave', secret: secretOf('rolewave') },
  realm: name,
  tls: 'none',
  accountsBy: 'username',
  soleWriter: false,
  lockGroup: 'rolewave-locks',
  breakGlass: [],
  ...change,
});

interface RealmOptions {
  adminEvents?: boolean;
  eventDetails?: boolean;
  /** Of tokens; seconds. Short, so that what was lost is known soon. */
  tokenSeconds?: number;
  roles?: string[];
}

const serviceAccount = (client: string, roles: string[]) => ({
  username: `service-account-${client}`,
  enabled: true,
  serviceAccountClientId: client,
  clientRoles: { 'realm-management': roles },
});
const clientWithAccount = (clientId: string) => ({
  clientId,
  secret: secretOf(clientId),
  serviceAccountsEnabled: true,
  publicClient: false,
  standardFlowEnabled: false,
});

export async function startRealm({ adminEvents = true, eventDetails = true, tokenSeconds = 10, roles = neededRoles }: RealmOptions = {}): Promise<TestRealm> {
  if (!keycloak) throw new Error('there is no Keycloak on this machine: skip this test');
  const { port } = keycloak;
  const name = `realm-${randomBytes(6).toString('hex')}`;
  const base = `http://${host}:${port}`;
  const { username, password } = keycloak.admin;
  const asAdmin = tokens(base, 'master', { grant_type: 'password', client_id: 'admin-cli', username, password });
  await ask(asAdmin, `${base}/admin/realms`, 'POST', {
    realm: name,
    enabled: true,
    adminEventsEnabled: adminEvents,
    adminEventsDetailsEnabled: eventDetails,
    accessTokenLifespan: tokenSeconds,
    editUsernameAllowed: true,
    clients: [clientWithAccount('rolewave'), clientWithAccount('kim'), { clientId: 'erp', publicClient: false, secret: secretOf('erp') }],
    users: [
      serviceAccount('rolewave', roles),
      serviceAccount('kim', ['realm-admin']),
      {
        username: 'robot',
        enabled: true,
        email: 'robot@example.com',
        firstName: 'Robot',
        lastName: 'Robot',
        credentials: [{ type: 'password', value: secretOf('robot'), temporary: false }],
        clientRoles: { 'realm-management': roles },
      },
    ],
  });
  const api =
    (as: () => Promise<string>): Api =>
    (method, path, body) =>
      ask(as, `${base}/admin/realms/${name}${path}`, method, body);
  const admin = api(asAdmin);
  const kim = api(tokens(base, name, { grant_type: 'client_credentials', client_id: 'kim', client_secret: secretOf('kim') }));
  const userId = async (wanted: string) => {
    const found = (await admin('GET', `/users?exact=true&username=${encodeURIComponent(wanted)}`)) as { id: string }[];
    if (!found[0]) throw new Error(`there is no user ${wanted}`);
    return found[0].id;
  };
  const groupId = async (path: string) => ((await admin('GET', `/group-by-path${path.split('/').map(encodeURIComponent).join('/')}`)) as { id: string }).id;
  return {
    name,
    host,
    port,
    admin,
    kim,
    userId,
    groupId,
    user: async (wanted) => {
      await admin('POST', '/users', { username: wanted, enabled: true });
      return userId(wanted);
    },
    group: async (wanted, parentId) => {
      const made = (await admin('POST', parentId === undefined ? '/groups' : `/groups/${parentId}/children`, { name: wanted })) as { id: string };
      return made.id;
    },
    remove: async () => void (await admin('DELETE', '')),
  };
}

function tokens(base: string, realm: string, form: Record<string, string>): () => Promise<string> {
  let known = { text: '', untilMs: 0 };
  return async () => {
    if (known.untilMs > Date.now()) return known.text;
    const answer = await fetch(`${base}/realms/${realm}/protocol/openid-connect/token`, { method: 'POST', body: new URLSearchParams(form) });
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
    const { access_token: text, expires_in: seconds } = (await answer.json()) as { access_token: string; expires_in: number };
    known = { text, untilMs: Date.now() + seconds * 500 };
    return text;
  };
}

/** Where something was made, with the id that the answer's address has. */
async function ask(as: () => Promise<string>, url: string, method: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${await as()}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw Object.assign(new Error(`${method} ${url}: ${answer.status} ${text}`), { status: answer.status });
  const made = answer.headers.get('location')?.split('/').at(-1);
  return text === '' ? (made === undefined ? undefined : { id: made }) : JSON.parse(text);
}
