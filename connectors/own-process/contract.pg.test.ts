/** A connector in a process of its own does as it does without one: PostgreSQL, opened as a worker opens it. */
import { describe, expect, inject, test, vi } from 'vitest';
import { connectorContract } from '../../test/connectors/contract.ts';
import { postgresPeer } from '../../test/connectors/peers/postgres.ts';
import { site } from '../../test/support/site.ts';
import { connectorInOwnProcess } from './connector.ts';

const [system] = site({ systems: [{ id: 'erp', kind: 'postgres', connection: { env: 'ERP' } }] }).systems;

describe('the contract of a connector, on PostgreSQL in a process of its own', () => {
  connectorContract(
    () => postgresPeer(undefined, (connectionString) => connectorInOwnProcess(system!, connectionString, { opening: { lockSecret: 'of these tests' } })),
    { keepsGrantorsApart: true },
    { sequences: 10 },
  );
});

describe('what a connection string leaves out', () => {
  test('comes from the environment of the worker', async () => {
    const whole = new URL(inject('postgresUrl'));
    vi.stubEnv('PGUSER', decodeURIComponent(whole.username));
    vi.stubEnv('PGPASSWORD', decodeURIComponent(whole.password));
    const connector = connectorInOwnProcess(system!, `postgresql://${whole.host}${whole.pathname}`);
    expect((await connector.snapshot(['postgres'], [])).roles).toMatchObject([{ role: 'postgres', exists: true }]);
    await connector.close();
    vi.unstubAllEnvs();
  });

  test('does not make a system of the store', async () => {
    const store = inject('postgresUrl');
    const connector = connectorInOwnProcess(system!, store, { opening: { store } });
    await expect(connector.snapshot(['postgres'], [])).rejects.toThrow('the store is never a system');
    await connector.close();
  });
});

test('more others than a preview lists are refused in the process that has read them', async () => {
  const connector = connectorInOwnProcess(system!, inject('postgresUrl'));
  // PostgreSQL grants it to pg_monitor itself.
  const read = (most: number) => connector.snapshot(['pg_read_all_settings'], [], undefined, undefined, undefined, { roles: ['pg_read_all_settings'], most });
  expect((await read(10)).grants.map(({ account }) => account)).toContain('pg_monitor');
  await expect(read(0)).rejects.toThrow(/^\d+ accounts outside of the cohort hold these entitlements/);
  await connector.close();
});
