/** Rows of the list, from a store and a Temporal server that answer as they are told. */
import { expect, test, vi } from 'vitest';
import { readsNothing, type Reading } from '../../../domain/authority/who-reads.ts';
import type { Plan } from '../../../domain/plan/schema.ts';
import { searchAttributes } from '../../../domain/search-attributes.ts';
import { plan as planOf } from '../../../test/support/plan.ts';
import { plannedPackage, runningPackage, waveOf } from '../../../test/support/views.ts';
import { outlineOf } from '../../../domain/plan/outline.ts';
import type { ListedExecution } from '../../engine.ts';
import { openPlanned } from '../../planned-waves.ts';
import type { Services } from '../../route.ts';
import { openListings } from './listings.ts';
import { rowsAfter, type Key } from './rows.ts';

const wave = (id: string): ListedExecution => ({
  type: 'wave',
  workflowId: id,
  running: true,
  completed: false,
  attributes: { [searchAttributes.stage]: 'watching' },
});
const released = (id: string, state: string, running = true): ListedExecution => ({
  type: 'rolePackage',
  workflowId: id,
  running,
  completed: !running,
  attributes: { [searchAttributes.state]: state },
});

/** Plans `one` and `two`, each with the packages clerk and reader in wave-1. `begun`: ids of releases that the store has. */
function site(executions: ListedExecution[], begun: string[]) {
  const plans = new Map<string, Plan>(
    ['one', 'two'].map((id) => [
      id,
      planOf({
        plan: id,
        packages: [{ id: 'clerk' }, { id: 'reader' }],
        waves: [{ id: 'wave-1', packages: [{ package: 'clerk' }, { package: 'reader' }] }],
      }),
    ]),
  );
  const asked: string[] = [];
  const list = vi.fn<(types: string[], plans: string[]) => Promise<ListedExecution[]>>(async (_types, of) =>
    executions.filter(({ workflowId }) => of.includes(workflowId.split('/')[0] ?? '')),
  );
  const keys = (ids: string[]) => ids.map((id) => id.split('/')).map(([plan = '', ofWave = '', id = '']) => ({ plan, wave: ofWave, package: id }));
  const services = {
    store: {
      finalWaves: async () => [],
      finalPackages: async (of: { plan: string; wave: string; package: string }[]) =>
        of.map(({ plan, wave: ofWave, package: id }) => runningPackage({ plan, wave: ofWave, package: id, state: 'Rolled back' })),
      begunReleases: async (of: string[]) => keys(begun).filter(({ plan }) => of.includes(plan)),
      texts: async () => ({ names: { clerk: 'Clerk', reader: 'Reader' }, holds: {} }),
    },
    engine: {
      client: {
        connection: { withDeadline: async (_ms: number, work: () => Promise<unknown>) => work() },
        workflow: {
          getHandle: (id: string) => ({
            query: async () => {
              asked.push(id);
              const [plan = '', ofWave = ''] = id.split('/');
              const { name: _name, ...carried } = plannedPackage({ blockers: [] });
              return {
                ...waveOf([], { plan, wave: ofWave }),
                packages: ['clerk', 'reader'].map((each) => ({ ...carried, package: each, owner: 'olga', ...(each === 'clerk' ? { releasedAtMs: 1 } : {}) })),
              };
            },
          }),
        },
      },
    },
    planned: openPlanned({
      appliedOutline: async () => undefined,
      latestOutline: async (plan) => {
        const document = plans.get(plan);
        return document && { plan, number: 1, appliedAtMs: 1, outline: outlineOf(document) };
      },
    }),
    site: { now: () => ({ plans: [] }) },
    states: { recentWave: (_at: unknown, ask: () => unknown) => ask() },
  } as unknown as Services;
  return { services, asked, list, listing: openListings(list).open(undefined) };
}

const acts = (plan: string, over: Partial<Reading> = {}): [string, Reading] => [plan, { ...readsNothing(plan), sees: true, all: true, acts: true, ...over }];
const page = (limit: number, before?: Key) => ({ before, limit, isWanted: () => true, isWave: () => true });
const shown = (rows: Awaited<ReturnType<typeof rowsAfter>>) =>
  rows.map((row) => [[row.plan, row.wave, row.package].join('/'), row.state, row.released, row.running]);

const ids = ['one/wave-1/clerk', 'one/wave-1/reader', 'two/wave-1/clerk', 'two/wave-1/reader'];
const all = [wave('one/wave-1'), wave('two/wave-1'), ...ids.map((id) => released(id, 'Monitoring'))];

test('no wave is asked where all of its packages are released', async () => {
  const { services, asked, listing, list } = site(all, ids);
  const rows = await rowsAfter(services, listing, new Map([acts('one'), acts('two')]), page(10));
  expect(shown(rows)).toEqual(ids.map((id) => [id, 'Monitoring', true, true]));
  expect([asked, list.mock.calls.length]).toEqual([[], 1]);
});

