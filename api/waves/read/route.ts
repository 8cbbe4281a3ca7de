/** Waves: all of them in short or in full, and one. */
import { z } from 'zod';
import { packageAsRead, waveAsRead } from '../../../domain/authority/as-read.ts';
import { namesInRows } from '../../../domain/people-named.ts';
import { readsAt, readsNothing, type Reading } from '../../../domain/authority/who-reads.ts';
import type { PackageView } from '../../../domain/views/package.ts';
import { isOverview } from '../../../domain/is-overview.ts';
import { shownWave, type ShownWave } from '../../../domain/views/overview.ts';
import type { WaveView } from '../../../domain/views/wave.ts';
import { waveEvents } from '../../../domain/views/event.ts';
import { fullWaveList, waveList, type FullWaveList, type ShownFullWave, type SilentRow, type WaveList, type WaveRow } from '../../../domain/views/lists.ts';
import { waveWorkflowId } from '../../../domain/messages.ts';
import { waveStages } from '../../../domain/states.ts';
import { Problem } from '../../errors.ts';
import { inParallel } from '../../in-parallel.ts';
import { byKey } from '../../lists/by-key.ts';
import { wavesAsRead, type KnownWave } from '../../known-waves.ts';
import { waveMatches } from '../../lists/matching.ts';
import { keyBefore, pageOf, rowsWithin } from '../../lists/page.ts';
import { fairly, type Ask } from '../../lists/fairly.ts';
import { ownFirst, partOf } from '../../lists/own-first.ts';
import { aboutPackages, choice, dateAndLater, flag, inPlans, paging, someText } from '../../lists/parameters.ts';
import { whyItTakesNoMessages } from '../../not-running.ts';
import { defineRoute } from '../../route.ts';
import type { Services } from '../../route.ts';
import { targetOf } from '../../target.ts';
import { numbersOfWave } from './numbers.ts';
import { inPageTurn } from '../../packages/page-turns.ts';
import { packageState, waveState } from '../../views.ts';
import { openWhoAnswers } from '../../who-answers.ts';

const listQuery = z.strictObject({
  ...inPlans,
  state: choice(
    [...waveStages, 'not-started', 'terminated'],
    'stage of the wave; not-started: planned but not running yet; terminated: ended in Temporal without a final record',
  ),
  ...aboutPackages,
  text: someText('part of the id or description of the wave, or of the id or name of one of its packages'),
  since: dateAndLater('waves with an event at or after this instant (plan time)'),
  full: flag('true: every started wave in full, with its released packages'),
  ...paging,
});
type ListQuery = z.output<typeof listQuery>;

const recordQuery = z.strictObject({ numbers: flag("true: also what the wave's releases changed together, planned and done") });

const eventsShown = { events: 2_000, bytes: 4_000_000 };
/** Packages of a page of waves in full, each of which may have hundreds. */
const mostInFull = 250;

export const routes = [
  defineRoute<undefined, ListQuery>({
    method: 'get',
    path: '/v1/waves',
    group: 'waves',
    reads: 'rows',
    summary: 'List the waves',
    query: listQuery,
    answers: {
      200: {
        what: 'the waves, those of own plans first, by the ids of plan and wave; with full=true each in full, and at most 250 packages a page',
        schema: z.union([waveList, fullWaveList]),
      },
    },
    problems: ['malformed', 'engine-unreachable', 'no-worker'],
    async handle({ query, caller }, services) {
      const asked = { list: 'waves', query, cursors: services.cursors };
      const before = keyBefore(asked, z.tuple([z.string(), z.string(), z.string()]));
      const readings = await services.readings.all(caller, query.plan);
      const room = ownFirst(readings, { whole: query.plan !== undefined });
      const keyOf = ({ plan, wave }: KnownWave): [string, string, string] => [partOf(readings, plan), plan, wave];
      const found = room.waves(await wavesAskedFor(services, query, readings), ({ running }) => running);
      const after = found.filter((row) => before === undefined || byKey(keyOf(row), before) > 0);
      const limit = query.full
        ? Math.min(
            query.limit,
            rowsWithin(after, ({ packages }) => packages.length, mostInFull),
          )
        : query.limit;
      const page = pageOf({ ...asked, query: { ...query, limit } }, after, keyOf);
      const next = { ...room.notShown(), ...(page.next === undefined ? {} : { next: page.next }) };
      if (query.full) return { status: 200, body: { ...(await inFull(services, page.rows, readings, caller.id)), ...next } satisfies FullWaveList };
      const waves = page.rows.map(({ plan, wave, stage, running }): WaveRow => ({ plan, wave, stage, running }));
      return { status: 200, body: { waves, ...next } satisfies WaveList };
    },
  }),
  defineRoute({
    method: 'get',
    path: '/v1/waves/:plan/:wave',
    group: 'waves',
    reads: 'plan',
    summary: 'One wave in full',
    answers: { 200: { what: 'the wave, or its final record when it has ended; counts and states where the caller does not act', schema: shownWave } },
    problems: ['unknown-plan', 'unknown-wave', 'wave-not-started', 'no-record', 'no-worker', 'engine-unreachable'],
    async handle({ params, reading, by }, services) {
      const target = targetOf(params);
      const wave = await waveState(services, target);
      if (wave) {
        const shown = await openWhoAnswers(services.store, by).beside(waveAsRead(wave, reading, by), reading);
        return { status: 200, body: await withNamesOf(services, shown, reading) };
      }
      const why = await whyItTakesNoMessages(services, target, 'wave');
      throw why.code === 'ended' ? new Problem('no-record', why.message) : why;
    },
  }),
  defineRoute<undefined, z.output<typeof recordQuery>>({
    method: 'get',
    path: '/v1/waves/:plan/:wave/events',
    group: 'waves',
    reads: 'plan',
    summary: 'The audit events of a wave and its packages',
    query: recordQuery,
    answers: { 200: { what: 'the events of what the caller acts in, oldest first; only the newest when there are very many', schema: waveEvents } },
    problems: ['unknown-plan', 'unknown-wave', 'engine-unreachable'],
    async handle({ params, query, reading, gone }, services) {
      const target = targetOf(params);
      const [{ events: newest, cut }, numbers] = await inPageTurn(services, { plan: target.plan, gone }, async () => [
        await services.store.newestEvents({ plan: target.plan, wave: target.wave }, eventsShown),
        query.numbers ? await numbersOfWave(services, target) : undefined,
      ]);
      if (newest.length === 0) {
        const why = await whyItTakesNoMessages(services, target, 'wave');
        // Started a moment ago: nothing has happened yet.
        if (why.code !== 'wave-not-started' && why.code !== 'ended') throw why;
      }
      const events = newest.filter((event) => readsAt(reading, event));
      return {
        status: 200,
        body: {
          events,
          names: await services.planned.namesIn(reading, events),
          cut,
          ...(numbers ? { numbers } : {}),
        },
      };
    },
  }),
];

