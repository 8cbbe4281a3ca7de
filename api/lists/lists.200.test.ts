import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordBatch } from '../../domain/records.ts';
import { startApi } from '../start.ts';
import { openStore } from '../../store/open.ts';
import type { Store } from '../../store/contract.ts';
import { planText, startEndpoint, until } from '../../test/support/endpoint.ts';
import type { Endpoint } from '../../test/support/endpoint.ts';
import { waveOf } from '../../test/support/views.ts';

type Row = Record<string, any>;
let api: Endpoint;
let store: Store;
const get = (path: string) => api.send('ann', 'GET', path);
const named = (list: string, path: string) => get(path).then(({ status, body }) => (status === 200 ? body[list].map(nameOf) : body.code));
const nameOf = ({ plan, wave, package: id }: Row) => [plan, wave, id].filter(Boolean).join('/');

/** Three plans whose order by name differs from the order of their ids with slashes. */
const plans = ['test', 'test-2', 'test.x'];
beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 1_000 });
  store = await openStore(api.config.databaseUrl, { migrate: true });
  await api.startWorker();
  for (const plan of plans) {
    const clerk = plan === 'test-2' ? { owner: 'otto', risk: 'high' as const } : {};
    await api.send('ines', 'POST', '/v1/plans', planText({ plan, second: true, clerk }));
  }
  await until(
    () => get('/v1/waves?full=true'),
    ({ status, body }) => status === 200 && body.waves.length === 6 && body.waves.every(({ wave }: Row) => wave.packages[0].previewDigest !== undefined),
  );
});
afterAll(async () => {
  await store?.close();
  await api?.close();
});

const everyWave = plans.flatMap((plan) => [`${plan}/wave-1`, `${plan}/wave-2`]);
const everyPackage = plans.flatMap((plan) => [`${plan}/wave-1/clerk`, `${plan}/wave-2/reader`]);

async function pages(path: string, list: string, between: () => Promise<void> = async () => undefined): Promise<string[][]> {
  const all: string[][] = [];
  let cursor = '';
  for (;;) {
    const { body } = await get(`${path}${cursor}`);
    all.push(body[list].map(nameOf));
    if (body.next === undefined) return all;
    cursor = `&cursor=${body.next}`;
    await between();
  }
}

describe('waves', () => {
  test.each([
    ['', everyWave],
    ['?plan=test-2', ['test-2/wave-1', 'test-2/wave-2']],
    ['?plan=test,test.x&wave=wave-2', ['test/wave-2', 'test.x/wave-2']],
    ['?owner=otto', ['test-2/wave-1']],
    ['?owner=otto,olga&risk=high', ['test-2/wave-1']],
    ['?team=finance&plan=test', ['test/wave-1', 'test/wave-2']],
    ['?team=sales', []],
    ['?text=READER&plan=test', ['test/wave-2']],
    ['?state=not-started,closed', []],
    ['?since=2200-01-01', []],
    ['?since=2000-01-01&plan=test', ['test/wave-1', 'test/wave-2']],
    ['?full=false&plan=test', ['test/wave-1', 'test/wave-2']],
  ])('%s lists %j', async (query, expected) => {
    expect(await named('waves', `/v1/waves${query}`)).toEqual(expected);
  });

  test('are read page by page in the order of plan and wave', async () => {
    expect(await pages('/v1/waves?limit=4', 'waves')).toEqual([everyWave.slice(0, 4), everyWave.slice(4)]);
    const { body } = await get('/v1/waves?full=true&limit=2&wave=wave-2');
    expect([body.waves.map(({ wave }: Row) => nameOf(wave)), typeof body.next]).toEqual([['test/wave-2', 'test-2/wave-2'], 'string']);
  });

  test('that exist only as a final record are listed from that record, unless their plan was never applied', async () => {
    const gone = (plan: string) => ({ workflowId: `${plan}/gone`, state: waveOf([], { plan, wave: 'gone', stage: 'closed' }) });
    await store.record(recordBatch({ finals: [gone('test.x'), gone('never-applied')] }));
    expect((await get('/v1/waves?wave=gone')).body).toEqual({ waves: [{ plan: 'test.x', wave: 'gone', stage: 'closed', running: false }] });
    expect(await named('waves', '/v1/waves?state=closed')).toEqual(['test.x/gone']);
    expect((await get('/v1/waves?wave=gone&full=true')).body.waves).toMatchObject([{ wave: { stage: 'closed' }, packages: [] }]);
  });
});

