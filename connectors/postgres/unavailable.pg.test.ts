/** A server that lets nobody in, or takes no changes, at the moment: said in words, tried again, and never a final failure of a grant. */
import { Client } from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type {} from '../../test/support/provided.ts';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { oneByOne, unrecorded } from '../../test/support/one-by-one.ts';
import { openPgSystem, type PgSystem } from '../../test/support/pg-system.ts';
import { postgresConnector } from './connector.ts';

let system: PgSystem;
beforeAll(async () => {
  system = await openPgSystem(inject('postgresUrl'));
});
afterAll(() => system?.close());

const changed = (connectionString: string, change: (url: URL) => void): string => {
  const url = new URL(connectionString);
  change(url);
  return url.href;
};

/** What an administrator does, how it is undone, and what is said meanwhile. */
const troubles: [string, { trouble?: (login: string) => string; remedy?: (login: string) => string; url?: (url: URL) => void; words: RegExp }][] = [
  [
    'a login that is locked',
    {
      trouble: (login) => `alter role ${login} nologin`,
      remedy: (login) => `alter role ${login} login`,
      words: /does not let the login in.*28000.*LOGIN attribute/s,
    },
  ],
  [
    'a password that is being rotated',
    {
      trouble: (login) => `alter role ${login} password 'the next one'`,
      remedy: (login) => `alter role ${login} password 'only-for-tests'`,
      words: /does not accept the password.*28P01.*current password/s,
    },
  ],
  [
    'a login that is read-only by default',
    {
      trouble: (login) => `alter role ${login} set default_transaction_read_only = on`,
      remedy: (login) => `alter role ${login} reset default_transaction_read_only`,
      words: /read-only transaction.*25006.*default_transaction_read_only/s,
    },
  ],
  [
    'too few connections',
    {
      trouble: (login) => `alter role ${login} connection limit 0`,
      remedy: (login) => `alter role ${login} connection limit -1`,
      words: /too many connections.*53300.*CONNECTION LIMIT/s,
    },
  ],
  ['a database that does not exist', { url: (url) => void (url.pathname = '/not_there'), words: /no such database.*3D000.*Create the database/s }],
  ['a port at which nobody listens', { url: (url) => void (url.port = '1'), words: /could not be reached: nothing listens at its address/ }],
];

test.each(troubles)('%s is SystemUnavailable, and after the remedy the grant is made', async (_what, { trouble, remedy, url = () => undefined, words }) => {
  const { pair, logins } = system;
  const { role, account } = await pair();
  const login = logins.of('in_trouble');
  await logins.admin(`create role "${login}" login password 'only-for-tests'; grant "${role}" to "${login}" with admin option`);
  const connector = postgresConnector({ connectionString: changed(logins.url(login), url), connectTimeoutMs: 2_000 });
  try {
    if (trouble) await logins.admin(trouble(`"${login}"`));
    const error = await connector.grant([{ role, account }], unrecorded).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SystemUnavailable);
    expect(String(error)).toMatch(words);
    if (/28|3D/.test(words.source)) expect(`${String(error)} ${String((error as Error).cause)}`).not.toMatch(/in_trouble|not_there/);
    if (!remedy) return;
    await logins.admin(remedy(`"${login}"`));
    await expect.poll(() => oneByOne(connector).grant(role, account).catch(String)).toMatchObject({ outcome: 'created' });
  } finally {
    await connector.close();
    await logins.admin(`drop owned by "${login}" cascade; drop role "${login}"`);
  }
});

test('a database that this login may not connect to is SystemUnavailable', async () => {
  const { logins, svc } = system;
  const database = logins.of('closed');
  await logins.admin(`create database "${database}"`);
  await logins.admin(`revoke connect on database "${database}" from public`);
  const connector = postgresConnector({ connectionString: changed(logins.url(svc), (url) => void (url.pathname = `/${database}`)) });
  const error = await connector.place().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SystemUnavailable);
  expect(String(error)).toMatch(/could not be made.*42501.*GRANT CONNECT/s);
  await connector.close();
  await logins.admin(`drop database "${database}"`);
});

test('a login that is locked in the middle of a release loses nothing: the connection that it has still works, and the next one waits', async () => {
  const { one, pair, logins, svc } = system;
  const { role, account } = await pair();
  await one.grant(role, account);
  await logins.admin(`alter role "${svc}" nologin`);
  await logins.admin('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [svc]);
  await expect.poll(() => one.grant(role, account).catch((error: unknown) => error)).toBeInstanceOf(SystemUnavailable);
  await logins.admin(`alter role "${svc}" login`);
  await expect.poll(() => one.grant(role, account).catch(String)).toMatchObject({ outcome: 'preexisting' });
});

test('what is already there is answered by a server that takes no changes', async () => {
  const { one, pair, logins, svc } = system;
  const { role, account } = await pair();
  await one.grant(role, account);
  await logins.admin(`alter role "${svc}" set default_transaction_read_only = on`);
  await system.as(svc, async (reading) => {
    expect(await oneByOne(reading).grant(role, account)).toMatchObject({ outcome: 'preexisting' });
    const error = await reading.rehearse({ grant: [await pair()], revoke: [], restore: [] }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SystemUnavailable);
  });
  await logins.admin(`alter role "${svc}" reset default_transaction_read_only`);
  expect(new Client({ connectionString: logins.url(svc) }).user).toBe(svc);
});
