/** What is read by which of the connectors of a system, so that no reading of anybody holds up a change, or what a change waits for. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AsideWork, Connector } from '../connectors/connector.ts';
import { noneConnector } from '../connectors/none/connector.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { Bench, benchPlan } from '../test/support/activity-bench.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('aside');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

test('previews and evaluations are read by one, comparisons and previews of rollbacks by another, and changes wait for neither', async () => {
  const memory = noneConnector();
  const seen = new Set<AsideWork | 'changes'>();
  const by = (work: AsideWork | 'changes'): Connector => ({
    ...memory,
    snapshot: (...asked) => {
      seen.add(work);
      return memory.snapshot(...asked);
    },
  });
  const asides = { simulations: by('simulations'), readings: by('readings'), comparisons: by('comparisons') };
  const bench = new Bench(store, benchPlan('aside', 'erp'), { erp: { ...by('changes'), aside: (work) => asides[work] } });
  await bench.apply();
  const readBy = async (work: () => Promise<unknown>) => {
    seen.clear();
    const answer = await work();
    return [answer, [...seen]] as const;
  };

  const [, preview] = await readBy(() => bench.preview());
  expect(preview).toEqual(['readings']);
  const release = await bench.begun();
  expect(await readBy(() => bench.run('recheckSystem', release, 'erp'))).toMatchObject([{ wider: 0 }, ['comparisons']]);
  expect((await readBy(() => bench.run('grantAccess', release, 'erp')))[1]).toEqual(['changes']);
  expect(memory.held().length).toBeGreaterThan(0);
  const due = { purpose: 'scheduled', startMs: bench.nowMs, dueMs: bench.nowMs + 1, atEnd: false } as const;
  expect(await readBy(() => bench.evaluate(release, due))).toMatchObject([{ drift: {} }, ['readings']]);
  expect((await readBy(() => bench.run('previewRollback', release, 'erp', 0)))[1]).toEqual(['comparisons']);
});
