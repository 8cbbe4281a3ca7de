/** What a SCIM server can grant: being a member of a group, or having a value of an attribute of users. */
import type { Operation } from './session.ts';
import type { User } from './users.ts';

export interface Entitlement {
  /** Of a group; or the value itself. */
  id: string;
  name: string;
  /** It is only known from a record: what was granted of it can go, and nothing more is granted. */
  isClosed?: boolean;
  has(user: User): boolean;
}

/** Where a grant is written. */
export interface Place {
  /** Below the base address. */
  path: string;
  /** As it was read; undefined where the server has no such thing. */
  version: string | undefined;
  add: Operation;
  remove: Operation;
}

export interface Entitlements<E extends Entitlement = Entitlement> {
  /** By the names that were asked for; those of them that exist. Rejects where a name is two entitlements'. */
  named(names: string[], signal?: AbortSignal): Promise<Map<string, E>>;
  /** By id; under whatever names they have now. Those of them that exist. */
  ofIds(ids: string[], signal?: AbortSignal): Promise<Map<string, E>>;
  /** Everybody who has them: all of them or an error. `user` undefined: it is no user, and has this id. */
  holders(all: E[], signal?: AbortSignal): Promise<{ entitlement: E; id: string; user: User | undefined }[]>;
  /** Whether the user has it, read now; undefined: the entitlement, or the user who would have it, no longer exists. */
  isHeld(entitlementId: string, userId: string): Promise<boolean | undefined>;
  placeOf(entitlement: E, user: User): Place;
}

/** One value more, or that one value less. Never an attribute without the filter: a server that does not know the form removes every value. */
export const operationsOn = (attribute: string, value: string): Pick<Place, 'add' | 'remove'> => ({
  add: { op: 'add', path: attribute, value: [{ value }] },
  remove: { op: 'remove', path: `${attribute}[value eq ${JSON.stringify(value)}]` },
});
