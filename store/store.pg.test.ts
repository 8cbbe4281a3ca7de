import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Plan } from '../domain/plan/schema.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { previewContent } from '../test/support/ledger.ts';
import { plan as planFor, type PlanChange } from '../test/support/plan.ts';
import type { Store } from './contract.ts';
import { openStore } from './open.ts';
import { openSession, type Session } from './session.ts';
import { recordBatch } from '../domain/records.ts';
import type { PackageView } from '../domain/views/package.ts';
import type { CarriedPackageView } from '../domain/views/texts.ts';
import { runningPackage } from '../test/support/views.ts';

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createDatabase('store');
  store = await openStore(database.url, { migrate: true });
});

afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const run = async (sql: string, values: unknown[] = []) => {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
};

const plan = (name: string, change: PlanChange = {}): Plan => planFor({ plan: name, ...change });

const sealed = (payload: Record<string, unknown>) => `e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.c2ln`;
describe('opening', () => {
  test('several processes that start at once create the schema once', async () => {
    const fresh = await createDatabase('migrate');
    const stores = await Promise.all([1, 2, 3].map(() => openStore(fresh.url, { migrate: true })));
    expect(await Promise.all(stores.map((each) => each.plans()))).toEqual([[], [], []]);
    await Promise.all(stores.map((each) => each.close()));
    await fresh.drop();
  });

  test('a statement that takes longer than a minute ends, in and out of transactions', async () => {
    const session = openSession(database.url);
    const limit = (on: Session) => on.rows('show statement_timeout');
    expect([await limit(session), await session.transaction(limit)]).toEqual([[{ statement_timeout: '1min' }], [{ statement_timeout: '1min' }]]);
    await session.close();
  });

  test('a database without the tables is not ready, and the error says what to do', async () => {
    const empty = await createDatabase('empty');
    const reader = await openStore(empty.url, { migrate: false });
    await expect(reader.ready()).rejects.toThrow('start a worker once');
    await reader.close();
    await empty.drop();
  });

  test('a connection that the server ends is replaced', async () => {
    await store.ready();
    await run("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'rolewave store' and datname = current_database()");
    await pause(100);
    await expect(store.ready()).resolves.toBeUndefined();
  });
});

/** The store keeps a seal as it is. */
const withSeal = { record: { changedBy: {}, consentedBy: [] }, seal: 'a.b.c' };

describe('revisions', () => {
  test('of many concurrent applies exactly one wins, and the others learn the current revision', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        store.saveRevision({
          document: plan('race', { description: `number ${index}` }),
          digest: `digest-${index}`,
          expected: 0,
          appliedBy: 'olga',
          ...withSeal,
        }),
      ),
    );
    expect(answers.filter((answer) => 'changed' in answer && answer.changed)).toHaveLength(1);
    expect(answers.filter((answer) => 'conflict' in answer)).toEqual(Array.from({ length: 7 }, () => ({ conflict: 1 })));
  });

  test('the same document applied again, even concurrently, is the existing revision', async () => {
    const apply = () => store.saveRevision({ document: plan('same'), digest: 'one', expected: 0, appliedBy: 'olga', ...withSeal });
    const answers = await Promise.all([apply(), apply(), apply()]);
    expect(answers.map((answer) => 'revision' in answer && answer.revision.number)).toEqual([1, 1, 1]);
    expect(answers.filter((answer) => 'changed' in answer && answer.changed)).toHaveLength(1);
    expect(await store.latestRevision('same')).toMatchObject({ number: 1, document: plan('same'), appliedBy: 'olga', ...withSeal });
  });

  test('numbers are consecutive, older revisions stay readable, and a return to an old document is a new revision', async () => {
    for (const [expected, digest] of ['a', 'b', 'a'].entries())
      await store.saveRevision({ document: plan('line', { description: digest }), digest, expected, appliedBy: 'olga', ...withSeal });
    expect((await store.latestRevision('line'))?.number).toBe(3);
    expect((await store.revision('line', 2))?.document.description).toBe('b');
    expect(await store.revision('line', 4)).toBeUndefined();
    expect(await store.saveRevision({ document: plan('line', { description: 'c' }), digest: 'c', expected: 1, appliedBy: 'olga', ...withSeal })).toEqual({
      conflict: 3,
    });
    expect((await store.plans()).find((each) => each.plan === 'line')).toMatchObject({ revision: 3 });
  });

  test("the first revision fixes the clock, by the database's time; later ones keep it", async () => {
    const before = Date.now();
    const first = await store.saveRevision({
      document: plan('clock', { clock: { epoch: '2026-04-06', day: '2s', until: '2026-07-01' } }),
      digest: 'one',
      expected: 0,
      appliedBy: 'olga',
      ...withSeal,
    });
    await pause(20);
    await store.saveRevision({
      document: plan('clock', { clock: { epoch: '2026-04-07', day: '5s' } }),
      digest: 'two',
      expected: 1,
      appliedBy: 'olga',
      ...withSeal,
    });
    const clock = 'revision' in first ? first.revision.clock : undefined;
    expect(clock).toMatchObject({ epochMs: Date.parse('2026-04-06'), dayMs: 2_000, untilMs: Date.parse('2026-07-01') });
    expect(Math.abs((clock?.anchorMs ?? 0) - before)).toBeLessThan(5_000);
    expect((await store.latestRevision('clock'))?.clock).toEqual(clock);
    expect((await store.latestRevision('same'))?.clock).toBeUndefined();
  });
});

