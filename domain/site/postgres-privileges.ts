/**
 * Names of privileges on tables and schemas of PostgreSQL as entitlements: `table:erp.invoices:select`, `schema:erp:usage`. `table` is what GRANT … ON TABLE
 * means: a table, partitioned table, view, materialized view or foreign table. Each privilege has one name only, so that rules and patterns of names hold for it
 * however it is written. docs/decisions/0292-privileges-as-entitlements.md has the reasons.
 */
import { bytesOf } from '../plan/fields.ts';

/** `name`: of the table; absent: of a schema. `privilege`: as GRANT takes it, in lower case. */
export type Privilege = { kind: 'table'; schema: string; name: string; privilege: string } | { kind: 'schema'; schema: string; privilege: string };

/** In the order of the documentation of GRANT. `maintain`: from PostgreSQL 17 on. */
export const privilegesOf: Record<Privilege['kind'], readonly string[]> = {
  table: ['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger', 'maintain'],
  schema: ['usage', 'create'],
};

/** NAMEDATALEN - 1. */
export const postgresNameBytes = 63;

const plainWord = '[a-z_][a-z0-9_]*';
const word = `(?:${plainWord}|"(?:[^"]|"")+")`;
const forms = {
  table: new RegExp(`^table:(${word})\\.(${word}):(.*)$`, 's'),
  schema: new RegExp(`^schema:(${word}):(.*)$`, 's'),
};
const beginsLikeOne = /^(table|schema):/;
/** Other objects, and other ways to write these. */
const looksLikeOne =
  /^\s*((?:(?:materialized|foreign|partitioned) )?(?:table|view)|schema|sequence|column|database|function|procedure|routine|type|domain|language|tablespace)s?\s*:.*:\s*(all( privileges)?|connect|temp(orary)?|execute|set|select|insert|update|delete|truncate|references|trigger|maintain|usage|create)\s*$/is;

/** No role of a plan: it is a privilege, whether it is written as it should be or not. */
export const isPrivilegeName = (name: string): boolean => beginsLikeOne.test(name);

/** Undefined: it is no name of a privilege, or one that is not written as it should be. */
export function readPrivilege(name: string): Privilege | undefined {
  const read = parts(name);
  return read !== undefined && privilegeName(read) === name && mistakeIn(read) === undefined ? read : undefined;
}

export const privilegeName = (of: Privilege): string =>
  of.kind === 'table' ? `table:${quoted(of.schema)}.${quoted(of.name)}:${of.privilege}` : `schema:${quoted(of.schema)}:${of.privilege}`;

/** As in SQL, where it has anything but lower-case letters, digits and underscores; the same for a name on every version, whatever its words mean in SQL. */
const quoted = (name: string): string => (new RegExp(`^${plainWord}$`).test(name) ? name : `"${name.replaceAll('"', '""')}"`);

/** Why this can be no entitlement of a PostgreSQL, as the end of a sentence that begins with 'it'; undefined: it is a name of a role, or of a privilege. */
export function privilegeMistake(name: string): string | undefined {
  if (!isPrivilegeName(name)) {
    const [, what] = looksLikeOne.exec(name) ?? [];
    if (what === undefined) return undefined;
    return `looks like a privilege on a ${what.toLowerCase()}, and a plan names privileges on tables and views as table:SCHEMA.NAME:PRIVILEGE, on schemas as schema:NAME:PRIVILEGE, and no others: put those into a role`;
  }
  const read = parts(name) ?? loosely(name);
  if (read === undefined)
    return 'begins like a privilege, which is written table:SCHEMA.NAME:PRIVILEGE or schema:NAME:PRIVILEGE, such as table:erp.invoices:select, with names quoted as in SQL where they have anything but lower-case letters, digits and underscores';
  const meant = { ...read, privilege: read.privilege.toLowerCase() };
  const expected = privilegeName(meant);
  return mistakeIn(meant) ?? (expected === name ? undefined : `is written ${expected}`);
}

function parts(name: string): Privilege | undefined {
  const table = forms.table.exec(name);
  if (table) return { kind: 'table', schema: unquoted(table[1] ?? ''), name: unquoted(table[2] ?? ''), privilege: table[3] ?? '' };
  const schema = forms.schema.exec(name);
  return schema ? { kind: 'schema', schema: unquoted(schema[1] ?? ''), privilege: schema[2] ?? '' } : undefined;
}

/** Written as it was meant, without quotes or in capitals. */
function loosely(name: string): Privilege | undefined {
  const [, kind, object = '', said = ''] = /^(table|schema):([^":]+):([a-z]+)$/i.exec(name) ?? [];
  if (kind === 'schema') return { kind, schema: object, privilege: said };
  const [schema, table, ...more] = object.split('.');
  return kind === 'table' && schema && table && more.length === 0 ? { kind, schema, name: table, privilege: said } : undefined;
}

const unquoted = (text: string): string => (text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text);

function mistakeIn(of: Privilege): string | undefined {
  const names = of.kind === 'table' ? [of.schema, of.name] : [of.schema];
  const long = names.find((name) => bytesOf(name) > postgresNameBytes);
  if (long !== undefined) return `has a name of ${bytesOf(long)} bytes in it, and PostgreSQL's names have at most ${postgresNameBytes}`;
  if (!privilegesOf[of.kind].includes(of.privilege))
    return `ends with no privilege on a ${of.kind}: one of ${privilegesOf[of.kind].join(', ')}, in lower case, and one in each entitlement`;
  if (of.schema.startsWith('pg_') || of.schema === 'information_schema') return "is about PostgreSQL's own schemas, which are never granted or retired";
  return undefined;
}
