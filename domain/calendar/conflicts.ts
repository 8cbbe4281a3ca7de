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

/** At most `most`, in order of time. Those that are over, or concern nothing for which the reader acts, are left out. */
export function conflictsOf(plan: string, launches: readonly Launch[], blackouts: readonly Blackout[], nowMs: number, most = 200): Conflicts {
  const dated = launches.filter(isDated);
  const peaks = dated.flatMap((launch) => (launch.full && !launch.released ? peak(plan, launch, blackouts) : []));
  const open = dated.filter(({ watchedUntilMs }) => watchedUntilMs !== undefined && watchedUntilMs > nowMs);
  const undated = launches.filter((launch) => !isDated(launch) && !launch.released);
  const together = watchedTogether(open, most);
  const possible = watchedOnceDated(undated, open, most);
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

/** Pairs of a package without a date and one that is watched or will be, with at least one person in common. */
function watchedOnceDated(undated: readonly Launch[], open: readonly Dated[], most: number): { pairs: [Launch, Launch][]; more: boolean } {
  const ofPerson = new Map<number, Launch[]>();
  const pairs: [Launch, Launch][] = [];
  for (const launch of [...open, ...undated]) {
    const seen = new Set<Launch>();
    for (const person of launch.cohort) {
      const before = ofPerson.get(person) ?? [];
      if (!isDated(launch))
        for (const other of before) {
          if (seen.has(other) || other.package === launch.package || !(other.full || launch.full)) continue;
          if (pairs.length === most) return { pairs, more: true };
          seen.add(other);
          pairs.push([launch, other]);
        }
      ofPerson.set(person, [...before, launch]);
    }
  }
  return { pairs, more: false };
}

/** Pairs with at least one person in common whose watches overlap, by the people: not every package is compared with every other. */
function watchedTogether(launches: readonly Dated[], most: number): { pairs: [Dated, Dated][]; more: boolean } {
  const inOrder = launches.toSorted((one, other) => one.goLiveMs - other.goLiveMs);
  const ofPerson = new Map<number, number[]>();
  const seen = new Set<number>();
  const pairs: [Dated, Dated][] = [];
  for (const [at, launch] of inOrder.entries()) {
    for (const person of launch.cohort) {
      const before = (ofPerson.get(person) ?? []).filter((each) => (inOrder[each]?.watchedUntilMs ?? 0) > launch.goLiveMs);
      for (const each of before) {
        const other = inOrder[each] as Dated;
        const pair = each * inOrder.length + at;
        if (seen.has(pair) || other.package === launch.package || !(other.full || launch.full)) continue;
        if (pairs.length === most) return { pairs, more: true };
        seen.add(pair);
        pairs.push([other, launch]);
      }
      ofPerson.set(person, [...before, at]);
    }
  }
  return { pairs, more: false };
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