test('the first receipt of a rollback is kept', async () => {
  const receipt = { system: 'erp', granted: 1, revoked: 1, kept: [], restored: 0, restoredNotes: [], notRestored: [], failed: [], check: 'select 1' };
  const at = { plan: 'receipts', wave: 'w', package: 'clerks' };
  expect(await store.saveReceipt(at, 'one', receipt, 0)).toEqual(receipt);
  expect(await store.saveReceipt(at, 'two', { ...receipt, granted: 9 }, 0)).toEqual(receipt);
  expect(await store.receipts(at)).toEqual([receipt]);
});

describe('records', () => {
  const final = (change: Partial<PackageView>): CarriedPackageView => {
    const { name: _name, ...carried } = runningPackage({ plan: 'p', wave: 'w', package: 'clerks', ...change });
    return carried;
  };
  const event = (id: string, text = 'text') => ({ id, plan: 'p', wave: 'events', atMs: 1, actor: 'olga', kind: 'note', text });
  const message = (id: string, change: Record<string, unknown> = {}) =>
    sealed({ id, type: 'note', plan: 'p', wave: 'records', by: 'olga', atMs: 1, body: {}, ...change });

  test('the same batch twice is recorded once; a later final replaces the earlier one', async () => {
    const batch = recordBatch({
      messages: [{ jws: message('message-1') }, { jws: message('message-2', { package: 'clerks' }) }],
      events: [event('e1'), event('e2', 'a \0 byte')],
      finals: [{ workflowId: 'p/w/clerks', state: final({ state: 'Stable' }) }],
    });
    await store.record(batch);
    await store.record({ ...batch, messages: batch.messages.map((each) => ({ ...each })) });
    await store.record(recordBatch({ finals: [{ workflowId: 'p/w/clerks', state: final({ state: 'Rolled back' }) }] }));
    const recorded = await store.messages({ plan: 'p', wave: 'records' });
    expect(recorded.map(({ id }) => id)).toEqual(['message-1', 'message-2']);
    // By the store's clock, whatever a message or the workflow that records it says.
    for (const { acceptedAtMs } of recorded) expect(Math.abs(Date.now() - acceptedAtMs)).toBeLessThan(60_000);
    expect(await store.messages({ plan: 'p', wave: 'records', package: 'clerks', type: 'note', id: 'message-2' })).toHaveLength(1);
    expect((await store.events({ plan: 'p', wave: 'events' })).map(({ text }) => text)).toEqual(['text', 'a \uFFFD byte']);
    expect(await store.events({ plan: 'p', wave: 'events', limit: 1 })).toMatchObject([{ id: 'e2' }]);
    expect(await store.finalPackage({ plan: 'p', wave: 'w', package: 'clerks' })).toEqual(final({ state: 'Rolled back' }));
    expect(await store.finalPackage({ plan: 'p', wave: 'w', package: 'other' })).toBeUndefined();
    expect(await store.finalWave({ plan: 'p', wave: 'w' })).toBeUndefined();
  });

  test('a batch is recorded as a whole or not at all', async () => {
    await expect(
      store.record(
        recordBatch({
          messages: [{ jws: message('message-3') }, { jws: 'no message' }],
          events: [event('e3')],
        }),
      ),
    ).rejects.toThrow('not a sealed message');
    await expect(
      store.record(recordBatch({ messages: [{ jws: message('message-3') }], events: [event('e3'), { ...event('e4'), atMs: Number.NaN }] })),
    ).rejects.toThrow('bigint');
    expect(await store.messages({ plan: 'p', wave: 'records', id: 'message-3' })).toEqual([]);
    expect((await store.events({ plan: 'p', wave: 'events' })).map(({ id }) => id)).not.toContain('e3');
  });

  test.each(['events', 'messages', 'revisions', 'evaluations', 'baselines', 'rechecks'])('%s are append-only, for everyone', async (table) => {
    await expect(run(`delete from rolewave.${table}`)).rejects.toThrow('append-only');
    await expect(run(`truncate rolewave.${table}`)).rejects.toThrow('append-only');
    await expect(run(`update rolewave.${table} set plan = 'another'`)).rejects.toThrow('append-only');
  });

  test('text from people is data and never SQL', async () => {
    const nasty = `'); drop table rolewave.events; -- "$1`;
    await store.record(
      recordBatch({
        events: [{ ...event('e-nasty', nasty), data: { text: nasty, nul: '\0' } }],
        finals: [{ workflowId: 'p/nasty/clerks', state: final({ wave: 'nasty', endedWhy: nasty }) }],
      }),
    );
    expect((await store.events({ plan: 'p', wave: 'events' })).at(-1)).toMatchObject({ text: nasty, data: { text: nasty, nul: '\0' } });
    expect(await store.finalPackage({ plan: 'p', wave: 'nasty', package: 'clerks' })).toMatchObject({ endedWhy: nasty });
  });
});

