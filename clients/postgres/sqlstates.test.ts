import { DatabaseError } from 'pg';
import { describe, expect, test } from 'vitest';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { notConnected, sorted } from './session.ts';
import { meaningOf, serverWords } from './sqlstates.ts';

function error(code: string, message = 'what the server says', detail?: string): DatabaseError {
  const made = new DatabaseError(message, message.length, 'error');
  made.code = code;
  if (detail !== undefined) made.detail = detail;
  return made;
}

describe('what passes is tried again', () => {
  test.each([
    ['a password during its rotation', '28P01', 'current password'],
    ['a locked login, or one that pg_hba.conf keeps out', '28000', 'pg_hba.conf'],
    ['a database that is missing', '3D000', 'Create the database'],
    ['a standby, or a server that is read-only by default', '25006', 'standby'],
    ['too few connections', '53300', 'max_connections'],
    ['no memory', '53200', 'out of a resource'],
    ['no room', '53100', 'out of a resource'],
    ['a shutdown by an administrator', '57P01', ''],
    ['a crash of another session', '57P02', ''],
    ['a start that is not over', '57P03', ''],
    ['a dropped database', '57P04', ''],
    ['a lost connection', '08006', ''],
    ['a broken protocol', '08P01', ''],
    ['a timeout of the statement', '57014', 'longer than it may'],
    ['a timeout of a lock', '55P03', 'pg_locks'],
    ['a file that cannot be read', '58030', "server's log"],
  ])('%s', (_what, code, fix) => {
    expect(meaningOf(error(code))).toBe('again');
    const thrown = sorted(error(code));
    expect(thrown).toBeInstanceOf(SystemUnavailable);
    expect(String(thrown)).toContain(`what the server says (SQLSTATE ${code})`);
    expect(String(thrown)).toContain(fix);
  });
});

describe('what another session was faster with is tried again at once', () => {
  test.each([
    ['40001', 'could not serialize access'],
    ['40P01', 'deadlock detected'],
    ['23505', 'duplicate key value violates unique constraint "pg_auth_members_role_member_index"'],
    ['XX000', 'tuple concurrently updated'],
    ['XX000', 'tuple concurrently deleted'],
    ['XX000', 'cache lookup failed for role 16402'],
  ])('%s %s', (code, message) => {
    expect(meaningOf(error(code, message))).toBe('race');
    expect(sorted(error(code, message))).toBeInstanceOf(SystemUnavailable);
  });
});

describe('what the server refuses is final, in its own words', () => {
  test.each([
    ['42501', 'permission denied to grant role "clerk"', 'ADMIN OPTION'],
    ['42704', 'role "clerk" does not exist', 'Create it in the system'],
    ['0LP01', 'role "clerk" is a member of role "ann"', 'memberships between'],
    ['2BP01', 'dependent privileges exist', 'Nothing was revoked'],
    ['42939', 'role name "pg_x" is reserved', 'another name'],
    ['0A000', 'not supported', ''],
    ['55000', 'not in the right state', ''],
    ['P0001', 'an extension says no', ''],
    ['XX000', 'no possible grantors', 'WITH INHERIT TRUE'],
  ])('%s %s', (code, message, fix) => {
    const refused = error(code, message, 'a detail');
    expect(meaningOf(refused)).toBe('refused');
    expect(sorted(refused)).toBe(refused);
    expect(serverWords(refused)).toMatch(new RegExp(`^PostgreSQL refused: ${message} \\(a detail\\)`));
    expect(serverWords(refused)).toContain(fix);
  });
});

test('every other error is a mistake, of ours or in a statement, and stays as it is', () => {
  for (const each of [error('42601'), error('22012'), error('XX000', 'unexpected'), error('42P01'), new Error('not of the server'), undefined]) {
    expect(meaningOf(each)).toBeUndefined();
    expect(sorted(each)).toBe(each);
  }
});

test.each([
  ['42501', 'GRANT CONNECT'],
  ['55000', 'the connection could not be made'],
  ['28P01', 'current password'],
  ['XX000', 'the connection could not be made'],
])('whatever the server says to a login that it does not let in, it may let it in later: %s', (code, words) => {
  const thrown = notConnected(error(code));
  expect(thrown).toBeInstanceOf(SystemUnavailable);
  expect(String(thrown)).toContain(words);
  expect(`${String(thrown)} ${String((thrown as Error).cause)}`).not.toContain('what the server says');
});
