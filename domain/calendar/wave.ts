/** One wave on the calendar, from its packages as one person may read them. */
import { besideState, isReleased, plannedInFull, stateOf, type BoardEntry } from '../board/entry.ts';
import { personIn } from '../board/facts.ts';
import { readinessOf } from '../board/readiness.ts';
import { capital, counted, inWords, spanInWords } from '../board/words.ts';
import { isOverview } from '../is-overview.ts';
import type { CalendarPackage, CalendarWave } from '../views/calendar.ts';

/** `entries`: all packages of one wave, at least one. */
export function calendarWave(entries: readonly [BoardEntry, ...BoardEntry[]]): CalendarWave {
  const [{ plan, wave, reading, nowMs }] = entries;
  const packages = entries.map(calendarPackage);
  const facts = plan.waves.get(wave.wave);
  const waiting = packages.filter(({ released }) => !released);
  const goLiveMs = nextGoLive(packages) ?? wave.goLiveMs;
  const status = statusOf(entries, waiting);
  const description = reading.acts ? facts?.description : undefined;
  // Only a wave that still releases has a window.
  const window =
    facts && goLiveMs !== undefined && waiting.length > 0 && status !== 'over' ? { fromMs: goLiveMs, untilMs: goLiveMs + facts.windowMs } : undefined;
  return {
    plan: wave.plan,
    wave: wave.wave,
    ...(description === undefined ? {} : { description }),
    stage: wave.stage,
    status,
    ...(goLiveMs === undefined ? {} : { goLiveMs }),
    ...(window ? { window } : {}),
    sentence: sentenceOf(status, wave.stage, packages, goLiveMs, nowMs),
    packages,
    signed: {
      approved: sum(waiting, ({ signed }) => signed.approved),
      rejected: sum(waiting, ({ signed }) => signed.rejected),
      missing: sum(waiting, ({ signed }) => signed.missing),
    },
    systems: simulated(waiting),
    withoutPreview: waiting.filter(({ preview }) => preview === undefined).length,
  };
}

function nextGoLive(packages: readonly CalendarPackage[]): number | undefined {
  const dates = (released: boolean) => packages.flatMap((each) => (each.released === released && each.goLiveMs !== undefined ? [each.goLiveMs] : []));
  const [planned, past] = [dates(false), dates(true)];
  if (planned.length > 0) return Math.min(...planned);
  return past.length > 0 ? Math.max(...past) : undefined;
}

function statusOf(entries: readonly BoardEntry[], waiting: readonly CalendarPackage[]): CalendarWave['status'] {
  const [first] = entries;
  if (first?.wave.stage === 'closed' || first?.wave.stage === 'aborted') return 'over';
  if (waiting.length === 0) return 'released';
  const open = entries.filter((entry) => !isReleased(entry));
  if (open.some(({ planned }) => planned.blockers.some(({ code }) => code === 'hold'))) return 'on hold';
  if (waiting.some(({ goLiveMs }) => goLiveMs !== undefined)) return 'dated';
  return open.some(({ planned }) => planned.heldBack !== undefined) ? 'held back' : 'tentative';
}

function calendarPackage(entry: BoardEntry): CalendarPackage {
  const { plan, facts, planned, reading, silent } = entry;
  const full = plannedInFull(entry);
  const beside = besideState(entry);
  const released = isReleased(entry);
  const goLiveMs = planned.releasedAtMs ?? planned.goLiveMs;
  const signers = full && signersOf(entry);
  const counting = (decision: 'approve' | 'reject') => signers?.filter((each) => each.decision === decision).length ?? 0;
  const short = isOverview(planned) ? planned.signOffs : undefined;
  const missing = planned.blockers.filter(({ code }) => code === 'signOff').length;
  const watch = watchOf(entry, goLiveMs);
  return {
    package: planned.package,
    name: planned.name,
    ...(reading.acts && planned.owner !== undefined ? { owner: personIn(plan, planned.owner) } : {}),
    team: planned.team,
    risk: planned.risk,
    state: stateOf(entry),
    ...(beside === undefined ? {} : { beside }),
    people: facts?.people ?? 0,
    ...(goLiveMs === undefined ? {} : { goLiveMs }),
    released,
    ...(watch ? { watch } : {}),
    signed: short ? { ...short, missing } : { approved: counting('approve'), rejected: counting('reject'), missing },
    ...(signers ? { signers } : {}),
    waits: readinessOf(entry).missing.map(({ part: _part, ...wait }) => wait),
    ...(planned.preview
      ? {
          preview: planned.preview.map(({ system, people, toGrant, alreadyThere, toRetire, toDrop }) => ({
            system,
            people,
            toGrant,
            alreadyThere,
            toRetire,
            ...(toDrop === undefined ? {} : { toDrop }),
          })),
        }
      : {}),
    ...(full?.heldBack && full.goLiveMs === undefined && !released ? { heldBack: full.heldBack.text } : {}),
    ...(silent ? { unanswered: true as const } : {}),
  };
}

