/**
 * What a privilege on a table or schema gives: what the object is and whose, the columns that the privilege reaches, the row security that narrows it, and what a
 * view shows, with the views that it reads, the views that these read, and the row security of their tables. Who else holds it, and rows, indexes, triggers,
 * partitions and the text of functions, are left out.
 */
import type { ClientBase } from 'pg';
import { arrayLiteral } from '../../../domain/array-literal.ts';
import type { RoleContent } from '../../connector.ts';
import { contentOf } from '../role-content.ts';
import type { PrivilegeOn } from './objects.ts';

const wanted = (column: string) => `${column} = any($1::oid[])`;
const own = (name: string) => `pg_catalog.quote_ident(${name})`;

/** `about` what of the relation. */
type About = 'itself' | 'columns' | 'rows';
interface Line {
  oid: string;
  about: About;
  line: string;
}

/** Columns are those of `reachesColumns`. `pg_get_expr` and `pg_get_viewdef` name everything in full, by the search path of the transaction. */
const linesSql = `
  select c.oid, 'itself' as about, case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' when 'p' then 'partitioned table' else 'table' end
    || ' owned by ' || ${own('o.rolname')} as line from pg_catalog.pg_class c join pg_catalog.pg_roles o on o.oid = c.relowner where ${wanted('c.oid')}
  union all
  select t.attrelid, 'columns', 'column ' || ${own('t.attname')} || ' ' || pg_catalog.format_type(t.atttypid, t.atttypmod)
  from pg_catalog.pg_attribute t where ${wanted('t.attrelid')} and t.attnum > 0 and not t.attisdropped
  union all
  select c.oid, 'rows', 'row security' || case when c.relforcerowsecurity then ', for its owner too' else '' end from pg_catalog.pg_class c where ${wanted('c.oid')} and c.relrowsecurity
  union all
  select p.polrelid, 'rows', 'policy ' || ${own('p.polname')} || case when p.polpermissive then ' permits ' else ' restricts ' end
    || case p.polcmd when 'r' then 'SELECT' when 'a' then 'INSERT' when 'w' then 'UPDATE' when 'd' then 'DELETE' else 'ALL' end || ' to '
    || (select pg_catalog.string_agg(coalesce(${own('r.rolname')}, 'PUBLIC'), ', ' order by r.rolname) from pg_catalog.unnest(p.polroles) u left join pg_catalog.pg_roles r on r.oid = u)
    || coalesce(' using ' || pg_catalog.pg_get_expr(p.polqual, p.polrelid), '') || coalesce(' with check ' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), '')
  from pg_catalog.pg_policy p where ${wanted('p.polrelid')}
  union all
  select c.oid, 'itself', 'shows ' || pg_catalog.regexp_replace(pg_catalog.pg_get_viewdef(c.oid), '\\s+', ' ', 'g') from pg_catalog.pg_class c where ${wanted('c.oid')} and c.relkind in ('v', 'm')
  union all
  select c.oid, 'itself', 'option ' || option from pg_catalog.pg_class c cross join lateral pg_catalog.unnest(c.reloptions) option where ${wanted('c.oid')} and c.relkind = 'v'
  union all
  select f.ftrelid, 'itself', 'on foreign server ' || ${own('s.srvname')} || coalesce(' with ' || pg_catalog.array_to_string(f.ftoptions, ', '), '')
  from pg_catalog.pg_foreign_table f join pg_catalog.pg_foreign_server s on s.oid = f.ftserver where ${wanted('f.ftrelid')}`;

/** More than any honest view reads; each has its definition put together by the server. */
const mostBelow = 2_000;
/** Of a view and what it reads: many views may read the same tables. */
const mostPairs = 50_000;
/** Objects of the server itself have smaller oids: their definitions change with its version, by nobody's decision. */
const firstOwnOid = 16_384;

interface Below {
  /** A view that was asked for. */
  top: string;
  oid: string;
  /** Quoted as SQL needs it. */
  name: string;
  isView: boolean;
}

/** What views read, and what the views among it read. A rule of a table, which is no view, decides what is written and not what is read. */
const belowSql = `
  with recursive below(top, oid, kind) as (
    select c.oid, c.oid, c.relkind from pg_catalog.pg_class c where ${wanted('c.oid')} and c.relkind in ('v', 'm')
    union
    select b.top, c.oid, c.relkind from below b
    join pg_catalog.pg_rewrite w on w.ev_class = b.oid and b.kind in ('v', 'm')
    join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = w.oid and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    join pg_catalog.pg_class c on c.oid = d.refobjid and c.relkind in ('v', 'm', 'r', 'p', 'f') and c.oid >= ${firstOwnOid}
  )
  select b.top::text as top, b.oid::text as oid, b.kind in ('v', 'm') as "isView", ${own('n.nspname')} || '.' || ${own('c.relname')} as name
  from (select * from below where top <> oid limit ${mostPairs}) b
  join pg_catalog.pg_class c on c.oid = b.oid join pg_catalog.pg_namespace n on n.oid = c.relnamespace`;

/** A column more is more to read or write; it is no more to delete. */
const reachesColumns = new Set(['select', 'insert', 'update', 'references']);

/** One answer for each, in their order. Throws where their views read more than `mostBelow` tables and views. */
export async function privilegeContents(client: ClientBase, on: PrivilegeOn[]): Promise<RoleContent[]> {
  const tables = [...new Set(on.flatMap(({ object }) => (object.kind === 'table' ? [object.oid] : [])))];
  const below = tables.length === 0 ? [] : (await client.query<Below>(belowSql, [arrayLiteral(tables)])).rows;
  if (below.length >= mostPairs || new Set(below.map(({ oid }) => oid)).size > mostBelow)
    throw new Error(
      `the views among these entitlements read more than ${mostBelow.toLocaleString('en')} tables and views, directly or through others: put fewer views into one package`,
    );
  const read = [...new Set([...tables, ...below.map(({ oid }) => oid)])];
  const lines = read.length === 0 ? [] : (await client.query<Line>(`select oid::text as oid, about, line from (${linesSql}) lines`, [arrayLiteral(read)])).rows;
  const [linesOf, belowOf] = [Map.groupBy(lines, ({ oid }) => oid), Map.groupBy(below, ({ top }) => top)];
  const readBy = (top: string) =>
    (belowOf.get(top) ?? []).flatMap(({ oid, name, isView }) =>
      (linesOf.get(oid) ?? []).flatMap(({ about, line }) => (about === (isView ? 'itself' : 'rows') ? [`reads ${name}: ${line}`] : [])),
    );
  return on.map(({ object, privilege, id, role }) => {
    const { kind, schema, name, owner } = object;
    const given = `${privilege.toUpperCase()} on ${kind} ${[schema, ...(kind === 'table' ? [name] : [])].map(asShown).join('.')}`;
    if (kind === 'schema') return contentOf(role, id, [given, `schema owned by ${asShown(owner.name)}`]);
    const itself = (linesOf.get(object.oid) ?? []).flatMap(({ about, line }) => (about !== 'columns' || reachesColumns.has(privilege) ? [line] : []));
    return contentOf(role, id, [given, ...itself, ...readBy(object.oid)].sort());
  });
}

/** As the server's quote_ident does it for all but words of SQL. */
const asShown = (name: string): string => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);
