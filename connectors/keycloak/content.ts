/** What a group or role can do, as far as Keycloak knows it: all roles that come with it, and attributes of groups, which tokens may show. */
import { z } from 'zod';
import { sha256Hex } from '../../domain/canonical.ts';
import type { RoleContent } from '../connector.ts';
import { KeycloakForbids } from './answers.ts';
import { clientSchema, roleSchema, type Entitlement, type Entitlements, type Group } from './entitlements.ts';
import type { KeycloakSession } from './session.ts';
import type { KeycloakSettings } from './settings.ts';

export interface Content extends RoleContent {
  /** Rights over Keycloak itself that come with it; undefined: none. */
  administers: string | undefined;
}

export const absent = (role: string): Content => ({
  role,
  exists: false,
  digest: sha256Hex({ exists: false, privileges: [] }),
  privileges: [],
  administers: undefined,
});

const mappingsSchema = z.object({
  realmMappings: z.array(roleSchema).optional(),
  clientMappings: z.record(z.string(), z.object({ mappings: z.array(roleSchema) })).optional(),
});
type AnyRole = z.output<typeof roleSchema>;

/** Characters of an id: enough to tell two that had one name. */
const idShown = 8;

/** More come with nothing that a person could review. */
const mostRoles = 5_000;
const mostParents = 100;

export class Contents {
  readonly #session: KeycloakSession;
  readonly #settings: KeycloakSettings;
  readonly #entitlements: Entitlements;

  constructor(session: KeycloakSession, settings: KeycloakSettings, entitlements: Entitlements) {
    this.#session = session;
    this.#settings = settings;
    this.#entitlements = entitlements;
  }

  async of(entitlement: Entitlement, signal?: AbortSignal): Promise<Content> {
    const about = `what '${entitlement.name}' can do cannot be read`;
    const { roles: first, attributes } = entitlement.kind === 'group' ? await this.#ofGroup(entitlement, about, signal) : { roles: [], attributes: [] };
    const own: AnyRole[] =
      entitlement.kind === 'group'
        ? []
        : [
            {
              id: entitlement.id,
              name: entitlement.role,
              composite: entitlement.composite,
              clientRole: entitlement.kind === 'client',
              containerId: entitlement.client?.id ?? '',
            },
          ];
    const all = await this.#closure([...first, ...own], about, signal);
    const lines = new Map<string, string>();
    const administration: string[] = [];
    for (const role of all.values()) {
      const client = role.clientRole ? await this.#clientOf(role.containerId, about, signal) : undefined;
      const line = client === undefined ? `role ${role.name}` : `role ${role.name} of client ${client}`;
      if (role.id !== entitlement.id) lines.set(role.id, `${line} (${role.id.slice(0, idShown)})`);
      if (this.#isAdministration(role, client)) administration.push(line);
    }
    const privileges = [...lines.values(), ...attributes].toSorted();
    // One that was made again under the same name is another one, which its id tells.
    const digest = sha256Hex({ exists: true, privileges });
    return { role: entitlement.name, exists: true, id: entitlement.id, digest, privileges, administers: administration.toSorted()[0] };
  }

  /** Rejects where Rolewave's login would see only a part of what comes with a group: Keycloak leaves out roles of clients that the login may not see. */
  async assertSeesClients(signal?: AbortSignal): Promise<void> {
    if (!(await this.seesClients(signal)))
      throw new Error(
        "Rolewave's login may not see the clients of the realm, and so only a part of what groups and roles can do: give it the role view-clients of the client realm-management",
      );
  }

  async seesClients(signal?: AbortSignal): Promise<boolean> {
    const own = this.#ownClient;
    const query = { clientId: own, first: 0, max: 1 };
    const found = await this.#session
      .get({ about: 'clients of the realm cannot be read', path: ['clients'], query, signal }, z.array(clientSchema))
      .catch((error: unknown) => {
        if (error instanceof KeycloakForbids) return [];
        throw error;
      });
    return found.some(({ clientId }) => clientId === own);
  }

  /** Every realm has a client of which the roles are rights over the realm. */
  get #ownClient(): string {
    return this.#settings.realm === 'master' ? 'master-realm' : 'realm-management';
  }

  #isAdministration({ name }: AnyRole, client: string | undefined): boolean {
    if (this.#settings.realm === 'master') return client === undefined ? ['admin', 'create-realm'].includes(name) : client.endsWith('-realm');
    return client === 'realm-management';
  }

  /** With what comes from the groups above it. */
  async #ofGroup(group: Group, about: string, signal: AbortSignal | undefined) {
    const roles: AnyRole[] = [];
    const attributes: string[] = [];
    let above: Group | undefined = group;
    for (let depth = 0; above; depth++) {
      if (depth > mostParents) throw new Error(`${about}: it is below more than ${mostParents} groups`);
      const { realmMappings = [], clientMappings = {} } = await this.#session.get(
        { about, path: ['groups', above.id, 'role-mappings'], signal },
        mappingsSchema,
      );
      roles.push(...realmMappings, ...Object.values(clientMappings).flatMap(({ mappings }) => mappings));
      for (const [name, values] of Object.entries(above.attributes)) attributes.push(...values.map((value) => `attribute ${name}: ${value}`));
      above = await this.#entitlements.above(above, signal);
    }
    return { roles, attributes };
  }

  async #closure(first: AnyRole[], about: string, signal: AbortSignal | undefined): Promise<Map<string, AnyRole>> {
    const all = new Map(first.map((role) => [role.id, role]));
    // A map hands out what is added while it is walked.
    for (const role of all.values()) {
      if (!role.composite) continue;
      const inside = await this.#session.get({ about, path: ['roles-by-id', role.id, 'composites'], signal }, z.array(roleSchema));
      for (const each of inside) if (!all.has(each.id)) all.set(each.id, each);
      if (all.size > mostRoles) throw new Error(`${about}: more than ${mostRoles} roles come with it`);
    }
    return all;
  }

  /** The client's own name by its id; the names do not change while one thing is read. */
  readonly #clients = new Map<string, { name: string; atMs: number }>();

  async #clientOf(id: string, about: string, signal: AbortSignal | undefined): Promise<string> {
    const known = this.#clients.get(id);
    if (known && Date.now() - known.atMs < 10_000) return known.name;
    const client = await this.#session.find({ about, path: ['clients', id], signal }, clientSchema);
    const name = client?.clientId ?? id;
    this.#clients.set(id, { name, atMs: Date.now() });
    return name;
  }
}
