import { expect, test } from 'vitest';
import { NoData } from '../telemetry-source.ts';
import { noneConnector } from './connector.ts';
import { noneSource } from './source.ts';

const role = 'month_end';

test('what is given can be read back, once, and revoked', async () => {
  const connector = noneConnector();
  const grant = { role, account: 'ana', grantor: 'rolewave', options: {} };
  expect(await connector.grant(role, 'ana')).toEqual({ outcome: 'created', grant });
  expect(await connector.grant(role, 'ana')).toEqual({ outcome: 'preexisting', grant });
  expect((await connector.snapshot([role], ['ana'])).grants).toEqual([grant]);
  expect(await connector.revoke(grant)).toEqual({ outcome: 'revoked' });
  expect(await connector.revoke(grant)).toEqual({ outcome: 'gone' });
  expect(connector.held()).toEqual([]);
});

test("another administrator's grant on the same pair stays when ours is taken (R1)", async () => {
  const connector = noneConnector();
  await connector.grant(role, 'ana');
  connector.grantAs('kim', role, 'ana');
  await connector.revoke({ role, account: 'ana', grantor: 'rolewave', options: {} });
  expect(connector.held().map(({ grantor }) => grantor)).toEqual(['kim']);
});

test('a grant is restored with its grantor and options', async () => {
  const before = { role, account: 'ana', grantor: 'kim', options: { admin: true } };
  const connector = noneConnector({ grants: [before] });
  await connector.revoke(before);
  expect(await connector.restore(before)).toEqual({ outcome: 'created', grant: before });
  expect(await connector.restore(before)).toEqual({ outcome: 'preexisting', grant: before });
});

test('unknown roles and accounts are refused', async () => {
  const connector = noneConnector({ unknownRoles: ['gone'], unknownAccounts: ['ghost'] });
  expect(await connector.grant('gone', 'ana')).toMatchObject({ outcome: 'failed' });
  expect(await connector.grant(role, 'ghost')).toMatchObject({ outcome: 'failed' });
  expect(await connector.snapshot(['gone'], ['ghost'])).toMatchObject({ roles: [{ exists: false }], unknownAccounts: ['ghost'] });
});

test('changing a role changes its digest', async () => {
  const connector = noneConnector();
  const digest = async () => (await connector.snapshot([role], [])).roles[0]?.digest;
  const before = await digest();
  connector.changeRole(role, ['SELECT on table x']);
  expect(await digest()).not.toBe(before);
});

test("a metric's sql is its answer", async () => {
  const read = (sql: string) => noneSource().read({ metric: 'm', sql, fromMs: 0, toMs: 1, startMs: 0, accounts: [], rolePackage: 'p' });
  expect(await read('{"value": 0.9, "n": 20}')).toEqual({ value: 0.9, n: 20 });
  expect(await read('{"value": 3}')).toEqual({ value: 3 });
  await expect(read(' no data ')).rejects.toThrow(NoData);
  await expect(read('select 1')).rejects.toThrow('write its answer as');
});

test('who used it is what was handed in: of these roles and accounts, since then; nothing where it cannot be seen', async () => {
  const connector = noneConnector();
  const uses = [
    { role, account: 'ana', atMs: 2_000 },
    { account: 'ben', atMs: 3_000 },
    { role: 'other', account: 'ana', atMs: 4_000 },
    { role, account: 'cho', atMs: 999 },
  ];
  connector.setUses(uses);
  expect(await connector.lastUse([role], ['ana', 'ben', 'cho'], 1_000)).toEqual(uses.slice(0, 2));
  connector.setUses(undefined);
  expect(await connector.lastUse([role], ['ana'], 0)).toBeUndefined();
});

test('a usage statement is its answer', async () => {
  const uses = (sql: string) => noneSource().uses({ sql, roles: [role], accounts: ['ana'], fromMs: 1_000, toMs: 2_000 });
  expect(await uses('[{"account":"ana","role":"month_end","at":"1970-01-01T00:00:01.500Z"},{"account":"ana","at":"1970-01-01T00:00:00Z"}]')).toEqual([
    { account: 'ana', role, atMs: 1_500 },
  ]);
  await expect(uses('select 1')).rejects.toThrow('write it as');
});
