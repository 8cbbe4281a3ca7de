/**
 * What a privilege on a table or schema gives: what the object is and whose, the columns that the privilege reaches, the row security that narrows it, and what a
 * view shows. Who else holds it, and rows, indexes, triggers and partitions, are left out: they change without changing what the person was given.
 */
import type { ClientBase } from 'pg';
import { arrayLiteral } from '../../../domain/array-literal.ts';
import type { RoleContent } from '../../connector.ts';
import { contentOf } from '../role-content.ts';
import type { PrivilegeOn } from './objects.ts';

const wanted = (column: string) => `${column} = any($1::oid[])`;
const own = (name: string) => `pg_catalog.quote_ident(${name})`;

/** Columns are those of `reachesColumns`. `pg_get_expr` and `pg_get_viewdef` name everything in full, by the search path of the transaction. */
const linesSql = `
  select c.oid, false as "isColumn", case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' when 'p' then 'partitioned table' else 'table' end
    || ' owned by ' || ${own('o.rolname')} as line from pg_catalog.pg_class c join pg_catalog.pg_roles o on o.oid = c.relowner where ${wanted('c.oid')}
  union all
  select t.attrelid, true, 'column ' || ${own('t.attname')} || ' ' || pg_catalog.format_type(t.atttypid, t.atttypmod)
  from pg_catalog.pg_attribute t where ${wanted('t.attrelid')} and t.attnum > 0 and not t.attisdropped
  union all
  select c.oid, false, 'row security' || case when c.relforcerowsecurity then ', for its owner too' else '' end from pg_catalog.pg_class c where ${wanted('c.oid')} and c.relrowsecurity
  union all
  select p.polrelid, false, 'policy ' || ${own('p.polname')} || case when p.polpermissive then ' permits ' else ' restricts ' end
    || case p.polcmd when 'r' then 'SELECT' when 'a' then 'INSERT' when 'w' then 'UPDATE' when 'd' then 'DELETE' else 'ALL' end || ' to '
    || (select pg_catalog.string_agg(coalesce(${own('r.rolname')}, 'PUBLIC'), ', ' order by r.rolname) from pg_catalog.unnest(p.polroles) u left join pg_catalog.pg_roles r on r.oid = u)
    || coalesce(' using ' || pg_catalog.pg_get_expr(p.polqual, p.polrelid), '') || coalesce(' with check ' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), '')
  from pg_catalog.pg_policy p where ${wanted('p.polrelid')}
  union all
  select c.oid, false, 'shows ' || pg_catalog.regexp_replace(pg_catalog.pg_get_viewdef(c.oid), '\\s+', ' ', 'g') from pg_catalog.pg_class c where ${wanted('c.oid')} and c.relkind in ('v', 'm')
  union all
  select c.oid, false, 'option ' || option from pg_catalog.pg_class c cross join lateral pg_catalog.unnest(c.reloptions) option where ${wanted('c.oid')} and c.relkind = 'v'
  union all
  select f.ftrelid, false, 'on foreign server ' || ${own('s.srvname')} || coalesce(' with ' || pg_catalog.array_to_string(f.ftoptions, ', '), '')
  from pg_catalog.pg_foreign_table f join pg_catalog.pg_foreign_server s on s.oid = f.ftserver where ${wanted('f.ftrelid')}`;

/** A column more is more to read or write; it is no more to delete. */
const reachesColumns = new Set(['select', 'insert', 'update', 'references']);

/** One answer for each, in their order. */
export async function privilegeContents(client: ClientBase, on: PrivilegeOn[]): Promise<RoleContent[]> {
  const tables = [...new Set(on.flatMap(({ object }) => (object.kind === 'table' ? [object.oid] : [])))];
  const { rows } =
    tables.length === 0
      ? { rows: [] }
      : await client.query<{ oid: string; isColumn: boolean; line: string }>(`select oid::text as oid, "isColumn", line from (${linesSql}) lines`, [
          arrayLiteral(tables),
        ]);
  const found = Map.groupBy(rows, ({ oid }) => oid);
  return on.map(({ object, privilege, id, role }) => {
    const { kind, schema, name, owner } = object;
    const given = `${privilege.toUpperCase()} on ${kind} ${[schema, ...(kind === 'table' ? [name] : [])].map(asShown).join('.')}`;
    if (kind === 'schema') return contentOf(role, id, [given, `schema owned by ${asShown(owner.name)}`]);
    const lines = (found.get(object.oid) ?? []).filter(({ isColumn }) => !isColumn || reachesColumns.has(privilege)).map(({ line }) => line);
    return contentOf(role, id, [given, ...lines].sort());
  });
}

/** As the server's quote_ident does it for all but words of SQL. */
const asShown = (name: string): string => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);
