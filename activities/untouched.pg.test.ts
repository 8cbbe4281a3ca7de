/**
 * What the site keeps every effect away from: accounts for emergencies, the last holder of a role that always has one, and access of someone who has left.
 * In every kind of system alike; that each kind gives nothing back to a locked account is in the contract of connectors.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Connector } from '../connectors/connector.ts';
import { noneConnector } from '../connectors/none/connector.ts';
import { postgresConnector } from '../connectors/postgres/connector.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { Bench, benchPlan, now } from '../test/support/activity-bench.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { testLogins } from '../test/support/logins.ts';
import { site, siteSystem } from '../test/support/site.ts';
import type { ReleaseRef } from './contract.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('untouched');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

let number = 0;
async function released(connector: Connector = noneConnector({ grants: [old('ann'), old('ben')] }), named?: (name: string) => string) {
  const id = `untouched-${(number += 1)}`;
  const made = new Bench(store, benchPlan(id, id, {}, named), { [id]: connector });
  await made.apply();
  const release = await made.signed();
  await made.run('grantAccess', release, id);
  /** What the site says from now on. */
  const says = (rules: Partial<Parameters<typeof siteSystem>[1]>) => (made.site = site({ systems: [siteSystem(id, rules)] }));
  let proposals = 0;
  const approve = () =>
    made.record('decide', 'olga', release, { proposal: `rollback-${(proposals += 1)}`, kind: 'rollback', answer: 'approve', reason: 'yes' });
  const rollBack = async (approval?: string) => made.run('rollBackAccess', release, id, { id: 'r', approval: approval ?? (await approve()) });
  return { made, id, release, says, rollBack };
}
const old = (account: string) => ({ role: 'old_reader', account, grantor: 'dba', options: {} });
const preview = async (made: Bench, release: ReleaseRef, id: string) =>
  store.rollbackPreview(release, (await made.run('previewRollback', release, id, now - 3_600_000)).digest ?? '');

describe('an account for emergencies', () => {
  test('that the site named after the release keeps what it has through a rollback, which says so and ends', async () => {
    const system = noneConnector({ grants: [old('ann'), old('ben')] });
    const { made, id, release, says, rollBack } = await released(system);
    await made.run('retireLegacy', release, id);
    says({ breakGlass: ['an*'] });
    const why = "'ann' is for emergencies, by the site, so it was left alone";
    expect((await preview(made, release, id))?.stays.filter((each) => each.why === why).map(({ role }) => role)).toEqual(['clerk', 'reader']);
    const receipt = await rollBack();
    expect(receipt).toMatchObject({ revoked: 4, failed: [], restored: 1 });
    expect(receipt.kept).toEqual([
      { role: 'clerk', account: 'ann', why },
      { role: 'reader', account: 'ann', why },
    ]);
    // Nor is the legacy access given back to it.
    expect(system.held().map(({ role, account }) => `${role} ${account}`)).toEqual(['clerk ann', 'old_reader ben', 'reader ann']);
    expect(await rollBack()).toEqual(receipt);
  });

  test('is granted and retired nothing, because the site refuses the release as a whole', async () => {
    const { made, id, release, says } = await released();
    says({ breakGlass: ['ann'] });
    for (const activity of ['grantAccess', 'retireLegacy'] as const) await expect(made.run(activity, release, id)).rejects.toThrow('it is for emergencies');
  });

  test.each(['narrow', 'tighten'] as const)('keeps what it has when the owner orders to %s the package', async (step) => {
    const system = noneConnector();
    const { made, id, release, says } = await released(system);
    says({ breakGlass: ['ann'] });
    const what = step === 'narrow' ? { people: ['ann', 'ben'] } : { entitlement: { system: id, role: 'clerk' } };
    const order = await made.record('tune', 'olga', release, { step, ...what, reason: 'fewer' });
    await made.run('tuneAccess', release, id, { id: order, step, ...what });
    const held = system.held().map(({ role, account }) => `${role} ${account}`);
    expect(held.filter((each) => each.endsWith('ann'))).toEqual(['clerk ann', 'reader ann']);
    expect(held).not.toContain('clerk ben');
  });
});

