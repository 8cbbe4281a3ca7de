/** Groups and roles: by the name that a plan has, or by the id that Keycloak gave them; and who holds them. */
import { z } from 'zod';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { userSchema, type Account, type Accounts } from './accounts.ts';
import { clientRoleName, readName, realmRoleName } from './names.ts';
import { allPages } from './pages.ts';
import type { Asked, KeycloakSession } from './session.ts';

interface Common {
  id: string;
  /** As a plan would name it, now. */
  name: string;
}
export interface Group extends Common {
  kind: 'group';
  parentId: string | undefined;
  attributes: Record<string, string[]>;
  /** By Keycloak's own word, whether Rolewave's login may change its members; undefined: Keycloak does not say. */
  mayManage: boolean | undefined;
}
export interface Role extends Common {
  kind: 'realm' | 'client';
  role: string;
  composite: boolean;
  /** Of a role of a client: the client. */
  client: Client | undefined;
}
export type Entitlement = Group | Role;
/** By which a person's list and the admin events know it. */
export type EntitlementKey = Pick<Group, 'kind' | 'id' | 'name'> | Pick<Role, 'kind' | 'id' | 'name' | 'client'>;

export interface Client {
  id: string;
  clientId: string;
}

const groupSchema = z.object({
  id: z.string().min(1),
  name: z.string(),
  path: z.string(),
  parentId: z.string().optional(),
  attributes: z.record(z.string(), z.array(z.string())).optional(),
  access: z.object({ manageMembership: z.boolean().optional() }).optional(),
});
export const roleSchema = z.object({
  id: z.string().min(1),
  name: z.string(),
  composite: z.boolean().default(false),
  clientRole: z.boolean().default(false),
  containerId: z.string().default(''),
});
export const clientSchema = z.object({ id: z.string().min(1), clientId: z.string() });

export class Entitlements {
  readonly #session: KeycloakSession;
  readonly #accounts: Accounts;

  constructor(session: KeycloakSession, accounts: Accounts) {
    this.#session = session;
    this.#accounts = accounts;
  }

  /** undefined: there is none of this name. */
  async named(name: string, signal?: AbortSignal): Promise<Entitlement | undefined> {
    const read = readName(name);
    const asked = (path: string[], query?: Asked['query']): Asked => ({ about: `role '${name}' cannot be read`, path, query, signal });
    if (!read) return undefined;
    if (read.kind === 'group') {
      const found = await this.#session.find(asked(['group-by-path', ...read.path.split('/').slice(1)]), groupSchema);
      // By its id: only there are its attributes and what Rolewave may do.
      return found?.path === name ? this.#group(found.id, name, signal) : undefined;
    }
    if (read.kind === 'realm') {
      const role = await this.#session.find(asked(['roles', read.role]), roleSchema);
      return role && role.name === read.role && !role.clientRole ? roleOf(role, undefined) : undefined;
    }
    const clients = await this.#session.get(asked(['clients'], { clientId: read.client, first: 0, max: 2 }), z.array(clientSchema).max(2));
    const client = clients.find(({ clientId }) => clientId === read.client);
    const role = client && (await this.#session.find(asked(['clients', client.id, 'roles', read.role]), roleSchema));
    return role && role.name === read.role ? roleOf(role, client) : undefined;
  }

  /** By its id, under whatever name it has now. `name`: what it was called, if that is known. */
  async ofId(id: string, name = '', signal?: AbortSignal): Promise<Entitlement | undefined> {
    const isRole = name !== '' && !name.startsWith('/');
    const first = isRole ? await this.#role(id, name, signal) : await this.#group(id, name, signal);
    return first ?? (isRole ? this.#group(id, name, signal) : this.#role(id, name, signal));
  }

  /** The group above it; undefined: none. */
  async above({ parentId, name }: Group, signal?: AbortSignal): Promise<Group | undefined> {
    if (parentId === undefined) return undefined;
    const found = await this.#group(parentId, name, signal);
    if (!found) throw new SystemUnavailable(`role '${name}' was moved while it was read`);
    return found;
  }

  /** All who hold it themselves: not those who have it through a group or a composite role. */
  async holders(of: Entitlement, signal?: AbortSignal): Promise<Account[]> {
    const about = `who holds '${of.name}' cannot be read`;
    const path =
      of.kind === 'group' ? ['groups', of.id, 'members'] : of.client ? ['clients', of.client.id, 'roles', of.role, 'users'] : ['roles', of.role, 'users'];
    const users = await allPages(about, (first, max) =>
      this.#session.get({ about, path, query: { first, max, briefRepresentation: true }, signal }, z.array(userSchema)),
    );
    return users.map((user) => this.#accounts.accountOf(user));
  }

  /** Whether this one person holds it themselves. */
  async isHeld(of: EntitlementKey, { id, name }: Pick<Account, 'id' | 'name'>): Promise<boolean> {
    const about = `what '${name}' holds cannot be read`;
    if (of.kind === 'group') {
      const isAmong = (groups: { id: string }[]) => groups.some((group) => group.id === of.id);
      const page = (first: number, max: number) =>
        this.#session.get({ about, path: ['users', id, 'groups'], query: { first, max, briefRepresentation: true } }, z.array(groupSchema));
      return isAmong(await allPages(about, page, undefined, isAmong));
    }
    const roles = await this.#session.get({ about, path: ['users', id, ...mappingPath(of)] }, z.array(roleSchema));
    return roles.some((role) => role.id === of.id);
  }

  async #group(id: string, name: string, signal: AbortSignal | undefined): Promise<Group | undefined> {
    const found = await this.#session.find({ about: `role '${name}' cannot be read`, path: ['groups', id], signal }, groupSchema);
    if (!found || found.id !== id) return undefined;
    const { path, parentId, attributes = {}, access } = found;
    return { kind: 'group', id, name: path, parentId, attributes, mayManage: access?.manageMembership };
  }

  async #role(id: string, name: string, signal: AbortSignal | undefined): Promise<Role | undefined> {
    const about = `role '${name}' cannot be read`;
    const role = await this.#session.find({ about, path: ['roles-by-id', id], signal }, roleSchema);
    if (!role || role.id !== id) return undefined;
    if (!role.clientRole) return roleOf(role, undefined);
    const client = await this.#session.find({ about, path: ['clients', role.containerId], signal }, clientSchema);
    return client && roleOf(role, client);
  }
}

const roleOf = ({ id, name, composite }: z.output<typeof roleSchema>, client: Client | undefined): Role => ({
  kind: client ? 'client' : 'realm',
  id,
  name: client ? clientRoleName(client.clientId, name) : realmRoleName(name),
  role: name,
  composite,
  client,
});

/** Of what was recorded, without reading it; undefined: of a role of a client, whose id is needed, nothing is known before it is read. */
export function recordedKey(id: string, name: string): EntitlementKey | undefined {
  const kind = readName(name)?.kind;
  if (kind === 'group') return { kind, id, name };
  return kind === 'realm' ? { kind, id, name, client: undefined } : undefined;
}

/** Below a person, where their roles of this kind are. */
export const mappingPath = ({ client }: Pick<Role, 'client'>): string[] => (client ? ['role-mappings', 'clients', client.id] : ['role-mappings', 'realm']);
