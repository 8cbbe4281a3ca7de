/**
 * The rows of the list of packages. Temporal's lists have the state of what is released, so a wave is asked only where it has something that is not; and plans
 * are read one after the other until the page is full, so that a page costs as much as what it shows.
 */
import type { Reading } from '../../../domain/authority/who-reads.ts';
import { packageWorkflowId, waveWorkflowId } from '../../../domain/messages.ts';
import { searchAttributes } from '../../../domain/search-attributes.ts';
import { nextActions, packageStates, type PackageState } from '../../../domain/states.ts';
import type { PackageRow } from '../../../domain/views/lists.ts';
import type { WaveView } from '../../../domain/views/wave.ts';
import type { ListedExecution } from '../../engine.ts';
import { wavesAsRead, type KnownWave } from '../../known-waves.ts';
import { byKey } from '../../lists/by-key.ts';
import { fairly, type Fairly } from '../../lists/fairly.ts';
import { partOf, type Part } from '../../lists/own-first.ts';
import { rowsWithin } from '../../lists/page.ts';
import type { PackageFacts, PlannedWaves } from '../../planned-waves.ts';
import type { Services } from '../../route.ts';
import { waveState } from '../../views.ts';
import type { Listing } from './listings.ts';

type Readings = ReadonlyMap<string, Reading>;

export type Key = [part: Part, plan: string, wave: string, rolePackage: string];
export const keyOf = (readings: Readings, { plan, wave, package: rolePackage }: Pick<PackageRow, 'plan' | 'wave' | 'package'>): Key => [
  partOf(readings, plan),
  plan,
  wave,
  rolePackage,
];

interface Wanted {
  /** Rows after this one. */
  before: Key | undefined;
  isWanted(row: PackageRow): boolean;
  isWave(wave: string): boolean;
  /** Rows of a page; one more is found where there are more. */
  limit: number;
}

/** Plans are listed together until they have more packages than a page, and as long as Temporal's query stays short. */
const plansTogether = 50;
/** Packages that are read together, so that a short page of many waves asks not for one after the other. */
const leastTogether = 200;
const wavesAtOnce = 4;
const plansAtOnce = 4;

/** In order. One more than the page holds, if there are more. */
export async function rowsAfter(services: Services, listing: Listing, readings: Readings, wanted: Wanted): Promise<PackageRow[]> {
  const { before, limit } = wanted;
  const plans = [...readings.values()]
    .map((reading) => ({ reading, key: [partOf(readings, reading.plan), reading.plan] }))
    .filter(({ key }) => before === undefined || byKey(key, before.slice(0, 2)) >= 0)
    .toSorted((one, other) => byKey(one.key, other.key))
    .map(({ reading }) => reading);
  const fair = fairly(services.site.now(), wavesAtOnce);
  const found: PackageRow[] = [];
  for await (const group of groups(services, plans, limit, before)) {
    for await (const rows of rowsOf(services, listing, group, wanted, fair)) {
      found.push(...rows.filter((row) => isAfter(keyOf(readings, row), before) && wanted.isWanted(row)));
      if (found.length > limit) return found;
    }
  }
  return found;
}

const isAfter = (key: Key, before: Key | undefined): boolean => before === undefined || byKey(key, before) > 0;

async function* groups(services: Services, plans: Reading[], limit: number, before: Key | undefined): AsyncGenerator<Readings> {
  let [group, size] = [new Map<string, Reading>(), 0];
  for (let at = 0; at < plans.length; at += plansAtOnce) {
    const some = plans.slice(at, at + plansAtOnce);
    const planned = await services.planned.of(some);
    const sizes = new Map(planned.map((each) => [each.plan, left(each, before)]));
    for (const reading of some) {
      group.set(reading.plan, reading);
      size += sizes.get(reading.plan) ?? 0;
      if (size <= limit && group.size < plansTogether) continue;
      yield group;
      [group, size] = [new Map<string, Reading>(), 0];
    }
  }
  if (group.size > 0) yield group;
}

/** How many rows a plan has after this key, in which an earlier page ended: a page that counted those before it as well would list twice as many plans as it needs. */
const left = ({ plan, waves }: PlannedWaves, before: Key | undefined): number =>
  waves.reduce(
    (sum, wave) =>
      sum +
      (before === undefined || before[1] !== plan
        ? wave.packages.length
        : wave.packages.filter((each) => byKey([wave.wave, each.package], [before[2], before[3]]) > 0).length),
    0,
  );

