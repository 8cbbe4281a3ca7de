/** What the login that runs statements of plans can do that it should not: only its rights stop a function of the database's own. */
import type { ClientBase } from 'pg';

export interface StatementLogin {
  login: string;
  /** Each a part of a sentence: `is a superuser`. */
  excess: string[];
  /** What bounds nothing of it; each a part of a sentence: `may open any number of connections`. */
  unbounded: string[];
  /** Schemas of its search_path in which others may create functions, each as an end of a sentence that begins with the login. */
  openSchemas: string[];
}

interface Row {
  login: string;
  superuser: boolean;
  createRole: boolean;
  replication: boolean;
  bypass: boolean;
  roles: string[];
  writable: number;
  connects: boolean;
  runsText: boolean;
  connections: number;
  temporaryFiles: string;
  /** Of its search path, in which somebody who is neither their owner nor a superuser may create functions. */
  openSchemas: string[];
}

const powers = [
  'pg_execute_server_program',
  'pg_read_server_files',
  'pg_write_server_files',
  'pg_signal_backend',
  'pg_monitor',
  'pg_read_all_stats',
  'pg_read_all_data',
  'pg_write_all_data',
  'pg_maintain',
  'pg_create_subscription',
];

export async function statementLogin(client: ClientBase): Promise<StatementLogin> {
  const {
    rows: [found],
  } = await client.query<Row>(
    `select current_user::text as login, r.rolsuper as superuser, r.rolcreaterole as "createRole", r.rolreplication as replication, r.rolbypassrls as bypass,
       array(select p.rolname::text from pg_catalog.pg_roles p where p.rolname = any($1::text[]::name[]) and pg_catalog.pg_has_role(r.oid, p.oid, 'MEMBER') order by 1) as roles,
       (select count(*)::int from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
          where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema') and pg_catalog.has_table_privilege(c.oid, 'insert, update, delete, truncate')) as writable,
       exists (select from pg_catalog.pg_proc f where f.proname in ('dblink', 'dblink_connect', 'dblink_exec') and pg_catalog.has_function_privilege(f.oid, 'execute')) as connects,
       exists (select from pg_catalog.pg_proc f where f.proname ~ '^(crosstab.*|connectby|xpath_table)$' and pg_catalog.has_function_privilege(f.oid, 'execute')) as "runsText",
       r.rolconnlimit as connections, pg_catalog.current_setting('temp_file_limit') as "temporaryFiles",
       array(select n.nspname::text from pg_catalog.pg_namespace n where n.nspname = any(pg_catalog.current_schemas(false)) and exists (
         select from pg_catalog.aclexplode(n.nspacl) a left join pg_catalog.pg_roles g on g.oid = a.grantee
         where a.privilege_type = 'CREATE' and a.grantee <> n.nspowner and g.rolsuper is not true) order by 1) as "openSchemas"
     from pg_catalog.pg_roles r where r.rolname = current_user`,
    [powers],
  );
  if (!found) throw new Error('PostgreSQL does not show the login that runs statements');
  const { login, superuser, createRole, replication, bypass, roles, writable, connects, runsText, connections, temporaryFiles, openSchemas } = found;
  const takesFrom = openSchemas.map((schema) => `takes functions from schema '${schema}' of its search_path, in which others may create them`);
  // A superuser can do all of the rest.
  if (superuser) return { login, excess: ['is a superuser'], unbounded: [], openSchemas: takesFrom };
  return {
    login,
    excess: [
      ...(createRole ? ['has CREATEROLE'] : []),
      ...(replication ? ['has REPLICATION'] : []),
      ...(bypass ? ['has BYPASSRLS'] : []),
      ...roles.map((role) => `is a member of ${role}`),
      ...(writable > 0 ? [`may change ${writable === 1 ? 'one table' : `${writable} tables`}`] : []),
      ...(connects ? ['may call dblink, which connects to other servers'] : []),
      ...(runsText ? ['may call functions of tablefunc or xml2 that run text as SQL'] : []),
    ],
    unbounded: [
      ...(connections === -1 ? ['may open any number of connections'] : []),
      ...(temporaryFiles === '-1' ? ['may fill the disk with temporary files (temp_file_limit is -1)'] : []),
    ],
    openSchemas: takesFrom,
  };
}
