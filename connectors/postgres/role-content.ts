/**
 * Reads what a role may do: its attributes, what it owns, every privilege in the catalogs' ACLs, the policies written for it, and the same of
 * the roles that it is a member of. Privileges inside other databases of the server cannot be read; they are counted per database.
 */
import type { ClientBase } from 'pg';
import { arrayLiteral } from '../../domain/array-literal.ts';
import { sha256Hex } from '../../domain/canonical.ts';
import type { RoleContent } from '../connector.ts';
import { byIndex } from './by-index.ts';

/** Looked up one by one: a server may have tens of thousands of roles and memberships, and few of them are reached. */
const nameOf = (oid: string) => `(select name.rolname::text from pg_catalog.pg_roles name where name.oid = ${oid})`;

/**
 * The requested roles and, transitively, the roles that each is a member of; `via` is null for the role itself. PostgreSQL's own roles (pg_…) are
 * named but not expanded: what they may do changes with the server's version, not by anyone's decision.
 */
const reachSql = `
  reach(asked, oid) as (
    select r.oid, r.oid from pg_catalog.pg_roles r where r.rolname = any($1::text[])
    union
    select up.asked, up.roleid from (
      select reach.asked, am.roleid from reach cross join lateral (select am.roleid from pg_catalog.pg_auth_members am where am.member = reach.oid offset 0) am offset 0) up where ${nameOf('up.roleid')} !~ '^pg_'
  ),
  reached(oid) as (select distinct reach.oid from reach),
  held as (
    select ${nameOf('reach.asked')} as role, reach.asked::text as id, reach.oid, nullif(${nameOf('reach.oid')}, ${nameOf('reach.asked')}) as via from reach
  )`;

const name = (...parts: string[]) => `pg_catalog.format('${parts.map(() => '%I').join('.')}', ${parts.join(', ')})`;

/** Every kind of object that has an access list: its name for people, and its catalog. */
const objectsWithAcl = [
  {
    kind: `case c.relkind when 'S' then 'sequence' when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' else 'table' end`,
    object: name('n.nspname', 'c.relname'),
    from: 'pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace',
    acl: 'c.relacl',
  },
  {
    kind: `'column'`,
    object: name('n.nspname', 'c.relname', 't.attname'),
    from: 'pg_catalog.pg_attribute t join pg_catalog.pg_class c on c.oid = t.attrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace',
    acl: 't.attacl',
  },
  { kind: `'schema'`, object: name('n.nspname'), from: 'pg_catalog.pg_namespace n', acl: 'n.nspacl' },
  {
    kind: `case p.prokind when 'p' then 'procedure' else 'function' end`,
    object: `${name('n.nspname', 'p.proname')} || '(' || pg_catalog.oidvectortypes(p.proargtypes) || ')'`,
    from: 'pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace',
    acl: 'p.proacl',
  },
  {
    kind: `'type'`,
    object: name('n.nspname', 't.typname'),
    from: 'pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace',
    acl: 't.typacl',
  },
  { kind: `'language'`, object: name('l.lanname'), from: 'pg_catalog.pg_language l', acl: 'l.lanacl' },
  { kind: `'foreign-data wrapper'`, object: name('w.fdwname'), from: 'pg_catalog.pg_foreign_data_wrapper w', acl: 'w.fdwacl' },
  { kind: `'foreign server'`, object: name('s.srvname'), from: 'pg_catalog.pg_foreign_server s', acl: 's.srvacl' },
  { kind: `'large object'`, object: 'o.oid::text', from: 'pg_catalog.pg_largeobject_metadata o', acl: 'o.lomacl' },
  { kind: `'database'`, object: name('d.datname'), from: 'pg_catalog.pg_database d', acl: 'd.datacl' },
  { kind: `'tablespace'`, object: name('s.spcname'), from: 'pg_catalog.pg_tablespace s', acl: 's.spcacl' },
];

const parameterAcl = { kind: `'parameter'`, object: 'p.parname', from: 'pg_catalog.pg_parameter_acl p', acl: 'p.paracl' };

/** Before a line is written: a server may have thousands of other roles. */
const ofReached = (oid: string) => `${oid} in (select pg_catalog.unnest($1::oid[]))`;

/** Of catalogs that have as many rows as a server has logins and grants: looked up one by one. */
const reachedIn = (catalog: string, condition: string) => `reached cross join lateral (select * from pg_catalog.${catalog} where ${condition} offset 0)`;

/** An owner's own entry is left out: the server adds it when anyone else gets a privilege, and 'owns' already says it. */
const aclSql = ({ kind, object, from, acl }: typeof parameterAcl) =>
  `select a.grantee, a.privilege_type || ' on ' || (${kind}) || ' ' || (${object}) || case when a.is_grantable then ' (may pass it on)' else '' end as line from ${from} cross join lateral pg_catalog.aclexplode(${acl}) a where ${acl} is not null and a.grantee <> a.grantor and ${ofReached('a.grantee')}`;

const defaultAclSql = `
  select a.grantee, a.privilege_type || ' on every new ' || case d.defaclobjtype when 'r' then 'table' when 'S' then 'sequence' when 'f' then 'function' when 'T' then 'type' when 'n' then 'schema' else 'large object' end
    || ' of ' || ${name('o.rolname')} || coalesce(' in schema ' || ${name('n.nspname')}, '') || case when a.is_grantable then ' (may pass it on)' else '' end
  from pg_catalog.pg_default_acl d join pg_catalog.pg_roles o on o.oid = d.defaclrole left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace cross join lateral pg_catalog.aclexplode(d.defaclacl) a
  where ${ofReached('a.grantee')}`;

