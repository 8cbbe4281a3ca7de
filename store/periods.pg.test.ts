import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordBatch, type NewEvaluation } from '../domain/records.ts';
import type { Notice } from '../domain/notices/request.ts';
import { noDrift, type VerdictKind } from '../domain/watch/measurement.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import type { Store } from './contract.ts';
import { openStore } from './open.ts';

let database: TestDatabase;
let store: Store;
const close = { plan: 'erp', wave: 'wave-1', package: 'close' };
const intake = { plan: 'erp', wave: 'wave-1', package: 'intake' };
const bounds = [1_000, 2_000, 3_000, 4_000];

const evaluation = (of: typeof close, dueMs: number, kind: VerdictKind, value: number): NewEvaluation => ({
  ...of,
  purpose: 'scheduled',
  dueMs,
  evaluatedAtMs: dueMs,
  measurements: [{ metric: 'close-adoption', kind: 'value', value, unit: 'ratio', n: 6, count: 6 * value }],
  drift: { ...noDrift, missing: 1 },
  driftLines: [],
  verdict: { kind, why: '', metrics: [{ metric: 'close-adoption', verdict: kind, why: '' }] },
  rules: 2,
});
const notice = (id: string, openedAtMs: number, over: Partial<Notice> = {}): Notice => ({
  id,
  plan: 'erp',
  wave: 'wave-1',
  package: 'close',
  kind: 'signOff',
  level: 'first',
  to: ['ana'],
  openedAtMs,
  text: '',
  action: { type: 'show', target: close, fields: {} },
  ...over,
});

beforeAll(async () => {
  database = await createDatabase('periods');
  store = await openStore(database.url, { migrate: true });
  await store.record(
    recordBatch({
      evaluations: [
        evaluation(close, 999, 'healthy', 0),
        evaluation(close, 1_900, 'tune', 0.5),
        evaluation(close, 1_000, 'healthy', 0.25),
        evaluation(close, 3_999, 'healthy', 1),
        evaluation(close, 4_000, 'rollback', 0),
        evaluation(intake, 2_500, 'noData', 0),
        evaluation({ ...close, package: 'another' }, 2_500, 'healthy', 0),
      ],
      notices: [
        notice('before', 999),
        notice('answered', 1_000),
        notice('open', 1_500, { to: ['ana', 'eva'] }),
        notice('reminder', 1_600, { level: 'delegate' }),
        notice('told', 1_700, { kind: 'overruled' }),
        notice('withdrawn', 1_800),
        notice('another plan', 1_900, { plan: 'crm' }),
        notice('after', 4_000),
      ],
    }),
  );
  await store.record(
    recordBatch({
      answered: [
        { notices: ['answered'], atMs: 1_200 },
        { notices: ['withdrawn'], atMs: 1_900, revision: 2 },
      ],
    }),
  );
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

describe('what was evaluated in each period', () => {
  test('is the last evaluation that was due in it, and how many there were by verdict', async () => {
    const found = await store.measuredByPeriod({ releases: [close, intake], bounds });
    expect(found.map(({ package: id, period, count, byVerdict, last }) => [id, period, count, byVerdict, last.dueMs])).toEqual([
      ['close', 0, 2, { healthy: 1, tune: 1 }, 1_900],
      ['close', 2, 1, { healthy: 1 }, 3_999],
      ['intake', 1, 1, { noData: 1 }, 2_500],
    ]);
    expect(found[0]).toMatchObject({ ...close, last: { drift: { missing: 1 }, measurements: [{ count: 3, n: 6 }], metrics: [{ verdict: 'tune' }] } });
  });
  test('is nothing for no release', async () => {
    expect(await store.measuredByPeriod({ releases: [], bounds })).toEqual([]);
  });
});

test('requests are counted once, by their first notice, with when they were answered', async () => {
  const about = { plan: 'erp', wave: 'wave-1', package: 'close' };
  expect(await store.requestsOpened({ plans: ['erp'], fromMs: 1_000, untilMs: 4_000 })).toEqual([
    { ...about, to: ['ana'], openedAtMs: 1_000, answeredAtMs: 1_200, withdrawn: false },
    { ...about, to: ['ana', 'eva'], openedAtMs: 1_500, withdrawn: false },
    { ...about, to: ['ana'], openedAtMs: 1_800, withdrawn: true },
  ]);
});

test('the first request is that of these plans', async () => {
  expect([await store.firstRequestMs(['erp']), await store.firstRequestMs(['crm', 'none']), await store.firstRequestMs(['none'])]).toEqual([
    999,
    1_900,
    undefined,
  ]);
});
