/** Kinds of groups: RFC 4519 (groupOfNames, groupOfUniqueNames), RFC 2307 (posixGroup), and Active Directory's. */
import type { Entry } from 'ldapts';
import { valuesOf } from './session.ts';

/** How a kind of group has its members. */
export interface Form {
  objectClass: string;
  attribute: string;
  /** Members are written as DNs; otherwise as uids. */
  byDn: boolean;
  /** The schema wants one member at least. */
  needsMember: boolean;
}

export const forms: Form[] = [
  { objectClass: 'groupofnames', attribute: 'member', byDn: true, needsMember: true },
  { objectClass: 'groupofuniquenames', attribute: 'uniqueMember', byDn: true, needsMember: true },
  { objectClass: 'group', attribute: 'member', byDn: true, needsMember: false },
  { objectClass: 'posixgroup', attribute: 'memberUid', byDn: false, needsMember: false },
];

/** Undefined: it is no group. */
export function formOf(entry: Entry): Form | undefined {
  const classes = new Set(valuesOf(entry, 'objectClass').map((each) => each.toLowerCase()));
  return forms.find(({ objectClass }) => classes.has(objectClass));
}
