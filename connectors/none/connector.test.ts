import { expect, test } from 'vitest';
import { noneConnector } from './connector.ts';

const role = 'month_end';

test('a grant can be read back, once, and revoked', async () => {
  const connector = noneConnector();
  const grant = { role, account: 'ana', grantor: 'rolewave', options: {} };
  expect(await connector.grant(role, 'ana')).toEqual({ outcome: 'created', grant });
  expect(await connector.grant(role, 'ana')).toEqual({ outcome: 'preexisting', grant });
  expect((await connector.snapshot([role], ['ana'])).grants).toEqual([grant]);
  expect(await connector.revoke(grant)).toEqual({ outcome: 'revoked' });
  expect(await connector.revoke(grant)).toEqual({ outcome: 'gone' });
  expect(connector.held()).toEqual([]);
});

test("another administrator's grant on the same pair stays when ours is revoked (R1)", async () => {
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

test('usage is what the test supplied, for these roles and accounts since that time; or that it cannot be seen', async () => {
  const connector = noneConnector();
  const uses = [
    { role, account: 'ana', atMs: 2_000 },
    { account: 'ben', atMs: 3_000 },
    { role: 'other', account: 'ana', atMs: 4_000 },
    { role, account: 'cho', atMs: 999 },
  ];
  connector.setUses(uses);
  expect(await connector.lastUse?.([role], ['ana', 'ben', 'cho'], 1_000)).toEqual(uses.slice(0, 2));
  connector.setUses(undefined);
  expect(await connector.lastUse?.([role], ['ana'], 0)).toHaveProperty('notPermitted');
});
