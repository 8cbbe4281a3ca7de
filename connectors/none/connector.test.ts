import { expect, test } from 'vitest';
import { oneByOne, unrecorded } from '../../test/support/one-by-one.ts';
import { none, noneConnector } from './connector.ts';

const role = 'month_end';

test('what is granted can be read back, once, and revoked', async () => {
  const connector = noneConnector();
  const one = oneByOne(connector);
  const ids = { id: 'grant#1', roleId: 'month_end#1', accountId: 'ana#1', grantorId: 'rolewave#1' };
  const grant = { role, account: 'ana', grantor: 'rolewave', options: {}, ...ids };
  expect(await one.grant(role, 'ana')).toEqual({ outcome: 'created', grant });
  expect(await one.grant(role, 'ana')).toEqual({ outcome: 'preexisting', grants: [grant] });
  expect(await connector.snapshot([role], ['ana'])).toMatchObject({
    roles: [{ id: 'month_end#1' }],
    grants: [grant],
    accounts: [{ account: 'ana', id: 'ana#1' }],
  });
  expect(await one.revoke(grant)).toEqual({ outcome: 'revoked' });
  expect(await one.revoke(grant)).toEqual({ outcome: 'gone' });
  expect(connector.held()).toEqual([]);
});

test("another administrator's grant on the same pair stays when ours is revoked (R1)", async () => {
  const connector = noneConnector();
  const one = oneByOne(connector);
  const ours = await one.granted(role, 'ana');
  connector.grantAs('kim', role, 'ana');
  expect(await one.revoke(ours)).toEqual({ outcome: 'revoked' });
  expect(connector.held().map(({ grantor }) => grantor)).toEqual(['kim']);
  expect(await one.revoke({ role, account: 'ana', options: {} })).toMatchObject({
    outcome: 'failed',
    why: expect.stringContaining('does not say who granted this'),
  });
});

test('a grant is restored with its grantor and options, as another row', async () => {
  const connector = noneConnector({ grants: [{ role, account: 'ana', grantor: 'kim', options: { admin: true } }] });
  const [before] = connector.held();
  if (!before) throw new Error('kim has granted it');
  const one = oneByOne(connector);
  await one.revoke(before);
  const after = { ...before, id: 'grant#2' };
  expect(await one.restore(before)).toEqual({ outcome: 'created', grant: after });
  expect(await one.restore(before)).toEqual({ outcome: 'preexisting', grants: [after] });
});

test('unknown and locked accounts, unknown roles and those that the system refuses fail alone', async () => {
  const connector = noneConnector({ unknownRoles: ['gone'], unknownAccounts: ['ghost'] });
  connector.lockAccount('locked');
  connector.refuse('ben', 'ben is not to have it');
  const accounts = ['ana', 'ghost', 'locked', 'ben'];
  const outcomes = await connector.grant([{ role: 'gone', account: 'ana' }, ...accounts.map((account) => ({ role, account }))], unrecorded);
  expect(outcomes.map((each) => (each.outcome === 'failed' ? each.why : each.outcome))).toEqual([
    expect.stringContaining("role 'gone' does not exist"),
    'created',
    expect.stringContaining("account 'ghost' does not exist"),
    expect.stringContaining("'locked' may not log in"),
    'ben is not to have it',
  ]);
  expect(await connector.snapshot(['gone'], accounts)).toMatchObject({
    roles: [{ exists: false }],
    accounts: [{ account: 'ana' }, { account: 'ben' }],
    unknownAccounts: ['ghost', 'locked'],
  });
});

