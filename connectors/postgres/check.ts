/** Checks whether Rolewave can do its work on this server. One line per finding, for people. */
import type { PoolClient } from 'pg';
import { escapeIdentifier } from 'pg';
import type { CheckLine } from '../connector.ts';
import { keepsGrantorsApart } from './statements.ts';

interface ServerRow {
  version: string;
  number: number;
  login: string;
  superuser: boolean;
  standby: boolean;
  readOnly: boolean;
}
interface RoleRow {
  role: string;
  mayGrant: boolean;
  grantors: string[];
}

/** Reads only. `onlyReading`: Rolewave only reads this system, so the login needs nothing more. */
export async function checkLines(client: PoolClient, roles: string[], onlyReading = false): Promise<{ version: string; lines: CheckLine[] }> {
  const {
    rows: [server],
  } = await client.query<ServerRow>(`
      select current_setting('server_version') as version, current_setting('server_version_num')::int as number, current_user::text as login, r.rolsuper as superuser,
        pg_is_in_recovery() as standby, current_setting('default_transaction_read_only')::boolean as "readOnly"
      from pg_catalog.pg_roles r where r.rolname = current_user`);
  if (!server) throw new Error('PostgreSQL does not show the login that Rolewave is signed in as');
  // Before 16, CREATEROLE alone allows granting any role that is not a superuser.
  const { rows } = await client.query<RoleRow>(
    `select r.rolname::text as role,
       (me.rolsuper or ($2 and me.rolcreaterole and not r.rolsuper) or exists (
         select from pg_catalog.pg_auth_members a where a.roleid = r.oid and a.admin_option and pg_has_role(me.oid, a.member, 'USAGE'))) as "mayGrant",
       array(select distinct g.rolname::text from pg_catalog.pg_auth_members a join pg_catalog.pg_roles g on g.oid = a.grantor
         where a.roleid = r.oid and a.member <> me.oid and not pg_has_role(me.oid, a.grantor, 'USAGE') order by 1) as grantors
     from pg_catalog.pg_roles r join pg_catalog.pg_roles me on me.rolname = current_user where r.rolname = any($1::text[])`,
    [roles, !keepsGrantorsApart(server.number)],
  );
  const found = new Map(rows.map((row) => [row.role, row]));
  const lines = onlyReading
    ? [...readingLines(server), ...roles.map((role) => readableLine(role, found.has(role)))]
    : [...serverLines(server), ...roles.flatMap((role) => roleLines(role, found.get(role), server))];
  return { version: `PostgreSQL ${server.version}`, lines };
}

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

function serverLines({ version, number, login, superuser, standby, readOnly }: ServerRow): CheckLine[] {
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
      text: `${login} is a superuser`,
      fix: "a login of Rolewave's own that has only the ADMIN OPTION on the plan's roles is enough, and safer",
    });
  if (!keepsGrantorsApart(number))
    lines.push({
      state: 'warning',
      text: 'before PostgreSQL 16 a role can be held from one grantor only',
      fix: 'Rolewave leaves grants that are not its own',
    });
  return lines;
}

function roleLines(role: string, found: RoleRow | undefined, { login, number, superuser }: ServerRow): CheckLine[] {
  if (!found) return [missingRole(role)];
  const options = keepsGrantorsApart(number) ? 'ADMIN TRUE, INHERIT FALSE, SET FALSE' : 'ADMIN OPTION';
  const lines: CheckLine[] = [
    found.mayGrant
      ? { state: 'ok', text: `role ${role} can be granted and revoked` }
      : {
          state: 'wrong',
          text: `Rolewave may not grant role ${role}`,
          fix: `let its administrator run GRANT ${escapeIdentifier(role)} TO ${escapeIdentifier(login)} WITH ${options}`,
        },
  ];
  if (found.grantors.length > 0 && !superuser)
    lines.push({
      state: 'ok',
      text: `role ${role} was also granted by ${found.grantors.join(', ')}; to retire those grants as legacy access, Rolewave's login would have to be a member of ${found.grantors.length > 1 ? 'each of them' : found.grantors[0]}`,
    });
  return lines;
}
