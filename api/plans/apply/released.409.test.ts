import { afterAll, beforeAll, expect, test } from 'vitest';
import { planText, startEndpoint } from '../../../test/support/endpoint.ts';
import type { Endpoint } from '../../../test/support/endpoint.ts';
import { roles } from '../../../test/support/plan.ts';
import { siteSystem } from '../../../test/support/site.ts';
import type { Store } from '../../../store/contract.ts';
import { openStore } from '../../../store/open.ts';

let api: Endpoint;
let store: Store;
beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 300 }, { systems: [siteSystem(), siteSystem('crm')] });
  store = await openStore(api.config.databaseUrl, { migrate: true });
  await apply(planText());
  await release('wave-1', 1, 'release');
});
afterAll(async () => {
  await store.close();
  await api.close();
});

const apply = (text: string) => api.send('ines', 'POST', '/v1/plans', text);
const release = (wave: string, revision: number, change: 'release' | 'revise' | 'retire') =>
  store.beginRelease({ plan: 'test', wave, package: 'clerk', revision, planDigest: '', previewDigest: '', change });
const revised = [{ package: 'clerk', change: 'revise' as const }];
const cohort = ['ann', 'ben'];

test('a change of a released package is refused; the error names the change and what to write, and nothing is stored', async () => {
  const refused = await apply(planText({ second: true, clerk: { cohort, risk: 'medium' } }));
  expect([refused.status, refused.body.code, refused.body.packages]).toEqual([
    409,
    'released-package-changed',
    [
      {
        package: 'clerk',
        wave: 'wave-1',
        revision: 1,
        changed: ['people', 'risk'],
        message:
          "'clerk' is released by wave-1 (revision 1), and this plan changes its people, risk: add it with change: revise (or retire) to a wave that has not released it yet, or restore the people, risk.",
      },
    ],
  ]);
  expect((await store.latestRevision('test'))!.number).toBe(1);
});

test('a plan that leaves out a released package is refused', async () => {
  const without = planText({
    packages: [{ id: 'reader', entitlements: roles('erp', 'reader'), legacy: [] }],
    waves: [{ id: 'wave-2', status: 'tentative' }],
  });
  const refused = await apply(without);
  expect([refused.status, refused.body.code, refused.body.detail]).toEqual([
    409,
    'released-package-changed',
    "'clerk' is released by wave-1 (revision 1) and is not in this plan: keep it in the plan, and retire it in a wave first (change: retire).",
  ]);
});

test('a system in which the package was granted stays in the plan until its access there is revoked', async () => {
  const refused = await apply(planText({ second: revised, systems: ['crm'] }));
  expect([refused.status, refused.body.code, refused.body.detail]).toEqual([
    409,
    'released-package-changed',
    "'clerk' was granted in erp, which is no longer in this plan: keep the system in the plan until wave-2 has revoked what was granted there.",
  ]);
});

test('the change is stored when a wave revises the package', async () => {
  expect((await apply(planText({ second: revised, clerk: { cohort } }))).body).toMatchObject({ revision: 2, changed: true });
});

test('once that wave has released it, the next change needs another wave; the unchanged plan can still be applied again', async () => {
  await release('wave-2', 2, 'revise');
  expect((await apply(planText({ second: revised, clerk: { cohort } }))).status).toBe(200);
  const refused = await apply(planText({ second: revised, clerk: { cohort: ['ann'] } }));
  expect([refused.status, refused.body.packages]).toMatchObject([409, [{ wave: 'wave-2', revision: 2, changed: ['people'] }]]);
});

test('owners and texts change in place', async () => {
  const revoked = planText({ second: revised, clerk: { cohort, owner: 'otto', ownerHandoff: 'Handed over to Otto' } });
  await api.send('olga', 'POST', '/v1/plans/test/consents', revoked);
  expect((await apply(revoked)).body).toMatchObject({
    revision: 3,
    packages: [
      { package: 'clerk', wave: 'wave-1' },
      { package: 'clerk', wave: 'wave-2' },
    ],
  });
});

test('a retired package may change and leave the plan', async () => {
  await release('wave-3', 3, 'retire');
  const without = planText({
    packages: [{ id: 'reader', entitlements: roles('erp', 'reader'), legacy: [] }],
    waves: [{ id: 'wave-2', status: 'tentative' }],
  });
  const applied = await apply(without);
  // Those that left are told where they run; of wave-3 no revision has anything.
  expect([applied.status, applied.body.packages.map((one: { status: string }) => one.status)]).toEqual([200, ['ended', 'ended', 'skipped']]);
});

test('a retired package that comes back has the same people decide on it, or they are asked', async () => {
  const back = (owner: string) => planText({ clerk: { cohort, owner, ownerHandoff: 'As before' }, waves: [{ id: 'wave-4' }] });
  const refused = await apply(back('olga'));
  expect([refused.status, refused.body.consents]).toEqual([
    409,
    expect.arrayContaining([expect.objectContaining({ person: 'otto', what: "no longer owns 'clerk'; olga does" })]),
  ]);
  // The package that leaves meanwhile was never released.
  await api.send('olga', 'POST', '/v1/plans/test/consents', back('otto'));
  expect((await apply(back('otto'))).status).toBe(200);
});
