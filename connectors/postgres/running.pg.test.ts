import { Client } from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type {} from '../../test/support/provided.ts';
import type { Connector } from '../connector.ts';
import { postgresConnector } from './connector.ts';
import { testLogins, type TestLogins } from '../../test/support/logins.ts';

let logins: TestLogins;
let connector: Connector;
let session: Client;
let ana: string;

beforeAll(async () => {
  logins = await testLogins(inject('postgresUrl'));
  ana = logins.of('ana');
  await logins.login(logins.of('rolewave_svc'), ana);
  connector = postgresConnector({ connectionString: logins.url(logins.of('rolewave_svc')) });
  session = new Client({ connectionString: logins.url(ana) });
  await session.connect();
});

afterAll(async () => {
  await session.end();
  await connector.close();
  await logins.remove();
});

test('a login that may not see other sessions says so', async () => {
  expect(await connector.running?.([ana])).toEqual({ notPermitted: expect.stringContaining('grant it pg_monitor') });
  expect(await connector.running?.([logins.of('nobody_is_connected')])).toEqual([]);
});

test('an open transaction of one of the accounts is a running job until it ends; an idle session is not', async () => {
  await logins.admin(`grant pg_read_all_stats to "${logins.of('rolewave_svc')}"`);
  expect(await connector.running?.([ana])).toEqual([]);
  await session.query('begin');
  await session.query('select 1');
  expect(await connector.running?.([ana])).toEqual([
    expect.stringMatching(new RegExp(`^${ana} has a transaction open since [0-9: -]+ UTC \\(idle in transaction\\)$`)),
  ]);
  expect(await connector.running?.([logins.of('somebody_else')])).toEqual([]);
  await session.query('commit');
  expect(await connector.running?.([ana])).toEqual([]);
});