describe('the last holder of a role that always has one', () => {
  test('is never taken by a rollback: a person gives it to somebody else first, and the next approval revokes', async () => {
    const system = noneConnector();
    const { made, id, release, says, rollBack } = await released(system);
    says({ roles: { allow: ['*'], deny: [], neverEmpty: ['cl*'] } });
    expect(await preview(made, release, id)).toMatchObject({ losesCount: 3, asksCount: 3 });
    await expect(rollBack()).rejects.toMatchObject({ type: 'Incomplete', message: expect.stringContaining("would leave nobody with 'clerk'") });
    expect(system.held().map(({ role }) => role)).toEqual(['clerk', 'clerk', 'clerk']);
    system.grantAs('kim', 'clerk', 'zoe');
    expect(await rollBack()).toMatchObject({ revoked: 6, failed: [] });
    expect(system.held()).toMatchObject([{ role: 'clerk', account: 'zoe' }]);
  });

  test('is left where the person approves again without giving it to anyone', async () => {
    const system = noneConnector();
    const { says, rollBack } = await released(system);
    says({ roles: { allow: ['*'], deny: [], neverEmpty: ['clerk'] } });
    await expect(rollBack()).rejects.toMatchObject({ type: 'Incomplete' });
    expect(await rollBack()).toMatchObject({ revoked: 3, failed: [] });
    expect(system.held()).toHaveLength(3);
  });

  test('is not one who cannot sign in: an account that is locked does not count', async () => {
    const system = noneConnector();
    const { says, rollBack } = await released(system);
    system.grantAs('kim', 'clerk', 'zoe');
    system.lockAccount('zoe');
    says({ roles: { allow: ['*'], deny: [], neverEmpty: ['clerk'] } });
    await expect(rollBack()).rejects.toMatchObject({ type: 'Incomplete' });
  });

  test('is never taken by a retirement, which keeps all of them and says why', async () => {
    const system = noneConnector({ grants: [old('ann'), old('ben')] });
    const { made, id, release, says } = await released(system);
    says({ roles: { allow: ['*'], deny: [], neverEmpty: ['old_*'] } });
    expect(await made.run('retireLegacy', release, id)).toMatchObject({ retired: 0, kept: 2, failed: 0 });
    expect((await store.ledger(release)).find(({ kind }) => kind === 'retire')?.why).toContain("would leave nobody with 'old_reader'");
  });

  test('is never taken by a tune', async () => {
    const system = noneConnector();
    const { made, id, release, says } = await released(system);
    says({ roles: { allow: ['*'], deny: [], neverEmpty: ['clerk'] } });
    const entitlement = { system: id, role: 'clerk' };
    const order = await made.record('tune', 'olga', release, { step: 'tighten', entitlement, reason: 'fewer' });
    await made.run('tuneAccess', release, id, { id: order, step: 'tighten', entitlement }).catch(() => undefined);
    expect(system.held().filter(({ role }) => role === 'clerk')).toHaveLength(3);
  });
});

test('in a real PostgreSQL: nobody who has left gets legacy access again, and the last holder stays', { timeout: 60_000 }, async () => {
  const logins = await testLogins(inject('postgresUrl'));
  const named = (name: string) => logins.of(name);
  const [svc, kim] = [named('rolewave_svc'), named('dba_kim')];
  await logins.login(svc, kim, ...['ann', 'ben', 'cem'].map(named));
  for (const role of ['clerk', 'reader', 'old_reader', 'old_admin']) await logins.role(named(role), svc, ...(role === 'clerk' ? [] : [kim]));
  await logins.admin(`grant "${kim}" to "${svc}" with inherit true, set false`);
  const real = postgresConnector({ connectionString: logins.url(svc) });
  try {
    await logins.as(kim, `grant "${named('old_reader')}" to "${named('ann')}", "${named('ben')}"`);
    const { made, id, release, says, rollBack } = await released(real, named);
    expect(await made.run('retireLegacy', release, id)).toMatchObject({ retired: 2 });
    await logins.admin(`alter role "${named('ann')}" nologin`);
    says({ roles: { allow: ['*'], deny: [], neverEmpty: [named('clerk')] } });
    await expect(rollBack()).rejects.toMatchObject({ type: 'Incomplete', message: expect.stringContaining('would leave nobody') });
    const receipt = await rollBack();
    expect(receipt).toMatchObject({ restored: 1, failed: [] });
    expect(receipt.notRestored).toEqual([{ role: named('old_reader'), account: named('ann'), why: expect.stringContaining('may not log in any more') }]);
    const { grants } = await real.snapshot(['clerk', 'reader', 'old_reader'].map(named), []);
    expect(
      grants
        .filter(({ account }) => account !== kim)
        .map(({ role, account }) => `${role} ${account}`)
        .toSorted(),
    ).toEqual([...['ann', 'ben', 'cem'].map((each) => `${named('clerk')} ${named(each)}`), `${named('old_reader')} ${named('ben')}`].toSorted());
  } finally {
    await real.close();
    await logins.remove();
  }
});
