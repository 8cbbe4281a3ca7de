/** PostgreSQL's refusals of a GRANT or REVOKE, with advice. */
import { DatabaseError } from 'pg';

/** The message for a refusal; undefined for any other error (a lost connection, a mistake in our own code). */
export function refusal(error: unknown): string | undefined {
  if (!(error instanceof DatabaseError)) return undefined;
  const said = `PostgreSQL refused: ${error.message}${error.detail ? ` (${error.detail})` : ''}`;
  switch (error.code) {
    case '42501':
      return `${said}. Let an administrator give Rolewave's login the ADMIN OPTION on this role, or membership in the login that made the grant`;
    case '0LP01':
      return `${said}. Change the plan, or the memberships between these roles`;
    case '2BP01':
      return `${said}. Nothing was revoked`;
    case '42704':
      return `${said}. Create it in the system, or fix the plan`;
    case '42939':
    case '22021':
    case '22P05':
      return `${said}. Use another name`;
    default:
      return /^(0A000|0L...|0P...|2B...|42602|42622|42710|55000)$/.test(error.code ?? '') ? said : undefined;
  }
}

/** Two sessions changed the same catalog row at the same time: the loser can retry. */
export const lostRace = (error: unknown): boolean =>
  error instanceof DatabaseError && (error.code === '23505' || (error.code === 'XX000' && /tuple concurrently (updated|deleted)/.test(error.message)));
