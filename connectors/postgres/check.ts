/** Checks whether Rolewave can do its work on this server. One line per finding, for people. */
import type { PoolClient } from 'pg';
import { escapeIdentifier } from 'pg';
import { isPrivilegeName } from '../../domain/site/postgres-privileges.ts';
import type { CheckLine } from '../connector.ts';
import { privilegeLines } from './privileges/check.ts';
import { neverGranted, protectedRoles, type Protection } from './protected.ts';
import { mayGrantSql } from './rights.ts';
import { grantsAccess, keepsGrantorsApart } from './statements.ts';

interface ServerRow {
  version: string;
  number: number;
  login: string;
  superuser: boolean;
  createRole: boolean;
  /** In whose name a superuser's grants stand. */
  bootstrap: string;
  standby: boolean;
  readOnly: boolean;
}
interface RoleRow {
  oid: string;
  role: string;
  superuser: boolean;
  mayGrant: boolean;
  /** The login itself has the ADMIN OPTION. */
  direct: boolean;
  /** Groups with the ADMIN OPTION of which the login is a member: those whose rights it inherits, and the others. */
  through: string[];
  withoutRights: string[];
  /** Who gave access to others that this login may not revoke in their name, and to how many accounts. */
  foreign: { grantor: string; superuser: boolean; accounts: number }[];
}

export interface Asked {
  roles: string[];
  /** Those of them whose grants by others are to be retired. */
  retired: string[];
  /** Those of them that are known to be retired: to grant them may not be needed. */
  legacy: string[];
  protection: Protection;
  /** The work is to read, and nothing else is asked of the login. */
  onlyReading: boolean;
}

/** Reads only. */
export async function checkLines(
  client: PoolClient,
  { roles: all, retired, legacy, onlyReading, protection }: Asked,
): Promise<{ version: string; lines: CheckLine[] }> {
  const {
    rows: [server],
  } = await client.query<ServerRow>(`
      select current_setting('server_version') as version, current_setting('server_version_num')::int as number, current_user::text as login, r.rolsuper as superuser,
        r.rolcreaterole as "createRole", (select rolname::text from pg_catalog.pg_roles where oid = 10) as bootstrap,
        pg_is_in_recovery() as standby, current_setting('default_transaction_read_only')::boolean as "readOnly"
      from pg_catalog.pg_roles r where r.rolname = current_user`);
  if (!server) throw new Error('PostgreSQL does not show the login that Rolewave is signed in as');
  const [roles, privileges] = [all.filter((role) => !isPrivilegeName(role)), all.filter(isPrivilegeName)];
  const ofPrivileges = await privilegeLines(client, { roles: privileges, retired, legacy, onlyReading, version: server.number });
  const { rows } = await client.query<RoleRow>(roleSql(server.number), [roles]);
  const found = new Map(rows.map((row) => [row.role, row]));
  const granted = rows.filter(({ role }) => !retired.includes(role));
  const isProtected = await protectedRoles(
    client,
    granted.map(({ oid }) => oid),
    protection,
  );
  const never = granted.flatMap(({ oid, role }): CheckLine[] => {
    const why = isProtected.get(oid);
    return why === undefined ? [] : [{ state: 'wrong', text: neverGranted(role, why), fix: 'take it out of the plan' }];
  });
  const lines = onlyReading
    ? [...readingLines(server), ...roles.map((role) => readableLine(role, found.has(role)))]
    : [...serverLines(server), ...roles.flatMap((role) => roleLines(role, found.get(role), server, retired.includes(role))), ...never];
  return { version: `PostgreSQL ${server.version}`, lines: [...lines, ...ofPrivileges] };
}

const roleSql = (version: number) => `
  select r.oid::text as oid, r.rolname::text as role, r.rolsuper as superuser, ${mayGrantSql(version)} as "mayGrant", coalesce(admin.direct, false) as direct,
    coalesce(admin.through, '{}') as through, coalesce(admin.without_rights, '{}') as "withoutRights", coalesce(f.rows, '[]') as foreign
  from pg_catalog.pg_roles r join pg_catalog.pg_roles me on me.rolname = current_user
  cross join lateral (
    select bool_or(a.member = me.oid) as direct,
      array_agg(distinct g.rolname::text) filter (where a.member <> me.oid and pg_has_role(me.oid, a.member, 'USAGE')) as through,
      array_agg(distinct g.rolname::text) filter (where not pg_has_role(me.oid, a.member, 'USAGE')) as without_rights
    from pg_catalog.pg_auth_members a join pg_catalog.pg_roles g on g.oid = a.member
    where a.roleid = r.oid and a.admin_option and pg_has_role(me.oid, a.member, 'MEMBER') and not me.rolsuper
  ) admin
  cross join lateral (
    select json_agg(json_build_object('grantor', b.grantor, 'superuser', b.superuser, 'accounts', b.accounts) order by b.grantor) as rows from (
      select g.rolname::text as grantor, g.rolsuper as superuser, count(*) as accounts
      from pg_catalog.pg_auth_members a join pg_catalog.pg_roles g on g.oid = a.grantor
      where a.roleid = r.oid and a.member <> me.oid and ${grantsAccess} and not pg_has_role(me.oid, a.grantor, 'USAGE')
        and not (a.admin_option and pg_has_role(me.oid, a.member, 'USAGE'))
      group by 1, 2) b
  ) f
  where r.rolname = any($1::text[])`;

