/**
 * What a query of the plan may not name. The catalogs, views and functions of PostgreSQL's own whose names begin with `pg_` are refused, apart from a few that
 * only look at their arguments; so are its other functions and types that read the catalogs, reach other sessions or other servers, run text as SQL, change
 * something even in a read-only transaction, or only wait. A test compares this with every function that a real server has. The rights of the login are what
 * holds: a function of the database's own may call any of these.
 */

interface Name {
  kind: string;
  text: string;
}

/** Of the names that begin with `pg_`: a qualifier, and functions of their arguments alone. */
const allowed: ReadonlySet<string> = new Set(['pg_catalog', 'pg_typeof', 'pg_column_size', 'pg_column_compression', 'pg_size_pretty', 'pg_size_bytes']);

const functions: [form: RegExp, what: string][] = [
  [/^set_config$|^setseed$/, 'which changes settings of the session'],
  [
    /^(lo_(import|export|creat|create|open|close|lseek|lseek64|tell|tell64|truncate|truncate64|unlink|put|get|from_bytea)|loread|lowrite)$/,
    'which handles large objects',
  ],
  [/^(dblink\w*|postgres_fdw_\w+)$/, 'which opens or closes connections to other servers'],
  [/^(nextval|setval)$/, 'which changes a sequence'],
  [/^(currval|lastval)$/, 'which reads a sequence'],
  // crosstab, connectby and xpath_table are of the extensions tablefunc and xml2.
  [/^((query|table|cursor|schema|database)_to_xml(schema|_and_xmlschema)?|ts_stat|ts_rewrite|crosstab\w*|connectby|xpath_table)$/, 'which runs text as SQL'],
  [/^(acl(default|explode|insert|remove|contains)|makeaclitem|to_regrole|has_\w+_privilege|row_security_active)$/, 'which shows who holds which role'],
  [
    /^(to_reg\w+|format_type|oidvectortypes|(obj|col|shobj)_description|currtid2|amvalidate|(fmgr_\w+|pl\w+|\w+_fdw)_validator)$/,
    'which reads the catalogs of the server',
  ],
  [/^(txid_\w+|mxid_age|inet_(client|server)_(addr|port)|current_query)$/, 'which shows how the server is used'],
  // They read and write values of any type by its number, those that stand for roles included.
  [/^(any\w*|array|record|range|multirange|domain|enum)_?(in|out|recv|send)$/, 'which reads or writes values of any type'],
  [/^(ri_fkey_\w+|\w+_(call|inline|am|tableam)_handler|(brin|gin)_(de)?(summarize|clean)_\w+|binary_upgrade_\w+)$/, "which is a part of the server's own"],
];

/** Types whose values are written as names of the server's: of roles, and of what belongs to others. `regconfig` and `regdictionary` name ways to search text. */
const types = /^_?(aclitem|reg(class|collation|database|namespace|oper|operator|proc|procedure|role|type))(eq|in|out|recv|send)?$|^hash_aclitem(_extended)?$/;

/** What is said of the best known names; anything else that begins with `pg_` is the server's own. */
const known: [form: RegExp, what: string][] = [
  [/^pg_(terminate|cancel)_backend$/, 'which ends the work of other sessions'],
  [/^pg_(try_)?advisory_\w+$/, 'which takes locks that others wait for'],
  [/^pg_locks$/, 'which shows the locks of other sessions'],
  [/^pg_notify$/, 'which sends notifications'],
  [/^pg_sleep(_for|_until)?$/, 'which only waits'],
  [/^pg_(stat(io)?_\w+|prepared_xacts?|blocking_pids|safe_snapshot_blocking_pids)$/, 'which shows what other sessions do'],
  [/^pg_(authid|shadow|user_mappings?|subscription)$/, 'which may hold passwords'],
  [/^pg_(read_(binary_)?file|ls_\w+|stat_file|file_\w+)$/, 'which handles files of the server'],
  [
    /^pg_(roles|auth_members|user|group|db_role_setting|default_acl|shdepend|policy|policies|get_userbyid|has_role|get_acl|describe_object|identify_object\w*|get_object_address)$/,
    'which shows who holds which role',
  ],
];

/** A piece and the one before it, without what is silent. Returns the name and what it does, or undefined. */
export function refusedCall(before: Name | undefined, piece: Name): string | undefined {
  const named = nameOf(piece);
  const shown = named === undefined ? undefined : whatItShows(named);
  if (shown !== undefined) return `${named}, ${shown}`;
  // A function of one argument is called behind a dot, too: `(value).name`.
  const called = piece.text === '(' && before ? nameOf(before) : before?.text === '.' ? named : undefined;
  const what = called === undefined ? undefined : functions.find(([form]) => form.test(called))?.[1];
  return what === undefined ? undefined : `${called}, ${what}`;
}

/** Of a name that is refused wherever it stands: views, catalogs and types have no brackets, and a function of one row needs none. */
function whatItShows(name: string): string | undefined {
  if (types.test(name) || name === 'information_schema') return 'which shows who holds which role, and what belongs to others';
  if (!name.startsWith('pg_') || allowed.has(name)) return undefined;
  return known.find(([form]) => form.test(name))?.[1] ?? "which is the server's own, as is everything that begins with pg_";
}

function nameOf({ kind, text }: Name): string | undefined {
  if (kind === 'word') return text.toLowerCase();
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : undefined;
}
