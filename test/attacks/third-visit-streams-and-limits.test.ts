/** What a third visit found in what all share: requests that went around the application, questions about all plans, and a store that filled by revisions. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { people, planText, startTwoPlans, type TwoPlans } from './two-plans.ts';

let site: TwoPlans;
beforeAll(async () => {
  site = await startTwoPlans();
});
afterAll(() => site?.close());

const attacker = 'ines-xk';

test('a thousand requests in one packet that expect what nobody knows are answered once at most', async () => {
  const { port, hostname } = new URL(site.api.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  let heard = '';
  socket.on('data', (part) => (heard += String(part)));
  socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nExpect: x\r\n\r\n'.repeat(1_000));
  await once(socket, 'close');
  expect(heard.match(/^HTTP\/1\.1 /gm)?.length ?? 0).toBeLessThan(2);
  expect((await site.ask(people.stranger, 'GET', '/v1/me')).status).toBe(200);
});

test('packages with an event since an instant are those of plans that the caller sees', async () => {
  const list = async (by: string, since: string) =>
    (await site.ask(by, 'GET', `/v1/packages?since=${since}`)).body.packages.map(({ plan }: { plan: string }) => plan) as string[];
  expect(new Set(await list(people.owner, '2020-01-01'))).toEqual(new Set(['mine']));
  expect(await list(people.stranger, '2020-01-01')).toEqual([]);
  expect(await list(people.owner, '2199-01-01')).toEqual([]);
});

test('a right has so many new revisions a day, whatever its plans are called; the same plan again is none, and others go on', async () => {
  await site.api.changeSite({
    administrators: { people: [people.administrator] },
    limits: { plansPerMinute: 1_000_000, writesPerMinute: 1_000_000, readsPerMinute: 1_000_000, revisionsPerRightAndDay: 3 },
    plans: [
      { plan: 'mine', apply: { people: [people.operator] }, systems: [{ system: 'erp' }] },
      { plan: 'theirs*', apply: { people: [attacker] }, systems: [{ system: 'erp' }] },
    ],
  });
  const changed = (plan: string, description: string) => stringify({ ...parse(planText('theirs')), plan, description });
  const apply = (plan: string, description: string) => site.ask(attacker, 'POST', '/v1/plans', changed(plan, description));
  expect((await apply('theirs', 'first')).status).toBe(200);
  expect((await apply('theirs-too', 'second')).status).toBe(200);
  const refused = await apply('theirs', 'third');
  expect([refused.status, refused.body.code, refused.body.detail]).toEqual([
    422,
    'site-refuses',
    expect.stringContaining("The plans of 'theirs*' have 3 new revisions"),
  ]);
  expect((await apply('theirs', 'first')).status).toBe(200);
  const own = await site.ask(people.operator, 'POST', '/v1/plans', stringify({ ...parse(planText('mine')), description: 'of mine' }));
  expect(own.status).toBe(200);
});

test.each([
  ["select count(*) as value from crosstab('select 1') as t(a int, b int)", 'crosstab'],
  ["select count(*) as value from public.crosstab4('select 1') as t", 'crosstab4'],
  ["select count(*) as value from connectby('t', 'a', 'b', 'c', 0) as t(a int)", 'connectby'],
  ["select count(*) as value from xpath_table('a', 'b', 'c', 'd', 'true') as t(a int)", 'xpath_table'],
])('a metric runs no text as SQL: %s', async (query, name) => {
  const plan = parse(planText('theirs'));
  plan.metrics[0].provider = { kind: 'sql', system: 'erp', query };
  const { status, body } = await site.ask(attacker, 'POST', '/v1/plans/metric-trial?metric=adoption', stringify(plan));
  expect([status, body.code, body.mistakes?.[0]?.message]).toEqual([422, 'plan-invalid', expect.stringContaining(`${name}, which runs text as SQL`)]);
});

test('a plan with a name that turns what follows is refused, with the place and the character', async () => {
  const plan = parse(planText('theirs'));
  plan.people[0].name = 'Olga \u202egnol';
  const { status, body } = await site.ask(attacker, 'POST', '/v1/plans', stringify(plan));
  expect([status, body.code, body.mistakes]).toEqual([
    422,
    'plan-invalid',
    [expect.objectContaining({ path: 'people[0].name', message: expect.stringContaining('its character 6 is U+202E') })],
  ]);
});
