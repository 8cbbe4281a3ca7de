/** Keycloak, where this machine has Java and Maven. It is built with a database in memory, so each start begins with the little company anew. */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findKeycloak } from '../find-keycloak.ts';
import { startKeycloak } from '../keycloak.ts';
import { endLeftover } from '../server-process.ts';
import { login, people, roles, type Peer } from './peer.ts';

const realm = 'company';
const variable = 'KEYCLOAK_URL';
const dirIn = (home: string) => join(home, 'keycloak');
const recordIn = (home: string) => join(dirIn(home), 'server.json');
const newPassword = () => randomBytes(18).toString('base64url');
/** Roles of the client realm-management that docs/site.md lists. */
const neededRoles = ['manage-users', 'view-realm', 'view-events', 'view-clients'];

export const keycloak: Peer = {
  name: 'Keycloak',
  remove: async (home) => {
    await endLeftover('Keycloak', recordIn(home), 'SIGTERM');
    await rm(dirIn(home), { recursive: true, force: true });
  },
  start: async ({ home, progress, onStart }) => {
    let missing = '';
    const build = await findKeycloak((reason) => (missing = reason), progress);
    if (!build) return { missing };
    const admin = { username: 'admin', password: newPassword() };
    const secret = newPassword();
    const step = progress.step('Starting Keycloak', 'half a minute');
    try {
      const server = await startKeycloak(build, { dir: dirIn(home), recordFile: recordIn(home), admin, port: 8190 });
      onStart('Keycloak', server);
      await fill(server.url, admin, secret);
      step.done(`127.0.0.1:${server.port}`);
      return {
        logins: [
          {
            what: `grants the groups of the realm ${realm}, whose admin events are saved with details; what it has is lost when it ends`,
            connectionString: `${server.url.replace('://', `://${login}:${secret}@`)}/realms/${realm}`,
            variable,
            site: ['- id: sso', '  kind: keycloak', `  connection: { env: ${variable} }`, '  tls: none', `  roles: { allow: ['/fin_*'] }`],
          },
          {
            what: `administrator of the whole server, who signs in at ${server.url}/admin with this name and password`,
            connectionString: `${server.url.replace('://', `://${admin.username}:${admin.password}@`)}/realms/master`,
          },
        ],
      };
    } catch (error) {
      step.failed('see the error below');
      throw error;
    }
  },
};

async function fill(url: string, admin: { username: string; password: string }, secret: string): Promise<void> {
  const form = { grant_type: 'password', client_id: 'admin-cli', ...admin };
  const signedIn = await fetch(`${url}/realms/master/protocol/openid-connect/token`, { method: 'POST', body: new URLSearchParams(form) });
  if (!signedIn.ok) throw new Error(`Keycloak does not let its administrator in: ${signedIn.status} ${await signedIn.text()}`);
  const { access_token: token } = (await signedIn.json()) as { access_token: string };
  const groupsOf = (account: string) => roles.filter(({ holders }) => holders.includes(account)).map(({ name }) => `/${name}`);
  const made = await fetch(`${url}/admin/realms`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      realm,
      enabled: true,
      adminEventsEnabled: true,
      adminEventsDetailsEnabled: true,
      groups: roles.map(({ name, about }) => ({ name, attributes: { description: [about] } })),
      clients: [{ clientId: login, secret, serviceAccountsEnabled: true, publicClient: false, standardFlowEnabled: false }],
      users: [
        {
          username: `service-account-${login}`,
          enabled: true,
          serviceAccountClientId: login,
          clientRoles: { 'realm-management': neededRoles },
        },
        ...people.map((account) => ({ username: account, enabled: true, groups: groupsOf(account) })),
      ],
    }),
  });
  if (!made.ok) throw new Error(`Keycloak does not take the realm ${realm}: ${made.status} ${await made.text()}`);
}
