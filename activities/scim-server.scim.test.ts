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
import { siteFor, siteSystem } from '../test/support/site.ts';
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
    expect(await made.run('recheckSystem', release, 'scim')).toEqual({ readMs: expect.any(Number), shrunk: 0, wider: 0, lines: [] });

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

  const probe = { accounts: ['probe-a', 'probe-b'] as const, days: 30 };
  const scimSystem = (change: object) => siteSystem('scim', { kind: 'scim', ...change });
  const sharedBench = async (id: string, change: object, scim: Connector) => {
    await server.kim.group(id);
    const made = new Bench(store, benchPlan(id, 'scim', { packages: [{ entitlements: [{ system: 'scim', role: id }], legacy: [] }] }), { scim });
    made.site = siteFor(made.plan, { systems: [scimSystem(change)] });
    return made;
  };

  test.skipIf(isMissing)(
    'where others change the groups, too, a release is refused with the reason before anyone signs, unless the site accepts it',
    async () => {
      const connector = open({ groups: { name: 'displayName', soleWriter: false } });
      const made = await sharedBench('refused', {}, connector);
      await made.apply();
      // A plan that is only looked at shows it, and is not refused.
      expect(await made.run('simulateSystem', await store.saveDraft(made.plan), 'clerks', 'scim')).toMatchObject({
        toGrant: 3,
        stops: [{ code: 'server', system: 'scim', text: expect.stringMatching(/would leave what was granted.*groups\.soleWriter/) }],
      });
      await expect(made.signed()).rejects.toMatchObject({
        type: 'SiteRefuses',
        message: expect.stringMatching(
          /in scim, the server does not show whether .*a rollback would leave what was granted.*groups\.soleWriter.*withoutRevoke: leave.*\(probe\)/,
        ),
      });
      expect(await server.kim.members('refused')).toEqual([]);
      made.site = siteFor(made.plan, { systems: [scimSystem({ withoutRevoke: 'leave' })] });
      await made.signed();
    },
  );

  test.skipIf(isMissing)('what the server does is measured before the first release, recorded, and measured again when it is due', async () => {
    for (const account of probe.accounts) await server.kim.user(account);
    const connector = open();
    const made = await sharedBench('probed', { probe }, connector);
    await made.apply();
    const simulated = async (by: Connector) => {
      made.systems['scim'] = by;
      const { stops, conditions } = await made.run('simulateSystem', await store.saveDraft(made.plan), 'clerks', 'scim');
      made.systems['scim'] = connector;
      return { stops, conditions };
    };
    const why = 'what the server of scim does will be measured before the first release, because nothing was measured yet';
    expect(await simulated(connector)).toEqual({ conditions: [why] });
    const shared = open({ groups: { name: 'displayName', soleWriter: false } });
    expect(await simulated(shared)).toEqual({
      conditions: [expect.stringMatching(`^${why}. If that finds .* the release is refused: in scim, the server does not show`)],
    });
    const release = await made.signed();
    const place = await connector.place();
    const measured = await store.serverRecord(place);
    expect(measured).toMatchObject({ atMs: made.nowMs, findings: { addAgain: { by: 'measured' }, staleChange: { by: 'measured' } } });
    expect(measured).not.toHaveProperty('problem');
    expect(await simulated(connector)).toEqual({});
    expect(await simulated(shared)).toEqual({ stops: [expect.objectContaining({ code: 'server' })] });
    made.nowMs += 1_000;
    expect(await made.run('recheckSystem', release, 'scim')).toEqual({ readMs: expect.any(Number), shrunk: 0, wider: 0, lines: [] });
    expect(await store.serverRecord(place)).toEqual(measured);
    // Another version, as the server says it.
    await store.saveServerRecord(place, 'scim', { ...(measured ?? { findings: {}, atMs: 0 }), server: 'SCIM 1.1' });
    await made.run('recheckSystem', release, 'scim');
    expect(await store.serverRecord(place)).toEqual({ ...measured, atMs: made.nowMs });
    made.nowMs += 31 * 86_400_000;
    await made.run('previewSystem', { ...release }, 'scim', undefined);
    expect(await store.serverRecord(place)).toEqual({ ...measured, atMs: made.nowMs });
  });

  test.skipIf(isMissing)('a server that turns out to take the access of others stops the release at go-live', async () => {
    const connector = open();
    const made = await sharedBench('harmed', {}, connector);
    await made.apply();
    const release = await made.signed();
    const place = await connector.place();
    const known = await store.serverRecord(place);
    if (!known) throw new Error('nothing is on record');
    const { problem: _problem, ...record } = known;
    await store.saveServerRecord(place, 'scim', { ...record, findings: { ...record.findings, removeOne: { is: 'removesOthers', by: 'measured' } } });
    expect(await made.run('recheckSystem', release, 'scim')).toMatchObject({
      stops: [{ code: 'server', system: 'scim', text: expect.stringContaining('removes other holders, too, where one is removed (measured)') }],
    });
    await expect(made.run('grantAccess', release, 'scim')).rejects.toMatchObject({ message: expect.stringContaining('is stopped: in scim') });
    expect(await server.kim.members('harmed')).toEqual([]);
    await store.saveServerRecord(place, 'scim', known);
  });

  test.skipIf(isMissing)('where the site accepts that, a release retires and rolls back nothing, and says why', async () => {
    const connector = open({ groups: { name: 'displayName', soleWriter: false } });
    const role = 'shared';
    const made = await sharedBench(role, { withoutRevoke: 'leave' }, connector);
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
