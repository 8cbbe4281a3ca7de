/** Accounts: the users of a SCIM server, by what plans call them and by their ids. */
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { withIds, withValues, type Kind } from './finding.ts';
import { listed } from './listing.ts';
import { idOf, textOf, valueOf, valuesIn, versionIn, type Resource } from './resource.ts';
import type { ScimSession } from './session.ts';
import type { ScimSettings } from './settings.ts';

export interface User {
  id: string;
  name: string;
  /** May not sign in. */
  locked: boolean;
  /** Of the attribute that the system grants, where it grants one. */
  values: Set<string>;
  version: string | undefined;
}

export class Users {
  readonly #session: ScimSession;
  readonly #name: ScimSettings['accounts']['name'];
  readonly #attribute: string | undefined;
  readonly #kind: Kind;

  constructor(session: ScimSession, { accounts: { name }, attribute }: Pick<ScimSettings, 'accounts' | 'attribute'>) {
    this.#session = session;
    this.#name = name;
    this.#attribute = attribute?.name;
    // Some servers answer an error where they are asked for an attribute that a user does not have.
    const keeps = [...new Set(['id', name, 'active', ...(attribute ? [attribute.name] : [])])];
    this.#kind = { of: 'Users', attributes: attribute ? undefined : keeps, keeps };
  }

  /** Complete or an error. */
  async all(signal?: AbortSignal): Promise<User[]> {
    return ((await listed(this.#session, this.#kind, signal)) ?? []).map((resource) => this.#user(resource));
  }

  /** By the names that were asked for; those of them that exist. Rejects where a name is two people's. */
  async named(names: string[], signal?: AbortSignal): Promise<Map<string, User>> {
    const found = new Map<string, User>();
    for (const resource of await withValues(this.#session, this.#kind, this.#name, names, signal)) {
      const user = this.#user(resource);
      const other = found.get(user.name);
      if (other && other.id !== user.id)
        throw new Error(`two accounts are called '${user.name}': ${other.id} and ${user.id}. Name accounts by an attribute that is unique`);
      found.set(user.name, user);
    }
    return found;
  }

  /** By id; under whatever names they have now. */
  async ofIds(ids: string[], signal?: AbortSignal): Promise<Map<string, User>> {
    const resources = await withIds(this.#session, this.#kind, ids, signal);
    return new Map(resources.map((resource) => this.#user(resource)).map((user) => [user.id, user]));
  }

  #user(resource: Resource): User {
    const id = idOf(resource, 'a user');
    const values = this.#attribute === undefined ? new Set<string>() : valuesIn(resource, this.#attribute);
    if (!values) throw new SystemUnavailable(`the ${this.#attribute} of user ${id} could not be read: the answer is not a list of RFC 7643`);
    const version = versionIn(resource);
    return { id, name: textOf(resource, this.#name) ?? id, locked: valueOf(resource, 'active') === false, values, version };
  }
}
