/** Of the evaluations of a package, what an answer can hold. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NewEvaluation } from '../domain/records.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import type { Store } from './contract.ts';
import { openStore } from './open.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('evaluations');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const at = { plan: 'p', wave: 'w', package: 'clerks' };
const drift = { missing: 0, outOfBand: 0, legacy: 0, content: 0, options: 0 };
const taken = (dueMs: number, driftLines: string[], contents?: NewEvaluation['contents']): NewEvaluation => ({
  ...at,
  purpose: 'scheduled',
  dueMs,
  evaluatedAtMs: dueMs,
  measurements: [],
  drift,
  driftLines,
  ...(contents ? { contents } : {}),
  verdict: { kind: 'healthy', why: 'all is well', metrics: [] },
  rules: 1,
});
const content = { system: 'erp', role: 'clerk', gained: ['select on t'], lost: [], digest: 'a'.repeat(64) };

test('lines and contents are those of the newest twenty evaluations that have any; the others are listed without, and say so', async () => {
  for (let n = 1; n <= 60; n += 1) {
    const has = n % 3;
    await store.saveEvaluation(taken(n, has === 1 ? [`line of ${n}`] : [], has === 2 ? [content] : undefined));
  }
  const found = await store.evaluations(at);
  expect(found.map(({ number }) => number)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  const full = found.filter(({ driftLines, contents }) => driftLines.length > 0 || contents !== undefined);
  const withAny = found.filter(({ number }) => number % 3 !== 0);
  expect(full).toEqual(withAny.slice(-20));
  expect(found.filter(({ linesLeftOut }) => linesLeftOut).map(({ number }) => number)).toEqual(withAny.slice(0, -20).map(({ number }) => number));
  expect(found.filter(({ number }) => number % 3 === 0).every((one) => !('linesLeftOut' in one))).toBe(true);
  // Alone it is as it was recorded.
  expect(await store.evaluation({ ...at, dueMs: 1, purpose: 'scheduled' })).toEqual({ ...taken(1, ['line of 1']), number: 1 });
});
