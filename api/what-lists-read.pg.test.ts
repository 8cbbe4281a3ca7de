/** What one request about all plans of a right asks of the store: as much for many plans as for a few, and no document, record or name twice. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fixedSite } from '../settings/site.ts';
import { appliedOnly } from '../store/applied-only.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { remembering } from '../store/remembering.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { newKey } from '../test/support/keys.ts';
import { plan } from '../test/support/plan.ts';
import { saveRevision } from '../test/support/revisions.ts';
import { site } from '../test/support/site.ts';
import { plannedPackage, waveOf } from '../test/support/views.ts';
import { openBoardStates } from './board/states.ts';
import { knownWaves, wavesAsRead } from './known-waves.ts';
import type { Feed } from './live/feed.ts';
import { openPlanned } from './planned-waves.ts';
import { readerName } from './reader-name.ts';
import { openReadings } from './readings.ts';
import type { Services } from './route.ts';

const key = newKey();
// The same list for as long as no key comes or goes, as an endpoint has it.
const trusted = [key.trusted];
const caller = { id: 'ines', groups: [] };
let database: TestDatabase;
let store: Store;
/** Plans `p-1`, `p-2`, …: each with a wave that has ended and is in the plan no longer, and one that has not begun. */
const many = 12;
beforeAll(async () => {
  database = await createDatabase('lists');
  store = await openStore(database.url, { migrate: true });
  for (let at = 1; at <= many; at++) await saveRevision(store, plan({ plan: `p-${at}` }), key);
  const { name: _name, ...carried } = plannedPackage({ blockers: [] });
  const finals = Array.from({ length: many }, (_, at) => {
    const { hold: _hold, ...state } = waveOf([], { plan: `p-${at + 1}`, wave: 'ended', stage: 'closed' });
    return { workflowId: `p-${at + 1}/ended`, state: { ...state, packages: [carried] } };
  });
  await store.record({ messages: [], events: [], finals, notices: [], answered: [], evaluations: [] });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

/** An endpoint, as far as its lists go, that counts what the store is asked. */
function endpoint() {
  const asked = new Map<string, number>();
  const counted = new Proxy(store, {
    get: (of, name: keyof Store) => {
      const found = of[name];
      if (typeof found !== 'function') return found;
      return (...given: unknown[]) => {
        asked.set(name, (asked.get(name) ?? 0) + 1);
        return (found as (...all: unknown[]) => unknown)(...given);
      };
    },
    ownKeys: (of) => Reflect.ownKeys(of),
  });
  // Copied by `...store`, so that every function is counted.
  const each = Object.fromEntries(Object.keys(store).map((name) => [name, counted[name as keyof Store]])) as unknown as Store;
  const applied = appliedOnly(remembering(each), () => trusted);
  const current = fixedSite(site());
  const feed = { liveSinceMs: () => undefined, overhear: () => () => undefined } as unknown as Feed;
  const services = {
    store: applied,
    site: current,
    planned: openPlanned(applied),
    states: openBoardStates(applied, feed, () => undefined),
    readings: openReadings(applied, current),
  } as unknown as Services;
  return {
    services,
    /** What `work` asks, by the name of the question. */
    async count(work: () => Promise<unknown>): Promise<Record<string, number>> {
      asked.clear();
      await work();
      return Object.fromEntries(asked);
    },
  };
}

/** What board, calendar, report and lists have in common: who reads what, all waves, the plans' facts, and what the reader is called. */
async function read({ services }: ReturnType<typeof endpoint>, plans: number) {
  const of = Array.from({ length: plans }, (_, at) => `p-${at + 1}`);
  const readings = await services.readings.all(caller, of);
  const waves = await wavesAsRead(services, readings, []);
  for (const { plan: id, revision } of readings.values()) await services.states.plan(id, revision);
  const name = await readerName(services, caller, readings, undefined);
  return { waves, name };
}

test('a request about twelve plans asks the store as often as one about three, and reads nothing of what it has read', async () => {
  const one = endpoint();
  const first = await read(one, many);
  expect(first.waves.filter(({ wave, stage }) => wave === 'ended' && stage === 'closed')).toHaveLength(many);
  expect(first.waves).toHaveLength(2 * many);
  await read(one, 3);
  const again = () => one.count(async () => expect(await read(one, many)).toEqual(first));
  const few = await one.count(() => read(one, 3));
  expect(few).toEqual({ plans: 1, finalWaves: 1, texts: 3 });
  expect(await again()).toEqual({ ...few, texts: many });
  // As it was: each plan's latest revision was asked for again.
  const unknown = await one.count(() =>
    knownWaves(
      one.services,
      [...new Set(first.waves.map(({ plan: id }) => id))].map((id) => ({ plan: id })),
      [],
    ),
  );
  expect(unknown['newestRevisionNumber']).toBe(many);
});

test('what is kept is that of a revision: the next one counts at once', async () => {
  const one = endpoint();
  await read(one, 1);
  const changed = plan({ plan: 'p-1' });
  const [wave] = changed.waves;
  await saveRevision(store, { ...changed, waves: [{ ...wave!, description: 'Another description' }] }, key);
  const { waves } = await read(one, 1);
  expect(waves.find(({ stage }) => stage === 'not-started')?.description).toBe('Another description');
});

test('a reader learns no owner where they do not act, no matter who read the same before', async () => {
  const one = endpoint();
  const acting = (await read(one, 1)).waves;
  expect(acting.flatMap(({ packages }) => packages.flatMap(({ owner }) => owner ?? [])).length).toBeGreaterThan(0);
  const readings = await one.services.readings.all(caller, ['p-1']);
  const viewer = new Map([...readings].map(([id, reading]) => [id, { ...reading, all: false, acts: false }]));
  const seen = await wavesAsRead(one.services, viewer, []);
  expect(seen.flatMap(({ packages }) => packages.flatMap(({ owner }) => owner ?? []))).toEqual([]);
  expect((await read(one, 1)).waves).toEqual(acting);
});
