/** For tests: what a throw-away SCIM server on this machine's loopback address offers, whichever it is, and its administrators. */
import { scimConnector } from '../../connectors/scim/connector.ts';
import type { ScimSettings } from '../../connectors/scim/settings.ts';
import { freePort } from '../../provision/free-port.ts';
import { wrongPassword, type Peer, type What } from '../connectors/peer.ts';

/** Each login's bearer token. */
export const tokens = { rolewave: 'token-of-rolewave', kim: 'token-of-kim' };

export interface TestScim {
  host: string;
  port: number;
  /** With the path. */
  baseUrl: string;
  /** Another administrator of users and groups. */
  kim: ScimAdmin;
  stop(): Promise<void>;
}

/** As a site file would say it, for Rolewave. */
export const scimSettings = ({ baseUrl }: Pick<TestScim, 'baseUrl'>, change: Partial<ScimSettings> = {}): ScimSettings => ({
  baseUrl,
  credentials: { clientId: undefined, secret: tokens.rolewave },
  groups: { name: 'displayName', soleWriter: true },
  accounts: { name: 'userName' },
  breakGlass: [],
  ...change,
});

type Kind = 'Users' | 'Groups';
interface Answered {
  id: string;
  members?: { value: string }[];
  Resources?: Answered[];
}
const patchSchema = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** Does by SCIM what administrators do, and knows by their names those whom it has made. */
export class ScimAdmin {
  readonly #baseUrl: string;
  readonly #token: string;
  readonly #ids = { Users: new Map<string, string>(), Groups: new Map<string, string>() };

  constructor(baseUrl: string, token = tokens.kim) {
    this.#baseUrl = baseUrl;
    this.#token = token;
  }

  async user(userName: string): Promise<string> {
    const { id } = await this.ask('POST', 'Users', { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName, active: true });
    this.#ids.Users.set(userName, id);
    return id;
  }

  async group(displayName: string): Promise<string> {
    const { id } = await this.ask('POST', 'Groups', { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], displayName });
    this.#ids.Groups.set(displayName, id);
    return id;
  }

  id(kind: Kind, name: string): string {
    const id = this.#ids[kind].get(name);
    if (id === undefined) throw new Error(`there is no ${name}`);
    return id;
  }

  /** The values of the attribute, as the server lists them. */
  async members(group: string): Promise<string[]> {
    const { members = [] } = await this.ask('GET', `Groups/${this.id('Groups', group)}`);
    return members.map(({ value }) => value);
  }

  add(group: string, user: string): Promise<unknown> {
    return this.patch('Groups', this.id('Groups', group), [{ op: 'add', path: 'members', value: [{ value: this.id('Users', user) }] }]);
  }

  async remove(group: string, user: string): Promise<void> {
    const id = this.id('Users', user);
    if ((await this.members(group)).includes(id)) await this.patch('Groups', this.id('Groups', group), [{ op: 'remove', path: `members[value eq "${id}"]` }]);
  }

  async rename(kind: Kind, name: string, now: string): Promise<void> {
    const id = this.id(kind, name);
    await this.patch(kind, id, [{ op: 'replace', path: kind === 'Users' ? 'userName' : 'displayName', value: now }]);
    this.#ids[kind].delete(name);
    this.#ids[kind].set(now, id);
  }

  deactivate(user: string): Promise<unknown> {
    return this.patch('Users', this.id('Users', user), [{ op: 'replace', path: 'active', value: false }]);
  }

  /** As a careful administrator does it: with what the person holds. */
  async drop(kind: Kind, name: string): Promise<void> {
    if (kind === 'Users') {
      const id = this.id('Users', name);
      const { Resources: groups = [] } = await this.ask('GET', 'Groups?count=1000');
      const held = groups.filter(({ members = [] }) => members.some(({ value }) => value === id));
      for (const group of held) await this.patch('Groups', group.id, [{ op: 'remove', path: `members[value eq "${id}"]` }]);
    }
    await this.ask('DELETE', `${kind}/${this.id(kind, name)}`);
    this.#ids[kind].delete(name);
  }

  patch(kind: Kind, id: string, operations: object[]): Promise<unknown> {
    return this.ask('PATCH', `${kind}/${id}`, { schemas: [patchSchema], Operations: operations });
  }

  async ask(method: string, path: string, body?: object): Promise<Answered> {
    const answer = await fetch(`${this.#baseUrl}/${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/scim+json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? { id: '' } : (JSON.parse(text) as Answered);
  }
}

/** A peer of the contract suite. */
export async function scimPeer(server: TestScim): Promise<Peer> {
  const { kim } = server;
  const settings = scimSettings(server);
  const nobody = await freePort();
  const options = { settleMs: 1_000 };
  const at = (host: string, port: number) =>
    scimConnector({ ...settings, baseUrl: server.baseUrl.replace(`${server.host}:${server.port}`, `${host}:${port}`) }, options);
  const connector = scimConnector(settings, options);
  let count = 0;
  const next = (what: string) => `${what} ${(count += 1)}`;
  const kindOf = (what: What): Kind => (what === 'role' ? 'Groups' : 'Users');
  const drop = (what: What, name: string) => kim.drop(kindOf(what), name);
  return {
    connector,
    another: () => scimConnector(settings, options),
    unreachable: () => at(server.host, nobody),
    refused: () => scimConnector({ ...settings, credentials: { clientId: undefined, secret: wrongPassword } }, options),
    network: { host: server.host, port: server.port, at },
    role: async () => {
      const name = next('role');
      await kim.group(name);
      return name;
    },
    accounts: async (many) => {
      const names = Array.from({ length: many }, () => next('person'));
      await Promise.all(names.map((name) => kim.user(name)));
      return names;
    },
    grant: async (role, account) => void (await kim.add(role, account)),
    revokeAll: (role, account) => kim.remove(role, account),
    rename: async (what, name) => {
      const now = next(what === 'role' ? 'role' : 'person');
      await kim.rename(kindOf(what), name, now);
      return now;
    },
    drop,
    recreate: async (what, name) => {
      await drop(what, name);
      await (what === 'role' ? kim.group(name) : kim.user(name));
    },
    lock: async (account) => void (await kim.deactivate(account)),
    close: async () => {
      await connector.close();
      await server.stop();
    },
  };
}