/** Who has signed what counts, and who is still asked. */
function signersOf(entry: BoardEntry): NonNullable<CalendarPackage['signers']> {
  const full = plannedInFull(entry);
  if (!full) return [];
  const signed = full.signOffs
    .filter((each) => each.counts && each.decision !== 'withdraw')
    .map(({ by, decision, atMs }) => ({ ...personIn(entry.plan, by), decision: decision as 'approve' | 'reject', atMs }));
  const asked = isReleased(entry) ? [] : full.blockers.flatMap((blocker) => (blocker.code === 'signOff' ? [personIn(entry.plan, blocker.person)] : []));
  return [...signed, ...asked.filter(({ id }) => !signed.some((each) => each.id === id))];
}

const watchedStates: readonly string[] = ['Monitoring', 'Needs tuning', 'Rollback ready'];

function watchOf({ facts, running, planned }: BoardEntry, goLiveMs: number | undefined): CalendarPackage['watch'] {
  if (goLiveMs === undefined) return undefined;
  if (planned.releasedAtMs === undefined) return facts ? { fromMs: goLiveMs, untilMs: goLiveMs + facts.watch.length, runs: false } : undefined;
  if (!running) return undefined;
  const runs = watchedStates.includes(running.state);
  const { endMs, paused } = running.watch;
  if (!runs && running.state !== 'Stable') return undefined;
  return { fromMs: goLiveMs, untilMs: endMs, runs, ...(runs && paused !== undefined && paused !== false ? { paused: true as const } : {}) };
}

const sum = <T>(all: readonly T[], count: (each: T) => number): number => all.reduce((total, each) => total + count(each), 0);

function simulated(waiting: readonly CalendarPackage[]): CalendarWave['systems'] {
  const parts = Map.groupBy(
    waiting.flatMap(({ preview = [] }) => preview),
    ({ system }) => system,
  );
  return [...parts]
    .map(([system, all]) => ({
      system,
      packages: all.length,
      toGrant: sum(all, ({ toGrant }) => toGrant),
      alreadyThere: sum(all, ({ alreadyThere }) => alreadyThere),
      toRetire: sum(all, ({ toRetire }) => toRetire),
      toDrop: sum(all, ({ toDrop }) => toDrop ?? 0),
    }))
    .toSorted((one, other) => (one.system < other.system ? -1 : 1));
}

/** One sentence, as somebody in operations would say it. */
function sentenceOf(
  status: CalendarWave['status'],
  stage: CalendarWave['stage'],
  packages: readonly CalendarPackage[],
  goLiveMs: number | undefined,
  nowMs: number,
): string {
  if (stage === 'aborted') return 'It was aborted.';
  if (stage === 'closed') return 'It is closed: its packages are stable or have ended.';
  const waiting = packages.filter(({ released }) => !released);
  const watched = packages.filter(({ watch }) => watch?.runs === true).length;
  const out = packages.length - waiting.length;
  const live =
    out === 0
      ? ''
      : `${inWords(out)} of ${counted(packages.length, 'package')} ${out === 1 ? 'is' : 'are'} released, ${watched === 0 ? 'none' : inWords(watched)} of them in ${out === 1 ? 'its' : 'their'} watch window`;
  if (waiting.length === 0)
    return `${capital(watched === 0 ? 'everything is released, and no watch window is open' : `everything is released, and ${inWords(watched)} ${watched === 1 ? 'package is' : 'packages are'} in active monitoring`)}.`;
  const waits = waiting.filter((each) => each.waits.length > 0).length;
  const ready =
    waits === 0
      ? `${waiting.length === 1 ? 'the package is' : `all ${inWords(waiting.length)} packages are`} ready`
      : waiting.length === 1
        ? 'the package still waits for something'
        : `${inWords(waits)} of ${waiting.length} packages still ${waits === 1 ? 'waits' : 'wait'} for something`;
  const when = {
    'on hold': 'it is on hold',
    'held back': 'it was held back and needs a new date',
    tentative: 'it has no date yet',
    dated: goLiveMs === undefined ? '' : goLiveMs > nowMs ? `it goes live in ${spanInWords(goLiveMs - nowMs)}` : 'its go-live is due',
    released: '',
    over: '',
  }[status];
  return `${capital([live, `${when}, and ${ready}`].filter(Boolean).join('; '))}.`;
}
