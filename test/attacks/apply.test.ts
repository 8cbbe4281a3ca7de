/**
 * Who may apply what, and who decides, on a real site: real tokens, real worker, real database. root administers it; ines and hugo may apply the plans
 * `guarded-…`, and eve those of another team. Nobody gains access by a plan that they apply.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PlanInput } from '../support/plan.ts';
import { asHeld } from '../server/erp.ts';
import { erpPlan } from '../server/plan.ts';
import { startSite, untilSeen, type Site } from '../server/site.ts';

let site: Site;
let accounts: string[];
let number = 0;

beforeAll(async () => {
  site = await startSite(
    {},
    {},
    {
      administrators: { people: ['root'] },
      plans: [
        { plan: 'guarded-*', apply: { people: ['ines', 'hugo'] }, systems: [{ system: 'erp' }] },
        { plan: 'theirs-*', apply: { people: ['eve'] }, systems: [] },
      ],
    },
  );
  accounts = await site.erp.people('amy', 'bob');
});
afterAll(() => site?.close());

type Part = Partial<PlanInput['packages'][number]>;
async function guarded(change: Partial<PlanInput> = {}, part: Part = {}, alsoSigns: string[] = []): Promise<PlanInput> {
  const plan = `guarded-${(number += 1)}`;
  const made = erpPlan(plan, { accounts, roles: await site.erp.roles([`${plan}_clerk`]), length: '60d', alsoSigns });
  return { ...made, packages: made.packages.map((one) => ({ ...one, ...part })), ...change };
}
const apply = (by: string, plan: PlanInput, reason?: string) =>
  site.api.send(by, 'POST', `/v1/plans${reason === undefined ? '' : `?reason=${encodeURIComponent(reason)}`}`, JSON.stringify(plan));
const everything = async () => (await site.erp.memberships()).map(asHeld);
const numberOf = async (plan: string) => (await site.store.latestRevision(plan))?.number;
const withPackage = (plan: PlanInput, part: Part): PlanInput => ({ ...plan, packages: plan.packages.map((one) => ({ ...one, ...part })) });

describe('a plan of one’s own', () => {
  test('a stranger applies none, and learns neither whether there is such a plan nor who operates it', async () => {
    const plan = await guarded();
    await site.apply(plan);
    for (const by of ['mallory', 'eve', 'otto']) {
      const mine = { ...plan, operators: [by, 'ines'], people: [...plan.people.filter(({ id }) => id !== by), { id: by, name: by, team: 'finance' }] };
      const there = await apply(by, mine, 'I need it');
      const notThere = await apply(by, { ...mine, plan: 'guarded-never' }, 'I need it');
      expect([there.status, there.body['code']]).toEqual([403, 'not-an-applier']);
      expect(there.body['detail'].replace(plan.plan, '…')).toBe(notThere.body['detail'].replace('guarded-never', '…'));
      expect(JSON.stringify(there.body)).not.toMatch(/ines|hugo/);
    }
    expect(await numberOf(plan.plan)).toBe(1);
  });

  test('somebody who may apply plans of another team names no system that those may not use', async () => {
    const plan = { ...(await guarded({ operators: ['eve'] })), plan: 'theirs-mine' };
    const mine = { ...plan, people: [...plan.people, { id: 'eve', name: 'eve', team: 'finance' }] };
    expect(await apply('eve', mine)).toMatchObject({ body: { code: 'site-refuses' } });
    expect(await numberOf('theirs-mine')).toBeUndefined();
  });
});

describe('an operator who changes who decides', () => {
  test.each<[string, (plan: PlanInput) => PlanInput, string[]]>([
    ['appoints themselves owner', (plan) => withPackage(plan, { owner: 'ines' }), ['olga']],
    ['removes the co-signer', (plan) => ({ ...plan, waves: plan.waves.map((wave) => ({ ...wave, alsoSigns: [] })) }), ['otto']],
    ['adds themselves as a delegate', (plan) => ({ ...plan, delegates: [{ of: 'olga', to: 'ines', until: '2026-09-01' }] }), ['olga']],
    ['needs no second person any more', (plan) => withPackage(plan, { rollback: { secondPerson: false } }), ['olga', 'hugo']],
    ['awaits no approval any more', (plan) => withPackage(plan, { rollback: { secondPerson: true, approval: 'automatic' } }), ['olga']],
    ['removes the other operator', (plan) => ({ ...plan, operators: ['ines'] }), ['hugo']],
    [
      'moves the package to a wave without the co-signer',
      // A day takes two seconds, and a wave that has not begun needs a date to come.
      (plan) => ({ ...plan, waves: plan.waves.map((wave) => ({ ...wave, id: 'wave-2', alsoSigns: [], goLive: '2026-09-01' })) }),
      ['otto'],
    ],
  ])('%s: nothing is stored before those who lose the say consent', async (_, change, asked) => {
    const plan = await guarded({}, { rollback: { secondPerson: true } }, ['otto']);
    await site.apply(plan);
    const next = change(plan);
    for (const reason of [undefined, 'I say so']) {
      const refused = await apply('ines', next, reason);
      expect([refused.status, refused.body['code']]).toEqual([409, 'consent-missing']);
      expect(refused.body['consents'].map(({ person }: { person: string }) => person)).toEqual(asked);
    }
    // Nobody consents for others, and a consent to something else counts for nothing.
    expect((await site.api.send('p1', 'POST', `/v1/plans/${plan.plan}/consents`, JSON.stringify(next))).body['code']).toBe('nothing-to-consent');
    for (const person of asked) await site.ask(person, 'POST', `/v1/plans/${plan.plan}/consents`, JSON.stringify(next));
    expect((await apply('ines', { ...next, description: 'something else' })).body['code']).toBe('consent-missing');
    expect(await numberOf(plan.plan)).toBe(1);
    expect((await apply('ines', next)).body).toMatchObject({ revision: 2, changed: true });
  });
});

describe('separation of duties', () => {
  test('a person who applied a plan and owns its package does not release it alone', async () => {
    const plan = await guarded({}, { owner: 'ines' });
    await site.apply(plan);
    const before = await everything();
    for (const item of ['handoff', 'notices', 'backup']) await site.tell('ines', plan.plan, 'evidence', { item, reference: 'done' });
    await site.untilWave(plan.plan, ({ packages: [entry] }) => entry?.previewDigest !== undefined);
    await site.tell('ines', plan.plan, 'sign-offs', { decision: 'approve', current: true });
    const { packages } = await site.untilWave(plan.plan, ({ packages: [entry] }) => entry?.signOffs.length === 1);
    expect(packages[0]!.blockers).toEqual([
      { code: 'anotherSigner', people: ['hugo'], text: 'sign-off by another person, because ines applied the change: hugo' },
    ]);
    await untilSeen(
      () => site.store.notices({ plan: plan.plan }),
      (notices) => notices.some(({ kind, to }) => kind === 'signOff' && to.includes('hugo')),
    );
    expect(await everything()).toEqual(before);
    await site.tell('hugo', plan.plan, 'sign-offs', { decision: 'approve', current: true });
    await site.untilPackage(plan.plan, ({ grants }) => grants.created === 2);
  });

  test('an owner in the cohort does not release it alone', async () => {
    const plan = await guarded();
    const olga = await site.erp.people('olga');
    plan.people = plan.people.map((person) => (person.id === 'olga' ? { ...person, accounts: { erp: olga[0]! } } : person));
    plan.packages[0]!.cohort = ['olga'];
    await site.apply(plan);
    await site.signOff(plan.plan);
    const { packages } = await site.untilWave(plan.plan, ({ packages: [entry] }) => entry?.signOffs.length === 1);
    expect(packages[0]!.blockers).toMatchObject([{ code: 'anotherSigner', people: ['hugo'] }]);
    // ines applied it, and otto has nothing to do with it.
    for (const [by, status] of [
      ['ines', 403],
      ['otto', 404],
    ] as const)
      expect(await site.api.send(by, 'POST', `/v1/packages/${plan.plan}/wave-1/access/sign-offs`, { decision: 'approve', current: true })).toMatchObject({
        status,
      });
    await site.tell('hugo', plan.plan, 'sign-offs', { decision: 'approve', current: true });
    await site.untilPackage(plan.plan, ({ grants }) => grants.created === 1);
  });
});

test('a hold and an owner are not lost by leaving the plan in one revision and coming back in the next', async () => {
  const made = await guarded();
  const hold = { reason: 'audit', liftedBy: ['hugo', 'otto'], approvals: 2 };
  const held: PlanInput = { ...made, waves: made.waves.map(({ id, packages }) => ({ id, packages, status: 'on-hold' as const, hold })) };
  await site.apply(held);
  const other = { ...held.packages[0]!, id: 'other', owner: 'ines' };
  const without: PlanInput = { ...held, packages: [other], waves: [{ id: 'wave-2', status: 'tentative', packages: [{ package: 'other' }] }] };
  const refused = await apply('ines', without);
  expect([refused.status, refused.body['code']]).toEqual([409, 'consent-missing']);
  expect((refused.body['consents'] as { person: string }[]).map(({ person }) => person).toSorted()).toEqual(['hugo', 'olga', 'otto']);
  expect(await numberOf(held.plan)).toBe(1);
});

test('a proposed rollback is not answered by removing whom it asks: it stays open and asks the person who decides now', async () => {
  const plan = await guarded();
  await site.release(plan);
  await site.untilPackage(plan.plan, ({ grants }) => grants.created === 2);
  await site.tell('ines', plan.plan, 'rollback', { reason: 'exceptions' });
  const { proposal } = await site.untilPackage(plan.plan, (view) => view.proposal?.kind === 'rollback');
  const next = withPackage(plan, { owner: 'otto' });
  expect((await apply('ines', next)).body['code']).toBe('consent-missing');
  expect((await apply('root', next)).body['code']).toBe('not-an-operator');
  expect((await apply('root', next, 'olga is on leave')).body).toMatchObject({ revision: 2 });
  const { requests, proposal: still } = await site.untilPackage(plan.plan, ({ owner }) => owner === 'otto');
  expect(still?.id).toBe(proposal!.id);
  expect(requests).toMatchObject([{ kind: 'rollback' }]);
  expect(requests![0]!.to).toContain('otto');
  expect(requests![0]!.to).not.toContain('olga');
  const notices = await untilSeen(
    async () => (await site.store.notices({ plan: plan.plan })).filter(({ kind, level }) => kind === 'rollback' && level === 'first'),
    (found) => found.length > 1,
  );
  expect(notices.map(({ to, answeredAtMs, withdrawn }) => [to, answeredAtMs, withdrawn])).toEqual([
    [['olga'], undefined, undefined],
    [['otto'], undefined, undefined],
  ]);
  expect((await site.store.latestRevision(plan.plan))?.record.administrator).toMatchObject({ reason: 'olga is on leave', without: [{ person: 'olga' }] });
  const answer = { proposal: proposal!.id, kind: 'rollback', answer: 'approve', reason: 'exceptions' };
  // She has no part in the plan any more.
  expect(await site.api.send('olga', 'POST', `/v1/packages/${plan.plan}/wave-1/access/decisions`, answer)).toMatchObject({ status: 404 });
  await site.tell('otto', plan.plan, 'decisions', answer);
  await site.untilPackage(plan.plan, ({ state }) => state === 'Rolled back');
});
