/**
 * What PostgreSQL's errors mean for Rolewave: one table, by SQLSTATE, and by message for the few that share XX000 (those messages are never translated).
 *
 * - `again`: nothing was changed, and the same request may succeed later, by itself or after an administrator has fixed something.
 * - `race`: another session was faster; the same transaction may succeed at once.
 * - `refused`: the server will not do it, however often it is asked.
 *
 * An error that is not in the table is a mistake in Rolewave or in a statement of the plan.
 */
import { DatabaseError } from 'pg';

export type Meaning = 'again' | 'race' | 'refused';

interface Row {
  /** Only while connecting. */
  connecting?: true;
  code: RegExp;
  message?: RegExp;
  meaning: Meaning;
  /** What to do about it, as a sentence without its full stop. */
  fix?: string;
}

const table: Row[] = [
  // The server does not let the login in. Passwords are rotated and logins locked while Rolewave works, so this is never final.
  { code: /^28P01$/, meaning: 'again', fix: "Put the login's current password into the connection string" },
  { code: /^28000$/, meaning: 'again', fix: "Let Rolewave's login in: see its LOGIN attribute and the server's pg_hba.conf" },
  { code: /^3D000$/, meaning: 'again', fix: 'Create the database, or name another one in the connection string' },
  { code: /^53300$/, meaning: 'again', fix: 'Raise max_connections or the CONNECTION LIMIT of the login or database, or end idle sessions' },
  { connecting: true, code: /^42501$/, meaning: 'again', fix: "GRANT CONNECT ON DATABASE … to Rolewave's login" },
  { connecting: true, code: /./, meaning: 'again' },
  // The server works on, and not for changes.
  {
    code: /^25006$/,
    meaning: 'again',
    fix: 'The server takes no changes: it is a standby, as during a failover, or default_transaction_read_only is on. Connect to the primary, or turn it off',
  },
  // The server is shut down, started or switched over, or has no room.
  { code: /^57P0/, meaning: 'again' },
  { code: /^08/, meaning: 'again' },
  { code: /^53/, meaning: 'again', fix: 'The server has run out of a resource' },
  { code: /^58/, meaning: 'again', fix: "See the server's log" },
  // It took too long.
  { code: /^57014$/, meaning: 'again', fix: 'It took longer than it may, or an administrator cancelled it' },
  { code: /^55P03$/, meaning: 'again', fix: 'Another session holds the lock: see pg_locks' },
  // Another session was faster.
  { code: /^(40001|40P01|23505)$/, meaning: 'race' },
  {
    code: /^XX000$/,
    message: /tuple concurrently (updated|deleted)|cache lookup failed for role|could not find tuple for|could not open relation with OID/,
    meaning: 'race',
  },
  // The server refuses.
  {
    code: /^42501$/,
    meaning: 'refused',
    fix: "Let an administrator grant Rolewave's login the ADMIN OPTION on this role, or membership in the login that made the grant",
  },
  {
    code: /^XX000$/,
    message: /no possible grantors/,
    meaning: 'refused',
    fix: "Rolewave's login has the ADMIN OPTION only through a group whose rights it does not inherit: grant that membership WITH INHERIT TRUE",
  },
  {
    code: /^54000$/,
    message: /row is too big/,
    meaning: 'refused',
    fix: 'The access list of one table or schema has room for some 2,400 entries: grant the privilege to a role, and the role to people',
  },
  { code: /^0LP01$/, meaning: 'refused', fix: 'Change the plan, or the memberships between these roles' },
  { code: /^2BP01$/, meaning: 'refused', fix: 'Nothing was revoked' },
  { code: /^42704$/, meaning: 'refused', fix: 'Create it in the system, or fix the plan' },
  { code: /^(42939|22021|22P05)$/, meaning: 'refused', fix: 'Use another name' },
  { code: /^(0A000|0L...|0P...|2B...|42602|42622|42710|55000|55006|P0001)$/, meaning: 'refused' },
];

/** `connecting`: the error is the answer to a login. */
const rowOf = (error: DatabaseError, connecting = false): Row | undefined =>
  table.find((row) => (connecting || !row.connecting) && row.code.test(error.code ?? '') && (row.message === undefined || row.message.test(error.message)));

/** undefined: not an error of the server, or one that is not in the table. */
export const meaningOf = (error: unknown): Meaning | undefined => (error instanceof DatabaseError ? rowOf(error)?.meaning : undefined);

/** What to do about it, as a sentence without its full stop. `connecting`: it is the answer to a login. */
export const fixOf = (error: DatabaseError, connecting: boolean): string | undefined => rowOf(error, connecting)?.fix;

const mostWords = 1_000;

/** The server's own message and detail, its SQLSTATE where it is not a refusal, and what to do about it; no full stop at the end. */
export function serverWords(error: DatabaseError): string {
  const row = rowOf(error);
  const detail = error.detail ? ` (${error.detail.slice(0, mostWords)})` : '';
  const message = error.message.slice(0, mostWords);
  const said =
    row?.meaning === 'refused' ? `PostgreSQL refused: ${message}${detail}` : `PostgreSQL answered: ${message}${detail} (SQLSTATE ${error.code ?? 'unknown'})`;
  return row?.fix === undefined ? said : `${said}. ${row.fix}`;
}
