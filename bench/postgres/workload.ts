/** What is granted in a run: which roles to whom, in a real PostgreSQL that holds something. */
import { escapeIdentifier, type Client } from 'pg';

export interface Pair {
  role: string;
  account: string;
}

export interface Workload {
  name: string;
  pairs: Pair[];
}

const numbered = (prefix: string, many: number) => Array.from({ length: many }, (_, at) => `${prefix}_${at + 1}`);

/** 15,000 grants of 10,000 people, as a company with few large roles has them. */
export function manyPeople(people: number): Workload {
  const roles = numbered('large_role', 3);
  const accounts = numbered('person', people);
  const half = Math.ceil(people / 2);
  const holders = [accounts.slice(0, half), accounts.slice(people - half), accounts.slice(Math.floor(half / 2), Math.floor(half / 2) + half)];
  const pairs = roles.flatMap((role, at) => (holders[at] ?? []).map((account) => ({ role, account })));
  return { name: `${pairs.length} grants of ${people} people`, pairs };
}

/** Few people with very many roles each: batches by role are small here. */
export function manyRoles(people: number, roles: number): Workload {
  const names = numbered('small_role', roles);
  const each = Math.floor((roles * 4) / 5);
  const pairs = numbered('analyst', people).flatMap((account, at) =>
    Array.from({ length: each }, (_, nth) => ({ role: names[(at * 7 + nth) % roles] ?? '', account })),
  );
  return { name: `${pairs.length} grants of ${people} people × ${roles} roles`, pairs };
}

/** Creates the logins, the roles with a table of their own each, and Rolewave's login, which administers the roles. */
export async function prepare(client: Client, login: string, workloads: Workload[]): Promise<void> {
  const all = workloads.flatMap(({ pairs }) => pairs);
  await client.query(`create role ${escapeIdentifier(login)} login password 'bench'`);
  await client.query('create schema work');
  for (const role of new Set(all.map((pair) => pair.role))) {
    const [name, table] = [escapeIdentifier(role), `work.${escapeIdentifier(`of_${role}`)}`];
    await client.query(`create role ${name}; grant ${name} to ${escapeIdentifier(login)} with admin true, inherit false, set false`);
    await client.query(`create table ${table} (id int); grant select, insert, update on ${table} to ${name}; grant usage on schema work to ${name}`);
  }
  await client.query(
    `do $$ declare name text; begin foreach name in array '{${[...new Set(all.map((pair) => pair.account))].join(',')}}'::text[] loop execute format('create role %I login', name); end loop; end $$`,
  );
  await client.query('analyze');
}