const planOf = ({ wave }: ShownFullWave) => wave.plan;

/** Counts and states name nobody. */
const withNamesOf = async ({ planned }: Services, wave: ShownWave, reading: Reading): Promise<ShownWave> =>
  isOverview(wave) ? wave : { ...wave, names: await planned.namesIn(reading, wave) };

async function wavesAskedFor(services: Services, query: ListQuery, readings: ReadonlyMap<string, Reading>): Promise<KnownWave[]> {
  const [known, eventful] = await Promise.all([
    wavesAsRead(services, readings),
    query.since === undefined ? undefined : services.store.eventfulSince([...readings.keys()], query.since),
  ]);
  const withEvents = eventful && new Set(eventful.map(({ plan, wave = '' }) => waveWorkflowId(plan, wave)));
  return known.filter(
    (row) =>
      (!query.full || row.stage !== 'not-started') &&
      waveMatches(query, row) &&
      (withEvents === undefined || withEvents.has(waveWorkflowId(row.plan, row.wave))),
  );
}

const noAnswer = 'does not answer: no worker runs, or its workflow task fails';

/** Those that left no final record when they were terminated in Temporal cannot be shown. What does not answer is named, and hides nothing else. */
async function inFull(
  services: Services,
  rows: KnownWave[],
  readings: ReadonlyMap<string, Reading>,
  by: string,
): Promise<Omit<FullWaveList, 'next' | 'notShown'>> {
  const { ask, each } = fairly(services.site.now(), 4);
  const silent: SilentRow[] = [];
  const who = openWhoAnswers(services.store, by);
  const shown = await each(
    rows,
    ({ plan }) => plan,
    async (row): Promise<ShownFullWave[]> => {
      const { plan, wave: id, stage } = row;
      const asked = await ask(plan, () => services.states.recentWave(row, () => waveState(services, row)));
      if ('unanswered' in asked) silent.push({ plan, wave: id, stage, why: noAnswer });
      const wave = 'answered' in asked ? asked.answered : undefined;
      if (!wave) return [];
      const reading = readings.get(plan) ?? readsNothing(plan);
      const packages = await releasedPackages(services, wave, ask, (rolePackage) => silent.push({ plan, wave: id, package: rolePackage, why: noAnswer }));
      return [
        {
          wave: await who.beside(waveAsRead(wave, reading, by), reading),
          packages: await Promise.all(packages.map((view) => who.beside(packageAsRead(view, reading), reading))),
        },
      ];
    },
  );
  const inOrder = silent.toSorted((one, other) => byKey([one.plan, one.wave, one.package ?? ''], [other.plan, other.wave, other.package ?? '']));
  const waves = shown.flat();
  const names = namesInRows(waves, planOf, await services.planned.people(waves.map(({ wave }) => readings.get(wave.plan) ?? { plan: wave.plan })));
  return { waves, names, ...(inOrder.length > 0 ? { silent: inOrder } : {}) };
}

async function releasedPackages(
  services: Services,
  { plan, wave, packages }: WaveView,
  ask: Ask,
  isSilent: (rolePackage: string) => void,
): Promise<PackageView[]> {
  const released = packages.filter(({ releasedAtMs }) => releasedAtMs !== undefined);
  const views = await inParallel(4, released, async (entry) => {
    const at = { plan, wave, package: entry.package };
    const asked = await ask(plan, () => services.states.recentPackage(at, () => packageState(services, at)));
    if ('answered' in asked) return asked.answered;
    isSilent(entry.package);
    return undefined;
  });
  return views.filter((view) => view !== undefined);
}
