/**
 * What a query of the plan may not name: functions that change something even in a read-only transaction, reach other sessions or other servers, run text as
 * SQL, or only wait. The rights of the login are what holds: a function of the database's own may call any of these. This list says it before anything runs.
 */

interface Name {
  kind: string;
  text: string;
}

const functions: [form: RegExp, what: string][] = [
  [/^pg_(terminate|cancel)_backend$/, 'which ends the work of other sessions'],
  [/^pg_(try_)?advisory_\w+$/, 'which takes locks that others wait for'],
  [/^set_config$/, 'which changes settings of the session'],
  [/^pg_notify$/, 'which sends notifications'],
  [
    /^(lo_(import|export|creat|create|open|close|lseek|lseek64|tell|tell64|truncate|truncate64|unlink|put|get|from_bytea)|loread|lowrite)$/,
    'which handles large objects',
  ],
  [/^(dblink\w*|postgres_fdw_\w+)$/, 'which opens or closes connections to other servers'],
  [/^(pg_stat_get_\w+|pg_stat_statements(_\w+)?)$/, 'which shows what other sessions do'],
  [/^(pg_get_userbyid|to_regrole|pg_has_role|aclexplode|makeaclitem)$/, 'which shows who holds which role'],
  [/^pg_sleep(_for|_until)?$/, 'which only waits'],
  [/^(nextval|setval)$/, 'which changes a sequence'],
  [/^((query|table|cursor|schema|database)_to_xml(schema|_and_xmlschema)?|ts_stat|ts_rewrite)$/, 'which runs text as SQL'],
  [/^pg_(read_(binary_)?file|ls_\w+|stat_file|file_\w+)$/, 'which handles files of the server'],
  [
    /^pg_(reload_conf|rotate_logfile\w*|switch_wal|promote|create_restore_point|backup_\w+|start_backup|stop_backup|logical_\w+|replication_\w+|create_\w*replication_slot|copy_\w*replication_slot|drop_replication_slot|wal_replay_\w+|stat_reset\w*|stat_force_next_flush|export_snapshot|import_system_collations|log_\w+|lock_status)$/,
    'which administers the server',
  ],
];
/** Views, catalogs and types; they are named without brackets. */
const relations = new Map([
  ['pg_locks', 'which shows the locks of other sessions'],
  ...['pg_stat_activity', 'pg_stat_statements', 'pg_prepared_xacts'].map((name): [string, string] => [name, 'which shows what other sessions do']),
  ...['pg_stat_ssl', 'pg_stat_gssapi', 'pg_stat_replication', 'pg_stat_progress_copy'].map((name): [string, string] => [
    name,
    'which shows the sessions of others',
  ]),
  ...['pg_hba_file_rules', 'pg_ident_file_mappings', 'pg_file_settings'].map((name): [string, string] => [name, 'which shows how the server is set up']),
  ...['pg_authid', 'pg_shadow', 'pg_user_mapping', 'pg_user_mappings', 'pg_subscription'].map((name): [string, string] => [name, 'which may hold passwords']),
  ...[
    ['pg_roles', 'pg_auth_members', 'pg_user', 'pg_group', 'pg_db_role_setting', 'pg_default_acl', 'pg_shdepend', 'pg_policy', 'pg_policies'],
    ['regrole', '_regrole', 'information_schema'],
  ]
    .flat()
    .map((name): [string, string] => [name, 'which shows who holds which role']),
]);
/** All that PostgreSQL counts, and what others do at the moment. */
const statistics = /^pg_stat(io)?_\w+$/;

/** `name` and the piece after it, without what is silent. Returns the name and what it does, or undefined. */
export function refusedCall(before: Name | undefined, piece: Name): string | undefined {
  const relation = nameOf(piece);
  const shown = relation === undefined ? undefined : shownBy(relation);
  if (shown !== undefined) return `${relation}, ${shown}`;
  const called = piece.text === '(' && before ? nameOf(before) : undefined;
  if (called === undefined) return undefined;
  const what = functions.find(([form]) => form.test(called))?.[1];
  return what === undefined ? undefined : `${called}, ${what}`;
}

/** A function of such a name is judged where its bracket opens, or shown here for a whole family. */
const shownBy = (relation: string): string | undefined => relations.get(relation) ?? (statistics.test(relation) ? 'which shows what others do' : undefined);

function nameOf({ kind, text }: Name): string | undefined {
  if (kind === 'word') return text.toLowerCase();
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : undefined;
}
