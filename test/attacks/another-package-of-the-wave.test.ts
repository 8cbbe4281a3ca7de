/** What somebody reads of a package that is not theirs: of their own wave, and of a time before they came. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { startEndpoint, until, type Endpoint } from '../support/endpoint.ts';
import { people, planInput, roles, watch, type PlanChange } from '../support/plan.ts';

let api: Endpoint;
beforeAll(async () => {
  api = await startEndpoint(
    { answerWithinMs: 30_000 },
    {
      administrators: { people: ['root'] },
      plans: ['mine', 'moved'].map((plan) => ({ plan, apply: { people: ['ines'] }, systems: [{ system: 'erp' }] })),
    },
  );
  await api.startWorker();
});
afterAll(() => api?.close());

const clerk = { id: 'clerk', owner: 'olga', cohort: ['ann'], entitlements: roles('erp', 'clerk'), legacy: [], watch: watch('60d') };
const reader = { id: 'reader', owner: 'otto', cohort: ['kim'], entitlements: roles('erp', 'reader'), legacy: [], watch: watch('60d') };
const secret = 'account_of_ann';

async function apply(plan: string, waves: NonNullable<PlanChange['waves']>): Promise<void> {
  const ann = { id: 'ann', name: 'Ann', team: 'finance', accounts: { erp: secret } };
  const input = planInput({ plan, people: [...people('olga', 'otto', 'ines', 'hugo', 'kim', 'cem'), ann], packages: [clerk, reader], waves });
  const { status, body } = await api.send('ines', 'POST', '/v1/plans', stringify(input));
  expect([status, body]).toMatchObject([200, { plan }]);
  await until(
    () => api.send('ines', 'GET', `/v1/waves/${plan}/wave-1`),
    (seen) => seen.status === 200,
  );
}
const shown = async (by: string, path: string) => JSON.stringify((await api.send(by, 'GET', path)).body);
const note = (plan: string) => api.send('olga', 'POST', `/v1/packages/${plan}/wave-1/clerk/notes`, { text: `look at ${secret}` });

test('the owner of another package in the same wave reads no note about this one', async () => {
  await apply('mine', [{ status: 'tentative', packages: [{ package: 'clerk' }, { package: 'reader' }] }]);
  expect((await note('mine')).status).toBe(200);
  expect((await api.send('ines', 'POST', '/v1/waves/mine/wave-1/notes', { text: 'of the wave' })).status).toBe(200);
  const paths = ['/v1/waves/mine/wave-1', '/v1/waves?full=true&plan=mine', '/v1/waves/mine/wave-1/events', '/v1/events', '/v1/packages/mine/wave-1/clerk'];
  for (const path of paths) {
    expect(await shown('olga', path)).toContain(secret);
    for (const by of ['otto', 'kim']) expect([by, path, await shown(by, path)]).toEqual([by, path, expect.not.stringContaining(secret)]);
  }
  for (const path of paths.slice(0, 2)) expect(await shown('otto', path)).toContain('of the wave');
});

test('a new co-signer of a wave does not read the package that left it before, in an earlier revision', async () => {
  const apart = (clerks: string, readers: string, alsoSigns: string[]) => [
    { id: 'wave-1', status: 'tentative' as const, alsoSigns, packages: [{ package: clerks === 'wave-1' ? 'clerk' : 'reader' }] },
    { id: clerks === 'wave-1' ? readers : clerks, status: 'tentative' as const, packages: [{ package: clerks === 'wave-1' ? 'reader' : 'clerk' }] },
  ];
  await apply('moved', apart('wave-1', 'wave-2', []));
  await apply('moved', apart('wave-3', 'wave-1', ['cem']));
  for (const path of ['/v1/plans/moved', '/v1/plans/moved?revision=1', '/v1/plans/moved?revision=2']) {
    expect([path, await shown('olga', path)]).toEqual([path, expect.stringContaining(secret)]);
    expect([path, await shown('cem', path)]).toEqual([path, expect.not.stringContaining(secret)]);
  }
  expect(await shown('cem', '/v1/plans/moved?revision=2')).toContain('"reader"');
});
