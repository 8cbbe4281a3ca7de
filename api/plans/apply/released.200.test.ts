/** A plan with a released package is applied again: the owner changes in place, the grants do not. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planText, startEndpoint, until } from '../../../test/support/endpoint.ts';
import type { Endpoint } from '../../../test/support/endpoint.ts';

let api: Endpoint;
const text = (change: Parameters<typeof planText>[0] = {}) =>
  planText({
    clock: { epoch: '2026-04-06', day: '60s' },
    waves: [{ goLive: '2026-04-06T01:00:00Z', window: '365d', packages: [{ package: 'clerk' }] }],
    ...change,
  });
const apply = (plan: string) => api.send('ines', 'POST', '/v1/plans', plan);
const clerk = '/v1/packages/test/wave-1/clerk';
const inFull = () => api.send('ann', 'GET', clerk);
const ready = async (address: string, wave: string) => {
  const { body } = await until(
    () => api.send('ines', 'GET', `/v1/waves/test/${wave}`),
    (seen) => seen.body.packages?.find((entry: { package: string }) => entry.package === 'clerk')?.previewDigest !== undefined,
  );
  for (const { item, ok } of body.packages[0].checklist)
    if (!ok) await api.send('olga', 'POST', `${address}/evidence`, { item, reference: `seen by olga: ${item}`, expires: '2026-12-31' });
  return body.packages[0];
};

beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 30_000 });
  await api.startWorker();
  await apply(text());
  await ready(clerk, 'wave-1');
  await api.send('olga', 'POST', `${clerk}/sign-offs`, { decision: 'approve', current: true });
  await until(inFull, (seen) => seen.body.running?.grants.created === 3 && seen.body.running.grants.legacyRetired === 1);
});
afterAll(() => api.close());

test('a new owner reaches the package, once the owner before has agreed', async () => {
  expect(await apply(text({ clerk: { owner: 'otto' } }))).toMatchObject({ status: 409, body: { code: 'consent-missing' } });
  expect((await api.send('olga', 'POST', '/v1/plans/test/consents', text({ clerk: { owner: 'otto' } }))).status).toBe(200);
  const applied = await apply(text({ clerk: { owner: 'otto' } }));
  expect([applied.status, applied.body]).toMatchObject([200, { revision: 2, packages: [{ package: 'clerk', wave: 'wave-1', status: 'sent' }] }]);
  await until(inFull, (seen) => seen.body.running?.owner === 'otto');
});

test('applying it again as the same person sends the same message, and nobody is asked twice', async () => {
  expect((await apply(text({ clerk: { owner: 'otto' } }))).body).toMatchObject({ changed: false, packages: [{ status: 'sent' }] });
  const { body } = await inFull();
  expect(body.running.refusals).toEqual([]);
});

test('a change of what it grants goes live in its own wave, which shows what it revokes', async () => {
  const clerk = { owner: 'otto', cohort: ['ann', 'ben'] };
  expect(await apply(text({ clerk }))).toMatchObject({ status: 409, body: { code: 'released-package-changed' } });
  const inWave = text({ clerk }) + '  - { id: wave-2, status: tentative, packages: [{ package: clerk, change: revise }] }\n';
  const simulated = await api.send('ines', 'POST', '/v1/plans/simulate', inWave);
  expect([simulated.status, simulated.body]).toMatchObject([200, { totals: { erp: { toGrant: 0, alreadyThere: 2, toDrop: 1 } } }]);
  expect(await apply(inWave)).toMatchObject({ status: 200, body: { revision: 3, changed: true } });
  expect(await ready('/v1/packages/test/wave-2/clerk', 'wave-2')).toMatchObject({ change: 'revise', preview: [{ toGrant: 0, alreadyThere: 2, toDrop: 1 }] });
});
