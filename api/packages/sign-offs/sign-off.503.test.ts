/** Temporal is unreachable: no answer claims that anything was sent. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planText, startEndpoint } from '../../../test/support/endpoint.ts';
import type { Endpoint } from '../../../test/support/endpoint.ts';

let api: Endpoint;
beforeAll(async () => {
  api = await startEndpoint({ temporal: { address: '127.0.0.1:1', namespace: 'default' }, answerWithinMs: 500 });
});
afterAll(() => api.close());

test('an apply says that the revision is stored, and which waves did not receive it', async () => {
  const unfinished = await api.send('ines', 'POST', '/v1/plans', planText());
  expect([unfinished.status, unfinished.body]).toMatchObject([
    503,
    { code: 'apply-unfinished', plan: 'test', revision: 1, changed: true, waves: [{ wave: 'wave-1', status: 'failed' }] },
  ]);
});

test('a sign-off is not received', async () => {
  const digest = '0'.repeat(64);
  const refused = await api.send('olga', 'POST', '/v1/packages/test/wave-1/clerk/sign-offs', {
    decision: 'approve',
    planDigest: digest,
    previewDigest: digest,
  });
  expect([refused.status, refused.body.code, refused.headers.get('retry-after')]).toEqual([503, 'engine-unreachable', '5']);
});

test('reads report it too, and plans can still be read', async () => {
  const waves = await api.send('ines', 'GET', '/v1/waves/test/wave-1');
  expect([waves.status, waves.body.code]).toEqual([503, 'engine-unreachable']);
  expect((await api.send('ines', 'GET', '/v1/plans')).body).toMatchObject([{ plan: 'test', revision: 1 }]);
});
