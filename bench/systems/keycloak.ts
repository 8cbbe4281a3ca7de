/** A throw-away Keycloak with a realm of people and groups, and the way to grant in it by hand: one PUT for each person. Nothing of the connector. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeycloakSettings } from '../../connectors/keycloak/settings.ts';
import type { KeycloakBuild } from '../../provision/find-keycloak.ts';
import { startKeycloak } from '../../provision/keycloak.ts';
import { inParallel } from '../engine/side.ts';
import { packagesAtOnce, type Side, type Workload } from '../sides.ts';

const realm = 'bench';
const [rolewave, kim] = ['rolewave', 'kim'];
const secret = 'bench';
const admin = { username: 'admin', password: 'bench' };
const addedAtOnce = 8;
/** Longer than a run: renewing it is nothing that is measured here. */
const tokenSeconds = 3_600;

export interface KeycloakTarget {
  /** As a site file would say it. */
  settings: KeycloakSettings;
  addPeople(names: string[]): Promise<void>;
  /** At the top: `/name` in a plan. */
  addGroups(names: string[]): Promise<void>;
  members(group: string): Promise<number>;
  /** An administrator who knows all ids, reads nothing and works on as many packages at once as Rolewave does. */
  byPut: Side;
  stop(): Promise<void>;
}

/** `build`: as `findKeycloak` has found it. */
export async function startRealm(build: KeycloakBuild, dir: string): Promise<KeycloakTarget> {
  const server = await startKeycloak(build, { dir, recordFile: join(dir, 'keycloak.json'), admin });
  const ids = { users: new Map<string, string>(), groups: new Map<string, string>() };
  const signedIn = async (of: string, form: Record<string, string>): Promise<string> => {
    const answer = await fetch(`${server.url}/realms/${of}/protocol/openid-connect/token`, { method: 'POST', body: new URLSearchParams(form) });
    if (!answer.ok) throw new Error(`signing in: ${answer.status} ${await answer.text()}`);
    return ((await answer.json()) as { access_token: string }).access_token;
  };
  const ask = async (token: string, method: string, path: string, body?: object): Promise<{ location: string; text: string }> => {
    const answer = await fetch(`${server.url}/admin/realms${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 200)}`);
    return { location: answer.headers.get('location') ?? '', text };
  };
  const account = (client: string, roles: string[]) => ({
    username: `service-account-${client}`,
    enabled: true,
    serviceAccountClientId: client,
    clientRoles: { 'realm-management': roles },
  });
  const client = (clientId: string) => ({ clientId, secret, serviceAccountsEnabled: true, publicClient: false, standardFlowEnabled: false });
  await ask(await signedIn('master', { grant_type: 'password', client_id: 'admin-cli', ...admin }), 'POST', '', {
    realm,
    enabled: true,
    adminEventsEnabled: true,
    adminEventsDetailsEnabled: true,
    accessTokenLifespan: tokenSeconds,
    clients: [client(rolewave), client(kim)],
    users: [account(rolewave, ['manage-users', 'view-realm', 'view-events', 'view-clients']), account(kim, ['realm-admin'])],
  });
  const token = await signedIn(realm, { grant_type: 'client_credentials', client_id: kim, client_secret: secret });
  const add = (kind: keyof typeof ids, names: string[], thing: (name: string) => object) =>
    inParallel(addedAtOnce, names, async (name) => {
      const { location } = await ask(token, 'POST', `/${realm}/${kind}`, thing(name));
      ids[kind].set(name, location.split('/').at(-1) ?? '');
    });
  const idOf = (kind: keyof typeof ids, name: string): string => {
    const id = ids[kind].get(name);
    if (id === undefined) throw new Error(`there is no '${name}' in the bench's realm`);
    return id;
  };
  const changeAll = (method: 'PUT' | 'DELETE', { packages }: Workload) =>
    inParallel(packagesAtOnce, packages, async ({ roles, accounts }) => {
      for (const role of roles) for (const name of accounts) await ask(token, method, `/${realm}/users/${idOf('users', name)}/groups/${idOf('groups', role)}`);
    });
  return {
    settings: {
      baseUrl: server.url,
      signInRealm: realm,
      credentials: { grant: 'client', client: rolewave, secret },
      realm,
      tls: 'none',
      accountsBy: 'username',
      soleWriter: false,
      lockGroup: 'rolewave-locks',
      breakGlass: [],
    },
    addPeople: (names) => add('users', names, (username) => ({ username, enabled: true })),
    addGroups: (names) => add('groups', names, (name) => ({ name: name.slice(1) })),
    members: async (group) => {
      const { text } = await ask(token, 'GET', `/${realm}/groups/${idOf('groups', group)}/members?max=100000&briefRepresentation=true`);
      return (JSON.parse(text) as unknown[]).length;
    },
    byPut: {
      name: 'PUT by hand',
      grant: (workload) => changeAll('PUT', workload),
      rollBack: (workload) => changeAll('DELETE', workload),
      close: () => Promise.resolve(),
    },
    stop: async () => {
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
