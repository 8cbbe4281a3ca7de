/** Simulations in a system: who holds how many of its places. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ApplicationFailure } from '@temporalio/activity';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { noneConnector } from '../connectors/none/connector.ts';
import type { Connector } from '../connectors/connector.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { Bench, benchPlan, quiet } from '../test/support/activity-bench.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { site, siteSystem } from '../test/support/site.ts';
import { createActivities } from './index.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('simulating');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const mostPlaces = 5;

test('a hundred simulations of twenty plans under twenty rights hold five tasks of a system, read it aside, and a release goes on beside them', async () => {
  const plans = Array.from({ length: 20 }, (_, index) => benchPlan(`flood-${index}`, 'erp'));
  const { promise: open, resolve } = Promise.withResolvers<void>();
  const memory = noneConnector();
  let reading = 0;
  let [mostReading, places, mostHeld] = [0, 0, 0];
  const slow: Connector = {
    ...memory,
    snapshot: async (...asked) => {
      reading += 1;
      mostReading = Math.max(mostReading, reading);
      await open;
      reading -= 1;
      return memory.snapshot(...asked);
    },
  };
  const connector: Connector = { ...memory, aside: (work) => (work === 'simulations' ? slow : memory) };
  const released = new Bench(store, benchPlan('released', 'erp'), { erp: connector });
  await released.apply();
  const all = site({
    systems: [siteSystem('erp')],
    plans: [...plans, released.plan].map(({ plan }) => ({ plan, systems: [{ system: 'erp' }] })),
  });
  released.site = all;
  const { simulateSystem } = createActivities({ ...released.deps, site: () => all });
  const simulate = async (draft: string) => {
    places += 1;
    mostHeld = Math.max(mostHeld, places);
    try {
      return await quiet().run(simulateSystem, draft, 'clerks', 'erp');
    } catch (failure) {
      return (failure as ApplicationFailure).type;
    } finally {
      places -= 1;
    }
  };
  const drafts = await Promise.all(plans.map((plan) => store.saveDraft(plan)));
  const flood = Array.from({ length: 5 }, () => drafts)
    .flat()
    .map(simulate);
  // Those that find the line full give their place back at once, and are tried again.
  await vi.waitFor(() => expect(places).toBe(mostPlaces), { timeout: 30_000 });
  await pause(50);
  expect([places, reading]).toEqual([mostPlaces, 4]);

  const release = await released.signed();
  await released.run('grantAccess', release, 'erp');
  expect(memory.held().length).toBeGreaterThan(0);
  expect(reading).toBe(4);

  resolve();
  const ends = await Promise.all(flood);
  expect(mostReading).toBe(4);
  expect(ends.filter((end) => end === 'TooManyAtOnce')).toHaveLength(95);
  expect(ends.filter((end) => typeof end === 'object')).toHaveLength(mostPlaces);
});
