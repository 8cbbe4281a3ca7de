import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordBatch, type AuditEvent } from '../domain/records.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { waveOf } from '../test/support/views.ts';
import type { PageFilter, Store } from './contract.ts';
import { openStore } from './open.ts';

let database: TestDatabase;
let store: Store;
const event = (id: string, change: Partial<AuditEvent> = {}): AuditEvent => ({
  id,
  plan: 'erp',
  wave: 'wave-1',
  atMs: 1_000,
  actor: 'rolewave',
  kind: 'previewed',
  text: `The text of ${id}`,
  ...change,
});
const write = (...events: AuditEvent[]) => store.record(recordBatch({ events }));

beforeAll(async () => {
  database = await createDatabase('events');
  store = await openStore(database.url, { migrate: true });
  await write(
    event('a'),
    event('b', { package: 'clerks', actor: 'olga', kind: 'released', atMs: 2_000 }),
    event('c', { wave: 'wave-2', package: 'clerks', atMs: 3_000, text: '50% of them' }),
    event('d', { plan: 'crm', package: 'clerks', atMs: 500 }),
  );
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

test('what has happened since an instant is found without the events of other plans, or most of its own', async () => {
  const large = await createDatabase('instants');
  const many = await openStore(large.url, { migrate: true });
  const client = new pg.Client({ connectionString: large.url });
  await client.connect();
  await client.query(
    `insert into rolewave.events (id, plan, wave, package, at, actor, kind, text)
     select plan || n, plan, 'w' || n % 2, 'p' || n % 3, n, 'a', 'k', 't' from generate_series(1, 20000) n, unnest(array['mine', 'theirs']) plan`,
  );
  await client.query('analyze rolewave.events');
  const read = async () =>
    (
      await client.query<{ rows: number; scans: number }>(
        `select (coalesce(sum(idx_tup_read), 0))::int as rows, (select seq_scan::int from pg_stat_user_tables where relname = 'events') as scans
         from pg_stat_user_indexes where relname = 'events'`,
      )
    ).rows[0] ?? { rows: 0, scans: 0 };
  const before = await read();
  expect((await many.eventfulSince(['mine'], 19_998.5)).map((at) => `${at.plan}/${at.wave}/${at.package}`).toSorted()).toEqual(['mine/w0/p2', 'mine/w1/p1']);
  expect(await many.eventfulSince(['mine'], 0)).toHaveLength(6);
  expect(await many.eventfulSince([], 0)).toEqual([]);
  // The server counts a scan when the connection has been idle for a while, or ends.
  await many.close();
  await expect.poll(async () => (await read()).rows, { timeout: 20_000 }).toBeGreaterThan(before.rows);
  const after = await read();
  expect([after.rows - before.rows < 200, after.scans]).toEqual([true, before.scans]);
  await client.end();
  await large.drop();
});

const page = async (of: Partial<Parameters<Store['eventPage']>[0]> = {}) =>
  (await store.eventPage({ plan: ['erp', 'crm'], limit: 100, ...of })).rows.map(({ id }) => id);

describe('a page of events', () => {
  test.each<[string, Partial<PageFilter> & Record<string, unknown>, string[]]>([
    ['has all of them, the last recorded first', {}, ['d', 'c', 'b', 'a']],
    ['is as long as its limit', { limit: 2 }, ['d', 'c']],
    ['has those of plans', { plan: ['erp'] }, ['c', 'b', 'a']],
    ['has those of waves', { wave: ['wave-2', 'wave-3'] }, ['c']],
    ['has those of packages', { package: ['clerks'], plan: ['erp'] }, ['c', 'b']],
    ['has those about packages of a plan each', { about: [{ plan: 'crm', package: 'clerks' }] }, ['d']],
    ['is empty when the list of packages is empty', { about: [] }, []],
    ['has those of a kind', { kind: ['released', 'note'] }, ['b']],
    ['has those of an actor', { actor: ['olga'] }, ['b']],
    ['has those since an instant, that instant included', { sinceMs: 2_000 }, ['c', 'b']],
    ['accepts fractional instants, as plan clocks produce them', { sinceMs: 1_999.5 }, ['c', 'b']],
    ['has those with a text, case-insensitive and without wildcards', { text: '50% OF' }, ['c']],
    ['does not match patterns', { text: '5_%' }, []],
  ])('%s', async (_name, of, expected) => {
    expect(await page(of)).toEqual(expected);
  });

  test('continues before a position, even while more events are recorded', async () => {
    const [, second] = (await store.eventPage({ plan: ['erp'], limit: 2 })).rows;
    await write(event('e'));
    expect(await page({ plan: ['erp'], after: second!.position })).toEqual(['a']);
    expect(await page({ plan: ['erp'], limit: 1 })).toEqual(['e']);
  });
});

test('a search that hardly anything matches looks at so many rows for a page, says how far, and finds everything in the end', async () => {
  const large = await createDatabase('searches');
  const many = await openStore(large.url, { migrate: true });
  const client = new pg.Client({ connectionString: large.url });
  await client.connect();
  await client.query(
    `insert into rolewave.events (id, plan, wave, package, at, actor, kind, text)
     select plan || n, plan, 'w', 'p', n, 'a', 'k', case when n % 20000 = 7 then 'needle' else 'hay' end
     from unnest(array['long', 'short']) plan, generate_series(1, case plan when 'long' then 50000 else 10 end) n`,
  );
  const found: string[] = [];
  const pages: number[] = [];
  for (let after: number | undefined; ;) {
    const page = await many.eventPage({ plan: ['long', 'short'], text: 'needle', limit: 10, after });
    found.push(...page.rows.map(({ id }) => id));
    pages.push(page.rows.length);
    if (page.readUntil === undefined) break;
    after = page.readUntil;
  }
  expect(found.toSorted()).toEqual(['long20007', 'long40007', 'long7', 'short7']);
  expect(pages.length).toBeGreaterThan(3);
  expect((await many.eventPage({ plan: ['short'], text: 'needle', limit: 10 })).rows.map(({ id }) => id)).toEqual(['short7']);
  await many.close();
  await client.end();
  await large.drop();
});

test('waves and packages with an event since an instant are listed once', async () => {
  await write(event('f', { package: 'clerks', atMs: 9_000 }), event('g', { package: 'clerks', atMs: 9_001 }), event('h', { plan: 'crm', atMs: 9_000 }));
  const found = await store.eventfulSince(['erp', 'crm'], 9_000);
  expect(found).toHaveLength(2);
  expect(await store.eventfulSince(['crm'], 9_000)).toEqual([{ plan: 'crm', wave: 'wave-1' }]);
  expect(found).toEqual(
    expect.arrayContaining([
      { plan: 'erp', wave: 'wave-1', package: 'clerks' },
      { plan: 'crm', wave: 'wave-1' },
    ]),
  );
});

test('final records of waves are separate from those of packages, and filtered by plan; one that is not in its form, or about another wave, is left out', async () => {
  const wave = (plan: string) => {
    const { hold: _, ...state } = waveOf([], { plan, wave: 'wave-1' });
    return { workflowId: `${plan}/wave-1`, state };
  };
  const forged = [
    { workflowId: 'erp/wave-2', state: { stage: 'closed' } },
    { workflowId: 'erp/wave-3', state: wave('erp').state },
    { workflowId: 'erp/wave-4', state: null },
    { workflowId: 'erp/wave-1/clerks', state: wave('erp').state },
  ];
  await store.record(recordBatch({ finals: [wave('erp'), wave('crm'), wave('erp-2'), ...forged] }));
  const short = { plan: 'erp', wave: 'wave-1', stage: 'signOffs', revision: 1, packages: [] };
  expect(await store.finalWaves(['erp'])).toEqual([{ ...short, recordedAtMs: expect.any(Number) as number }]);
  expect(await store.finalWaves(['erp', 'crm', 'erp-2', 'other'])).toHaveLength(3);
  expect(await store.finalPackage({ plan: 'erp', wave: 'wave-1', package: 'clerks' })).toBeUndefined();
  // What is kept of a record is not what it was once it is another one.
  await store.record(recordBatch({ finals: [{ ...wave('erp'), state: { ...wave('erp').state, stage: 'aborted' } }] }));
  expect(await store.finalWaves(['erp'])).toMatchObject([{ ...short, stage: 'aborted' }]);
});

test('a row that is too large for a page, which only somebody else can have written, breaks no list', async () => {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(
    `insert into rolewave.events (id, plan, wave, at, actor, kind, text, data)
     select 'large/' || n, 'large', 'w', n, 'a', 'previewed', case n when 1 then repeat('x', 100 * 1024 * 1024) else 'x' end,
       case n when 2 then to_json(repeat('x', 100 * 1024 * 1024)) end from generate_series(1, 3) n`,
  );
  await client.end();
  const address = { plan: 'large', wave: 'w', package: '' };
  expect((await store.events({ plan: 'large' })).map(({ id }) => id)).toEqual(['large/3']);
  expect((await store.previewed({ ...address, limit: 5 })).map(({ id }) => id)).toEqual(['large/3']);
  expect((await store.eventPage({ plan: ['large'], limit: 5 })).rows.map(({ id }) => id)).toEqual(['large/3']);
});

test('the newest events of a wave are those that fit: by their number, and by what they take', async () => {
  const at = { plan: 'fits', wave: 'wave-1', package: 'one' };
  const noted = (index: number) => event(`fits-${index}`, { ...at, atMs: index, text: 'x'.repeat(1_000) });
  await write(...Array.from({ length: 30 }, (_, index) => noted(index)));
  const found = async (events: number, bytes: number) => {
    const { events: newest, cut } = await store.newestEvents({ plan: 'fits', wave: 'wave-1' }, { events, bytes });
    return [newest.map(({ atMs }) => atMs), cut];
  };
  expect(await found(3, 1_000_000)).toEqual([[27, 28, 29], true]);
  expect(await found(40, 2_500)).toEqual([[28, 29], true]);
  // One is shown, however long it is.
  expect(await found(40, 10)).toEqual([[29], true]);
  expect(await found(30, 1_000_000)).toEqual([Array.from({ length: 30 }, (_, index) => index), false]);
  expect(await store.newestEvents({ plan: 'fits', wave: 'wave-1', package: 'two' }, { events: 3, bytes: 1 })).toEqual({ events: [], cut: false });
});
