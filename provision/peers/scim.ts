/** Two SCIM servers, which keep everything in memory: each start begins with the little company anew. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { findScim2Server } from '../find-scim2-server.ts';
import { removeScim2Server, startScim2Server, type ScimServer, type ScimServerOptions } from '../scim2-server.ts';
import { hasScimmy, removeScimmy, startScimmy } from '../scimmy.ts';
import type { Place } from '../rolewave.ts';
import { people, roles, type Peer } from './peer.ts';

interface Kind {
  name: string;
  folder: string;
  id: string;
  variable: string;
  port: number;
  /** How it is started here, or why it cannot be. */
  find(place: Place): Promise<((options: ScimServerOptions) => Promise<ScimServer>) | string>;
  remove(dir: string): Promise<void>;
}

const scim = ({ name, folder, id, variable, port, find, remove }: Kind): Peer => ({
  name,
  remove: (home) => remove(join(home, folder)),
  start: async (place) => {
    const { home, progress, onStart } = place;
    const begin = await find(place);
    if (typeof begin === 'string') return { missing: begin };
    const [rolewave, administrator] = [newToken(), newToken()];
    const step = progress.step(`Starting ${name}`, 'a second');
    try {
      const server = await begin({ dir: join(home, folder), tokens: [rolewave, administrator], port });
      onStart(name, server);
      await fill(server.baseUrl, administrator);
      step.done(`${server.host}:${server.port}`);
      const as = (token: string) => server.baseUrl.replace('://', `://bearer:${token}@`);
      return {
        logins: [
          {
            what: 'grants its groups; may do everything, because this server knows no lesser rights; what it has is lost when it ends',
            connectionString: as(rolewave),
            variable,
            site: [`- id: ${id}`, '  kind: scim', `  connection: { env: ${variable} }`, '  tls: none', '  groups: { soleWriter: true }'],
          },
          { what: 'administrator', connectionString: as(administrator) },
        ],
      };
    } catch (error) {
      step.failed('see the error below');
      throw error;
    }
  },
});

export const scim2Server = scim({
  name: 'scim2-server',
  folder: 'scim2-server',
  id: 'crm',
  variable: 'SCIM_URL',
  port: 8180,
  find: async ({ progress }) => {
    let missing = '';
    const python = await findScim2Server((reason) => (missing = reason), progress);
    return python === undefined ? missing : (options) => startScim2Server(python, options);
  },
  remove: removeScim2Server,
});

export const scimmy = scim({
  name: 'scimmy-routers',
  folder: 'scimmy',
  id: 'crm-careless',
  variable: 'SCIMMY_URL',
  port: 8181,
  find: async () => (hasScimmy() ? startScimmy : 'npm ci installs scimmy-routers, unless it leaves out what is for development'),
  remove: removeScimmy,
});

const newToken = () => randomBytes(24).toString('base64url');

async function fill(baseUrl: string, token: string): Promise<void> {
  const make = async (kind: 'User' | 'Group', attributes: object): Promise<string> => {
    const answer = await fetch(`${baseUrl}/${kind}s`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
      body: JSON.stringify({ schemas: [`urn:ietf:params:scim:schemas:core:2.0:${kind}`], ...attributes }),
    });
    if (!answer.ok) throw new Error(`${baseUrl}/${kind}s does not take ${JSON.stringify(attributes)}: ${answer.status} ${await answer.text()}`);
    return ((await answer.json()) as { id: string }).id;
  };
  const ids = new Map<string, string>();
  for (const account of people) ids.set(account, await make('User', { userName: account, active: true }));
  for (const { name, holders } of roles) await make('Group', { displayName: name, members: holders.map((account) => ({ value: ids.get(account) })) });
}
