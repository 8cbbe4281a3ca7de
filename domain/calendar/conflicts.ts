/**
 * What is in the way on the calendar of one plan: two packages that are watched at the same time for the same people, so that what one changes shows in the
 * metrics of the other; and a launch within a blackout or beside a peak.
 */
import type { Blackout } from '../plan/schema.ts';
import { counted, spanInWords } from '../board/words.ts';
import type { CalendarConflict } from '../views/calendar.ts';
import { peakAt } from './peaks.ts';

/** A package that is released, or has a date. All times are plan time. */
export interface Launch {
  wave: string;
  package: string;
  name: string;
  goLiveMs: number;
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
  const peaks = launches.flatMap((launch) => (launch.full && !launch.released ? peak(plan, launch, blackouts) : []));
  const { pairs, more } = watchedTogether(
    launches.filter(({ watchedUntilMs }) => watchedUntilMs !== undefined && watchedUntilMs > nowMs),
    most,
  );
  const found = [...peaks, ...pairs.map(([one, other]) => sameCohort(plan, one, other))].toSorted((one, other) => one.fromMs - other.fromMs);
  return { conflicts: found.slice(0, most), more: more || found.length > most };
}

const of = ({ wave, package: id, name }: Launch) => ({ wave, package: id, name });

function peak(plan: string, launch: Launch, blackouts: readonly Blackout[]): CalendarConflict[] {
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

function sameCohort(plan: string, one: Launch, other: Launch): CalendarConflict {
  const people = shared(one.cohort, other.cohort);
  const packages = [one, other].toSorted((a, b) => a.goLiveMs - b.goLiveMs);
  const [first, second] = packages as [Launch, Launch];
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

/** Pairs with at least one person in common whose watches overlap, by the people: not every package is compared with every other. */
function watchedTogether(launches: readonly Launch[], most: number): { pairs: [Launch, Launch][]; more: boolean } {
  const inOrder = launches.toSorted((one, other) => one.goLiveMs - other.goLiveMs);
  const ofPerson = new Map<number, number[]>();
  const seen = new Set<number>();
  const pairs: [Launch, Launch][] = [];
  for (const [at, launch] of inOrder.entries()) {
    for (const person of launch.cohort) {
      const before = (ofPerson.get(person) ?? []).filter((each) => (inOrder[each]?.watchedUntilMs ?? 0) > launch.goLiveMs);
      for (const each of before) {
        const other = inOrder[each] as Launch;
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
