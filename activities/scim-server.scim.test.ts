/** A release in real SCIM servers, from preview to rollback, while another administrator works there. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scimConnector } from '../connectors/scim/connector.ts';
import type { Connector } from '../connectors/connector.ts';
import { SystemUnavailable } from '../domain/system-unavailable.ts';
import { receiptLine } from '../domain/release/receipt.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { Bench, benchPlan } from '../test/support/activity-bench.ts';
import { lostDuringGrant } from '../test/support/lost-during-grant.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { hasScim2Server, ifNoScim2Server, startScim2Server } from '../test/support/scim-scim2-server.ts';
import { startScimmy } from '../test/support/scim-scimmy.ts';
import { scimSettings, type TestScim } from '../test/support/scim-server.ts';

const roles = ['clerk', 'reader', 'old_reader', 'old_admin'];

describe.each([
  { name: `scim2-server${ifNoScim2Server}`, start: startScim2Server, isMissing: !hasScim2Server },
  { name: 'scimmy-routers', start: startScimmy, isMissing: false },
])('in $name', ({ start, isMissing, name }) => {
  let database: TestDatabase;
  let store: Store;
  let server: TestScim;
  const opened: Connector[] = [];
  beforeAll(async () => {
    if (isMissing) return;
    database = await createDatabase(`scim_${name.slice(0, 5)}`);
    store = await openStore(database.url, { migrate: true });
    server = await start();
    for (const person of ['ann', 'ben', 'cem', 'dea']) await server.kim.user(person);
    for (const role of roles) await server.kim.group(role);
  });
  afterAll(async () => {
    await Promise.all(opened.map((each) => each.close()));
    await server?.stop();
    await store?.close();
    await database?.drop();
  });

  const open = (...[change, options]: [Parameters<typeof scimSettings>[1]?, Parameters<typeof scimConnector>[1]?]) => {
    const connector = scimConnector(scimSettings(server, change), options);
    opened.push(connector);
    return connector;
  };
  const holdersIn = async (connector: Connector) => (await connector.snapshot(roles, [])).grants.map(({ role, account }) => `${role} ${account}`).toSorted();

  test.skipIf(isMissing)('a release grants, retires, is tuned and is rolled back, and leaves what another administrator did', async () => {
    const connector = open();
    for (const person of ['ann', 'ben']) await server.kim.add('old_reader', person);
    await server.kim.add('old_admin', 'ann');
    await server.kim.add('reader', 'ben');
    const made = new Bench(store, benchPlan('scim', 'scim'), { scim: connector });
    await made.apply();
    const release = await made.signed();
    expect(release.parts[0]).toMatchObject({ people: 3, toGrant: 5, alreadyThere: 1, toRetire: 3 });
    expect(await made.run('recheckSystem', release, 'scim')).toEqual({ shrunk: 0, wider: 0, lines: [] });

    const granted = { created: 5, preexisting: 1, failed: 0, unknown: 0, refusals: [] };
    for (const activity of ['grantAccess', 'grantAccess', 'verifyAccess'] as const) expect(await made.run(activity, release, 'scim')).toEqual(granted);
    expect(await made.run('retireLegacy', release, 'scim')).toMatchObject({ retired: 3, kept: 0, failed: 0 });
    const evaluation = (number: number) => made.evaluate(release, { purpose: 'scheduled', startMs: made.nowMs, dueMs: made.nowMs + number, atEnd: false });
    expect((await evaluation(1)).drift).toEqual({ missing: 0, outOfBand: 0, legacy: 0, content: 0, options: 0 });

    await server.kim.add('clerk', 'dea');
    await server.kim.add('old_reader', 'ann');
    expect((await evaluation(2)).drift).toMatchObject({ missing: 0, outOfBand: 1, legacy: 1, content: 0 });
    expect(await made.run('tuneAccess', release, 'scim', { id: 't', step: 'reconcile' })).toMatchObject({ granted: 0, retired: 1 });

    const approval = await made.record('decide', 'olga', release, { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason: 'yes' });
    const receipt = await made.run('rollBackAccess', release, 'scim', { id: 'r', approval });
    expect(await holdersIn(connector)).toEqual(['clerk dea', 'old_reader ann', 'old_reader ben', 'reader ben']);
    expect(receiptLine([receipt])).toMatch(/^5 granted, 5 revoked, .*2 legacy grants restored/);
    expect(await made.run('rollBackAccess', release, 'scim', { id: 'r', approval })).toEqual(receipt);
    expect(receipt.check).toContain('curl');
  });

  test.skipIf(isMissing)('a run that was lost before or after its change is finished by the next one, and each grant is made once (R4, R5)', async () => {
    const real = open();
    for (const when of ['before', 'after'] as const) {
      const lost = new SystemUnavailable(`lost ${when} the change`);
      const losing = lostDuringGrant(real, when, lost);
      const [role, id] = [`lost_${when}`, `lost-${when}`];
      await server.kim.group(role);
      const made = new Bench(store, benchPlan(id, 'scim', { packages: [{ entitlements: [{ system: 'scim', role }], legacy: [] }] }), { scim: losing });
      await made.apply();
      const release = await made.signed();
      await expect(made.run('grantAccess', release, 'scim')).rejects.toThrow(lost.message);
      expect((await real.snapshot([role], [])).grants).toHaveLength(when === 'before' ? 0 : 1);
      made.systems['scim'] = real;
      expect(await made.run('grantAccess', release, 'scim')).toEqual({ created: 3, preexisting: 0, failed: 0, unknown: 0, refusals: [] });
      expect(await made.run('verifyAccess', release, 'scim')).toMatchObject({ created: 3, unknown: 0 });
      expect(await server.kim.members(role)).toHaveLength(3);
    }
  });

  test.skipIf(isMissing)('where others change the groups, too, a release retires and rolls back nothing, and says why', async () => {
    const connector = open({ groups: { name: 'displayName', soleWriter: false } });
    const [role, id] = ['shared', 'shared'];
    await server.kim.group(role);
    const made = new Bench(store, benchPlan(id, 'scim', { packages: [{ entitlements: [{ system: 'scim', role }], legacy: [] }] }), { scim: connector });
    await made.apply();
    const release = await made.signed();
    expect(await made.run('grantAccess', release, 'scim')).toMatchObject({ created: 3, failed: 0 });
    const approval = await made.record('decide', 'olga', release, { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason: 'yes' });
    await expect(made.run('rollBackAccess', release, 'scim', { id: 'r', approval })).rejects.toMatchObject({
      type: 'Incomplete',
      message: expect.stringContaining('cannot be told in SCIM'),
    });
    expect(await server.kim.members(role)).toHaveLength(3);
  });

  test.skipIf(isMissing)('a group that does not exist and a person who is unknown are named, with the system', async () => {
    const plan = benchPlan('absent', 'scim', { packages: [{ entitlements: [{ system: 'scim', role: 'nothing' }], legacy: [] }] });
    const made = new Bench(store, plan, { scim: open() });
    await made.apply();
    expect(JSON.stringify(await made.preview())).toContain('nothing');
    const away = new Bench(store, benchPlan('away', 'scim'), { scim: open({ baseUrl: 'http://127.0.0.1:9' }) });
    await away.apply();
    await expect(away.preview()).rejects.toThrow(/scim.*could not be reached/);
    const stranger = new Bench(store, benchPlan('stranger', 'scim'), { scim: open({ credentials: { clientId: undefined, secret: 'wrong' } }) });
    await stranger.apply();
    await expect(stranger.preview()).rejects.toThrow(/scim.*status 401/);
  });
});
