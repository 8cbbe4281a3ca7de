import { Client } from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type {} from '../../test/support/provided.ts';
import type { Connector, Use } from '../connector.ts';
import { postgresConnector } from './connector.ts';
import { testLogins, type TestLogins } from '../../test/support/logins.ts';

const hour = 3_600_000;
let logins: TestLogins;
let connector: Connector;
let session: Client;
let ana: string;
let ben: string;

beforeAll(async () => {
  logins = await testLogins(inject('postgresUrl'));
  [ana, ben] = [logins.of('ana'), logins.of('ben')];
  await logins.login(logins.of('rolewave_svc'), ana, ben);
  connector = postgresConnector({ connectionString: logins.url(logins.of('rolewave_svc')) });
  session = new Client({ connectionString: logins.url(ana) });
  await session.connect();
});
afterAll(async () => {
  await session.end();
  await connector.close();
  await logins.remove();
});

const asked = async (sinceMs: number) => connector.lastUse?.(['any_role'], [ana, ben], sinceMs);
async function sessions(sinceMs: number): Promise<Use[]> {
  const uses = await asked(sinceMs);
  if (!uses || 'notPermitted' in uses) throw new Error('sessions are not visible');
  return uses;
}

test('a login that may not see other sessions says so', async () => {
  expect(await asked(0)).toEqual({ notPermitted: expect.stringContaining('grant it pg_monitor') });
});

test('a connected account that was active since then counts, without a role; one that is not connected does not', async () => {
  await logins.admin(`grant pg_read_all_stats to "${logins.of('rolewave_svc')}"`);
  await session.query('select 1');
  const [use, ...others] = await sessions(Date.now() - hour);
  expect(others).toEqual([]);
  expect(use).toEqual({ account: ana, atMs: expect.any(Number) });
  expect(Math.abs(Date.now() - use!.atMs)).toBeLessThan(60_000);
});

test('a session that has been idle for longer does not count; an open transaction counts however old it is', async () => {
  expect(await sessions(Date.now() + hour)).toEqual([]);
  const afterIt = (await sessions(0))[0]!.atMs + 1;
  expect(await sessions(afterIt)).toEqual([]);
  await session.query('begin');
  expect(await sessions(afterIt)).toEqual([{ account: ana, atMs: expect.any(Number) }]);
  await session.query('commit');
});
