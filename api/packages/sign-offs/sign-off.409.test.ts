/** Sign-offs that are not accepted: each has its own code, and none counts. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planText, startEndpoint, until } from '../../../test/support/endpoint.ts';
import { siteSystem } from '../../../test/support/site.ts';
import { message, newKey } from '../../../test/support/keys.ts';
import { recordBatch } from '../../../domain/records.ts';
import { openStore } from '../../../store/open.ts';
import type { Endpoint } from '../../../test/support/endpoint.ts';

let api: Endpoint;
let digests: { planDigest: string; previewDigest: string };
const path = '/v1/packages/test/wave-1/clerk/sign-offs';
const wave = () => api.send('ines', 'GET', '/v1/waves/test/wave-1');
const answer = async (by: string, at: string, body: unknown) => {
  const { status, body: problem } = await api.send(by, 'POST', at, body);
  return [status, problem.code];
};
beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 30_000 });
  await api.startWorker();
  await api.send('ines', 'POST', '/v1/plans', planText());
  const { body } = await until(wave, (seen) => seen.body.packages?.[0]?.previewDigest !== undefined);
  digests = { planDigest: body.packages[0].planDigest, previewDigest: body.packages[0].previewDigest };
});
afterAll(() => api.close());

test('of something other than the current state: 409', async () => {
  expect(await answer('olga', path, { decision: 'approve', ...digests, planDigest: '0'.repeat(64) })).toEqual([409, 'stale-digest']);
  expect(await answer('olga', path, { decision: 'approve', ...digests, previewDigest: '0'.repeat(64) })).toEqual([409, 'stale-digest']);
});

test('by someone who does not sign for it: 403', async () => {
  expect(await answer('otto', path, { decision: 'approve', ...digests })).toEqual([403, 'not-authorized']);
});

test('of a package that is not in the wave: 404', async () => {
  expect(await answer('olga', '/v1/packages/test/wave-1/cleric/sign-offs', { decision: 'approve', ...digests })).toEqual([404, 'unknown-package']);
  expect(await answer('olga', '/v1/packages/test/wave-1/cleric/sign-offs', { decision: 'approve', current: true })).toEqual([404, 'unknown-package']);
});

test('in an unknown wave or plan: 404', async () => {
  expect(await answer('olga', '/v1/packages/test/wave-9/clerk/sign-offs', { decision: 'approve', ...digests })).toEqual([404, 'unknown-wave']);
  expect(await answer('olga', '/v1/packages/other/wave-1/clerk/sign-offs', { decision: 'approve', ...digests })).toEqual([404, 'unknown-plan']);
});

test('with both digests and "current", or with neither: 422', async () => {
  expect(await answer('olga', path, { decision: 'approve', ...digests, current: true })).toEqual([422, 'malformed']);
  expect(await answer('olga', path, { decision: 'approve' })).toEqual([422, 'malformed']);
  expect(await answer('olga', path, { decision: 'approve', planDigest: digests.planDigest, previewDigest: 'sha' })).toEqual([422, 'malformed']);
});

test('none of them counts', async () => {
  expect((await wave()).body.packages[0].signOffs.filter(({ counts }: { counts: boolean }) => counts)).toEqual([]);
});

test('a key that was used for another decision: 409, and the first decision stands', async () => {
  expect((await api.send('olga', 'POST', path, { decision: 'approve', ...digests, id: 'my-decision' })).status).toBe(200);
  expect(await answer('olga', path, { decision: 'reject', ...digests, reason: 'on second thoughts', id: 'my-decision' })).toEqual([409, 'id-reused']);
  expect((await wave()).body.packages[0].signOffs.at(-1)).toMatchObject({ decision: 'approve', counts: true });
});

test('after a thousand messages of one person about a package: 409 for what decides something, and not for a note or anybody else', async () => {
  const store = await openStore(api.config.databaseUrl, { migrate: false });
  try {
    const sealed = (index: number) =>
      newKey().seal(message('evidence', 'ines', { plan: 'test', wave: 'wave-1', package: 'clerk' }, {}, { id: `sent-before-${index}` }));
    await store.record(recordBatch({ messages: Array.from({ length: 1_000 }, (_, index) => ({ jws: sealed(index) })) }));
  } finally {
    await store.close();
  }
  const evidence = { item: 'backup', reference: 'it is done' };
  const at = '/v1/packages/test/wave-1/clerk';
  expect(await answer('ines', `${at}/evidence`, evidence)).toEqual([409, 'too-many-messages']);
  expect((await api.send('ines', 'POST', `${at}/notes`, { text: 'a note decides nothing' })).status).toBe(200);
  expect((await api.send('olga', 'POST', `${at}/evidence`, evidence)).status).toBe(200);
});

test('a message for released packages, sent before the release: 404 with the messages that are accepted until then', async () => {
  expect(await answer('ines', '/v1/packages/test/wave-1/clerk/pause', { reason: 'r' })).toEqual([404, 'not-released']);
  expect(await answer('ines', '/v1/packages/test/wave-1/cleric/pause', { reason: 'r' })).toEqual([404, 'unknown-package']);
});

test('any message to a wave that has ended: 409 with how it ended', async () => {
  expect((await api.send('ines', 'POST', '/v1/waves/test/wave-1/abort', { reason: 'not this year' })).status).toBe(200);
  await until(
    () => api.send('ines', 'GET', '/v1/waves'),
    ({ body }) => body.waves[0].running === false,
  );
  const late = await api.send('olga', 'POST', path, { decision: 'approve', ...digests });
  expect([late.status, late.body]).toMatchObject([409, { code: 'ended', detail: expect.stringContaining('not this year'), lastState: { stage: 'aborted' } }]);
});

test('of a package that has no preview yet, because no worker serves its system: 409, which names the package', async () => {
  const lab = { id: 'clerk', entitlements: [{ system: 'lab', role: 'sampler' }], legacy: [] };
  await api.changeSite({ systems: [siteSystem('erp'), siteSystem('lab')] });
  const applied = await api.send('ines', 'POST', '/v1/plans', planText({ plan: 'samples', systems: ['erp', 'lab'], packages: [lab] }));
  expect([applied.status, applied.body.detail]).toEqual([200, undefined]);
  const { status, body } = await api.send('olga', 'POST', '/v1/packages/samples/wave-1/clerk/sign-offs', { decision: 'approve', current: true });
  expect([status, body.code, body.detail]).toEqual([409, 'not-previewed', expect.stringMatching(/^'clerk' has no preview yet: /)]);
});
