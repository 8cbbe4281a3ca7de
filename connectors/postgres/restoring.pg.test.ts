import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type {} from '../../test/support/provided.ts';
import { unrecorded } from '../../test/support/one-by-one.ts';
import { openPgSystem, type PgSystem } from '../../test/support/pg-system.ts';
import type { ActualGrant } from '../connector.ts';

let system: PgSystem;
beforeAll(async () => {
  system = await openPgSystem(inject('postgresUrl'));
});
afterAll(() => system?.close());

const usual = { admin: false, inherit: true, set: true };
/** Kim's grant, as a preview saw it. */
async function kims(role: string, account: string, options = ''): Promise<ActualGrant> {
  await system.logins.as(system.kim, `grant "${role}" to "${account}" ${options}`);
  const found = (await system.heldBy(role, account)).find(({ grantor }) => grantor === system.kim);
  if (!found) throw new Error('kim has granted it');
  return found;
}
async function actingForKim<T>(work: () => Promise<T>): Promise<T> {
  await system.logins.admin(`grant "${system.kim}" to "${system.svc}"`);
  try {
    return await work();
  } finally {
    await system.logins.admin(`revoke "${system.kim}" from "${system.svc}"`);
  }
}

test('restores grantor and options of many where Rolewave may act for the grantor, each a new row', async () => {
  const { connector, pair, accounts } = system;
  const { role, account } = await pair();
  const [ben = '', cho = ''] = await accounts(2);
  const before = [
    await kims(role, account, 'with inherit false'),
    await kims(role, ben, 'with inherit false'),
    await kims(role, cho, 'with admin true, set false'),
  ];
  await actingForKim(async () => {
    expect(await connector.revoke(before, unrecorded)).toEqual(before.map(() => ({ outcome: 'revoked' })));
    const after = before.map((grant) => ({ ...grant, id: expect.not.stringMatching(`^${grant.id}$`) }));
    expect(await connector.restore(before, unrecorded)).toEqual(after.map((grant) => ({ outcome: 'created', grant })));
    expect(await connector.restore(before, unrecorded)).toEqual(after.map((grant) => ({ outcome: 'preexisting', grants: [grant] })));
  });
});

test('stands in our own name where it may not, and says so', async () => {
  const { connector, pair, accounts, logins, kim, svc } = system;
  const { role, account } = await pair();
  const [ben = ''] = await accounts(1);
  const before = [await kims(role, account, 'with inherit false'), await kims(role, ben)];
  await logins.as(kim, `revoke "${role}" from "${account}", "${ben}"`);
  expect(await connector.restore(before, unrecorded)).toMatchObject([
    {
      outcome: 'created',
      grant: { grantor: svc, options: { inherit: false } },
      note: `restored by ${svc}, because Rolewave may not grant in the name of ${kim}`,
    },
    { outcome: 'created', grant: { grantor: svc, options: usual }, note: expect.stringContaining(kim) },
  ]);
});

test('many of a grantor who no longer has the ADMIN OPTION come back in our name, after one refusal', async () => {
  const { connector, pair, accounts, logins, kim, svc } = system;
  const { role } = await pair();
  const people = await accounts(8);
  const before = await Promise.all(people.map((account) => kims(role, account)));
  await logins.as(kim, `revoke "${role}" from ${people.map((account) => `"${account}"`).join(', ')}`);
  await logins.admin(`revoke admin option for "${role}" from "${kim}"`);
  await actingForKim(async () => {
    const outcomes = await connector.restore(before, unrecorded);
    expect(outcomes).toMatchObject(people.map(() => ({ outcome: 'created', grant: { grantor: svc }, note: expect.stringContaining(kim) })));
  });
});

test('two grants of one pair by others come back as one in our name, which stands for both', async () => {
  const { connector, pair, heldBy, svc, kim } = system;
  const { role, account } = await pair();
  const outcomes = await connector.restore(
    [kim, 'postgres'].map((grantor) => ({ role, account, grantor, options: usual })),
    unrecorded,
  );
  expect(outcomes).toMatchObject([{ outcome: 'created' }, { outcome: 'preexisting', note: expect.stringContaining(`granted by ${svc}`) }]);
  expect(await heldBy(role, account)).toHaveLength(1);
});

test('adds nothing where another administrator already granted it again', async () => {
  const { one, pair, kim, heldBy } = system;
  const { role, account } = await pair();
  await kims(role, account);
  const outcome = await one.restore({ role, account, grantor: 'a_grantor_who_left', options: usual });
  expect(outcome).toMatchObject({ outcome: 'preexisting', grants: [{ grantor: kim }], note: expect.stringContaining(kim) });
  expect(await heldBy(role, account)).toHaveLength(1);
});

test('says when the same administrator granted it again with other options', async () => {
  const { one, pair, logins, kim } = system;
  const { role, account } = await pair();
  const before = await kims(role, account, 'with admin option');
  await logins.as(kim, `revoke admin option for "${role}" from "${account}"`);
  expect(await one.restore(before)).toMatchObject({ outcome: 'preexisting', note: expect.stringContaining('other options: admin false') });
});

test('reaches a login that was renamed in the meantime, and not one that may not log in any more', async () => {
  const { one, pair, logins, kim } = system;
  const { role, account } = await pair();
  const before = await kims(role, account);
  const renamed = logins.of('married');
  await logins.as(kim, `revoke "${role}" from "${account}"`);
  await logins.admin(`alter role "${account}" nologin; alter role "${account}" rename to "${renamed}"`);
  expect(await one.restore(before)).toMatchObject({
    outcome: 'failed',
    nothingThere: true,
    why: expect.stringContaining(`'${renamed}' may not log in any more`),
  });
  await logins.admin(`alter role "${renamed}" login`);
  expect(await one.restore(before)).toMatchObject({ outcome: 'created', grant: { role, account: renamed, accountId: before.accountId } });
  await logins.admin(`alter role "${renamed}" rename to "${account}"`);
});

test('leaves an account that was created again under the same name', async () => {
  const { one, pair, logins, kim, heldBy } = system;
  const { role, account } = await pair();
  const before = await kims(role, account);
  await logins.as(kim, `revoke "${role}" from "${account}"`);
  await logins.admin(`drop role "${account}"; create role "${account}" login`);
  expect(await one.restore(before)).toMatchObject({ outcome: 'failed', why: expect.stringContaining(`account '${account}' was dropped and created again`) });
  expect(await heldBy(role, account)).toEqual([]);
});

test('one that the server refuses fails alone, in its own words', async () => {
  const { connector, pair, logins, svc } = system;
  const { role, account } = await pair();
  const foreign = logins.of('foreign');
  await logins.role(foreign);
  const ours = { role, grantor: svc, options: usual };
  const grants = [
    { ...ours, account },
    { ...ours, role: foreign, account },
    { ...ours, account: 'ghost' },
  ];
  expect(await connector.restore(grants, unrecorded)).toMatchObject([
    { outcome: 'created' },
    { outcome: 'failed', why: expect.stringContaining('ermission denied') },
    { outcome: 'failed', why: "account 'ghost' no longer exists" },
  ]);
});

test('an option that PostgreSQL does not have is refused', async () => {
  const { one, pair, svc, heldBy } = system;
  const { role, account } = await pair();
  const options = { 'admin true; drop table x --': true };
  expect(await one.restore({ role, account, grantor: svc, options })).toMatchObject({ outcome: 'failed', why: expect.stringContaining('has no grant option') });
  expect(await heldBy(role, account)).toEqual([]);
});
