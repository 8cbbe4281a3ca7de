import { expect, test } from 'vitest';
import { openSystem } from './registry.ts';

const erp = { id: 'erp', kind: 'postgres', connection: 'ERP_DATABASE_URL', readOnly: false } as const;

test('a variable that is not set is named, with its system', () => {
  expect(() => openSystem(erp, {})).toThrow(/system 'erp': the environment variable ERP_DATABASE_URL is not set/);
});

test('a connection string that cannot be read is refused without repeating its password', () => {
  const open = () => openSystem(erp, { ERP_DATABASE_URL: 'postgres://me:secret@[half/x' });
  expect(open).toThrow(/ERP_DATABASE_URL does not hold a connection string/);
  expect(open).not.toThrow(/secret/);
});

test('each kind has its connector and source', async () => {
  const postgres = openSystem(erp, { ERP_DATABASE_URL: 'postgres://me@127.0.0.1:1/x' });
  expect(postgres.connector.kind).toBe('postgres');
  await Promise.all([postgres.connector.close(), postgres.source.close()]);
  expect(openSystem({ id: 'x', kind: 'none', connection: 'X', readOnly: false }, {}).connector.kind).toBe('none');
});

test.each(['none', 'postgres'] as const)('a readOnly system of kind %s refuses to change anything without asking it', async (kind) => {
  // Nobody listens there: an answer that came at all did not come from a server.
  const { connector, source } = openSystem({ ...erp, kind, readOnly: true }, { ERP_DATABASE_URL: 'postgres://me@127.0.0.1:1/x' });
  const grant = { role: 'clerk', account: 'ann', grantor: 'dba', options: {} };
  const refused = { outcome: 'failed', why: expect.stringContaining('a read-only connection') };
  expect(await connector.grant('clerk', 'ann')).toEqual(refused);
  expect(await connector.revoke(grant)).toEqual(refused);
  expect(await connector.restore(grant)).toEqual(refused);
  await Promise.all([connector.close(), source.close()]);
});