test('a wave is asked where one is not, also one that only Temporal lists', async () => {
  const { services, asked, listing } = site(all, ids.slice(0, 3));
  const rows = await rowsAfter(services, listing, new Map([acts('one'), acts('two')]), page(10));
  expect(asked).toEqual(['two/wave-1']);
  expect(shown(rows).at(-1)).toEqual(['two/wave-1/reader', 'Monitoring', false, true]);
});

test('what has ended has the state of its final record', async () => {
  const { services, listing } = site([...all.slice(0, 5), released('two/wave-1/reader', 'Monitoring', false)], ids);
  const rows = await rowsAfter(services, listing, new Map([acts('two')]), page(10));
  expect(shown(rows)).toEqual([
    ['two/wave-1/clerk', 'Monitoring', true, true],
    ['two/wave-1/reader', 'Rolled back', true, false],
  ]);
});

test('plans are listed until the page is full, and what comes before it is left out', async () => {
  const { services, listing, list } = site(all, ids);
  const readings = new Map([acts('two'), acts('one')]);
  expect(shown(await rowsAfter(services, listing, readings, page(1))).map(([id]) => id)).toEqual(ids.slice(0, 2));
  expect(list.mock.calls.map(([, plans]) => plans)).toEqual([['one']]);
  expect(shown(await rowsAfter(services, listing, readings, page(10, ['1', 'one', 'wave-1', 'clerk']))).map(([id]) => id)).toEqual(ids.slice(1));
});

test('a page that begins at the end of a plan lists no more plans than it shows, and the one after', async () => {
  const { services, listing, list } = site(all, ids);
  const readings = new Map([acts('one'), acts('two')]);
  await rowsAfter(services, listing, readings, page(1));
  expect(shown(await rowsAfter(services, listing, readings, page(1, ['1', 'one', 'wave-1', 'reader']))).map(([id]) => id)).toEqual(ids.slice(2));
  expect(list.mock.calls.map(([, plans]) => plans)).toEqual([['one'], ['two']]);
  // Those that are found before the page is full are found at once.
  const again = site(all, ids);
  const atOnce = await rowsAfter(again.services, again.listing, readings, page(1, ['1', 'one', 'wave-1', 'clerk']));
  expect([shown(atOnce).map(([id]) => id), again.list.mock.calls.length]).toEqual([ids.slice(1), 1]);
});

test('own plans come first, whatever their ids are, and pages go on in that order', async () => {
  const { services, listing } = site(all, ids);
  const readings = new Map([acts('one'), acts('two', { own: true })]);
  const inOrder = [...ids.slice(2), ...ids.slice(0, 2)];
  expect(shown(await rowsAfter(services, listing, readings, page(10))).map(([id]) => id)).toEqual(inOrder);
  expect(shown(await rowsAfter(services, listing, readings, page(10, ['0', 'two', 'wave-1', 'clerk']))).map(([id]) => id)).toEqual(inOrder.slice(1));
  expect(shown(await rowsAfter(services, listing, readings, page(10, ['1', 'one', 'wave-1', 'clerk']))).map(([id]) => id)).toEqual(inOrder.slice(3));
});

test('those who do not act in a plan are not told owners, whether a wave was asked or not', async () => {
  for (const begun of [ids, []]) {
    const { services, listing } = site(all, begun);
    const rows = await rowsAfter(services, listing, new Map([acts('one'), acts('two', { all: false, acts: false })]), page(10));
    expect(rows.map(({ owner }) => owner)).toEqual(['olga', 'olga', undefined, undefined]);
  }
});

test('a page of a plan of which thousands have ended reads a few hundred of them, and the next page goes on where it ended', async () => {
  const { services, asked, listing } = site([], []);
  const ended = Array.from({ length: 2_000 }, (_, at) => ({
    plan: 'one',
    wave: `w-${String(at).padStart(4, '0')}`,
    stage: 'closed',
    revision: 1,
    recordedAtMs: at,
  }));
  const packages = ['clerk', 'reader'].map((id) => ({ package: id, owner: 'olga', team: 'finance', risk: 'low' }));
  Object.assign(services.store, { finalWaves: async () => ended.toReversed().map((each) => ({ ...each, packages })) });
  const readings = new Map([acts('one')]);
  const first = (await rowsAfter(services, listing, readings, page(10))).slice(0, 10);
  expect(first.map((row) => row.wave)).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4].map((at) => `w-000${at}`));
  expect(asked.length).toBeLessThanOrEqual(200);
  const second = await rowsAfter(services, listing, readings, page(10, ['1', 'one', 'w-0004', 'reader']));
  expect(second[0]).toMatchObject({ wave: 'w-0005', package: 'clerk' });
});
