import fc from 'fast-check';
import type { ApplicationFailure } from '@temporalio/activity';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noneConnector } from '../connectors/none/connector.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { Bench, benchPlan, quiet } from '../test/support/activity-bench.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import type { CheckedActivity } from '../domain/plan/activity-arguments.ts';
import type { Activities } from './contract.ts';
import { createActivities } from './index.ts';

let database: TestDatabase;
let store: Store;
let bench: Bench;
const unhandled: unknown[] = [];
const note = (error: unknown) => void unhandled.push(error);
beforeAll(async () => {
  database = await createDatabase('arguments');
  store = await openStore(database.url, { migrate: true });
  bench = new Bench(store, benchPlan('junk', 'erp'), { erp: noneConnector() });
  await bench.apply();
  process.on('unhandledRejection', note);
});
afterAll(async () => {
  process.off('unhandledRejection', note);
  await store?.close();
  await database?.drop();
});

const call = (name: string, args: unknown[]): Promise<string> => {
  const work = createActivities(bench.deps)[name as never] as (...given: unknown[]) => Promise<unknown>;
  return quiet('somebody else’s')
    .run(work, ...args)
    .then(
      () => 'done',
      (failure: ApplicationFailure) => failure.type ?? String(failure),
    );
};
const names = Object.keys(createActivities({} as never)).filter((name) => name !== 'trustedKeys');
const ref = { plan: 'junk', wave: 'wave-1', package: 'clerks', revision: 1 };

test.each(names)('%s that is called with anything fails by itself', async (name) => {
  const part = fc.constantFrom<unknown>({}, ref, { ...ref, parts: null }, { wave: 'w', package: 'p', revision: 1 }, { ...ref, parts: [null], planDigest: 1 });
  const anything = fc.oneof(fc.anything({ withNullPrototype: true }), part, fc.constantFrom('erp', 'junk', '', 1, null, undefined));
  await fc.assert(
    fc.asyncProperty(fc.array(anything, { maxLength: 4 }), async (args) => {
      const ended = await call(name, args);
      expect(ended).not.toMatch(/TypeError|ReferenceError|RangeError/);
    }),
    { numRuns: 60 },
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(unhandled).toEqual([]);
});

test('each activity that has arguments has their form', () => {
  const each: [Exclude<keyof Activities, CheckedActivity | 'trustedKeys'>] extends [never] ? true : never = true;
  expect(each).toBe(true);
});

test('a release without its parts, or without its plan, says what is missing', async () => {
  for (const missing of ['plan', 'parts'])
    expect(await call('previewRollback', [{ ...ref, planDigest: 'x', previewDigest: 'x', parts: [], [missing]: undefined }, 'erp', 1])).toBe('BadInput');
});
