import { expect, test } from 'vitest';
import { connectionFailure } from './connection-failure.ts';

const made = (message: string, code?: string) => Object.assign(new Error(message), code === undefined ? {} : { code });

test.each([
  [made('connect ENOENT /secret/.s.PGSQL.5432', 'ENOENT'), 'does not exist'],
  [made('connect EACCES /secret/.s.PGSQL.5432', 'EACCES'), 'may not be opened'],
  [made('connect ECONNREFUSED 10.9.8.7:5432', 'ECONNREFUSED'), 'nothing listens'],
  [made('getaddrinfo ENOTFOUND secret.example.com', 'ENOTFOUND'), 'cannot be resolved'],
  [made('connect EHOSTUNREACH 10.9.8.7:5432', 'EHOSTUNREACH'), 'does not lead'],
  [made('read ECONNRESET', 'ECONNRESET'), 'lost'],
  [made("Hostname/IP does not match certificate's altnames: Host: secret.example.com.", 'ERR_TLS_CERT_ALTNAME_INVALID'), 'certificate'],
  [made('self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT'), 'certificate'],
  [made('password authentication failed for user "secret"', '28P01'), 'password'],
  [made('no pg_hba.conf entry for host "10.9.8.7", user "secret"', '28000'), 'login'],
  [made('database "secret" does not exist', '3D000'), 'no such database'],
  [made('timeout exceeded when trying to connect'), 'in time'],
  [made('Connection terminated unexpectedly'), 'lost'],
  [new AggregateError([made('connect ECONNREFUSED ::1:5432', 'ECONNREFUSED')]), 'nothing listens'],
])('%s is told in words without what it repeats', (error, words) => {
  const found = connectionFailure(error);
  expect(found?.words).toContain(words);
  expect(found?.words).not.toMatch(/secret|10\.9|::1/);
});

test('any other error is one only while connecting', () => {
  for (const error of [made('secret', '42501'), made('secret'), 'secret', undefined]) {
    expect(connectionFailure(error)).toBeUndefined();
    expect(connectionFailure(error, true)?.words).toBe('the connection could not be made');
  }
});
