import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Connector, ConnectorKind } from './connector.ts';
import { noneConnector } from './none/connector.ts';
import { connectorKinds, openSystem } from './registry.ts';
import type { System } from '../domain/site/schema.ts';
import { site, siteSystem } from '../test/support/site.ts';

/** What a directory needs besides. */
const bases = { groups: { base: 'ou=groups,dc=x' }, accounts: { base: 'ou=people,dc=x' } };
const systemOf = (kind: System['kind'], change: Parameters<typeof siteSystem>[1] = {}): System =>
  site({ systems: [siteSystem('erp', { kind, ...(kind === 'ldap' ? bases : {}), ...change })] }).systems[0]!;
const erp = systemOf('postgres');

test('a variable that is not set is named, with its system', async () => {
  await expect(openSystem(erp, {})).rejects.toThrow(/system 'erp': the environment variable ERP_DATABASE_URL is not set.*postgres:/);
});

test('a file that is missing or empty is named, with its system, and read anew whenever the system is opened', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'rolewave-connection-'));
  const file = join(dir, 'erp');
  const inFile = systemOf('postgres', { connection: { file } });
  await expect(openSystem(inFile, {})).rejects.toThrow(`system 'erp': the file ${file} does not exist; it should hold the connection string`);
  await writeFile(file, ' \n');
  await expect(openSystem(inFile, {})).rejects.toThrow(`system 'erp': the file ${file} is empty`);
  await writeFile(file, 'postgres://me:secret@[half/x\n');
  const refused = await openSystem(inFile, {}).catch((error: unknown) => String(error));
  expect(refused).toContain(`the file ${file} does not hold a connection string`);
  expect(refused).not.toContain('secret');
  await writeFile(file, 'postgres://me@127.0.0.1:1/x\n');
  await (await openSystem(inFile, {})).close();
  await rm(dir, { recursive: true });
});

test('a connection string that cannot be read is refused without repeating its password', async () => {
  const refused = await openSystem(erp, { ERP_DATABASE_URL: 'postgres://me:secret@[half/x' }).catch((error: unknown) => String(error));
  expect(refused).toContain('ERP_DATABASE_URL does not hold a connection string');
  expect(refused).not.toContain('secret');
});

test('each kind has its connector', async () => {
  const postgres = await openSystem(erp, { ERP_DATABASE_URL: 'postgres://me@127.0.0.1:1/x' });
  expect(postgres.kind).toBe('postgres');
  await postgres.close();
  expect((await openSystem(systemOf('none'), {})).kind).toBe('none');
  const ldap = await openSystem(systemOf('ldap'), { ERP_DATABASE_URL: 'ldaps://cn=me:secret@127.0.0.1:1' });
  expect(ldap.kind).toBe('ldap');
  await ldap.close();
  const scim = await openSystem(systemOf('scim'), { ERP_DATABASE_URL: 'https://bearer:secret@127.0.0.1:1/v2' });
  expect(scim.kind).toBe('scim');
  await scim.close();
  const keycloak = await openSystem(systemOf('keycloak'), { ERP_DATABASE_URL: 'https://me:secret@127.0.0.1:1/realms/x' });
  expect(keycloak.kind).toBe('keycloak');
  await keycloak.close();
});

test.each([
  ['none', ''],
  ['postgres', 'postgres://me@127.0.0.1:1/x'],
  ['ldap', 'ldap://cn=me:secret@127.0.0.1:1'],
  ['scim', 'https://bearer:secret@127.0.0.1:1/v2'],
  ['keycloak', 'https://me:secret@127.0.0.1:1/realms/x'],
] as const)('a readOnly system of kind %s refuses to change anything without asking it', async (kind, address) => {
  // Nothing listens there, so any answer did not come from a server.
  const connector = await openSystem(systemOf(kind, { readOnly: true }), { ERP_DATABASE_URL: address });
  const grant = { role: 'clerk', account: 'ann', grantor: 'dba', options: {} };
  const refused = { outcome: 'failed', why: expect.stringContaining('a read-only connection') };
  const written: unknown[] = [];
  const writeDown = async (outcomes: unknown[], transaction?: string) => void written.push(outcomes, transaction);
  expect(await connector.grant([grant, grant], writeDown)).toEqual([refused, refused]);
  expect(await connector.revoke([grant], writeDown)).toEqual([refused]);
  expect(await connector.restore([grant], writeDown)).toEqual([refused]);
  expect(await connector.rehearse({ grant: [grant], revoke: [grant, grant], restore: [grant] })).toEqual({
    grant: [refused],
    revoke: [refused, refused],
    restore: [refused],
  });
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
  await expect(openSystem(system, {}, { kinds })).rejects.toThrow('such as made-up://somewhere');
  const connector = await openSystem({ ...system, readOnly: true }, { ERP_DATABASE_URL: 'made-up://here' }, { kinds });
  expect([connector.kind, strings]).toEqual(['made-up', ['made-up://here']]);
  expect(await connector.grant([{ role: 'clerk', account: 'ann' }], async () => undefined)).toMatchObject([{ outcome: 'failed' }]);
  expect([connector.running, connector.lastUse, connector.usage]).toEqual([undefined, undefined, undefined]);
});
