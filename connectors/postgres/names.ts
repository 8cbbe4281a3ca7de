/** Roles and accounts by name and by oid. The name is what a statement takes; the oid survives a rename and is never another role's. */
import type { ClientBase } from 'pg';
import { arrayLiteral } from '../../domain/array-literal.ts';
import { systemKinds } from '../../domain/site/system-kinds.ts';

export interface Named {
  oid: string;
  name: string;
  /** Absent where it was not asked for. */
  login?: boolean;
}

/** Longer names would be cut by the server and might name another role. */
export const isName = (name: string): boolean => name !== '' && systemKinds.postgres.nameMistake(name) === undefined;
/** What is recorded as an id, and cannot be one of PostgreSQL's, is no role's. */
export const isOid = (id: string) => /^[1-9]\d{0,9}$/.test(id) && Number(id) < 2 ** 32;

export class Names {
  readonly #byName = new Map<string, Named>();
  readonly #byOid = new Map<string, Named>();

  constructor(found: Named[]) {
    for (const each of found) {
      this.#byName.set(each.name, each);
      this.#byOid.set(each.oid, each);
    }
  }

  named(name: string): Named | undefined {
    return this.#byName.get(name);
  }

  /** Under whatever name it has now. */
  ofId(oid: string): Named | undefined {
    return this.#byOid.get(oid);
  }

  /** By its id, or by name where no id was recorded. */
  of(name: string, id: string | undefined): Named | undefined {
    return id === undefined ? this.named(name) : this.ofId(id);
  }

  all(): Named[] {
    return [...this.#byOid.values()];
  }
}

export interface Wanted {
  names: string[];
  oids: (string | undefined)[];
}

/** Of several kinds of work in one transaction. */
export const together = (...sides: Wanted[]): Wanted => ({ names: sides.flatMap(({ names }) => names), oids: sides.flatMap(({ oids }) => oids) });

/** Of these, what the server has now. */
export async function namesOf(client: ClientBase, wanted: Wanted): Promise<Names> {
  const arrays = arraysOf(wanted);
  if (arrays.every((array) => array.length === 0)) return new Names([]);
  // One row, however many there are: the driver takes far longer for thousands.
  const { rows } = await client.query<{ oids: string | null; names: string[]; logins: boolean[] }>(
    `select string_agg(oid::text, ',') as oids, json_agg(rolname::text) as names, json_agg(rolcanlogin) as logins from pg_catalog.pg_roles
     where rolname = any($1::text[]::name[]) or oid = any($2::oid[])`,
    arrays.map(arrayLiteral),
  );
  const { oids, names = [], logins = [] } = rows[0] ?? {};
  return new Names((oids?.split(',') ?? []).map((oid, at) => ({ oid, name: names[at] ?? '', login: logins[at] ?? false })));
}

/** Whether the server still has all of them, under the same names. */
export async function stillNamed(client: ClientBase, all: Named[]): Promise<boolean> {
  const { rows } = await client.query<{ changed: boolean }>(
    `select exists (select from unnest($1::oid[], $2::text[]) as w(oid, name) left join pg_catalog.pg_roles r on r.oid = w.oid
       where r.rolname is distinct from w.name::name) as changed`,
    [all.map(({ oid }) => oid), all.map(({ name }) => name)].map(arrayLiteral),
  );
  return rows[0]?.changed === false;
}

/** The names that a role can have, and the oids; each once. */
export const arraysOf = ({ names, oids }: Wanted): [string[], string[]] => [
  [...new Set(names)].filter(isName),
  [...new Set(oids)].flatMap((oid) => (oid !== undefined && isOid(oid) ? [oid] : [])),
];

/** All roles that can log in, those for emergencies and Rolewave's own included. */
export async function loginCount(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ count: number }>('select count(*)::int as count from pg_catalog.pg_roles where rolcanlogin');
  return rows[0]?.count ?? 0;
}