function readingLines({ version, login, superuser, readOnly }: ServerRow): CheckLine[] {
  const lines: CheckLine[] = [{ state: 'ok', text: `PostgreSQL ${version} answers; Rolewave is signed in as ${login}, and the session can only read` }];
  if (!readOnly)
    lines.push({
      state: 'wrong',
      text: 'the session is not read-only',
      fix: 'something between here and the server, such as a connection pooler, drops the startup option: connect directly',
    });
  if (superuser)
    lines.push({ state: 'warning', text: `${login} is a superuser`, fix: "to observe, a login that may only connect and read the metrics' tables is enough" });
  return lines;
}

const readableLine = (role: string, exists: boolean): CheckLine => (exists ? { state: 'ok', text: `who holds role ${role} can be read` } : missingRole(role));

const missingRole = (role: string): CheckLine => ({ state: 'wrong', text: `role ${role} does not exist`, fix: 'create it, or fix the plan' });

function serverLines({ version, number, login, superuser, createRole, bootstrap, standby, readOnly }: ServerRow): CheckLine[] {
  const lines: CheckLine[] = [{ state: 'ok', text: `PostgreSQL ${version} answers; Rolewave is signed in as ${login}` }];
  if (standby) lines.push({ state: 'wrong', text: 'this server is a standby and takes no changes', fix: 'put the primary into the connection string' });
  else if (readOnly)
    lines.push({
      state: 'wrong',
      text: 'transactions are read-only by default',
      fix: `ALTER ROLE ${escapeIdentifier(login)} SET default_transaction_read_only = off`,
    });
  if (superuser)
    lines.push({
      state: 'warning',
      text: `${login} is a superuser${keepsGrantorsApart(number) ? `: what it grants is granted in the name of ${bootstrap}, like the grants of every other superuser` : ''}`,
      fix: ownLogin,
    });
  else if (createRole)
    lines.push({
      state: 'warning',
      text: `${login} has CREATEROLE${keepsGrantorsApart(number) ? ', which Rolewave does not need' : ", and so may grant every role but a superuser's"}`,
      fix: `${ownLogin}: then ALTER ROLE ${escapeIdentifier(login)} NOCREATEROLE`,
    });
  if (!keepsGrantorsApart(number))
    lines.push({
      state: 'warning',
      text: `before PostgreSQL 16 a role can be held from one grantor only${superuser ? '' : `, and a grant that a rollback restores stands in the name of ${login}`}`,
      fix: 'nothing has to be done: Rolewave leaves grants that are not its own. PostgreSQL 16 and newer keep grantors apart',
    });
  return lines;
}

const ownLogin = "a login of Rolewave's own that has only the ADMIN OPTION on the plan's roles is enough, and safer";

function roleLines(role: string, found: RoleRow | undefined, server: ServerRow, isRetired: boolean): CheckLine[] {
  if (!found) return [missingRole(role)];
  return [grantLine(role, found, server), ...(isRetired ? foreignLines(role, found, server) : [])];
}

/** Whether the role can be granted, and in whose name; what this login grants, it may also revoke, as long as it has the same rights. */
function grantLine(
  role: string,
  { superuser, mayGrant, direct, through, withoutRights }: RoleRow,
  { login, number, superuser: all, createRole }: ServerRow,
): CheckLine {
  const options = keepsGrantorsApart(number) ? 'ADMIN TRUE, INHERIT FALSE, SET FALSE' : 'ADMIN OPTION';
  const grantAdmin = `GRANT ${escapeIdentifier(role)} TO ${escapeIdentifier(login)} WITH ${options}`;
  if (!mayGrant && superuser) return { state: 'wrong', text: `Rolewave may not grant role ${role}, which is a superuser`, fix: 'take it out of the plan' };
  if (!mayGrant)
    return {
      state: 'wrong',
      text: `Rolewave may not grant role ${role}${withoutRights.length > 0 ? `: it has the ADMIN OPTION through ${withoutRights.join(', ')} only, whose rights it does not inherit` : ''}`,
      fix: `let its administrator run ${grantAdmin}`,
    };
  // Before 16, everything that a login grants stands in its own name.
  if (keepsGrantorsApart(number) && !all && !direct)
    return {
      state: 'warning',
      text: `role ${role} is granted in the name of ${through.join(' or ')}: Rolewave has the ADMIN OPTION through that membership only, and without it can revoke nothing that it granted`,
      fix: `let its administrator run ${grantAdmin}`,
    };
  const byAttribute = !all && !direct && through.length === 0 && createRole ? ', by CREATEROLE alone' : '';
  return { state: 'ok', text: `role ${role} can be granted and revoked${byAttribute}` };
}

/** Before 16, anyone who may grant a role may revoke every grant of it. */
function foreignLines(role: string, { mayGrant, foreign }: RoleRow, { login, number }: ServerRow): CheckLine[] {
  if (!keepsGrantorsApart(number) || !mayGrant) return [];
  return foreign.map(({ grantor, superuser, accounts }) => ({
    state: 'warning' as const,
    text: `${grantor} has granted role ${role} to ${accounts === 1 ? 'one account' : `${accounts} accounts`}: Rolewave cannot retire such grants, because it may not act for ${grantor}`,
    fix: superuser
      ? `let ${grantor} revoke by hand those that the plan retires, or grant them again in another name`
      : `let an administrator run GRANT ${escapeIdentifier(grantor)} TO ${escapeIdentifier(login)} WITH INHERIT TRUE, SET FALSE`,
  }));
}
