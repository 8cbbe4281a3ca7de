import { Client } from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type {} from '../../test/support/provided.ts';
import { oneByOne, unrecorded } from '../../test/support/one-by-one.ts';
import { openPgSystem, waitsForLock, type PgSystem } from '../../test/support/pg-system.ts';

let system: PgSystem;
beforeAll(async () => {
  system = await openPgSystem(inject('postgresUrl'));
});
afterAll(() => system?.close());

const usual = { admin: false, inherit: true, set: true };

test('revoking ours leaves what another administrator granted on the same pair (R1)', async () => {
  const { one, pair, logins, kim, heldBy } = system;
  const { role, account } = await pair();
  const ours = await one.granted(role, account);
  await logins.as(kim, `grant "${role}" to "${account}"`);
  expect(await one.revoke(ours)).toEqual({ outcome: 'revoked' });
  expect((await heldBy(role, account)).map(({ grantor }) => grantor)).toEqual([kim]);
});

test('again answers that it is gone, also while another administrator has one (R4)', async () => {
  const { one, pair, logins, kim, heldBy } = system;
  const { role, account } = await pair();
  const ours = await one.granted(role, account);
  await one.revoke(ours);
  expect(await one.revoke(ours)).toEqual({ outcome: 'gone' });
  await logins.as(kim, `grant "${role}" to "${account}"`);
  expect(await one.revoke(ours)).toEqual({ outcome: 'gone' });
  expect(await heldBy(role, account)).toHaveLength(1);
});

test('a grant that was revoked and made again, even in our own name, is another one and stays', async () => {
  const { one, pair, logins, svc, heldBy } = system;
  const { role, account } = await pair();
  const ours = await one.granted(role, account);
  await logins.as(svc, `revoke "${role}" from "${account}"`);
  await logins.as(svc, `grant "${role}" to "${account}"`);
  expect(await one.revoke(ours)).toEqual({ outcome: 'gone' });
  expect(await heldBy(role, account)).toHaveLength(1);
});

test('without a recorded id, the grant is found by role, account and grantor, by oid where there is one', async () => {
  const { one, pair, logins, svc, kim } = system;
  const { role, account } = await pair();
  const { id: _id, ...byOids } = await one.granted(role, account);
  await logins.as(kim, `grant "${role}" to "${account}"`);
  expect(await one.revoke({ ...byOids, grantor: 'an_old_name_of_ours' })).toEqual({ outcome: 'revoked' });
  await one.grant(role, account);
  expect(await one.revoke({ role, account, grantor: svc, options: usual })).toEqual({ outcome: 'gone' });
  expect(await one.revoke({ role, account, grantor: kim, options: usual })).toMatchObject({ outcome: 'failed' });
});

test('an account that was created again under the same name keeps what the new one holds', async () => {
  const { one, pair, logins, svc, heldBy } = system;
  const { role, account } = await pair();
  const { id: _id, ...byOids } = await one.granted(role, account);
  await logins.admin(`drop role "${account}"; create role "${account}" login`);
  await logins.as(svc, `grant "${role}" to "${account}"`);
  expect(await one.revoke(byOids)).toEqual({ outcome: 'gone' });
  expect(await heldBy(role, account)).toHaveLength(1);
});

test("a named grantor's needs membership in the grantor, and says so", async () => {
  const { one, pair, logins, svc, kim, heldBy } = system;
  const { role, account } = await pair();
  await logins.as(kim, `grant "${role}" to "${account}"`);
  const [kims] = await heldBy(role, account);
  if (!kims) throw new Error('kim has granted it');
  expect(await one.revoke(kims)).toMatchObject({ outcome: 'failed', why: expect.stringMatching(/permission denied to revoke.*membership/) });
  expect(await heldBy(role, account)).toHaveLength(1);
  await logins.admin(`grant "${kim}" to "${svc}"`);
  expect(await one.revoke(kims)).toEqual({ outcome: 'revoked' });
  await logins.admin(`revoke "${kim}" from "${svc}"`);
});

test('a grant whose grantor nobody recorded is left', async () => {
  const { one, pair, heldBy } = system;
  const { role, account } = await pair();
  await one.grant(role, account);
  expect(await one.revoke({ role, account, options: usual })).toMatchObject({
    outcome: 'failed',
    why: expect.stringContaining('does not say who granted this'),
  });
  expect(await heldBy(role, account)).toHaveLength(1);
});

test("a grant that was passed on takes nobody else's access with it, and the others of the call go", async () => {
  const { connector, one, pair, accounts, logins, heldBy } = system;
  const { role, account } = await pair();
  const [ben = '', cho = ''] = await accounts(2);
  const ours = await one.granted(role, account);
  const chos = await one.granted(role, cho);
  await logins.admin(`grant "${role}" to "${account}" with admin option granted by "${ours.grantor}"`);
  await logins.as(account, `grant "${role}" to "${ben}"`);
  expect(await connector.revoke([ours, chos], unrecorded)).toEqual([
    { outcome: 'failed', why: `${account} has passed this role on to ${ben}: revoke those first, nothing was revoked` },
    { outcome: 'revoked' },
  ]);
  expect(await heldBy(role, ben)).toHaveLength(1);
  await logins.as(account, `revoke "${role}" from "${ben}"`);
  expect(await one.revoke(ours)).toEqual({ outcome: 'revoked' });
});

test('a chain of grants is revoked in one call, whatever their order', async () => {
  const { connector, pair, accounts, logins, svc, heldBy } = system;
  const { role, account } = await pair();
  const [ben = ''] = await accounts(1);
  await logins.as(svc, `grant "${role}" to "${account}" with admin option`);
  await logins.as(account, `grant "${role}" to "${ben}"`);
  await logins.admin(`grant "${account}" to "${svc}"`);
  const chain = [...(await heldBy(role, account)), ...(await heldBy(role, ben))];
  expect(chain).toHaveLength(2);
  expect(await connector.revoke(chain, unrecorded)).toEqual([{ outcome: 'revoked' }, { outcome: 'revoked' }]);
  await logins.admin(`revoke "${account}" from "${svc}"`);
});

test('the same grant twice is revoked once; one of an account that is gone is gone', async () => {
  const { connector, one, pair, svc } = system;
  const { role, account } = await pair();
  const ours = await one.granted(role, account);
  const ghosts = { role, account: 'ghost', grantor: svc, options: usual };
  expect(await connector.revoke([ours, ours, ghosts, { ...ours, id: 'no oid' }], unrecorded)).toEqual([
    { outcome: 'revoked' },
    { outcome: 'gone' },
    { outcome: 'gone' },
    { outcome: 'gone' },
  ]);
});

test('what another administrator revokes at the same time is gone, and not called revoked by us', async () => {
  const { one, pair, logins, svc } = system;
  const { role, account } = await pair();
  const ours = await one.granted(role, account);
  const byHand = new Client({ connectionString: logins.url(svc) });
  await byHand.connect();
  await byHand.query('begin');
  await byHand.query(`revoke "${role}" from "${account}"`);
  const revoking = one.revoke(ours);
  await waitsForLock(system);
  await byHand.query('commit');
  await byHand.end();
  expect(await revoking).toEqual({ outcome: 'gone' });
});

test('two connectors revoke each grant once', async () => {
  const { connector, pair, one, svc } = system;
  await system.as(svc, async (other) => {
    for (let round = 0; round < 5; round++) {
      const { role, account } = await pair();
      const ours = await one.granted(role, account);
      const outcomes = await Promise.all([connector, other, connector].map((each) => oneByOne(each).revoke(ours)));
      expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['gone', 'gone', 'revoked']);
    }
  });
});
