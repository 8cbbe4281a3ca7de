/** A realm of the run's Keycloak as a peer of the contract suite, with entitlements of one kind. */
import { keycloakConnector } from '../../../connectors/keycloak/connector.ts';
import { settingsOf, startRealm, type Api, type TestRealm } from '../../support/keycloak.ts';
import { wrongPassword, type Peer, type What } from '../peer.ts';

type Kind = 'groups' | 'roles of the realm' | 'roles of a client';

/** What an administrator does with entitlements of one kind. */
interface Kindly {
  /** What plans call it. */
  planName(name: string): string;
  add(name: string): Promise<void>;
  give(api: Api, name: string, userId: string): Promise<void>;
  take(api: Api, name: string, userId: string): Promise<void>;
  rename(name: string, now: string): Promise<void>;
  drop(name: string): Promise<void>;
  widen(name: string): Promise<void>;
}

async function ofKind(kind: Kind, realm: TestRealm): Promise<Kindly> {
  const { admin } = realm;
  let count = 0;
  const widerRole = async () => {
    const name = `wider-${(count += 1)}`;
    await admin('POST', '/roles', { name });
    return admin('GET', `/roles/${name}`);
  };
  if (kind === 'groups') {
    const idOf = (name: string) => realm.groupId(`/${name}`);
    return {
      planName: (name) => `/${name}`,
      add: async (name) => void (await realm.group(name)),
      give: async (api, name, userId) => void (await api('PUT', `/users/${userId}/groups/${await idOf(name)}`)),
      take: async (api, name, userId) => void (await api('DELETE', `/users/${userId}/groups/${await idOf(name)}`)),
      rename: async (name, now) => void (await admin('PUT', `/groups/${await idOf(name)}`, { name: now })),
      drop: async (name) => void (await admin('DELETE', `/groups/${await idOf(name)}`)),
      widen: async (name) => void (await admin('POST', `/groups/${await idOf(name)}/role-mappings/realm`, [await widerRole()])),
    };
  }
  const [client] = (await admin('GET', '/clients?clientId=erp')) as { id: string }[];
  const [roles, mappings] = kind === 'roles of the realm' ? ['/roles', 'realm'] : [`/clients/${client!.id}/roles`, `clients/${client!.id}`];
  const of = (name: string) => admin('GET', `${roles}/${name}`);
  const body = async (name: string) => [await of(name)];
  return {
    planName: (name) => (kind === 'roles of the realm' ? `realm:${name}` : `client:erp:${name}`),
    add: async (name) => void (await admin('POST', roles, { name })),
    give: async (api, name, userId) => void (await api('POST', `/users/${userId}/role-mappings/${mappings}`, await body(name))),
    take: async (api, name, userId) => void (await api('DELETE', `/users/${userId}/role-mappings/${mappings}`, await body(name))),
    rename: async (name, now) => void (await admin('PUT', `${roles}/${name}`, { ...((await of(name)) as object), name: now })),
    drop: async (name) => void (await admin('DELETE', `${roles}/${name}`)),
    widen: async (name) => void (await admin('POST', `${roles}/${name}/composites`, [await widerRole()])),
  };
}

export async function keycloakPeer(kind: Kind): Promise<Peer> {
  const realm = await startRealm();
  const { admin, kim } = realm;
  const does = await ofKind(kind, realm);
  const settings = settingsOf(realm);
  const at = (host: string, port: number) => keycloakConnector({ ...settings, baseUrl: `http://${host}:${port}` });
  const connector = keycloakConnector(settings);
  let count = 0;
  const next = (what: string) => `${what}-${(count += 1)}`;
  /** Without what plans write before it. */
  const bare = (planName: string) => planName.replace(/^(\/|realm:|client:erp:)/, '');
  const drop = async (what: What, name: string) => {
    if (what === 'role') return does.drop(bare(name));
    await admin('DELETE', `/users/${await realm.userId(name)}`);
  };
  return {
    connector,
    another: () => keycloakConnector(settings),
    unreachable: () => at(realm.host, 1),
    refused: () => keycloakConnector({ ...settings, credentials: { grant: 'client', client: 'rolewave', secret: wrongPassword } }),
    network: { host: realm.host, port: realm.port, at },
    role: async () => {
      const name = next('role');
      await does.add(name);
      return does.planName(name);
    },
    accounts: async (many) => {
      const names = Array.from({ length: many }, () => next('person'));
      for (const name of names) await realm.user(name);
      return names;
    },
    grant: async (role, account) => does.give(kim, bare(role), await realm.userId(account)),
    revokeAll: async (role, account) => does.take(kim, bare(role), await realm.userId(account)),
    rename: async (what, name) => {
      const now = next(what === 'role' ? 'role' : 'person');
      if (what === 'role') {
        await does.rename(bare(name), now);
        return does.planName(now);
      }
      await admin('PUT', `/users/${await realm.userId(name)}`, { username: now });
      return now;
    },
    drop,
    recreate: async (what, name) => {
      await drop(what, name);
      await (what === 'role' ? does.add(bare(name)) : realm.user(name));
    },
    lock: async (account) => void (await admin('PUT', `/users/${await realm.userId(account)}`, { enabled: false })),
    widen: (role) => does.widen(bare(role)),
    close: async () => {
      await connector.close();
      await realm.remove();
    },
  };
}
