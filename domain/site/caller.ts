/** Who asks: a person by the id in their token, and the groups that the identity provider says they are in. */
import type { Principals } from './schema.ts';

export interface Caller {
  id: string;
  groups: string[];
}

/** Also in the same groups: what somebody may read depends on both. */
export const isSameCaller = (one: Caller, other: Caller): boolean =>
  one.id === other.id && one.groups.length === other.groups.length && one.groups.every((group) => other.groups.includes(group));

export const isAmong = ({ people, groups }: Principals, caller: Caller): boolean =>
  people.includes(caller.id) || caller.groups.some((group) => groups.includes(group));
