/** For tests: a separate PostgreSQL server with a small company in it. Roles belong to the whole server, so a test can know all of them only if it does not share the server. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { removePostgres, startPostgres } from '../../provision/postgres.ts';
import { silent } from '../../provision/progress.ts';
import { makeOwnFolder } from './own-folder.ts';

export interface Company {
  /** Superuser's connection string. */
  url: string;
  urlOf(database: string): string;
  /** The connection string of a login. `password`: by default the one of all logins here. */
  urlAs(login: string, password?: string): string;
  run<R extends object>(sql: string): Promise<R[]>;
  /** All memberships as text. Any change of access changes it. */
  memberships(): Promise<string>;
  close(): Promise<void>;
}

export const password = 'only-for-these-tests';

/** An empty server; connects to `database`. */
export async function startCompany(database = 'books'): Promise<Company> {
  const home = await makeOwnFolder();
  const dir = join(home, 'postgres');
  const server = await startPostgres({ dir, port: 0, throwaway: true, databases: [database], progress: silent });
  const url = server.urlOf(database);
  const run = async <R extends object>(sql: string) => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      const result = await client.query<R>(sql);
      return result.rows;
    } finally {
      await client.end();
    }
  };
  return {
    url,
    urlOf: server.urlOf,
    urlAs: (login, given = password) => {
      const other = new URL(url);
      other.username = encodeURIComponent(login);
      other.password = encodeURIComponent(given);
      return other.href;
    },
    run,
    memberships: async () =>
      JSON.stringify(
        await run(
          'select roleid::regrole::text as role, member::regrole::text as member, grantor::regrole::text as grantor, admin_option, inherit_option, set_option, xmin::text from pg_auth_members order by 1, 2, 3',
        ),
      ),
    close: async () => {
      await server.stop();
      await removePostgres(dir);
      await rm(home, { recursive: true, force: true });
    },
  };
}

/**
 * Creates the role fin_close, held by anna.berg (who may grant it), Bruno.K and the group night_shift, and fin_all, held by the
 * first two and by carla; `reader` may connect and nothing else; fin_new is held by nobody.
 */
export const hire = (company: Company): Promise<object[]> =>
  company.run(`
    create role fin_close; create role fin_all; create role fin_new; create role night_shift;
    comment on role fin_close is 'Runs the month-end close: accruals and allocations';
    create role "anna.berg" login password '${password}'; create role "Bruno.K" login password '${password}';
    create role carla login password '${password}'; create role reader login password '${password}';
    create role dba superuser login password '${password}';
    grant fin_close to "anna.berg" with admin option; grant fin_close to "Bruno.K", night_shift;
    grant fin_all to "anna.berg", "Bruno.K", carla;
    create table posting (id int); grant select, insert on posting to fin_close;
  `);
