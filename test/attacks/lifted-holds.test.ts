/**
 * What people decided about a wave as it was, on a real site. A hold that was lifted: what a later revision writes into it or brings under it is lifted by nobody
 * yet. A rejection: it goes with the package. ines and hugo operate the plans, otto
 * lifts their holds, and olga owns what they release.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PlanInput } from '../support/plan.ts';
import { erpPlan, planDayMs, realDayMs } from '../server/plan.ts';
import { startSite, untilSeen, type Site } from '../server/site.ts';

let site: Site;
let accounts: string[];

beforeAll(async () => {
  site = await startSite();
  accounts = await site.erp.people('amy', 'bob');
});
afterAll(() => site?.close());

type Waves = PlanInput['waves'];
const hold = (reason: string) => ({ reason, liftedBy: ['otto'], approvals: 1 });
const held = (id: string, reason: string, packages: string[]): Waves[number] => ({
  id,
  status: 'on-hold',
  hold: hold(reason),
  window: '3650d',
  packages: packages.map((each) => ({ package: each })),
});

/** With the packages `access` and `secret`. */
async function planned(plan: string, ...waves: Waves): Promise<{ plan: PlanInput; secret: string }> {
  const [own, secret] = await site.erp.roles([`${plan}_access`, `${plan}_secret`]);
  const made = erpPlan(plan, { accounts, roles: [own!], length: '60d' });
  const [access] = made.packages;
  return { plan: { ...made, packages: [access!, { ...access!, id: 'secret', entitlements: [{ system: 'erp', role: secret! }] }], waves }, secret: secret! };
}

/** In some plan days. */
async function goLive(plan: string, days: number): Promise<number> {
  const { clock } = (await site.store.latestRevision(plan))!;
  return Date.parse('2026-04-06') + ((Date.now() - clock!.anchorMs) / realDayMs + days) * planDayMs;
}
/** The hold as it stands. */
const lift = async (plan: string, at = `waves/${plan}/wave-1`) => {
  const { hold } = await site.wave(plan);
  const body = { goLiveMs: Math.round(await goLive(plan, 4)), since: hold?.since, reason: 'looked at it' };
  return site.api.send('otto', 'POST', `/v1/${at}/lift-hold`, body);
};

/** As far as people can take it without another lift. */
async function signed(plan: string, id: string): Promise<void> {
  const path = `/v1/packages/${plan}/wave-1/${id}`;
  for (const item of ['handoff', 'notices', 'backup']) await site.ask('olga', 'POST', `${path}/evidence`, { item, reference: 'done' });
  await site.untilWave(plan, ({ packages }) => packages.find((entry) => entry.package === id)?.previewDigest !== undefined);
  await site.ask('olga', 'POST', `${path}/sign-offs`, { decision: 'approve', current: true });
}
async function afterDays(days: number): Promise<void> {
  const endMs = Date.now() + days * realDayMs;
  await untilSeen(
    async () => Date.now(),
    (nowMs) => nowMs >= endMs,
  );
}

test('a package on hold is not released by the lift of the wave into which an operator moves it, until that wave is lifted with it', async () => {
  const { plan, secret } = await planned('moved', held('wave-1', 'audit', ['access']), held('wave-2', 'not to be released', ['secret']));
  await site.apply(plan);
  expect((await lift('moved')).status).toBe(200);
  await site.apply({ ...plan, waves: [held('wave-1', 'audit', ['access', 'secret'])] });
  const view = await site.untilWave('moved', ({ packages }) => packages.length === 2);
  expect(view.hold).toMatchObject({ approvals: 1, liftedBy: [] });
  expect(view.requests).toMatchObject([{ kind: 'liftHold', to: ['otto'], text: expect.stringContaining('earlier approvals no longer count') }]);
  await signed('moved', 'secret');
  await afterDays(6);
  expect(await site.erp.count([secret])).toBe(0);
  expect((await lift('moved')).status).toBe(200);
  await signed('moved', 'secret');
  await untilSeen(
    () => site.erp.count([secret]),
    (count) => count === 2,
  );
});

