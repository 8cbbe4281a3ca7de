/** A sign-off while no worker runs: it is kept, and decided when a worker starts. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planText, startEndpoint, until } from '../../../test/support/endpoint.ts';
import type { Endpoint } from '../../../test/support/endpoint.ts';

let api: Endpoint;
let digests: { planDigest: string; previewDigest: string };
const path = '/v1/packages/test/wave-1/clerk/sign-offs';
const wave = () => api.send('ines', 'GET', '/v1/waves/test/wave-1');

beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 2_000 });
  await api.startWorker();
  await api.send('ines', 'POST', '/v1/plans', planText());
  const { body } = await until(wave, (seen) => seen.body.packages?.[0]?.previewDigest !== undefined);
  digests = { planDigest: body.packages[0].planDigest, previewDigest: body.packages[0].previewDigest };
  await api.stopWorker();
});
afterAll(() => api.close());

let first: { id: string; statusUrl: string };

test('it is received, with an address that later says how it was decided', async () => {
  const received = await api.send('olga', 'POST', path, { decision: 'approve', ...digests, id: 'olga-approves' });
  expect([received.status, received.body]).toEqual([
    202,
    { status: 'received', id: expect.any(String), statusUrl: `/v1/waves/test/wave-1/messages/${received.body.id}` },
  ]);
  expect(received.headers.get('location')).toBe(received.body.statusUrl);
  first = received.body as typeof first;
  const { status, body } = await api.send('olga', 'GET', first.statusUrl);
  expect([status, body.status, body.code, body.detail]).toEqual([200, 'unknown', undefined, undefined]);
});

test('sent again under the same key it is the same message', async () => {
  const again = await api.send('olga', 'POST', path, { decision: 'approve', ...digests }, { 'idempotency-key': 'olga-approves' });
  expect([again.status, again.body.id]).toEqual([202, first.id]);
});

test('a refusal is also decided later, and kept with its reason', async () => {
  const received = await api.send('otto', 'POST', path, { decision: 'approve', ...digests });
  expect(received.status).toBe(202);
  await api.startWorker();
  expect(
    (
      await until(
        () => api.send('otto', 'GET', received.body.statusUrl as string),
        ({ body }) => body.status !== 'unknown',
      )
    ).body,
  ).toMatchObject({ status: 'refused', code: 'not-authorized', message: expect.any(String) });
});

test('when a worker starts, it counts once', async () => {
  expect(
    (
      await until(
        () => api.send('olga', 'GET', first.statusUrl),
        ({ body }) => body.status === 'accepted',
      )
    ).status,
  ).toBe(200);
  const { body } = await wave();
  expect(body.packages[0].signOffs).toEqual([expect.objectContaining({ by: 'olga', decision: 'approve', counts: true })]);
  const again = await api.send('olga', 'POST', path, { decision: 'approve', ...digests }, { 'idempotency-key': 'olga-approves' });
  expect([again.status, again.body]).toEqual([200, { status: 'accepted', id: first.id, duplicate: true }]);
});
