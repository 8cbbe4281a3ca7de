/** One package of one wave, as one person may read it: what every part of the board is worked out from. */
import type { Reading } from '../authority/who-reads.ts';
import { besides, isEndState, type PackageState } from '../states.ts';
import { isOverview } from '../is-overview.ts';
import type { PackageOverview, ShownPackage, ShownWave, WavePackageOverview } from '../views/overview.ts';
import type { PackageView } from '../views/package.ts';
import type { RequestView } from '../views/request.ts';
import type { WaitView } from '../views/wait.ts';
import type { WavePackageView } from '../views/wave.ts';
import type { BoardPackage, BoardPerson } from '../views/board.ts';
import type { DriftCounts } from '../watch/measurement.ts';
import type { PackageFacts, PlanFacts } from './facts.ts';

/** What its last evaluations measured, oldest first. Only where the reader acts for the package. */
export interface Measured {
  evaluations: { values: Record<string, number> }[];
  /** By the last one. */
  drift?: DriftCounts;
}

export interface BoardEntry {
  plan: PlanFacts;
  /** Undefined: the latest revision no longer has it. */
  facts: PackageFacts | undefined;
  wave: ShownWave;
  planned: WavePackageView | WavePackageOverview;
  running: ShownPackage | undefined;
  measured: Measured | undefined;
  reading: Reading;
  reader: BoardPerson;
  /** Plan time. */
  nowMs: number;
  /** Its own workflow does not answer. */
  silent: boolean;
  /** The workflow of its wave has not begun: this is what the plan says. */
  notStarted?: boolean | undefined;
  /** Why its own workflow has ended although the package has not: its release was refused, or it was cancelled. Nobody watches it. */
  stopped?: string | undefined;
  /** Systems that it waits for, because what is done there fails and is tried again. Why is for those who act for it. */
  waits?: readonly WaitView[] | undefined;
}

export const addressOfEntry = ({ wave, planned }: BoardEntry) => ({ plan: wave.plan, wave: wave.wave, package: planned.package });

export const isReleased = ({ planned }: BoardEntry): boolean => planned.releasedAtMs !== undefined;
export const stateOf = ({ planned, running }: BoardEntry): PackageState => running?.state ?? planned.state;

/** Beside a state that a package has before its release as well, or that nobody watches any more: it never stands alone then. */
export function besideState(entry: BoardEntry): BoardPackage['beside'] {
  if (isReleased(entry)) return entry.stopped === undefined ? undefined : 'not watched';
  return besides[stateOf(entry)];
}

/** Of its own workflow: what `BoardEntry.stopped` says. */
export const stoppedWhy = ({ state, endedWhy }: Pick<PackageView, 'state' | 'endedWhy'>): string | undefined => (isEndState(state) ? undefined : endedWhy);

/** In full, or undefined: the reader does not act for the package. */
export const plannedInFull = ({ planned }: BoardEntry): WavePackageView | undefined => (isOverview(planned) ? undefined : planned);
export const runningInFull = ({ running }: BoardEntry): PackageView | undefined => (running === undefined || isOverview(running) ? undefined : running);
export const inShort = (entry: BoardEntry): PackageOverview | undefined => (entry.running && isOverview(entry.running) ? entry.running : undefined);

/** Open requests about the package, and those of its wave that it waits for. */
export function requestsOf(entry: BoardEntry): RequestView[] {
  const { wave, planned } = entry;
  const ofWave = isOverview(wave) ? [] : (wave.requests ?? []);
  const about = ofWave.filter(({ package: id, kind }) => id === planned.package || (id === undefined && !isReleased(entry) && kind !== 'review'));
  return [...(runningInFull(entry)?.requests ?? []), ...about];
}
