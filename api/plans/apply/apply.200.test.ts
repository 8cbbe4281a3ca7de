import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { planText, startEndpoint, until } from '../../../test/support/endpoint.ts';
import type { Endpoint } from '../../../test/support/endpoint.ts';

let api: Endpoint;
beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 300 });
});
afterAll(() => api.close());

test('without a worker the revision is stored, and the waves are started and have received it', async () => {
  const applied = await api.send('ines', 'POST', '/v1/plans', planText());
  expect([applied.status, applied.body]).toEqual([
    200,
    { plan: 'test', revision: 1, changed: true, waves: [{ wave: 'wave-1', status: 'received', id: expect.any(String), message: expect.any(String) }] },
  ]);
  expect((await api.client.workflow.getHandle('test/wave-1').describe()).status.name).toBe('RUNNING');
});

test('the same plan again changes nothing, and is accepted once a worker runs', async () => {
  await api.stopApi();
  api.config.answerWithinMs = 30_000;
  await api.startApi();
  await api.startWorker();
  const applied = await until(
    () => api.send('hugo', 'POST', '/v1/plans', `# fixed a comment\n${planText()}`),
    ({ body }) => body['waves']?.[0]?.status === 'accepted',
  );
  expect([applied.status, applied.body]).toMatchObject([200, { revision: 1, changed: false, waves: [{ wave: 'wave-1', status: 'accepted' }] }]);
});

test('the same person applying the same plan again sends the same message', async () => {
  const first = await api.send('ines', 'POST', '/v1/plans', planText());
  const again = await api.send('ines', 'POST', '/v1/plans', planText());
  expect(again.body.waves[0]).toMatchObject({ status: 'accepted', id: first.body.waves[0].id });
});

test('a change is the next revision, and reaches its wave', async () => {
  const applied = await api.send('ines', 'POST', '/v1/plans', planText({ goLive: '2027-04-01T18:00:00Z' }), { 'if-match': '"1"' });
  expect([applied.status, applied.body]).toMatchObject([200, { revision: 2, changed: true, waves: [{ status: 'accepted' }] }]);
  await until(
    () => api.send('ines', 'GET', '/v1/waves/test/wave-1'),
    ({ body }) => body.revision === 2 && body.goLiveMs === Date.UTC(2027, 3, 1, 18),
  );
});

test('a wave that has ended is reported as such', async () => {
  expect((await api.send('ines', 'POST', '/v1/waves/test/wave-1/abort', { reason: 'not this year' })).status).toBe(200);
  await until(
    () => api.send('ines', 'GET', '/v1/waves'),
    ({ body }) => body.waves[0].running === false,
  );
  const applied = await api.send('ines', 'POST', '/v1/plans', planText({ goLive: '2027-05-01T18:00:00Z' }));
  expect([applied.status, applied.body]).toMatchObject([200, { revision: 3, changed: true, waves: [{ wave: 'wave-1', status: 'closed' }] }]);
});

test('the very same file in JSON is applied again after its go-live, as one in YAML is', async () => {
  const goLive = `${new Date(Date.now() + 12_000).toISOString().slice(0, 19)}Z`;
  const written = parse(planText({ plan: 'in-json', goLive })) as Record<string, unknown>;
  for (const [plan, text] of [
    ['in-json', JSON.stringify(written, undefined, 2)],
    ['in-json-too', JSON.stringify({ ...written, plan: 'in-json-too' })],
    ['in-yaml', stringify({ ...written, plan: 'in-yaml' })],
  ] as const) {
    expect((await api.send('ines', 'POST', '/v1/plans', text)).body).toMatchObject({ plan, revision: 1, changed: true });
  }
  await setTimeout(Math.max(0, Date.parse(goLive) + 1_000 - Date.now()));
  const again = await api.send('ines', 'POST', '/v1/plans', JSON.stringify(written, undefined, 2), { 'content-type': 'application/json' });
  expect([again.status, again.body]).toMatchObject([200, { plan: 'in-json', revision: 1, changed: false }]);
  const tooOn = await api.send('ines', 'POST', '/v1/plans', JSON.stringify({ ...written, plan: 'in-json-too' }));
  expect([tooOn.status, tooOn.body]).toMatchObject([200, { revision: 1, changed: false }]);
  const yaml = await api.send('ines', 'POST', '/v1/plans', stringify({ ...written, plan: 'in-yaml' }));
  expect([yaml.status, yaml.body]).toMatchObject([200, { revision: 1, changed: false }]);
});
