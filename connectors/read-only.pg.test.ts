/** A system opened read-only: how the server itself treats such a session, with a superuser's login and every form of connection string. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { openPgSession } from '../clients/postgres/session.ts';
import { testLogins, type TestLogins } from '../test/support/logins.ts';
import { site, siteSystem } from '../test/support/site.ts';
import { openSystem } from './registry.ts';

let database: TestDatabase;
let logins: TestLogins;
let role: string;
let person: string;

beforeAll(async () => {
  database = await createDatabase('readonly');
  logins = await testLogins(database.url);
  [role, person] = [logins.of('clerk'), logins.of('ann')];
  await logins.login(person);
  await logins.role(role);
});
afterAll(async () => {
  await logins?.remove();
  await database?.drop();
});

const settingOf = async (connectionString: string, name: string) => {
  const session = openPgSession({ connectionString, readOnly: true });
  try {
    return await session.transaction(
      'read only',
      async (client) => (await client.query<{ value: string }>('select current_setting($1) as value', [name])).rows[0]?.value,
    );
  } finally {
    await session.close();
  }
};

describe('the session is read-only from the start', () => {
  test.each([
    ['a plain address', ''],
    ['parameters of another kind', '?application_name=mine&connect_timeout=5'],
    ['options of its own', '?options=-c%20search_path=pg_catalog&application_name=mine'],
    ['options that ask for the opposite', '?options=-c%20default_transaction_read_only=off'],
    ['a fragment', '#note'],
  ])('with %s', async (_, ending) => {
    expect(await settingOf(`${database.url}${ending}`, 'default_transaction_read_only')).toBe('on');
  });

  test('existing options are kept', async () => {
    expect(await settingOf(`${database.url}?options=-c%20search_path=pg_catalog`, 'search_path')).toBe('pg_catalog');
  });
});

test('a change is refused by the session, and by the server when one is attempted in a read-only transaction', async () => {
  const session = openPgSession({ connectionString: database.url, readOnly: true });
  await expect(session.transaction('read write', (client) => client.query('create table x ()'))).rejects.toThrow('opened for reading only');
  for (const statement of ['create table x ()', `grant "${role}" to "${person}"`])
    await expect(
      session.transaction('read only', (client) => client.query(statement)),
      statement,
    ).rejects.toThrow('in a read-only transaction');
  await session.close();
});

test('its check requires only read access, and warns about a login that could do more', async () => {
  const connector = await openSystem(site({ systems: [siteSystem('erp', { kind: 'postgres', readOnly: true })] }).systems[0]!, {
    ERP_DATABASE_URL: database.url,
  });
  const { lines } = await connector.check([role, logins.of('nobody')]);
  expect(lines.map(({ state, text }) => `${state}: ${text}`)).toEqual([
    expect.stringMatching(/^ok: PostgreSQL \S+ answers; Rolewave is signed in as \S+, and the session can only read$/),
    expect.stringMatching(/^warning: .* is a superuser$/),
    `ok: who holds role ${role} can be read`,
    `wrong: role ${logins.of('nobody')} does not exist`,
  ]);
  await connector.close();
});
