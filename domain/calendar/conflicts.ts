/**
 * What is in the way on the calendar of one plan: two packages that are watched at the same time for the same people, so that what one changes shows in the
 * metrics of the other; and a launch within a blackout or beside a peak.
 */
import type { Blackout } from '../plan/schema.ts';
import { counted, spanInWords } from '../board/words.ts';
import type { CalendarConflict } from '../views/calendar.ts';
import { peakAt } from './peaks.ts';

/** A package of a wave that is open. All times are plan time. */
export interface Launch {
  wave: string;
  package: string;
  name: string;
  /** Undefined: it has no date yet. */
  goLiveMs: number | undefined;
  /** When its watch ends; undefined: nothing of it is watched any more. */
  watchedUntilMs: number | undefined;
  released: boolean;
  /** Places of its people in the plan, in ascending order. */
  cohort: Uint32Array;
  /** The reader acts for it. */
  full: boolean;
}

export interface Conflicts {
  conflicts: CalendarConflict[];
  more: boolean;
}

/** At most `most`, in order of time. Those that are over, or concern nothing for which the reader acts, are left out. `steps`: where they end, there are more. */
export function conflictsOf(
  plan: string,
  launches: readonly Launch[],
  blackouts: readonly Blackout[],
  nowMs: number,
  { most = 200, steps = usualSteps() }: { most?: number; steps?: Steps } = {},
): Conflicts {
  const dated = launches.filter(isDated);
  const peaks = dated.flatMap((launch) => (launch.full && !launch.released ? peak(plan, launch, blackouts) : []));
  const open = dated.filter(({ watchedUntilMs }) => watchedUntilMs !== undefined && watchedUntilMs > nowMs);
  const undated = launches.filter((launch) => !isDated(launch) && !launch.released);
  const together = watchedTogether(open, most, steps);
  const possible = watchedOnceDated(undated, open, most, steps);
  const found = [
    ...[...peaks, ...together.pairs.map(([one, other]) => sameCohort(plan, one, other))].toSorted((one, other) => (one.fromMs ?? 0) - (other.fromMs ?? 0)),
    ...possible.pairs.map(([one, other]) => sameCohortOnceDated(plan, one, other)),
  ];
  return { conflicts: found.slice(0, most), more: together.more || possible.more || found.length > most };
}

type Dated = Launch & { goLiveMs: number };
const isDated = (launch: Launch): launch is Dated => launch.goLiveMs !== undefined;

const of = ({ wave, package: id, name }: Launch) => ({ wave, package: id, name });

function peak(plan: string, launch: Dated, blackouts: readonly Blackout[]): CalendarConflict[] {
  const found = peakAt(blackouts, launch.package, launch.goLiveMs);
  if (!found) return [];
  const { id, sinceMs, untilMs } = found.stretch;
  const about = { plan, packages: [of(launch)], blackout: id, fromMs: sinceMs, untilMs };
  if (found.kind === 'within')
    return [
      {
        ...about,
        kind: 'withinBlackout',
        text: `${launch.name} goes live within the blackout '${id}', which lasts ${spanInWords(untilMs - launch.goLiveMs)} beyond it.`,
        advice: 'It is held back on its date. Set a go-live date after the blackout.',
      },
    ];
  return [
    {
      ...about,
      kind: 'besidePeak',
      text: `'${id}' begins ${spanInWords(sinceMs - launch.goLiveMs)} after ${launch.name} goes live, within its first week.`,
      advice: 'Go live a week before the peak or after it, or plan for more questions and evaluations in that week.',
    },
  ];
}

function sameCohort(plan: string, one: Dated, other: Dated): CalendarConflict {
  const people = shared(one.cohort, other.cohort);
  const packages = [one, other].toSorted((a, b) => a.goLiveMs - b.goLiveMs);
  const [first, second] = packages as [Dated, Dated];
  return {
    plan,
    kind: 'sameCohort',
    packages: packages.map(of),
    people,
    fromMs: second.goLiveMs,
    untilMs: Math.min(first.watchedUntilMs as number, second.watchedUntilMs as number),
    text: `${counted(people, 'person gets', 'people get')} both ${first.name} and ${second.name} while both are watched.`,
    advice: second.released
      ? 'What one changes shows in the metrics of the other: read their verdicts together.'
      : `What one changes would show in the metrics of the other: set a later date for ${second.name}, or read their verdicts together.`,
  };
}

