import { expect, test } from 'vitest';
import { openSystem } from './registry.ts';

const erp = { id: 'erp', kind: 'postgres', connection: 'ERP_DATABASE_URL' } as const;

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
  expect(openSystem({ id: 'x', kind: 'none', connection: 'X' }, {}).connector.kind).toBe('none');
});