describe('packages', () => {
  test.each([
    ['', everyPackage],
    ['?plan=test-2&wave=wave-1', ['test-2/wave-1/clerk']],
    ['?owner=otto', ['test-2/wave-1/clerk']],
    ['?risk=high,medium', ['test-2/wave-1/clerk']],
    ['?team=finance&text=read', plans.map((plan) => `${plan}/wave-2/reader`)],
    ['?state=Stable', []],
    ['?state=Scheduled,Monitoring&plan=test', ['test/wave-1/clerk', 'test/wave-2/reader']],
    ['?since=2200-01-01', []],
  ])('%s lists %j', async (query, expected) => {
    expect(await named('packages', `/v1/packages${query}`)).toEqual(expected);
  });

  test.each([1, 2, 4, 6])('are read page by page, %i at a time, each once and in order', async (limit) => {
    const read = await pages(`/v1/packages?limit=${limit}`, 'packages');
    expect(read.flat()).toEqual(everyPackage);
    expect(read[0]).toHaveLength(limit);
  });
});

describe('events', () => {
  test('of all plans are listed with the last recorded first, and pages stay correct while new events are recorded', async () => {
    const { body } = await get('/v1/events?limit=500');
    expect(new Set(body.events.map(({ plan }: Row) => plan))).toEqual(new Set(plans));
    let number = 0;
    const add = () =>
      store.record(
        recordBatch({
          events: [{ id: `added-${number++}`, plan: 'test', wave: 'wave-1', atMs: 1, actor: 'ines', kind: 'added', text: 'meanwhile' }],
        }),
      );
    const read: string[] = [];
    let cursor = '';
    for (;;) {
      const page = (await get(`/v1/events?limit=3${cursor}`)).body;
      read.push(...page.events.map(({ id }: Row) => id));
      if (page.next === undefined) break;
      cursor = `&cursor=${page.next}`;
      await add();
    }
    expect(read).toEqual(body.events.map(({ id }: Row) => id));
    expect((await get('/v1/events?kind=added&limit=1')).body.events).toMatchObject([{ id: `added-${number - 1}`, actor: 'ines' }]);
  });

  test('are filtered by subject, by person and by text', async () => {
    const previewed = (await get('/v1/events?kind=previewed&owner=otto')).body.events;
    expect(previewed).toMatchObject([{ plan: 'test-2', package: 'clerk' }]);
    const all = (await get('/v1/events?limit=500')).body.events;
    const ofReader = all.filter((event: Row) => event.actor === 'rolewave' && event.package === 'reader' && event.plan === 'test');
    expect(ofReader.length).toBeGreaterThan(0);
    expect((await get('/v1/events?actor=rolewave&package=reader&plan=test&limit=500')).body.events).toEqual(ofReader);
    expect((await get('/v1/events?text=nothing%20says%20this')).body).toEqual({ events: [], names: {} });
    expect((await api.send('', 'GET', '/v1/events')).status).toBe(401);
  });
});

test('a cursor survives a restart of the endpoint', async () => {
  const { next } = (await get('/v1/waves?limit=1')).body;
  const another = await startApi(api.config, pino({ level: 'silent' }));
  try {
    const token = await fetch(`${another.url}/v1/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ person: 'ann' }),
    });
    const { token: bearer } = (await token.json()) as { token: string };
    const response = await fetch(`${another.url}/v1/waves?limit=1&cursor=${next}`, { headers: { authorization: `Bearer ${bearer}` } });
    expect(((await response.json()) as { waves: Row[] }).waves.map(nameOf)).toHaveLength(1);
    expect(response.status).toBe(200);
  } finally {
    await another.close();
  }
});