/** `one` has no date; `other` has one, and its watch is ahead or runs, or has none either. */
function sameCohortOnceDated(plan: string, one: Launch, other: Launch): CalendarConflict {
  const people = shared(one.cohort, other.cohort);
  const both = `${counted(people, 'person gets', 'people get')} both ${other.name} and ${one.name}`;
  const about = { plan, kind: 'sameCohort' as const, packages: [of(other), of(one)], people };
  if (!isDated(other))
    return {
      ...about,
      text: `${both}, and neither has a date yet.`,
      advice: 'Set their dates so that the watch of the first is over before the second goes live.',
    };
  return {
    ...about,
    text: `${both}, which has no date yet.`,
    advice: `Set a date for ${one.name} after ${dayText(other.watchedUntilMs as number)}, when the watch of ${other.name} ends.`,
  };
}

const dayText = (atMs: number): string => new Date(atMs).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

/** What looking for pairs may still cost: one for each person of a package, and for each package that is looked at for them. */
export interface Steps {
  left: number;
}

/** For all plans of one calendar. Plans within all limits that share few people need a tenth of it. */
export const usualSteps = (): Steps => ({ left: 3_000_000 });

interface Rule<L extends Launch> {
  /** Whether it pairs with those before it. */
  looksBack(launch: L): boolean;
  /** `other` pairs with nothing that comes later either. */
  isOver?(other: L, launch: L): boolean;
}

/**
 * Pairs with at least one person in common, by the people: not every package is compared with every other. Packages for which the reader does not act are
 * compared only with those for which they do: there may be hundreds of the others, all for the same people.
 */
function pairsIn<L extends Launch>(launches: readonly L[], { looksBack, isOver }: Rule<L>, most: number, steps: Steps): { pairs: [L, L][]; more: boolean } {
  const [full, others] = [new Map<number, L[]>(), new Map<number, L[]>()];
  const pairs: [L, L][] = [];
  for (const launch of launches) {
    const seen = new Set<L>();
    const indexes = !looksBack(launch) ? [] : launch.full ? [full, others] : [full];
    for (const person of launch.cohort) {
      steps.left -= 1;
      if (steps.left < 0) return { pairs, more: true };
      for (const index of indexes) {
        const before = index.get(person);
        if (!before) continue;
        steps.left -= before.length;
        if (steps.left < 0) return { pairs, more: true };
        if (isOver) inPlace(before, (other) => !isOver(other, launch));
        for (const other of before) {
          if (seen.has(other)) continue;
          seen.add(other);
          if (other.package === launch.package) continue;
          if (pairs.length === most) return { pairs, more: true };
          pairs.push([other, launch]);
        }
      }
      const own = launch.full ? full : others;
      const now = own.get(person);
      if (now) now.push(launch);
      else own.set(person, [launch]);
    }
  }
  return { pairs, more: false };
}

function inPlace<T>(items: T[], keeps: (item: T) => boolean): void {
  let kept = 0;
  for (const item of items) if (keeps(item)) items[kept++] = item;
  items.length = kept;
}

/** A package without a date, and one that is watched or will be. */
function watchedOnceDated(undated: readonly Launch[], open: readonly Dated[], most: number, steps: Steps): { pairs: [Launch, Launch][]; more: boolean } {
  const { pairs, more } = pairsIn<Launch>([...open, ...undated], { looksBack: (launch) => !isDated(launch) }, most, steps);
  return { pairs: pairs.map(([other, launch]) => [launch, other]), more };
}

/** Their watches overlap. */
function watchedTogether(launches: readonly Dated[], most: number, steps: Steps): { pairs: [Dated, Dated][]; more: boolean } {
  const inOrder = launches.toSorted((one, other) => one.goLiveMs - other.goLiveMs);
  const isOver = (other: Dated, launch: Dated) => (other.watchedUntilMs ?? 0) <= launch.goLiveMs;
  return pairsIn(inOrder, { looksBack: () => true, isOver }, most, steps);
}

/** How many are in both; both in ascending order. */
function shared(one: Uint32Array, other: Uint32Array): number {
  let [at, beside, count] = [0, 0, 0];
  while (at < one.length && beside < other.length) {
    const difference = (one[at] as number) - (other[beside] as number);
    if (difference === 0) count += 1;
    if (difference <= 0) at += 1;
    if (difference >= 0) beside += 1;
  }
  return count;
}