test('an account or a role that was renamed, dropped or made anew is another one than was signed, and its old grants are told from new ones', async () => {
  const connector = noneConnector();
  const one = oneByOne(connector);
  const ours = await one.granted(role, 'ana');
  const wanted = { roleId: ours.roleId, accountId: ours.accountId } as { roleId: string; accountId: string };
  const whyNot = async () => {
    const outcome = await one.grant(role, 'ana', wanted);
    return outcome.outcome === 'failed' ? outcome.why : outcome.outcome;
  };
  connector.rename('ana', 'anna');
  expect(await whyNot()).toBe("account 'ana' was renamed to 'anna' since it was signed");
  expect(await one.revoke(ours)).toEqual({ outcome: 'revoked' });
  connector.rename('anna', 'ana');
  expect(await whyNot()).toBe('created');
  const again = connector.held()[0];
  connector.recreate('ana');
  expect(connector.held()).toEqual([]);
  expect(await whyNot()).toBe("account 'ana' was dropped and created again since it was signed");
  connector.grantAs('rolewave', role, 'ana');
  expect(await one.revoke({ ...ours, ...again })).toEqual({ outcome: 'gone' });
  expect(await one.restore(ours)).toMatchObject({ outcome: 'failed', why: expect.stringContaining('is another one, and was left') });
  connector.recreate(role);
  expect(await whyNot()).toBe(`role '${role}' was dropped and created again since it was signed`);
  connector.drop(role);
  expect(await whyNot()).toBe(`role '${role}' was dropped since it was signed`);
});

test('another login of Rolewave revokes what the one before has granted', async () => {
  const connector = noneConnector();
  const one = oneByOne(connector);
  const before = await one.granted(role, 'ana');
  connector.signInAs('rolewave_2');
  expect(await one.granted(role, 'ben')).toMatchObject({ grantor: 'rolewave_2' });
  expect(await one.revoke(before)).toEqual({ outcome: 'revoked' });
});

test('changing a role changes its digest, and what was signed before is not granted', async () => {
  const connector = noneConnector();
  const digest = async () => (await connector.snapshot([role], [])).roles[0]?.digest;
  const before = await digest();
  connector.changeRole(role, ['SELECT on table x']);
  expect(await digest()).not.toBe(before);
  expect(await oneByOne(connector).grant(role, 'ana', { digest: before ?? '' })).toEqual({
    outcome: 'failed',
    why: `what role '${role}' may do changed since it was signed`,
  });
});

test('nothing is changed when it could not be written down, and what others did meanwhile stays', async () => {
  const connector = noneConnector();
  const ids: (string | undefined)[] = [];
  const failing = connector.grant([{ role, account: 'ana' }], async (_outcomes, transaction) => {
    ids.push(transaction);
    connector.grantAs('kim', role, 'ben');
    throw new Error('the store is away');
  });
  await expect(failing).rejects.toThrow('the store is away');
  await connector.grant([{ role, account: 'cho' }], async (_outcomes, transaction) => {
    ids.push(transaction);
    connector.grantAs('kim', role, 'dea');
    expect(await connector.wasCommitted(transaction ?? '')).toBe('running');
  });
  expect(connector.held().map(({ account }) => account)).toEqual(['ben', 'cho', 'dea']);
  expect(await Promise.all([...ids, '99'].map((id) => connector.wasCommitted(id ?? '')))).toEqual(['aborted', 'committed', 'unknown']);
});

test('a rehearsal answers as the effects would, and changes nothing', async () => {
  const connector = noneConnector({ grants: [{ role, account: 'ana', grantor: 'kim', options: {} }] });
  const [kims] = connector.held();
  const rehearsed = await connector.rehearse({
    grant: [
      { role, account: 'ana' },
      { role, account: 'ben' },
    ],
    revoke: kims ? [kims] : [],
    restore: kims ? [kims] : [],
  });
  expect(rehearsed).toMatchObject({
    grant: [{ outcome: 'preexisting' }, { outcome: 'created' }],
    revoke: [{ outcome: 'revoked' }],
    restore: [{ outcome: 'created', grant: { grantor: 'kim' } }],
  });
  expect(connector.held()).toEqual([kims]);
});

test('each is a place of its own, unless it is told which; a system of a plan is known by its id', async () => {
  const identities = await Promise.all(
    [noneConnector(), noneConnector(), noneConnector({ place: 'here' }), none.open({ id: 'lab' }, '')].map((each) => each.place()),
  );
  expect(new Set(identities).size).toBe(4);
  expect(identities.slice(2)).toEqual(['here', 'none:lab']);
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
