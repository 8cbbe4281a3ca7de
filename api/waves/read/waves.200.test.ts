import { recordBatch } from '../../../domain/records.ts';
import { openStore } from '../../../store/open.ts';
import { runningPackage } from '../../../test/support/views.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planText, startEndpoint, until } from '../../../test/support/endpoint.ts';
import type { Endpoint } from '../../../test/support/endpoint.ts';

let api: Endpoint;
const get = (path: string) => api.send('ann', 'GET', path);
beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 1_000 });
  await api.send('ines', 'POST', '/v1/plans', planText({ second: true }));
});
afterAll(() => api.close());

test('without a worker the list has every wave, and reading one of them in full is 503 with what to do', async () => {
  const listed = await until(
    () => get('/v1/waves?plan=test'),
    ({ body }) => body.waves.length === 2 && body.waves[0].running && body.waves[1].running,
  );
  expect(listed.body).toEqual({
    waves: [
      { plan: 'test', wave: 'wave-1', stage: 'readiness', running: true },
      { plan: 'test', wave: 'wave-2', stage: 'readiness', running: true },
    ],
  });
  const one = await get('/v1/waves/test/wave-1');
  expect([one.status, one.body.code]).toEqual([503, 'no-worker']);
});

test('without a worker, the lists in full say which waves do not answer, with what is known of them', async () => {
  const full = await get('/v1/waves?plan=test&full=true');
  const silent = (wave: string) => ({ plan: 'test', wave, stage: 'readiness', why: 'does not answer: no worker runs, or its workflow task fails' });
  expect([full.status, full.body]).toEqual([200, { waves: [], names: {}, silent: [silent('wave-1'), silent('wave-2')] }]);
  const packages = await get('/v1/packages?plan=test');
  expect([packages.status, packages.body.packages]).toMatchObject([
    200,
    [
      { wave: 'wave-1', package: 'clerk', team: 'finance', state: 'Scheduled', released: false, unanswered: true },
      { wave: 'wave-2', package: 'reader', unanswered: true },
    ],
  ]);
});

test('with a worker, each is read from its workflow', async () => {
  await api.startWorker();
  const one = await until(
    () => get('/v1/waves/test/wave-1'),
    ({ status, body }) => status === 200 && body.packages[0].previewDigest !== undefined,
  );
  expect(one.body).toMatchObject({ kind: 'wave', plan: 'test', wave: 'wave-1', revision: 1, packages: [{ package: 'clerk', owner: 'olga' }] });
  const full = await until(
    () => get('/v1/waves?plan=test&full=true'),
    ({ body }) => body.waves.length === 2,
  );
  expect(full.body.waves).toMatchObject([
    { wave: { wave: 'wave-1' }, packages: [] },
    { wave: { wave: 'wave-2' }, packages: [] },
  ]);
});

test('packages are listed with their state, and one can be read in full before its release', async () => {
  const listed = await until(
    () => get('/v1/packages?plan=test&wave=wave-1'),
    ({ body }) => body.packages[0]?.unanswered === undefined,
  );
  expect(listed.body.packages).toEqual([
    {
      plan: 'test',
      wave: 'wave-1',
      package: 'clerk',
      name: 'clerk',
      owner: 'olga',
      team: 'finance',
      risk: 'low',
      state: expect.any(String),
      nextAction: expect.any(String),
      released: false,
      running: false,
    },
  ]);
  const one = await until(
    () => get('/v1/packages/test/wave-1/clerk'),
    ({ status }) => status === 200,
  );
  expect([one.status, one.body]).toMatchObject([200, { package: { package: 'clerk' }, running: null, evaluations: [], ledger: {} }]);
});

test('a package whose release was refused is read as one that is not released, as its wave says', async () => {
  const store = await openStore(api.config.databaseUrl, { migrate: true });
  const { name: _, ...refused } = runningPackage({ plan: 'test', wave: 'wave-2', package: 'reader', state: 'Monitoring', endedWhy: 'refused: no sign-off' });
  await store.record(recordBatch({ finals: [{ workflowId: 'test/wave-2/reader', state: refused }] }));
  await store.close();
  const one = await until(
    () => get('/v1/packages/test/wave-2/reader'),
    ({ status }) => status === 200,
  );
  expect(one.body).toMatchObject({ package: { package: 'reader' }, running: null });
});

test('an unknown plan has no waves; an unknown wave or package is 404', async () => {
  expect((await get('/v1/waves?plan=other')).body).toEqual({ waves: [] });
  for (const [path, code] of [
    ['/v1/waves/other/wave-1', 'unknown-plan'],
    ['/v1/waves/test/wave-9', 'unknown-wave'],
    ['/v1/packages/test/wave-1/cleric', 'unknown-package'],
    ['/v1/packages/test/wave-9/clerk', 'unknown-wave'],
    ['/v1/plans/other', 'unknown-plan'],
    ['/v1/packages/test/wave-1/clerk/rollback-preview', 'not-released'],
  ] as const) {
    const { status, body } = await get(path);
    expect([path, status, body.code]).toEqual([path, 404, code]);
  }
});

test('a wave lists its audit events and those of its packages, oldest first', async () => {
  const { status, body } = await until(
    () => get('/v1/waves/test/wave-1/events'),
    ({ body: answer }) => answer.events?.some(({ kind }: { kind: string }) => kind === 'previewed'),
  );
  expect([status, body.cut]).toEqual([200, false]);
  expect(body.events).toContainEqual(expect.objectContaining({ package: 'clerk', actor: 'rolewave', kind: 'previewed', atMs: expect.any(Number) }));
  const instants = body.events.map(({ atMs }: { atMs: number }) => atMs);
  expect(instants).toEqual(instants.toSorted((a: number, b: number) => a - b));
  expect((await get('/v1/waves/test/wave-9/events')).body.code).toBe('unknown-wave');
});

test('an earlier revision of a plan can be read by its number', async () => {
  const one = await get('/v1/plans/test?revision=1');
  expect([one.status, one.body.number, one.body.document.plan]).toEqual([200, 1, 'test']);
  expect((await get('/v1/plans/test?revision=2')).body).toMatchObject({ code: 'unknown-revision', detail: "The plan 'test' has no revision 2." });
  expect((await get('/v1/plans/test?revision=first')).status).toBe(422);
});

test('a wave that has ended is read from its final record', async () => {
  await api.send('ines', 'POST', '/v1/waves/test/wave-1/abort', { reason: 'not this year' });
  await until(
    () => get('/v1/waves'),
    ({ body }) => body.waves[0].running === false,
  );
  await api.stopWorker();
  const one = await get('/v1/waves/test/wave-1');
  expect([one.status, one.body]).toMatchObject([200, { stage: 'aborted', endedWhy: expect.stringContaining('not this year') }]);
});