const attributeSql = `
  select r.oid, 'attribute ' || attribute from ${reachedIn('pg_roles r', 'r.oid = reached.oid')} r cross join lateral (values
    (r.rolsuper, 'SUPERUSER'), (r.rolcreaterole, 'CREATEROLE'), (r.rolcreatedb, 'CREATEDB'), (r.rolreplication, 'REPLICATION'),
    (r.rolbypassrls, 'BYPASSRLS'), (r.rolcanlogin, 'LOGIN'), (not r.rolinherit, 'NOINHERIT')) as t(has, attribute) where has`;

const memberSql = `
  select am.member, 'member of role ' || ${name('r.rolname')} || coalesce(nullif(' (' || pg_catalog.concat_ws(', ', case when am.admin_option then 'admin' end,
    case when to_jsonb(am) ->> 'inherit_option' = 'false' then 'no inherit' end, case when to_jsonb(am) ->> 'set_option' = 'false' then 'no set' end) || ')', ' ()'), '')
  from ${reachedIn('pg_auth_members am', 'am.member = reached.oid')} am join pg_catalog.pg_roles r on r.oid = am.roleid`;

const dependsOnReached = `d.refclassid = 'pg_catalog.pg_authid'::regclass and d.refobjid = reached.oid`;

/** Owners need no entry in an access list. pg_identify_object, unlike pg_describe_object, says the same in every language. */
const ownedSql = `
  select d.refobjid, 'owns ' || o.type || ' ' || o.identity
  from ${reachedIn('pg_shdepend d', dependsOnReached)} d cross join lateral pg_catalog.pg_identify_object(d.classid, d.objid, d.objsubid) o
  where d.deptype = 'o' and d.dbid in (0, (select oid from pg_catalog.pg_database where datname = current_database()))`;

const elsewhereSql = `
  select d.refobjid, case d.deptype when 'o' then 'owns ' else 'privileges on ' end || count(distinct (d.classid, d.objid)) || ' objects in database ' || ${name('b.datname')}
  from ${reachedIn('pg_shdepend d', dependsOnReached)} d join pg_catalog.pg_database b on b.oid = d.dbid
  where d.deptype in ('o', 'a') and b.datname <> current_database()
  group by d.refobjid, d.deptype, b.datname`;

const policySql = `
  select grantee, 'policy ' || ${name('p.polname')} || ' on table ' || ${name('n.nspname', 'c.relname')} || case when p.polpermissive then ' permits ' else ' restricts ' end
    || case p.polcmd when 'r' then 'SELECT' when 'a' then 'INSERT' when 'w' then 'UPDATE' when 'd' then 'DELETE' else 'ALL' end
    || coalesce(' using ' || pg_catalog.pg_get_expr(p.polqual, p.polrelid), '') || coalesce(' with check ' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), '')
  from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace cross join lateral pg_catalog.unnest(p.polroles) grantee
  where ${ofReached('grantee')}`;

/** One answer per requested role, in the same order; a role that does not exist has no privileges. `version` is server_version_num. Needs a transaction. */
export async function roleContents(client: ClientBase, roles: string[], version: number): Promise<RoleContent[]> {
  const held = await reachedFrom(client, roles);
  const given = await givenTo(client, [...new Set(held.map(({ oid }) => oid))], version);
  const found = Map.groupBy(held, ({ role }) => role);
  return roles.map((role) => {
    const own = found.get(role) ?? [];
    const lines = own.flatMap(({ oid, via, lines: ofRole }) =>
      [...ofRole, ...(given.get(oid) ?? [])].map((line) => (via === null ? line : `${line}, through role ${via}`)),
    );
    return contentOf(role, own[0]?.id, [...new Set(lines)].sort());
  });
}

/** A requested role, or one that it is a member of. */
interface Reached {
  role: string;
  id: string;
  oid: string;
  /** Quoted as SQL needs it; null for the requested role itself. */
  via: string | null;
  /** What the catalogs of roles say of it. */
  lines: string[];
}

async function reachedFrom(client: ClientBase, roles: string[]): Promise<Reached[]> {
  const lines = [attributeSql, memberSql, ownedSql, elsewhereSql].join('\n  union all ');
  const { rows } = await byIndex(client, () =>
    client.query<Reached>(
      `with recursive ${reachSql}, lines(oid, line) as (${lines}), of_role as (select lines.oid, json_agg(lines.line) as lines from lines group by lines.oid)
      select held.role, held.id, held.oid::text as oid, pg_catalog.quote_ident(held.via) as via, coalesce(of_role.lines, '[]') as lines from held left join of_role on of_role.oid = held.oid`,
      [roles],
    ),
  );
  return rows;
}

/** What is granted to these roles, by oid, from catalogs that may have many rows for none of them. */
async function givenTo(client: ClientBase, oids: string[], version: number): Promise<Map<string, string[]>> {
  const objects = version >= 150_000 ? [...objectsWithAcl, parameterAcl] : objectsWithAcl;
  const { rows } = await client.query<{ oid: string; lines: string[] }>(
    `with lines(oid, line) as (${[...objects.map(aclSql), defaultAclSql, policySql].join('\n  union all ')})
    select lines.oid::text as oid, json_agg(lines.line) as lines from lines group by lines.oid`,
    [arrayLiteral(oids)],
  );
  return new Map(rows.map(({ oid, lines }) => [oid, lines]));
}

/** The digest is of what the role may do, and not of which role it is: a person reads the two apart. */
export function contentOf(role: string, id: string | undefined, privileges: string[]): RoleContent {
  const exists = id !== undefined;
  return { role, exists, ...(exists ? { id } : {}), digest: sha256Hex({ exists, privileges }), privileges };
}

/** The content of a role that the server does not have. */
export const absentRole = (role: string): RoleContent => contentOf(role, undefined, []);
