/**
 * The packages of all started waves, those of own plans first (lists/own-first.ts), in order of plan, wave and package. Waves are queried one after the other until the page is full, so that a page
 * costs as much as what it shows.
 */
import { z } from 'zod';
import type { Reading } from '../../../domain/authority/who-reads.ts';
import { packageWorkflowId, workflowTypes } from '../../../domain/messages.ts';
import { searchAttributes } from '../../../domain/search-attributes.ts';
import { nextActions, packageStates } from '../../../domain/states.ts';
import type { PackageState } from '../../../domain/states.ts';
import { packageList, type PackageList, type PackageRow } from '../../../domain/views/lists.ts';
import type { WaveView } from '../../../domain/views/wave.ts';
import { listed } from '../../engine.ts';
import { inParallel } from '../../in-parallel.ts';
import { byKey } from '../../lists/by-key.ts';
import { idsOf, wavesAsRead, type KnownWave } from '../../known-waves.ts';
import { hasText, isAmong, packageMatches } from '../../lists/matching.ts';
import { keyBefore, pageOf } from '../../lists/page.ts';
import { fairly } from '../../lists/fairly.ts';
import { ownFirst, type OwnFirst } from '../../lists/own-first.ts';
import { aboutPackages, choice, dateAndLater, inPlans, paging, someText } from '../../lists/parameters.ts';
import { defineRoute } from '../../route.ts';
import type { Services } from '../../route.ts';
import { waveState } from '../../views.ts';

const listQuery = z.strictObject({
  ...inPlans,
  state: choice(packageStates, 'state of the package'),
  ...aboutPackages,
  text: someText('part of the id, name, owner or team of the package'),
  since: dateAndLater('packages with an event at or after this instant (plan time)'),
  ...paging,
});
type ListQuery = z.output<typeof listQuery>;
type Key = [part: string, plan: string, wave: string, rolePackage: string];

export const routes = [
  defineRoute<undefined, ListQuery>({
    method: 'get',
    path: '/v1/packages',
    group: 'packages',
    reads: 'rows',
    summary: 'List the packages of all started waves',
    query: listQuery,
    answers: { 200: { what: 'the packages, those of own plans first, by the ids of plan, wave and package', schema: packageList } },
    problems: ['malformed', 'engine-unreachable', 'no-worker'],
    async handle({ query, caller }, services) {
      const asked = { list: 'packages', query, cursors: services.cursors };
      const before = keyBefore(asked, z.tuple([z.string(), z.string(), z.string(), z.string()]));
      const readings = await services.readings.all(caller, query.plan);
      const room = ownFirst(readings, { whole: query.plan !== undefined });
      const found = await rowsAfter(services, query, { readings, room, before });
      const { rows, next } = pageOf(asked, found, keyIn(room));
      return { status: 200, body: { packages: rows, ...room.notShown(), ...(next === undefined ? {} : { next }) } satisfies PackageList };
    },
  }),
];

interface After {
  readings: ReadonlyMap<string, Reading>;
  room: OwnFirst;
  before: Key | undefined;
}

const keyIn =
  ({ part }: OwnFirst) =>
  ({ plan, wave, package: rolePackage }: PackageRow): Key => [part(plan), plan, wave, rolePackage];
const wavesAtOnce = 4;

/** One more than the page holds, if there are more. */
async function rowsAfter(services: Services, query: ListQuery, { readings, room, before }: After): Promise<PackageRow[]> {
  const keyOf = keyIn(room);
  const started = (await wavesAsRead(services, readings)).filter(({ wave, stage }) => stage !== 'not-started' && isAmong(query.wave, wave));
  const waves = room
    .waves(started, ({ running }) => running)
    .filter(({ plan, wave }) => before === undefined || byKey([room.part(plan), plan, wave], before.slice(0, 3)) >= 0);
  const [states, eventful] = await Promise.all([
    listedStates(services, [...readings.keys()]),
    query.since === undefined ? undefined : services.store.eventfulSince(query.since),
  ]);
  const withEvents = eventful && new Set(eventful.map(({ plan, wave = '', package: id = '' }) => packageWorkflowId(plan, wave, id)));
  const isWanted = (row: PackageRow) =>
    isAmong(query.state, row.state) &&
    packageMatches(query, row) &&
    hasText(query.text, [row.package, row.name, row.owner ?? '', row.team]) &&
    (withEvents === undefined || withEvents.has(packageWorkflowId(row.plan, row.wave, row.package)));

  const { ask } = fairly(services.site.now(), wavesAtOnce);
  const found: PackageRow[] = [];
  for (let index = 0; index < waves.length && found.length <= query.limit; index += wavesAtOnce) {
    const some = waves.slice(index, index + wavesAtOnce);
    const views = await inParallel(wavesAtOnce, some, (row) => ask(row.plan, () => waveState(services, row)));
    const entries = views
      .flatMap((asked) => ('answered' in asked && asked.answered ? [asked.answered] : []))
      .flatMap((wave) => wave.packages.map((entry) => ({ wave, entry })));
    const rows = await inParallel(4, entries, ({ wave, entry }) => packageRowOf(services, wave, entry, states, readings.get(wave.plan)?.acts === true));
    rows.push(...some.filter((_, at) => 'unanswered' in (views[at] ?? {})).flatMap((wave) => silentRows(wave, states)));
    const inOrder = room.packages(
      rows.sort((a, b) => byKey(keyOf(a), keyOf(b))),
      (row) => row,
    );
    found.push(...inOrder.filter((row) => (before === undefined || byKey(keyOf(row), before) > 0) && isWanted(row)));
  }
  return found;
}

interface ListedState {
  state: string;
  running: boolean;
}

async function listedStates({ engine }: Services, plans: string[]): Promise<Map<string, ListedState>> {
  if (plans.length === 0) return new Map();
  const executions = await listed(engine, workflowTypes.rolePackage, idsOf(plans));
  return new Map(
    executions.map(({ workflowId, status, searchAttributes: attributes }) => [
      workflowId,
      { state: String(attributes[searchAttributes.state]?.[0] ?? ''), running: status.name === 'RUNNING' },
    ]),
  );
}

/** The packages of a wave that does not answer, as the plan and Temporal's lists have them. */
const silentRows = ({ plan, wave, packages }: KnownWave, states: Map<string, ListedState>): PackageRow[] =>
  packages.map((facts): PackageRow => {
    const listed = states.get(packageWorkflowId(plan, wave, facts.package));
    const state = packageStates.find((each) => each === listed?.state) ?? 'Scheduled';
    return { plan, wave, ...facts, state, nextAction: nextActions[state], released: listed !== undefined, running: listed?.running ?? false, unanswered: true };
  });

/** `named`: the reader may know who owns it. */
async function packageRowOf(
  { store }: Services,
  wave: WaveView,
  entry: WaveView['packages'][number],
  states: Map<string, ListedState>,
  named: boolean,
): Promise<PackageRow> {
  const id = packageWorkflowId(wave.plan, wave.wave, entry.package);
  const released = entry.releasedAtMs !== undefined;
  const now = states.get(id);
  const last = released && !now?.running ? await store.finalPackage({ plan: wave.plan, wave: wave.wave, package: entry.package }) : undefined;
  const state = last?.state ?? ((now?.state || entry.state) as PackageState);
  const { package: rolePackage, name, owner, team, risk } = entry;
  return {
    plan: wave.plan,
    wave: wave.wave,
    package: rolePackage,
    name,
    ...(named ? { owner } : {}),
    team,
    risk,
    state,
    nextAction: nextActions[state],
    released,
    running: now?.running ?? false,
  };
}