test('a hold that a later revision writes anew is lifted anew, and an approval of what it was is refused', async () => {
  const { plan } = await planned('anew', held('wave-1', 'audit', ['secret']));
  await site.apply(plan);
  expect((await lift('anew')).status).toBe(200);
  await site.apply({ ...plan, waves: [held('wave-1', 'an incident', ['secret'])] });
  await signed('anew', 'secret');
  await afterDays(6);
  expect((await site.wave('anew')).packages[0]).toMatchObject({ blockers: [{ code: 'hold', people: ['otto'] }] });
  expect(await site.erp.count(plan.packages[1]!.entitlements.map(({ role }) => role))).toBe(0);
  const old = { goLiveMs: Math.round(await goLive('anew', 4)), reason: 'as before', since: 1 };
  expect(await site.api.send('otto', 'POST', '/v1/waves/anew/wave-1/lift-hold', old)).toMatchObject({ status: 409, body: { code: 'stale-digest' } });
});

test('an approval that does not say which hold it is for is refused, and told which one stands', async () => {
  const { plan } = await planned('unsaid', held('wave-1', 'audit', ['access']));
  await site.apply(plan);
  const body = { goLiveMs: Math.round(await goLive('unsaid', 4)), reason: 'as I heard' };
  for (const at of ['waves/unsaid/wave-1', 'packages/unsaid/wave-1/access'])
    expect(await site.api.send('otto', 'POST', `/v1/${at}/lift-hold`, body)).toMatchObject({
      status: 409,
      body: { code: 'missing-field', detail: expect.stringContaining('since 1') },
    });
  // Who may lift nothing is told that, and not what is missing.
  expect(await site.api.send('olga', 'POST', '/v1/packages/unsaid/wave-1/access/lift-hold', body)).toMatchObject({ status: 403 });
  expect((await site.wave('unsaid')).hold).toMatchObject({ liftedBy: [] });
});

test("a hold that was lifted from the page of one package is lifted for the wave's other packages too", async () => {
  const { plan, secret } = await planned('onepage', held('wave-1', 'audit', ['access', 'secret']));
  await site.apply(plan);
  const seen = await site.ask('otto', 'GET', '/v1/packages/onepage/wave-1/access');
  expect(seen.body['actions']).toContainEqual(
    expect.objectContaining({ type: 'liftHold', hold: { reason: 'audit', since: 1, sinceMs: expect.any(Number) }, may: true }),
  );
  expect((await lift('onepage', 'packages/onepage/wave-1/access')).status).toBe(200);
  expect(await lift('onepage', 'packages/onepage/wave-1/nothing')).toMatchObject({ status: 404, body: { code: 'unknown-package' } });
  for (const id of ['access', 'secret']) await signed('onepage', id);
  await untilSeen(
    () => site.erp.count([secret]),
    (count) => count === 2,
  );
});

test("the owner's rejection goes with the package into another wave, where a delegate who moved it cannot overrule it", async () => {
  const { plan } = await planned('rejected', { id: 'wave-1', goLive: '2028-01-01', window: '3650d', packages: [{ package: 'access' }] });
  const delegated = { ...plan, packages: [plan.packages[0]!], delegates: [{ of: 'olga', to: 'ines', until: '2035-01-01' }] };
  expect(await site.api.send('hugo', 'POST', '/v1/plans', JSON.stringify(delegated))).toMatchObject({ status: 200 });
  await site.prepare('rejected');
  await site.tell('olga', 'rejected', 'sign-offs', { decision: 'reject', current: true, reason: 'never' });
  const wave = { ...delegated.waves[0]!, id: 'wave-2' };
  await site.apply({ ...delegated, waves: [wave] });
  const path = '/v1/packages/rejected/wave-2/access/sign-offs';
  const approve = () => site.api.send('ines', 'POST', path, { decision: 'approve', current: true });
  const answered = await untilSeen(approve, ({ body }) => body['code'] !== 'not-previewed');
  expect(answered).toMatchObject({ status: 409, body: { code: 'rejected-by-owner', detail: expect.stringContaining("in wave 'wave-1'") } });
  await site.ask('olga', 'POST', path, { decision: 'withdraw', current: true });
  expect((await approve()).status).toBe(200);
});