/** In order, some waves after the other: a plan may have thousands that have ended. */
async function* rowsOf(
  services: Services,
  listing: Listing,
  readings: Readings,
  { before, isWave, limit }: Wanted,
  { ask, each }: Fairly,
): AsyncGenerator<PackageRow[]> {
  const [listed, begun] = await Promise.all([listing.of([...readings.keys()]), services.store.begunReleases([...readings.keys()])]);
  const released = new Set(begun.map(({ plan, wave, package: id }) => packageWorkflowId(plan, wave, id)));
  const executions = [...listed.values()].flatMap(({ waves }) => waves);
  const keyOfWave = ({ plan, wave }: KnownWave) => [partOf(readings, plan), plan, wave];
  const waves = (await wavesAsRead(services, readings, executions))
    .filter((row) => row.stage !== 'not-started' && isWave(row.wave) && (before === undefined || byKey(keyOfWave(row), before.slice(0, 3)) >= 0))
    .toSorted((one, other) => byKey(keyOfWave(one), keyOfWave(other)));
  const of = ({ plan, wave }: KnownWave) => listed.get(plan)?.packages.get(waveWorkflowId(plan, wave)) ?? new Map<string, ListedExecution>();
  const rowsIn = async (wave: KnownWave): Promise<Row[]> => {
    const running = of(wave);
    if (isAllReleased(wave, running, released)) return wave.packages.map((facts) => rowOf(wave, facts, running.get(facts.package), true));
    const asked = await ask(wave.plan, () => services.states.recentWave(wave, () => waveState(services, wave)));
    if ('unanswered' in asked) return silentRows(wave, running);
    return asked.answered ? rowsInWave(asked.answered, running, readings.get(wave.plan)?.acts === true) : [];
  };
  while (waves.length > 0) {
    const some = waves.splice(
      0,
      rowsWithin(waves, ({ packages }) => Math.max(1, packages.length), Math.max(limit, leastTogether)),
    );
    const rows = await each(some, ({ plan }) => plan, rowsIn);
    yield (await withFinals(services, rows.flat())).toSorted((one, other) => byKey(keyOf(readings, one), keyOf(readings, other)));
  }
}

/** Then Temporal's list and the plan have all that a row shows. By the store, and not by the list alone: anyone who reaches the namespace can start a workflow. */
const isAllReleased = ({ plan, wave, packages }: KnownWave, listed: ReadonlyMap<string, ListedExecution>, released: ReadonlySet<string>): boolean =>
  packages.length > 0 &&
  packages.length === listed.size &&
  packages.every(({ package: id }) => listed.has(id) && released.has(packageWorkflowId(plan, wave, id)));

/** `closed`: it was released and does not run; its final record has its state, where it left one. */
type Row = PackageRow & { closed?: true };

function rowOf(
  { plan, wave }: Pick<KnownWave, 'plan' | 'wave'>,
  facts: PackageFacts,
  listed: ListedExecution | undefined,
  released: boolean,
  planned?: PackageState,
): Row {
  const state = stateIn(listed) ?? planned ?? 'Scheduled';
  const running = listed?.running ?? false;
  return { plan, wave, ...facts, state, nextAction: nextActions[state], released, running, ...(released && !running ? { closed: true as const } : {}) };
}

const stateIn = (listed: ListedExecution | undefined): PackageState | undefined => {
  const state = listed?.attributes[searchAttributes.state];
  return packageStates.find((each) => each === state);
};

/** `named`: the reader may know who owns it. */
const rowsInWave = (wave: WaveView, listed: ReadonlyMap<string, ListedExecution>, named: boolean): Row[] =>
  wave.packages.map(({ package: id, name, owner, team, risk, state, releasedAtMs }) =>
    rowOf(wave, { package: id, name, ...(named ? { owner } : {}), team, risk }, listed.get(id), releasedAtMs !== undefined, state),
  );

/** The packages of a wave that does not answer, as the plan and Temporal's lists have them. */
const silentRows = (wave: KnownWave, listed: ReadonlyMap<string, ListedExecution>): Row[] =>
  wave.packages.map((facts) => {
    const { closed: _closed, ...row } = rowOf(wave, facts, listed.get(facts.package), listed.has(facts.package));
    return { ...row, unanswered: true };
  });

async function withFinals({ store }: Services, rows: Row[]): Promise<PackageRow[]> {
  const finals = await store.finalPackages(rows.filter(({ closed }) => closed));
  const states = new Map(finals.map(({ plan, wave, package: id, state }) => [packageWorkflowId(plan, wave, id), state]));
  return rows.map(({ closed, ...row }) => {
    const state = closed ? states.get(packageWorkflowId(row.plan, row.wave, row.package)) : undefined;
    return state === undefined ? row : { ...row, state, nextAction: nextActions[state] };
  });
}
