/** What is granted in a run: which roles to whom, in a real PostgreSQL that holds something. */
import { escapeIdentifier, type Client } from 'pg';
import type { Workload } from '../sides.ts';

const numbered = (prefix: string, many: number) => Array.from({ length: many }, (_, at) => `${prefix}_${at + 1}`);

/** 15,000 grants of 10,000 people, as a company with few large roles has them. */
export function manyPeople(people: number): Workload {
  const accounts = numbered('person', people);
  const half = Math.ceil(people / 2);
  const from = [0, people - half, Math.floor(half / 2)];
  const packages = numbered('large_role', 3).map((role, at) => ({ roles: [role], accounts: accounts.slice(from[at], (from[at] ?? 0) + half) }));
  return { name: `${half * 3} grants of ${people} people`, packages };
}

/** Few people with very many roles each: batches by role are small here. */
export function manyRoles(people: number, roles: number): Workload {
  const accounts = numbered('analyst', people);
  return { name: `${people * roles} grants of ${people} people × ${roles} roles`, packages: [{ roles: numbered('small_role', roles), accounts }] };
}

/** One role for so many people. */
export const manyInOne = (grants: number): Workload => ({
  name: `${grants} grants of one role`,
  packages: [{ roles: ['one_role'], accounts: numbered('person', grants) }],
});

const accountsAtATime = 2_000;

/** Creates the logins, the roles with a table of their own each, and Rolewave's login, which administers the roles. */
export async function prepare(client: Client, login: string, workloads: Workload[]): Promise<void> {
  const packages = workloads.flatMap((workload) => workload.packages);
  await client.query(`create role ${escapeIdentifier(login)} login password 'bench'`);
  await client.query('create schema work');
  for (const role of new Set(packages.flatMap(({ roles }) => roles))) {
    const [name, table] = [escapeIdentifier(role), `work.${escapeIdentifier(`of_${role}`)}`];
    await client.query(`create role ${name}; grant ${name} to ${escapeIdentifier(login)} with admin true, inherit false, set false`);
    await client.query(`create table ${table} (id int); grant select, insert, update on ${table} to ${name}; grant usage on schema work to ${name}`);
  }
  const accounts = [...new Set(packages.flatMap((each) => each.accounts))];
  // Each new role holds a lock until its transaction ends.
  for (let from = 0; from < accounts.length; from += accountsAtATime)
    await client.query(
      `do $$ declare name text; begin foreach name in array '{${accounts.slice(from, from + accountsAtATime).join(',')}}'::text[] loop execute format('create role %I login', name); end loop; end $$`,
    );
  await client.query('analyze');
}
