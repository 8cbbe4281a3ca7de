import { afterAll, beforeAll, expect, test } from 'vitest';
import { planText, startEndpoint, until } from '../../../test/support/endpoint.ts';
import type { Endpoint } from '../../../test/support/endpoint.ts';

let api: Endpoint;
const path = '/v1/packages/test/wave-1/clerk/sign-offs';
const wave = () => api.send('ines', 'GET', '/v1/waves/test/wave-1');
beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 30_000 });
  await api.startWorker();
  await api.send('ines', 'POST', '/v1/plans', planText());
  await until(wave, ({ body }) => body.packages?.[0]?.previewDigest !== undefined);
});
afterAll(() => api.close());

test('the owner signs what the wave shows now, and the answer says that it counts', async () => {
  const accepted = await api.send('olga', 'POST', path, { decision: 'approve', current: true });
  expect([accepted.status, accepted.body]).toEqual([200, { status: 'accepted', id: expect.any(String) }]);
  expect((await wave()).body.packages[0].signOffs).toEqual([expect.objectContaining({ by: 'olga', decision: 'approve', counts: true })]);
  expect((await api.send('ines', 'GET', `/v1/waves/test/wave-1/messages/${accepted.body.id}`)).body).toEqual({ status: 'accepted' });
});

test('the owner may name the digests instead, and withdraw the sign-off with a reason', async () => {
  const { planDigest, previewDigest } = (await wave()).body.packages[0];
  const accepted = await api.send('olga', 'POST', path, { decision: 'reject', planDigest, previewDigest, reason: 'the cohort is wrong' });
  expect(accepted.status).toBe(200);
  expect((await wave()).body.packages[0].signOffs.at(-1)).toMatchObject({ by: 'olga', decision: 'reject' });
});

test('a retry under the same key gets the same answer and counts once', async () => {
  const sent = { decision: 'approve', current: true, id: 'approve-after-all' };
  const first = await api.send('olga', 'POST', path, sent);
  const retries = await Promise.all([1, 2, 3].map(() => api.send('olga', 'POST', path, sent)));
  for (const { status, body } of retries) expect([status, body]).toMatchObject([200, { status: 'accepted', id: first.body.id }]);
  const stored = (await api.send('ines', 'GET', '/v1/packages/test/wave-1/clerk')).body;
  expect(stored.package.signOffs.filter(({ decision }: { decision: string }) => decision === 'approve').length).toBeGreaterThan(0);
});
