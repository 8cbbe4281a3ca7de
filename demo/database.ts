/**
 * The demonstration's ERP database: created in the demonstration's PostgreSQL (roles, logins, tables, grants; see database.sql), and read
 * back to show that a rollback restored it.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';

const database = 'erp';
const logins = ['rolewave_svc', 'dba_kim', 'records_admin', 'erp_application'] as const;
export type Login = (typeof logins)[number];

export interface ErpDatabase {
  /** Connection string of each login; the passwords are new at every start and are never stored. */
  url: Record<Login, string>;
  /** As the superuser: only for reading the catalog. */
  superuserUrl: string;
}

/** Creates what is missing and changes nothing else. `superuserUrl` names any database of the cluster. */
export async function prepareErp(superuserUrl: string): Promise<ErpDatabase> {
  await withClient(superuserUrl, async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
    if (rowCount === 0) await client.query(`create database ${database}`);
  });
  const erpUrl = inDatabase(superuserUrl);
  const passwords = Object.fromEntries(logins.map((login) => [login, randomBytes(24).toString('base64url')])) as Record<Login, string>;
  await withClient(erpUrl, async (client) => {
    await client.query('begin');
    await client.query(readFileSync(new URL('database.sql', import.meta.url), 'utf8'));
    for (const login of logins) await client.query(`alter role ${client.escapeIdentifier(login)} password ${client.escapeLiteral(passwords[login])}`);
    await client.query('commit');
  });
  const url = Object.fromEntries(logins.map((login) => [login, asLogin(erpUrl, login, passwords[login])])) as Record<Login, string>;
  return { url, superuserUrl: erpUrl };
}

/** The service desk's roles, on a machine without a directory. Creates what is missing and changes nothing else. */
export async function addDeskRoles({ superuserUrl }: ErpDatabase): Promise<void> {
  await withClient(superuserUrl, (client) => client.query(readFileSync(new URL('desk-roles.sql', import.meta.url), 'utf8')));
}

/** Who holds the roles, one line each: 'wh_stock_count → awa.diop, granted by dba_kim'. */
export async function holders(url: string, roles: string[]): Promise<string[]> {
  return (await grantsOf(url, roles)).map(({ role, account, grantor }) => `${role} → ${account}, granted by ${grantor}`);
}

/** Who holds the roles. Administrators of a role do not hold it. */
export async function grantsOf(url: string, roles: string[]): Promise<{ role: string; account: string; grantor: string }[]> {
  return withClient(url, async (client) => {
    const answer = await client.query<{ role: string; account: string; grantor: string }>(
      `select r.rolname as role, m.rolname as account, g.rolname as grantor
         from pg_auth_members a join pg_roles r on r.oid = a.roleid join pg_roles m on m.oid = a.member join pg_roles g on g.oid = a.grantor
        where r.rolname = any($1) and (a.inherit_option or a.set_option)
        order by 1, 2, 3`,
      [roles],
    );
    return answer.rows;
  });
}

/** Runs one statement as one login, like a person at a terminal. */
export async function runAs(url: string, statement: string): Promise<Record<string, unknown>[]> {
  return withClient(url, async (client) => (await client.query<Record<string, unknown>>(statement)).rows);
}

async function withClient<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString, application_name: 'rolewave demo' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function inDatabase(url: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

function asLogin(url: string, login: string, password: string): string {
  const changed = new URL(url);
  changed.username = login;
  changed.password = password;
  return changed.href;
}
