/** Groups as entitlements, with who is in them. */
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { operationsOn, type Entitlement, type Entitlements, type Place } from './entitlements.ts';
import { eachOf, withValues, type Kind } from './finding.ts';
import { listed } from './listing.ts';
import { idOf, isId, textOf, valuesIn, versionIn, type Resource } from './resource.ts';
import type { ScimSession } from './session.ts';
import type { ScimSettings } from './settings.ts';
import type { User, Users } from './users.ts';

export interface Group extends Entitlement {
  /** Changes with every change of the group; undefined where the server has no such thing. */
  version: string | undefined;
  /** Ids of those who are in it, each once: users, and whatever else a group may hold. */
  members: Set<string>;
}

export class Groups implements Entitlements<Group> {
  readonly #session: ScimSession;
  readonly #users: Users;
  readonly #name: ScimSettings['groups']['name'];
  readonly #kind: Kind;

  constructor(session: ScimSession, { groups: { name } }: Pick<ScimSettings, 'groups'>, users: Users) {
    this.#session = session;
    this.#users = users;
    this.#name = name;
    this.#kind = { of: 'Groups', attributes: [...new Set(['id', name])] };
  }

  /** All of them: complete or an error. Each is read by itself, because a list may leave members out. */
  async all(signal?: AbortSignal): Promise<Group[]> {
    const ids = ((await listed(this.#session, this.#kind, signal)) ?? []).map((resource) => idOf(resource, 'a group'));
    const groups = await eachOf(ids, signal, (id) => this.#ofId(id));
    // One that was deleted meanwhile is no longer there.
    return groups.filter((group) => group !== undefined);
  }

  async named(names: string[], signal?: AbortSignal): Promise<Map<string, Group>> {
    const ids = new Map<string, string>();
    for (const resource of await withValues(this.#session, this.#kind, this.#name, names, signal)) {
      const [id, name] = [idOf(resource, 'a group'), textOf(resource, this.#name) ?? ''];
      const other = ids.get(name);
      if (other !== undefined && other !== id)
        throw new Error(`two groups are called '${name}': ${other} and ${id}. Let the site file name groups by an attribute that is unique (groups.name)`);
      ids.set(name, id);
    }
    const groups = await this.ofIds([...ids.values()], signal);
    // Renamed or deleted meanwhile: not the one that was asked for.
    return new Map([...ids].flatMap(([name, id]) => [groups.get(id)].flatMap((group) => (group?.name === name ? [[name, group] as const] : []))));
  }

  async ofIds(ids: string[], signal?: AbortSignal): Promise<Map<string, Group>> {
    const found = new Map<string, Group>();
    for (const id of new Set(ids)) {
      signal?.throwIfAborted();
      const group = await this.#ofId(id);
      if (group) found.set(id, group);
    }
    return found;
  }

  async holders(all: Group[], signal?: AbortSignal): Promise<{ entitlement: Group; id: string; user: User | undefined }[]> {
    const known = await this.#users.ofIds([...new Set(all.flatMap(({ members }) => [...members]))], signal);
    return all.flatMap((group) => [...group.members].map((id) => ({ entitlement: group, id, user: known.get(id) })));
  }

  async isHeld(groupId: string, userId: string): Promise<boolean | undefined> {
    return (await this.#ofId(groupId))?.members.has(userId);
  }

  placeOf({ id, version }: Group, user: User): Place {
    return { path: `Groups/${encodeURIComponent(id)}`, version, ...operationsOn('members', user.id) };
  }

  /** As it is now; undefined where there is none. */
  async #ofId(id: string): Promise<Group | undefined> {
    if (!isId(id)) return undefined;
    const answer = await this.#session.get(`Groups/${encodeURIComponent(id)}`, `group ${id}`);
    if (!answer) return undefined;
    const { body, version } = answer;
    if (idOf(body, 'a group') !== id) throw new SystemUnavailable(`the SCIM server answered another group than ${id}, which was asked for`);
    const members = membersIn(body, id);
    return { id, name: textOf(body, this.#name) ?? id, version: version ?? versionIn(body), members, has: (user) => members.has(user.id) };
  }
}

/** All of them or an error: a member who is left out would be read as access that is missing. A careless server may list one twice. */
function membersIn(body: Resource, id: string): Set<string> {
  const members = valuesIn(body, 'members');
  if (!members) throw new SystemUnavailable(`the members of group ${id} could not be read: the answer is not a list of RFC 7643`);
  return members;
}
