/** Who asks: a person by the id in their token, and the groups that the identity provider says they are in. */
import type { Principals } from './schema.ts';

export interface Caller {
  id: string;
  groups: string[];
}

export const isAmong = ({ people, groups }: Principals, caller: Caller): boolean =>
  people.includes(caller.id) || caller.groups.some((group) => groups.includes(group));
