/** What one operator of a plan, who does nothing that they may not do, can take from everybody else: time of the endpoint, and places of the worker. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSealer } from '../../api/seal.ts';
import { validFor, validFrom } from '../../domain/messages.ts';
import { openStore } from '../../store/open.ts';
import { startSite, type Site } from '../server/site.ts';
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

  test('a revision that takes a say from two thousand people in two hundred packages is refused, and nobody waits for it', async () => {
    const many = Array.from({ length: 2_000 }, (_, index) => `p${index}`);
    const large = (secondPerson: boolean): PlanInput => {
      const packages = Array.from({ length: 200 }, (_, index) => ({ id: `k${index}`, owner: 'ines', cohort: ['p1'], rollback: { secondPerson } }));
      const made = planInput({ plan: 'large', people: people('ines', ...many), operators: ['ines', ...many], packages });
      return { ...made, waves: [{ ...made.waves[0]!, packages: [{ package: 'k0' }] }] };
    };
    expect((await apply(large(true))).status).toBe(200);
    const { answered, slowestMs } = await healthDuring(api.url, apply(large(false)));
    expect([answered.status, answered.body.code, answered.body.detail]).toEqual([409, 'consent-missing', expect.stringContaining('divide it into several')]);
    expect(slowestMs).toBeLessThan(3_000);
  });

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
        await store.saveConsent(await sealer.seal(consent as Parameters<typeof sealer.seal>[0]));
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
    const many = Array.from({ length: 30 }, (_, index) => tried('ines', endless, `hers-${index % 6}`));
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const start = performance.now();
    const other = await tried('hugo', 'select 42 as value', 'another');
    expect(other.body['evaluation']?.measured).toMatchObject({ kind: 'value', value: 42 });
    expect(performance.now() - start).toBeLessThan(10_000);
    const statuses = (await Promise.all(many)).map(({ status, body }) => `${status} ${body['code'] ?? ''}`.trim());
    expect(statuses.filter((each) => each === '200')).toHaveLength(2);
    expect(statuses.filter((each) => each === '429 too-many-requests')).toHaveLength(28);
    expect((await tried('ines', 'select 42 as value', 'hers-1')).status).toBe(200);
  }, 120_000);
});
