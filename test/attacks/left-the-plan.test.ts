/** What a revision takes out of the plan is not released by the revision before it, and only who operates the plan now decides on what is left. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PlanInput } from '../support/plan.ts';
import { erpPlan } from '../server/plan.ts';
import { erpSite, startSite, type Site } from '../server/site.ts';

let site: Site;
let accounts: string[];
let number = 0;

beforeAll(async () => {
  site = await startSite(
    {},
    {},
    { ...erpSite, administrators: { people: ['root'] }, plans: [{ plan: 'guarded-*', apply: { people: ['ines', 'hugo'] }, systems: [{ system: 'erp' }] }] },
  );
  accounts = await site.erp.people('amy', 'bob');
});
afterAll(() => site?.close());

const apply = (by: string, plan: PlanInput, reason?: string) =>
  site.api.send(by, 'POST', `/v1/plans${reason === undefined ? '' : `?reason=${encodeURIComponent(reason)}`}`, JSON.stringify(plan));

/** `access` in wave-1, and `other` of otto in wave-2; otto operates the plan. `with`: the role of `access`. */
async function twoWaves(goLive?: string): Promise<{ plan: PlanInput; role: string }> {
  const id = `guarded-${(number += 1)}`;
  const [role = '', second = ''] = await site.erp.roles([`${id}_a`, `${id}_b`]);
  const made = erpPlan(id, { accounts, roles: [role], length: '60d' });
  const access = made.packages[0]!;
  const other = { ...access, id: 'other', owner: 'otto', entitlements: [{ system: 'erp', role: second }] };
  const date = goLive === undefined ? { status: 'tentative' as const, window: '3650d' } : { goLive, window: '3650d' };
  const plan: PlanInput = {
    ...made,
    operators: ['ines', 'hugo', 'otto'],
    packages: [access, other],
    waves: [
      { id: 'wave-1', ...date, packages: [{ package: access.id }] },
      { id: 'wave-2', status: 'tentative', packages: [{ package: 'other' }] },
    ],
  };
  expect((await apply('ines', plan)).body).toMatchObject({ revision: 1 });
  return { plan, role };
}
const members = async (role: string) => (await site.erp.memberships([role])).length;
const dated = async (by: string, { plan }: PlanInput, days: number) => {
  const anchorMs = (await site.store.latestRevision(plan))?.clock?.anchorMs ?? 0;
  const goLiveMs = Date.parse('2026-04-06') + (Date.now() - anchorMs) * 43_200 + days * 86_400_000;
  return site.api.send(by, 'POST', `/v1/waves/${plan}/wave-1/go-live`, { goLiveMs });
};
/** What the wave says once it has tried to release, or has nothing to release. */
const untilWave = async (plan: string, isSo: (view: Record<string, unknown> & { packages: { package: string }[] }) => boolean): Promise<void> =>
  await expect
    .poll(async () => isSo((await site.ask('ines', 'GET', `/v1/waves/${plan}/wave-1`)).body as Parameters<typeof isSo>[0]), { timeout: 60_000, interval: 300 })
    .toBe(true);

test.each(['wave', 'package and wave'] as const)(
  'a signed and dated %s that a revision takes out of the plan is not released',
  { timeout: 120_000 },
  async (what) => {
    const { plan, role } = await twoWaves();
    await site.signOff(plan.plan);
    expect((await dated('ines', plan, 8)).status).toBe(200);
    const without = { ...plan, packages: what === 'wave' ? plan.packages : plan.packages.slice(1), waves: plan.waves.slice(1) };
    const left = await apply('root', without, 'it must not go live');
    expect(left.body).toMatchObject({ revision: 2 });
    expect((left.body as { waves: { wave: string }[] }).waves).toContainEqual(
      expect.objectContaining({ wave: 'wave-1', status: 'accepted', message: expect.stringContaining('no longer has this wave') }),
    );
    await untilWave(plan.plan, ({ packages }) => packages.length === 0);
    // Its date passes: a day is two seconds.
    await new Promise((resolve) => setTimeout(resolve, 18_000));
    expect(await members(role)).toBe(0);
  },
);

test('a package that moved to another wave is not released by a date for the one that is gone', { timeout: 120_000 }, async () => {
  const { plan, role } = await twoWaves();
  await site.signOff(plan.plan);
  const [first, second] = plan.waves;
  const moved = {
    ...plan,
    packages: plan.packages.map((each) => (each.id === 'other' ? each : { ...each, cohort: each.cohort.slice(0, 1) })),
    waves: [{ ...first!, id: 'wave-3', alsoSigns: ['otto'] }, second!],
  };
  expect((await apply('hugo', moved)).body).toMatchObject({ revision: 2 });
  await dated('ines', plan, 1);
  await new Promise((resolve) => setTimeout(resolve, 8_000));
  expect(await members(role)).toBe(0);
});

test('who is no operator any more sets no date and aborts nothing in a wave that left the plan with it', { timeout: 120_000 }, async () => {
  const { plan, role } = await twoWaves();
  await site.signOff(plan.plan);
  const without = { ...plan, operators: ['ines', 'hugo'], packages: plan.packages.slice(1), waves: plan.waves.slice(1) };
  expect((await apply('root', without, 'otto operates no more')).body).toMatchObject({ revision: 2 });
  expect((await dated('otto', plan, 1)).body).toMatchObject({ code: 'not-authorized' });
  expect((await site.api.send('otto', 'POST', `/v1/waves/${plan.plan}/wave-1/abort`, { reason: 'mine' })).body).toMatchObject({ code: 'not-authorized' });
  expect(await members(role)).toBe(0);
});

test('nor does he abort what was released there before, and who operates the plan now does', { timeout: 120_000 }, async () => {
  const { plan, role } = await twoWaves('2026-04-07');
  await site.signOff(plan.plan);
  await site.untilPackage(plan.plan, ({ grants }) => grants.created === 2);
  const left = await apply('root', { ...plan, operators: ['ines', 'hugo'], waves: plan.waves.slice(1) }, 'otto operates no more');
  expect(left.body).toMatchObject({ revision: 2, packages: expect.arrayContaining([{ package: plan.packages[0]!.id, wave: 'wave-1', status: 'sent' }]) });
  expect((await site.api.send('otto', 'POST', `/v1/waves/${plan.plan}/wave-1/abort`, { reason: 'mine' })).body).toMatchObject({ code: 'not-authorized' });
  expect(await members(role)).toBe(2);
  expect((await site.api.send('ines', 'POST', `/v1/waves/${plan.plan}/wave-1/abort`, { reason: 'audit' })).status).toBe(200);
  await expect.poll(() => members(role), { timeout: 60_000 }).toBe(0);
});
