/** What one operator of a plan, who does nothing that they may not do, can take from everybody else: time of the endpoint, and places of the worker. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSealer } from '../../api/seal.ts';
import { validFor, validFrom } from '../../domain/messages.ts';
import { openStore } from '../../store/open.ts';
import { readsAtOnce } from '../../workflows/wave/reads.ts';
import { erpPlan } from '../server/plan.ts';
import { startSite, untilSeen, type Site } from '../server/site.ts';
import { planText, startEndpoint, type Endpoint } from '../support/endpoint.ts';
import { healthDuring } from '../support/health-during.ts';
import { metric, people, planInput, roles, watch, type PlanInput } from '../support/plan.ts';

describe('the time of the endpoint', () => {
  let api: Endpoint;
  beforeAll(async () => {
    api = await startEndpoint(
      { answerWithinMs: 300 },
      { administrators: { people: ['root'] }, plans: [{ plan: '*', apply: { people: ['ines'] }, systems: [{ system: 'erp' }] }] },
    );
  });
  afterAll(() => api?.close());
  const apply = (plan: unknown) => api.send('ines', 'POST', '/v1/plans', JSON.stringify(plan));

  test('a revision that takes a say from a hundred people in four hundred packages is refused, and nobody waits for it', async () => {
    const many = Array.from({ length: 99 }, (_, index) => `p${index}`);
    const large = (secondPerson: boolean): PlanInput => {
      const packages = Array.from({ length: 400 }, (_, index) => ({ id: `k${index}`, owner: 'ines', cohort: ['p1'], rollback: { secondPerson } }));
      const made = planInput({ plan: 'large', people: people('ines', ...many), operators: ['ines', ...many], packages });
      return { ...made, waves: [{ ...made.waves[0]!, packages: [{ package: 'k0' }] }] };
    };
    expect((await apply(large(true))).status).toBe(200);
    const { answered, slowestMs } = await healthDuring(api.url, apply(large(false)));
    expect([answered.status, answered.body.code, answered.body.detail]).toEqual([409, 'consent-missing', expect.stringContaining('divide it into several')]);
    expect(slowestMs).toBeLessThan(3_000);
  });

  test('the largest plan that a file with aliases makes, which is hashed and compared package by package, keeps nobody waiting', async () => {
    const many = Array.from({ length: 9_000 }, (_, index) => `firstname.lastname.${index}@people.example`);
    const ids = Array.from({ length: 12 }, (_, index) => `k${index}`);
    const text = (risk: 'low' | 'medium'): string => {
      const made = planInput({
        plan: 'aliased',
        people: people('ines', 'olga', ...many),
        operators: ['ines'],
        // 216,000 grants: a site allows 250,000.
        packages: ids.map((id) => ({ id, owner: 'olga', cohort: [many[0]!], risk, entitlements: roles('erp', 'clerk', 'reader'), legacy: [] })),
      });
      const [wave] = made.waves;
      const waves = [0, 1, 2].map((at) => ({ ...wave, id: `w${at}`, packages: ids.slice(at * 4, at * 4 + 4).map((id) => ({ package: id })) }));
      const { packages, ...rest } = { ...made, waves };
      // The people of the first package are those of all of them.
      const withAliases = packages.map(({ cohort: _cohort, ...each }, at) => {
        const cohort = at === 0 ? `&everyone ${JSON.stringify(many)}` : '*everyone';
        return `  - { ${JSON.stringify(each).slice(1, -1)}, "cohort": ${cohort} }`;
      });
      const lines = Object.entries(rest).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
      return [...lines, 'packages:', ...withAliases].join('\n');
    };
    for (const [risk, revision] of [
      ['low', 1],
      ['medium', 2],
    ] as const) {
      const { answered, slowestMs, asked } = await healthDuring(api.url, api.send('ines', 'POST', '/v1/plans', text(risk)));
      expect([answered.status, answered.body['revision'], answered.body['detail']]).toEqual([200, revision, undefined]);
      // Each is asked 20 ms after the answer to the one before.
      expect(asked).toBeGreaterThan(10);
      expect(slowestMs).toBeLessThan(2_500);
    }
  }, 180_000);

  test('a thousand consents to other documents are not looked at when the next revision is applied', async () => {
    const first = planText({ plan: 'consented' });
    const next = planText({ plan: 'consented', clerk: { owner: 'otto' } });
    expect((await api.send('ines', 'POST', '/v1/plans', first)).status).toBe(200);
    const [store, sealer] = [await openStore(api.config.databaseUrl, { migrate: true }), await openSealer(api.config)];
    try {
      for (let index = 0; index < 1_000; index += 1) {
        const body = { revision: 2, digest: index.toString(16).padStart(64, '0') };
        const consent = {
          id: `consent-${body.digest.slice(-32)}`,
          type: 'consent',
          plan: 'consented',
          by: 'olga',
          ...validFrom(Date.now(), validFor.waiting),
          body,
        };
        await store.saveMessage(await sealer.seal(consent as Parameters<typeof sealer.seal>[0]));
      }
    } finally {
      await store.close();
    }
    const { answered, slowestMs } = await healthDuring(api.url, api.send('ines', 'POST', '/v1/plans', next));
    expect([answered.status, answered.body.consents]).toEqual([409, [expect.objectContaining({ person: 'olga' })]]);
    expect(slowestMs).toBeLessThan(3_000);
    expect((await api.send('olga', 'POST', '/v1/plans/consented/consents', next)).status).toBe(200);
    expect((await api.send('ines', 'POST', '/v1/plans', next)).body).toMatchObject({ revision: 2 });
  });

  test.each(['validate', 'simulate', 'metric-trial?metric=m', ''])(
    'the text of someone who may apply no plan is not read by POST /v1/plans/%s',
    async (route) => {
      for (const text of [planText(), 'plan: A B', '[', 'a: '.repeat(10)]) {
        const answered = await api.send('mallory', 'POST', `/v1/plans${route === '' ? '' : `/${route}`}`, text);
        expect([answered.status, answered.body.code, answered.body.mistakes]).toEqual([403, 'not-an-applier', undefined]);
      }
    },
  );
});

describe('the places of the worker', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(() => site?.close());

  const planWith = (query: string, plan: string): PlanInput =>
    planInput({
      plan,
      operators: ['ines', 'hugo'],
      metrics: [metric('m', { provider: { kind: 'sql', system: 'erp', query } })],
      packages: [{ legacy: [], entitlements: roles('erp', 'none'), watch: watch('14d', { metric: 'm', tune: { above: 100 } }) }],
    });
  const tried = (by: string, query: string, plan: string) =>
    site.api.send(by, 'POST', '/v1/plans/metric-trial?metric=m', JSON.stringify(planWith(query, plan)));

  test('thirty trials at once of one person, for many plans, keep no other plan from being measured', async () => {
    const endless = 'select count(*) as value from generate_series(1, 100000) a, generate_series(1, 100000) b';
    let ended = 0;
    const many = Array.from({ length: 30 }, (_, index) => tried('ines', endless, `hers-${index % 6}`).finally(() => (ended += 1)));
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const other = await tried('hugo', 'select 42 as value', 'another');
    expect(other.body['evaluation']?.measured).toMatchObject({ kind: 'value', value: 42 });
    expect(ended).toBeLessThan(30);
    const statuses = (await Promise.all(many)).map(({ status, body }) => `${status} ${body['code'] ?? ''}`.trim());
    // Two at a time: where a request came after the statements of the first had ended, it had a place.
    const had = statuses.filter((each) => each === '200').length;
    expect(had).toBeGreaterThanOrEqual(2);
    expect(had).toBeLessThan(10);
    expect(new Set(statuses)).toEqual(new Set(['200', '429 too-many-requests']));
    expect((await tried('ines', 'select 42 as value', 'hers-1')).status).toBe(200);
  }, 120_000);

  test('a hundred packages of one plan, each with slow statements, keep no other plan from being released and rolled back', async () => {
    const endless = 'select count(*) as value from generate_series(1, 100000) a, generate_series(1, 100000) b';
    const ids = Array.from({ length: 100 }, (_, index) => `k${index}`);
    const slow = planInput({
      plan: 'slow',
      operators: ['ines'],
      people: people('ines', 'olga', 'p1'),
      metrics: [1, 2, 3].map((at) => metric(`m${at}`, { provider: { kind: 'sql', system: 'erp', query: endless } })),
      packages: ids.map((id) => ({ id, owner: 'olga', cohort: ['p1'], legacy: [], entitlements: roles('erp', 'none'), watch: watch('14d', 'm1', 'm2', 'm3') })),
    });
    const [wave] = slow.waves;
    await site.apply({ ...slow, waves: [{ ...wave!, packages: ids.map((id) => ({ package: id })) }] });
    const handle = site.api.client.workflow.getHandle('slow/wave-1');
    const baselines = async () =>
      ((await handle.describe()).raw.pendingActivities ?? []).filter(({ activityType }) => activityType?.name === 'readBaseline').length;
    // As many as a wave reads at once.
    await untilSeen(baselines, (count) => count === readsAtOnce);

    const accounts = await site.erp.people('amy', 'bob');
    const granted = await site.erp.roles(['urgent']);
    const sane = [metric('sane', { provider: { kind: 'sql', system: 'erp', query: 'select 1 as value' } })];
    await site.release(erpPlan('urgent', { accounts, roles: granted, length: '60d', metrics: sane, watched: [{ metric: 'sane', tune: { above: 5 } }] }));
    await site.untilPackage('urgent', ({ grants }) => grants.created === 2);
    expect(await site.erp.count(granted)).toBe(2);
    await site.rollBack('urgent');
    expect(await site.erp.count(granted)).toBe(0);
    // All of this before the other plan is done with its own.
    expect(await baselines()).toBe(readsAtOnce);
    await handle.terminate();
  }, 180_000);
});
