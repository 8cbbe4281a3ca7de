import { expect, test } from 'vitest';
import type { Connector, ConnectorKind } from './connector.ts';
import { noneConnector } from './none/connector.ts';
import { connectorKinds, needsConnection, openSystem } from './registry.ts';

const erp = { id: 'erp', kind: 'postgres', connection: 'ERP_DATABASE_URL', readOnly: false } as const;
const lab = { ...erp, id: 'lab', kind: 'none' } as const;

test('a variable that is not set is named, with its system', () => {
  expect(() => openSystem(erp, {})).toThrow(/system 'erp': the environment variable ERP_DATABASE_URL is not set.*postgres:/);
  expect([needsConnection(erp), needsConnection(lab)]).toEqual([true, false]);
});

test('a connection string that cannot be read is refused without repeating its password', () => {
  const open = () => openSystem(erp, { ERP_DATABASE_URL: 'postgres://me:secret@[half/x' });
  expect(open).toThrow(/ERP_DATABASE_URL does not hold a connection string/);
  expect(open).not.toThrow(/secret/);
});

test('each kind has its connector', async () => {
  const postgres = openSystem(erp, { ERP_DATABASE_URL: 'postgres://me@127.0.0.1:1/x' });
  expect(postgres.kind).toBe('postgres');
  await postgres.close();
  expect(openSystem(lab, {}).kind).toBe('none');
});

test.each(['none', 'postgres'] as const)('a readOnly system of kind %s refuses to change anything without asking it', async (kind) => {
  // Nothing listens there, so any answer did not come from a server.
  const connector = openSystem({ ...erp, kind, readOnly: true }, { ERP_DATABASE_URL: 'postgres://me@127.0.0.1:1/x' });
  const grant = { role: 'clerk', account: 'ann', grantor: 'dba', options: {} };
  const refused = { outcome: 'failed', why: expect.stringContaining('a read-only connection') };
  const written: unknown[] = [];
  const writeDown = async (outcomes: unknown[], transaction?: string) => void written.push(outcomes, transaction);
  expect(await connector.grant([grant, grant], writeDown)).toEqual([refused, refused]);
  expect(await connector.revoke([grant], writeDown)).toEqual([refused]);
  expect(await connector.restore([grant], writeDown)).toEqual([refused]);
  expect(await connector.rehearse({ grant: [grant], revoke: [grant, grant] })).toEqual({ grant: [refused], revoke: [refused, refused] });
  // Each refusal is written down like every other outcome, and no transaction is said to be under way.
  expect(written).toEqual([[refused, refused], undefined, [refused], undefined, [refused], undefined]);
  await connector.close();
});

/** Only what every connector must have. */
function bareConnector(): Connector {
  const { running: _running, lastUse: _lastUse, ...needed } = noneConnector();
  return { ...needed, kind: 'made-up' };
}

test('a kind that only the registry knows is opened with its own connection string, and obeys readOnly', async () => {
  const strings: string[] = [];
  const madeUp: ConnectorKind<unknown> = {
    connectionString: 'made-up://somewhere',
    open: (_system, connectionString) => {
      strings.push(connectionString);
      return bareConnector();
    },
  };
  const kinds = { ...connectorKinds, 'made-up': madeUp };
  const system = { ...erp, kind: 'made-up' as never };
  expect(() => openSystem(system, {}, { kinds })).toThrow('such as made-up://somewhere');
  expect(needsConnection(system, kinds)).toBe(true);
  const connector = openSystem({ ...system, readOnly: true }, { ERP_DATABASE_URL: 'made-up://here' }, { kinds });
  expect([connector.kind, strings]).toEqual(['made-up', ['made-up://here']]);
  expect(await connector.grant([{ role: 'clerk', account: 'ann' }], async () => undefined)).toMatchObject([{ outcome: 'failed' }]);
  expect([connector.running, connector.lastUse, connector.usage]).toEqual([undefined, undefined, undefined]);
});
