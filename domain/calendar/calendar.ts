/** The whole calendar, from what one person may read of all packages of their plans. */
import { addressText } from '../address.ts';
import type { BoardPlanInput } from '../board/board.ts';
import { isReleased, plannedInFull, type BoardEntry } from '../board/entry.ts';
import { readsPackage, type Reading } from '../authority/who-reads.ts';
import type { Blackout } from '../plan/schema.ts';
import type { BoardPerson } from '../views/board.ts';
import type { CalendarBlackout, CalendarView, CalendarWave } from '../views/calendar.ts';
import { conflictsOf, usualSteps, type Launch } from './conflicts.ts';
import { calendarWave } from './wave.ts';

export function calendar(
  reader: BoardPerson,
  plans: readonly BoardPlanInput[],
  entries: readonly BoardEntry[],
  atMs: number,
): Omit<CalendarView, 'silent' | 'notShown'> {
  const byWave = Map.groupBy(entries, ({ wave }) => addressText({ plan: wave.plan, wave: wave.wave }));
  const waves = [...byWave.values()].map((all) => calendarWave(inPlanOrder(all)));
  const byPackage = new Map(
    waves.flatMap((wave) => wave.packages.map((each) => [addressText({ plan: wave.plan, wave: wave.wave, package: each.package }), each] as const)),
  );
  const steps = usualSteps();
  const found = plans
    .filter(({ reading }) => reading.acts)
    .map(({ facts, nowMs }) => {
      const launches = entries.filter(({ plan }) => plan.plan === facts.plan).flatMap((entry) => launchOf(entry, byPackage.get(addressOfEntry(entry))));
      return conflictsOf(facts.plan, launches, facts.blackouts, nowMs, { steps });
    });
  return {
    reader,
    atMs,
    plans: plans.map(({ facts, reading, revision, nowMs, dayMs }) => ({
      plan: facts.plan,
      revision,
      nowMs,
      dayMs,
      ...(reading.acts ? { blackouts: blackoutsOf(facts.blackouts, reading, entries) } : {}),
    })),
    waves: waves.toSorted(inTime),
    conflicts: found.flatMap(({ conflicts }) => conflicts),
    ...(found.some(({ more }) => more) ? { more: true as const } : {}),
  };
}

const addressOfEntry = ({ wave, planned }: BoardEntry) => addressText({ plan: wave.plan, wave: wave.wave, package: planned.package });

const inPlanOrder = (entries: readonly BoardEntry[]): [BoardEntry, ...BoardEntry[]] =>
  entries.toSorted((one, other) => (one.facts?.number ?? Infinity) - (other.facts?.number ?? Infinity)) as [BoardEntry, ...BoardEntry[]];

const inTime = (one: CalendarWave, other: CalendarWave): number =>
  (one.goLiveMs ?? Number.MAX_VALUE) - (other.goLiveMs ?? Number.MAX_VALUE) || (one.plan + one.wave < other.plan + other.wave ? -1 : 1);

/** Those that apply to something that they act for, as they read them in the plan. */
function blackoutsOf(blackouts: readonly Blackout[], reading: Reading, entries: readonly BoardEntry[]): CalendarBlackout[] {
  const own = new Set(
    entries.flatMap(({ wave, planned }) => (wave.plan === reading.plan && readsPackage(reading, wave.wave, planned.package) ? [planned.package] : [])),
  );
  return blackouts
    .filter(({ packages, from, until }) => from < until && (reading.all || packages === undefined || packages.some((id) => own.has(id))))
    .toSorted((one, other) => one.from - other.from)
    .map(({ id, reason, from, until, packages }) => {
      const shown = packages?.filter((each) => reading.all || own.has(each));
      return { id, reason, fromMs: from, untilMs: until, ...(shown ? { packages: shown } : {}) };
    });
}

function launchOf(entry: BoardEntry, shown: CalendarWave['packages'][number] | undefined): Launch[] {
  if (!shown || !entry.facts || entry.wave.stage === 'closed' || entry.wave.stage === 'aborted') return [];
  const { wave, planned, facts } = entry;
  const released = isReleased(entry);
  const { watch } = shown;
  return [
    {
      wave: wave.wave,
      package: planned.package,
      name: planned.name,
      goLiveMs: shown.goLiveMs,
      watchedUntilMs: watch && (watch.runs || !released) ? watch.untilMs : undefined,
      released,
      cohort: facts.cohort,
      full: plannedInFull(entry) !== undefined,
    },
  ];
}
