/** A signer writes what they will sign while nothing names it, and an operator who knows nothing brings it to a wave: the signer is still its author. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toPlan } from '../../domain/time/plan-clock.ts';
import type { WaveView } from '../../domain/views/wave.ts';
import { erpPlan } from '../server/plan.ts';
import { erpSite, startSite, untilSeen, type Site } from '../server/site.ts';
import type { PlanInput } from '../support/plan.ts';

let site: Site;
let accounts: string[];
beforeAll(async () => {
  site = await startSite({}, {}, { ...erpSite, plans: [{ plan: 'guarded-*', apply: { people: ['ines', 'hugo', 'olga'] }, systems: [{ system: 'erp' }] }] });
  accounts = await site.erp.people('amy', 'bob', 'olga2');
});
afterAll(() => site?.close());

const apply = (by: string, plan: PlanInput) => site.ask(by, 'POST', '/v1/plans', JSON.stringify(plan));
const wave = async (plan: string, id: string) => (await site.ask('hugo', 'GET', `/v1/waves/${plan}/${id}`)).body as unknown as WaveView;
const packageIn = async (plan: string, id: string, of: string) => (await wave(plan, id)).packages.find((each) => 'package' in each && each.package === of);

/** Everything but another signature. Returns what is still in the way. */
async function signedByOlga(plan: string, id: string, of: string) {
  const send = (what: string, body: unknown) => site.ask('olga', 'POST', `/v1/packages/${plan}/${id}/${of}/${what}`, body);
  for (const item of ['handoff', 'notices', 'backup']) await send('evidence', { item, reference: 'done' });
  await untilSeen(
    () => packageIn(plan, id, of),
    (seen) => seen?.previewDigest !== undefined,
  );
  await send('sign-offs', { decision: 'approve', current: true });
  return packageIn(plan, id, of);
}

const operated = (id: string, roles: string[]): PlanInput => ({
  ...erpPlan(id, { accounts: accounts.slice(0, 2), roles, length: '60d' }),
  operators: ['ines', 'hugo', 'olga'],
  delegates: [{ of: 'olga', to: 'otto', until: '2199-01-01' }],
});
const another = 'another person, because olga applied the change: otto';

test('a package that was in no wave', async () => {
  const [usual, extra] = await site.erp.roles(['before_a', 'before_b']);
  const first = operated('guarded-1', [usual!]);
  await apply('ines', first);
  const written = { ...first.packages[0]!, id: 'extra', entitlements: [{ system: 'erp', role: extra! }] };
  const second = { ...first, packages: [...first.packages, written] };
  await apply('olga', second);
  await apply('hugo', { ...second, waves: [...second.waves, { id: 'wave-2', status: 'tentative', window: '3650d', packages: [{ package: 'extra' }] }] });
  const signed = await signedByOlga('guarded-1', 'wave-2', 'extra');
  expect(signed?.duties?.appliedBy).toContain('olga');
  expect(JSON.stringify(signed?.blockers)).toContain(another);
  expect(await site.erp.count([extra!])).toBe(0);
  const { clock } = (await site.store.latestRevision('guarded-1'))!;
  await site.ask('hugo', 'POST', '/v1/waves/guarded-1/wave-2/go-live', { goLiveMs: toPlan(Date.now() + 10_000, clock) });
  await site.ask('otto', 'POST', '/v1/packages/guarded-1/wave-2/extra/sign-offs', { decision: 'approve', current: true });
  await untilSeen(
    () => site.erp.count([extra!]),
    (held) => held === 2,
  );
});

test('an account of a person who was in no cohort', async () => {
  const roles = await site.erp.roles(['before_c']);
  const made = operated('guarded-2', roles);
  const first = {
    ...made,
    people: made.people.map((each) => (each.id === 'p1' ? { id: 'p1', name: 'p1', team: 'finance' } : each)),
    packages: [{ ...made.packages[0]!, cohort: ['p2'] }],
  };
  await apply('ines', first);
  const second = { ...first, people: first.people.map((each) => (each.id === 'p1' ? { ...each, accounts: { erp: accounts[2]! } } : each)) };
  await apply('olga', second);
  await apply('hugo', { ...second, packages: [{ ...second.packages[0]!, cohort: ['p1', 'p2'] }] });
  const signed = await signedByOlga('guarded-2', 'wave-1', 'access');
  expect(signed?.duties?.appliedBy).toContain('olga');
  expect(JSON.stringify(signed?.blockers)).toContain(another);
  expect(await site.erp.count(roles)).toBe(0);
});
