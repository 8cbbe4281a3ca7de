/** Who holds which roles and privileges, and what these are, in one snapshot. */
import type { ClientBase } from 'pg';
import { isPrivilegeName } from '../../domain/site/postgres-privileges.ts';
import type { ActualGrant, RoleContent } from '../connector.ts';
import { grantsOf } from './memberships.ts';
import { isName, isOid } from './names.ts';
import { privilegeContents } from './privileges/content.ts';
import { holdings } from './privileges/holdings.ts';
import { inOtherDatabases, isPrivilegeId, objectsOf } from './privileges/objects.ts';
import { holdersStatement } from './privileges/statements.ts';
import { absentRole, roleContents } from './role-content.ts';
import { membersStatement } from './statements.ts';

interface Asked {
  /** Names of roles and of privileges. */
  roles: string[];
  /** Grants of these too, under whatever names they have now. */
  roleIds: string[];
  /** Contents are left out. */
  grantsOnly: boolean;
  /** server_version_num. */
  version: number;
}

export async function entitlementsOf(
  client: ClientBase,
  { roles, roleIds, grantsOnly, version }: Asked,
): Promise<{ roles: RoleContent[]; grants: ActualGrant[]; outOfReach?: string[] }> {
  const ofRoles = roles.filter((role) => isName(role) && !isPrivilegeName(role));
  const privileges = roles.filter(isPrivilegeName);
  const ids = roleIds.filter(isPrivilegeId);
  const objects = await objectsOf(client, { names: privileges, oids: ids });
  const outOfReach = await inOtherDatabases(client, ids);
  const named = privileges.flatMap((role) => objects.named(role) ?? []);
  const held = new Map([...named, ...ids.flatMap((id) => objects.ofId(id) ?? [])].map((on) => [on.id, on]));
  const contents = grantsOnly ? [] : [...(await roleContents(client, ofRoles, version)), ...(await privilegeContents(client, named))];
  const known = new Map(contents.map((content) => [content.role, content]));
  return {
    roles: grantsOnly ? [] : roles.map((role) => known.get(role) ?? absentRole(role)),
    grants: [...(await grantsOf(client, { names: ofRoles, oids: roleIds.filter(isOid) }, version)), ...(await holdings(client, [...held.values()], 'asList'))],
    ...(outOfReach.length > 0 ? { outOfReach } : {}),
  };
}

/** For a person to paste into psql: who holds the roles and privileges, and who granted them. */
export function statementForPeople(roles: string[]): string {
  const ofPrivileges = holdersStatement(roles);
  const ofRoles = roles.filter((role) => !isPrivilegeName(role));
  if (ofPrivileges === '') return membersStatement(ofRoles);
  if (ofRoles.length === 0) return ofPrivileges;
  const [one, other] = [membersStatement(ofRoles), ofPrivileges].map((statement) => statement.replace(/;$/, ''));
  return `select * from (${one}) as of_roles union all select * from (${other}) as of_privileges order by 1, 2, 3;`;
}
