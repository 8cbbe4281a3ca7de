/**
 * Values of an attribute of users as entitlements: `roles` or `entitlements` (RFC 7643, 4.1.2). A server keeps no list of the values that it knows, so that the site
 * file has one; and which users have a value is known by reading all of them.
 */
import { operationsOn, type Entitlement, type Entitlements, type Place } from './entitlements.ts';
import type { ScimSettings } from './settings.ts';
import type { User, Users } from './users.ts';

export class AttributeValues implements Entitlements {
  readonly #attribute: NonNullable<ScimSettings['attribute']>;
  readonly #users: Users;

  constructor(attribute: NonNullable<ScimSettings['attribute']>, users: Users) {
    this.#attribute = attribute;
    this.#users = users;
  }

  async named(names: string[]): Promise<Map<string, Entitlement>> {
    return new Map(names.map((name) => [name, this.#value(name)] as const).filter(([, { isClosed }]) => !isClosed));
  }

  /** A value is its own id. One that the site file no longer lists is still what it was. */
  async ofIds(ids: string[]): Promise<Map<string, Entitlement>> {
    return new Map(ids.map((id) => [id, this.#value(id)]));
  }

  async holders(all: Entitlement[], signal?: AbortSignal): Promise<{ entitlement: Entitlement; id: string; user: User }[]> {
    if (all.length === 0) return [];
    const users = await this.#users.all(signal);
    return all.flatMap((entitlement) => users.filter((user) => entitlement.has(user)).map((user) => ({ entitlement, id: user.id, user })));
  }

  async isHeld(value: string, userId: string): Promise<boolean | undefined> {
    return (await this.#users.ofIds([userId])).get(userId)?.values.has(value);
  }

  placeOf({ id: value }: Entitlement, { id, version }: User): Place {
    return { path: `Users/${encodeURIComponent(id)}`, version, ...operationsOn(this.#attribute.name, value) };
  }

  #value(value: string): Entitlement {
    return { id: value, name: value, isClosed: !this.#attribute.values.includes(value), has: ({ values }) => values.has(value) };
  }
}
