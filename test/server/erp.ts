/**
 * A real database whose access is released: the logins, roles and grants of one test file in the run's PostgreSQL 18, and a login for Rolewave that has
 * only what it needs (the admin option on what it grants, and membership in the administrators whose grants it retires).
 */
import { Client, escapeIdentifier, Pool, type QueryResultRow } from 'pg';
import { testLogins } from '../support/logins.ts';
import { createDatabase } from '../support/database.ts';

/** One row of pg_auth_members. `row` changes when the row is recreated or updated. */
export interface Membership {
  role: string;
  member: string;
  grantor: string;
  admin: boolean;
  inherit: boolean;
  set: boolean;
  row: string;
}

export interface Erp {
  /** Rolewave's own login. */
  url: string;
  svc: string;
  /** `name` made unique to this database. */
  of(name: string): string;
  /** Creates logins and returns their names. Call this and the next two one after the other. */
  people(...names: string[]): Promise<string[]>;
  /** Creates administrators, whose grants Rolewave may retire and restore, and returns their names. */
  administrators(...names: string[]): Promise<string[]>;
  /** Creates roles that Rolewave and these administrators may grant, and returns their names. */
  roles(names: string[], administrators?: string[]): Promise<string[]>;
  /** Runs one or more statements as the superuser. */
  run(sql: string): Promise<void>;
  /** Who holds which of these roles. Without names: all memberships of this test's roles and logins, including those of administrators in logins. */
  memberships(roles?: string[]): Promise<Membership[]>;
  /** The number of grants of these roles to anyone but Rolewave itself. */
  count(roles: string[]): Promise<number>;
  /** The number of open sessions of Rolewave's login. */
  connections(): Promise<number>;
  /** Runs a statement in a transaction that keeps its locks until `letGo` undoes it. `holdsUp`: the number of sessions that wait for it. */
  hold(sql: string): Promise<{ holdsUp(): Promise<number>; letGo(): Promise<void> }>;
  close(): Promise<void>;
}

export async function startErp(): Promise<Erp> {
  const database = await createDatabase('erp');
  const logins = await testLogins(database.url);
  const ours = logins.of('');
  const svc = logins.of('rolewave_svc');
  await logins.login(svc);
  const pool = new Pool({ connectionString: database.url, max: 3 });
  const rows = async <R extends QueryResultRow>(sql: string, values: unknown[] = []) => (await pool.query<R>(sql, values)).rows;
  return {
    url: logins.url(svc),
    svc,
    of: (name) => logins.of(name),
    people: async (...names) => {
      const people = names.map((name) => logins.of(name));
      await logins.login(...people);
      return people;
    },
    administrators: async (...names) => {
      const administrators = names.map((name) => logins.of(name));
      await logins.login(...administrators);
      for (const name of administrators) await logins.admin(`grant ${escapeIdentifier(name)} to ${escapeIdentifier(svc)}`);
      return administrators;
    },
    roles: async (names, administrators = []) => {
      const roles = names.map((name) => logins.of(name));
      for (const role of roles) await logins.role(role, svc, ...administrators);
      return roles;
    },
    run: async (sql) => void (await pool.query(sql)),
    memberships: (roles) =>
      rows<Membership>(
        `select r.rolname::text as role, m.rolname::text as member, g.rolname::text as grantor, a.admin_option as admin, a.inherit_option as inherit, a.set_option as set, a.oid || '/' || a.xmin as row
         from pg_auth_members a join pg_roles r on r.oid = a.roleid join pg_roles m on m.oid = a.member join pg_roles g on g.oid = a.grantor
         where case when $1::text[] is null then right(r.rolname, length($2)) = $2 or right(m.rolname, length($2)) = $2 else r.rolname = any($1) and m.rolname <> $3 end
         order by r.rolname, m.rolname, g.rolname`,
        [roles ?? null, ours, svc],
      ),
    count: async (roles) => {
      const [found] = await rows<{ count: number }>(
        'select count(*)::int from pg_auth_members a join pg_roles m on m.oid = a.member where a.roleid = any($1::regrole[]) and m.rolname <> $2',
        [roles.map(escapeIdentifier), svc],
      );
      return found?.count ?? 0;
    },
    connections: async () => (await rows('select from pg_stat_activity where usename = $1', [svc])).length,
    hold: async (sql) => {
      const client = new Client({ connectionString: database.url });
      await client.connect();
      await client.query(`begin; ${sql}`);
      const [own] = (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows;
      return {
        holdsUp: async () => (await rows('select from pg_stat_activity where $1 = any(pg_blocking_pids(pid))', [own?.pid])).length,
        letGo: () => client.end(),
      };
    },
    close: async () => {
      await pool.end();
      await logins.remove();
      await database.drop();
    },
  };
}

/** What a person would compare: everything about a membership except its row in the catalog. */
export const asHeld = ({ role, member, grantor, admin, inherit, set }: Membership): string =>
  `${role} to ${member} by ${grantor} admin ${admin} inherit ${inherit} set ${set}`;
