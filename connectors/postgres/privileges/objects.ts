/** Tables and schemas of the database, and the privileges on them that are entitlements, by name and by the ids of the server. */
import type { ClientBase } from 'pg';
import { arrayLiteral } from '../../../domain/array-literal.ts';
import { isPrivilegeName, privilegeName, privilegesOf, readPrivilege, type Privilege } from '../../../domain/site/postgres-privileges.ts';
import { isOid, type Named, type Wanted } from '../names.ts';

export interface PgObject {
  kind: Privilege['kind'];
  oid: string;
  schema: string;
  /** Empty where it is a schema. */
  name: string;
  owner: Named;
}

/** One privilege on one object. */
export interface PrivilegeOn {
  object: PgObject;
  /** Of the object: with the database, because a copy of a database has the same oids on the same server. */
  objectId: string;
  privilege: string;
  /** As an entitlement: of the object and the privilege. It survives a rename. */
  id: string;
  /** As an entitlement, under the names of today. */
  role: string;
}

/** Whether it is about a privilege, by what was recorded of it: roles were recorded by their oids, whatever they are called. */
export const isPrivilege = ({ role, roleId }: { role: string; roleId?: string | undefined }): boolean =>
  roleId === undefined ? isPrivilegeName(role) : isPrivilegeId(roleId);

export const isPrivilegeId = (id: string): boolean => idForm.test(id);
/** Of these ids, those of objects in another database of the server: what is held there cannot be read from this one. */
export async function inOtherDatabases(client: ClientBase, ids: string[]): Promise<string[]> {
  const known = ids.filter(isPrivilegeId);
  if (known.length === 0) return [];
  const { rows } = await client.query<{ oid: string }>('select oid::text from pg_catalog.pg_database where datname = pg_catalog.current_database()');
  return known.filter((id) => idForm.exec(id)?.[2] !== rows[0]?.oid);
}

const idForm = /^(table|schema):([1-9]\d*)\/([1-9]\d*):([a-z]+)$/;

interface Row {
  kind: Privilege['kind'];
  database: string;
  oid: string;
  schema: string;
  name: string;
  ownerId: string;
  owner: string;
}

export class Objects {
  readonly #byName = new Map<string, PrivilegeOn[]>();
  readonly #byId = new Map<string, PrivilegeOn>();

  constructor(rows: Row[]) {
    for (const { kind, database, oid, schema, name, ownerId, owner } of rows) {
      const object: PgObject = { kind, oid, schema, name, owner: { oid: ownerId, name: owner } };
      const objectId = `${kind}:${database}/${oid}`;
      for (const privilege of privilegesOf[kind]) {
        const role = privilegeName(kind === 'table' ? { kind, schema, name, privilege } : { kind, schema, privilege });
        const on = { object, objectId, privilege, id: `${objectId}:${privilege}`, role };
        this.#byId.set(on.id, on);
        this.#byName.set(role, [...(this.#byName.get(role) ?? []), on]);
      }
    }
  }

  named(role: string): PrivilegeOn | undefined {
    return this.#byName.get(role)?.[0];
  }

  /** Under whatever name it has now. */
  ofId(id: string): PrivilegeOn | undefined {
    return this.#byId.get(id);
  }

  /** Of the objects, in one order. */
  inOrder(): string[] {
    return [...new Set(inOrderOfObjects([...this.#byId.values()], (on) => on).map(({ objectId }) => objectId))];
  }

  /** By its id, or by name where no id was recorded. */
  of(role: string, id: string | undefined): PrivilegeOn | undefined {
    return id === undefined ? this.named(role) : this.ofId(id);
  }
}

/** Of these, what the database has now. `names` and `oids` of roles are passed over. */
export async function objectsOf(client: ClientBase, { names, oids }: Wanted): Promise<Objects> {
  const named = [...new Set(names)].flatMap((name) => readPrivilege(name) ?? []);
  const known = [...new Set(oids)].flatMap((id) => {
    const [, kind = '', database = '', oid = ''] = idForm.exec(id ?? '') ?? [];
    return isOid(oid) && isOid(database) ? [{ kind, database, oid }] : [];
  });
  if (named.length + known.length === 0) return new Objects([]);
  const tables = named.flatMap((of) => (of.kind === 'table' ? [of] : []));
  const schemas = named.flatMap((of) => (of.kind === 'schema' ? [of] : []));
  const ofKind = (kind: string) => {
    const ofIt = known.filter((each) => each.kind === kind);
    return [ofIt.map(({ oid }) => oid), ofIt.map(({ database }) => database)];
  };
  const { rows } = await client.query<Row>(
    `with here as (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()),
     found as (
       select 'table' as kind, c.oid, n.nspname, c.relname, c.relowner as owner from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p', 'v', 'm', 'f') and ((n.nspname, c.relname) in (select * from unnest($1::text[]::name[], $2::text[]::name[]))
         or c.oid in (select w.oid from unnest($3::oid[], $4::oid[]) as w(oid, database) join here on here.oid = w.database))
       union all
       select 'schema', n.oid, n.nspname, '', n.nspowner from pg_catalog.pg_namespace n
       where n.nspname = any($5::text[]::name[]) or n.oid in (select w.oid from unnest($6::oid[], $7::oid[]) as w(oid, database) join here on here.oid = w.database))
     select kind, here.oid::text as database, found.oid::text as oid, nspname::text as schema, relname::text as name, o.oid::text as "ownerId", o.rolname::text as owner
     from found cross join here join pg_catalog.pg_roles o on o.oid = found.owner where nspname !~ '^pg_' and nspname <> 'information_schema'`,
    [tables.map(({ schema }) => schema), tables.map(({ name }) => name), ...ofKind('table'), schemas.map(({ schema }) => schema), ...ofKind('schema')].map(
      arrayLiteral,
    ),
  );
  return new Objects(rows);
}

/** The server locks the row of each object until the transaction ends: in one order, so that two transactions do not wait for each other. */
export const inOrderOfObjects = <T>(items: T[], onOf: (item: T) => PrivilegeOn): T[] =>
  items.toSorted((a, b) => {
    const [one, other] = [onOf(a), onOf(b)];
    if (one.object.kind !== other.object.kind) return one.object.kind < other.object.kind ? -1 : 1;
    return Number(one.object.oid) - Number(other.object.oid) || (one.id < other.id ? -1 : Number(one.id > other.id));
  });

/** Why the server has no such privilege, as a sentence; undefined: it has. `version`: server_version_num. */
export const unknownPrivilege = ({ privilege, role }: PrivilegeOn, version: number): string | undefined =>
  privilege === 'maintain' && version < 170_000 ? `'${role}': MAINTAIN is a privilege from PostgreSQL 17 on` : undefined;