test('an evaluation is known by its due instant and purpose, keeps its first record, and is numbered by the store', async () => {
  const evaluation = {
    plan: 'p',
    wave: 'w',
    package: 'clerks',
    purpose: 'scheduled' as const,
    dueMs: 10.4,
    evaluatedAtMs: 11,
    measurements: [{ metric: 'm', kind: 'value' as const, fromMs: 5, toMs: 10, lookbackMs: 5, unit: 'ratio' as const, value: 0.1, n: 3 }],
    drift: { missing: 1, outOfBand: 0, legacy: 0, content: 0, options: 0 },
    driftLines: ['missing \0'],
    verdict: {
      kind: 'tune' as const,
      why: 'm 0.1, more than 0',
      metrics: [{ metric: 'm', verdict: 'tune' as const, why: 'm 0.1, more than 0', value: 0.1, n: 3 }],
    },
    rules: 7,
  };
  expect(await store.saveEvaluation(evaluation)).toMatchObject({ number: 1, rules: 7 });
  expect(
    await store.saveEvaluation({ ...evaluation, measurements: [], verdict: { kind: 'healthy', why: 'all is well', metrics: [] }, rules: 8 }),
  ).toMatchObject({ number: 1, rules: 7 });
  const of = { plan: 'p', wave: 'w', package: 'clerks' };
  const kept = { ...evaluation, number: 1, dueMs: 10, driftLines: ['missing \uFFFD'] };
  expect(await store.evaluations(of)).toEqual([kept]);
  await store.record(
    recordBatch({
      evaluations: [
        { ...evaluation, rules: 9 },
        { ...evaluation, dueMs: 20 },
      ],
    }),
  );
  expect((await store.evaluations(of)).map(({ number, rules }) => [number, rules])).toEqual([
    [1, 7],
    [2, 7],
  ]);
  const { number, purpose, dueMs, measurements, drift } = kept;
  expect(await store.evaluationsBefore({ ...of, sinceMs: 5, dueMs: 19 })).toEqual([{ number, purpose, dueMs, measurements, drift }]);
});

test('a preview is kept under its digest', async () => {
  const content = previewContent({ conflicts: ['a \0'] });
  const digest = await store.savePreview(content);
  expect(await store.savePreview({ ...content })).toBe(digest);
  expect(await store.preview(digest)).toEqual(content);
  expect(await store.preview('0'.repeat(64))).toBeUndefined();
});
