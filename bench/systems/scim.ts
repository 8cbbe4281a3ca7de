/** A throw-away scim2-server, filled with people and groups, and the way to grant in it by hand: one PATCH for each person. Nothing of the connector. */
import type { ScimSettings } from '../../connectors/scim/settings.ts';
import { removeScim2Server, startScim2Server } from '../../provision/scim2-server.ts';
import { inParallel } from '../engine/side.ts';
import { packagesAtOnce, type Side, type Workload } from '../sides.ts';

const [rolewave, kim] = ['token-of-rolewave', 'token-of-kim'];
const schema = 'urn:ietf:params:scim:schemas:core:2.0';
const addedAtOnce = 8;

export interface ScimTarget {
  /** As a site file would say it. */
  settings: ScimSettings;
  addPeople(names: string[]): Promise<void>;
  addGroups(names: string[]): Promise<void>;
  members(group: string): Promise<number>;
  /** An administrator who knows all ids, reads nothing and works on as many packages at once as Rolewave does. */
  byPatch: Side;
  stop(): Promise<void>;
}

/** `python`: as `findScim2Server` has found it. */
export async function startScim(python: string, dir: string): Promise<ScimTarget> {
  const server = await startScim2Server(python, { dir, tokens: [rolewave, kim] });
  const ids = { Users: new Map<string, string>(), Groups: new Map<string, string>() };
  const ask = async (method: string, path: string, body?: object): Promise<{ id: string; members?: unknown[] }> => {
    const answer = await fetch(`${server.baseUrl}/${path}`, {
      method,
      headers: { authorization: `Bearer ${kim}`, 'content-type': 'application/scim+json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 200)}`);
    return text === '' ? { id: '' } : (JSON.parse(text) as { id: string });
  };
  const idOf = (kind: keyof typeof ids, name: string): string => {
    const id = ids[kind].get(name);
    if (id === undefined) throw new Error(`there is no '${name}' in the bench's SCIM server`);
    return id;
  };
  const add = (kind: keyof typeof ids, names: string[], attributesOf: (name: string) => object) =>
    inParallel(addedAtOnce, names, async (name) => {
      const { id } = await ask('POST', kind, { schemas: [`${schema}:${kind.slice(0, -1)}`], ...attributesOf(name) });
      ids[kind].set(name, id);
    });
  const patchAll = ({ packages }: Workload, operationOf: (user: string) => object) =>
    inParallel(packagesAtOnce, packages, async ({ roles, accounts }) => {
      for (const role of roles)
        for (const account of accounts)
          await ask('PATCH', `Groups/${idOf('Groups', role)}`, {
            schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
            Operations: [operationOf(idOf('Users', account))],
          });
    });
  return {
    settings: {
      baseUrl: server.baseUrl,
      credentials: { clientId: undefined, secret: rolewave },
      groups: { name: 'displayName', soleWriter: true },
      accounts: { name: 'userName' },
      breakGlass: [],
    },
    addPeople: (names) => add('Users', names, (userName) => ({ userName, active: true })),
    addGroups: (names) => add('Groups', names, (displayName) => ({ displayName })),
    members: async (group) => (await ask('GET', `Groups/${idOf('Groups', group)}`)).members?.length ?? 0,
    byPatch: {
      name: 'PATCH by hand',
      grant: (workload) => patchAll(workload, (user) => ({ op: 'add', path: 'members', value: [{ value: user }] })),
      rollBack: (workload) => patchAll(workload, (user) => ({ op: 'remove', path: `members[value eq "${user}"]` })),
      close: () => Promise.resolve(),
    },
    stop: async () => {
      await server.stop();
      await removeScim2Server(dir);
    },
  };
}
