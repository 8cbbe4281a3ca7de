/** One wave on the calendar, from its packages as one person may read them. */
import { besideState, isReleased, plannedInFull, stateOf, type BoardEntry } from '../board/entry.ts';
import { personIn, sentenceNamed } from '../board/facts.ts';
import { readinessOf } from '../board/readiness.ts';
import { capital, inWords, spanInWords } from '../board/words.ts';
import { isOverview } from '../is-overview.ts';
import { listText } from '../watch/verdict-words.ts';
import { actionsOfWave } from './actions.ts';
import type { CalendarPackage, CalendarWave } from '../views/calendar.ts';

/** `entries`: all packages of one wave, at least one. */
export function calendarWave(entries: readonly [BoardEntry, ...BoardEntry[]]): CalendarWave {
  const [{ plan, wave, reading, nowMs, notStarted }] = entries;
  const packages = entries.map(calendarPackage);
  const actions = actionsOfWave(entries);
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
    ...(notStarted ? { notStarted } : {}),
    status,
    ...(goLiveMs === undefined ? {} : { goLiveMs }),
    ...(window ? { window } : {}),
    sentence: notStarted
      ? notStartedText(status, goLiveMs, nowMs)
      : waiting.some(({ unanswered }) => unanswered)
        ? 'It does not answer, so what its packages wait for is not known now.'
        : sentenceOf(status, wave.stage, packages, goLiveMs, nowMs),
    packages,
    signed: {
      approved: sum(waiting, ({ signed }) => signed.approved),
      rejected: sum(waiting, ({ signed }) => signed.rejected),
      missing: sum(waiting, ({ signed }) => signed.missing),
    },
    systems: simulated(waiting),
    withoutPreview: waiting.filter(({ preview }) => preview === undefined).length,
    ...(actions.length === 0 ? {} : { actions }),
    ...(actions.includes('liftHold') ? holdOf(entries[0].wave) : {}),
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
    ...(full?.heldBack && full.goLiveMs === undefined && !released ? { heldBack: sentenceNamed(plan, full.heldBack.text) } : {}),
    ...(silent ? { unanswered: true as const } : {}),
  };
}

const mostSigners = 20;

/** Who has signed what counts, and who is still asked. */
function signersOf(entry: BoardEntry): NonNullable<CalendarPackage['signers']> {
  const full = plannedInFull(entry);
  if (!full) return [];
  const signed = full.signOffs
    .filter((each) => each.counts && each.decision !== 'withdraw')
    .map(({ by, decision, atMs }) => ({ ...personIn(entry.plan, by), decision: decision as 'approve' | 'reject', atMs }));
  const asked = isReleased(entry) ? [] : full.blockers.flatMap((blocker) => (blocker.code === 'signOff' ? [personIn(entry.plan, blocker.person)] : []));
  // `signed` of the package has their numbers.
  return [...signed, ...asked.filter(({ id }) => !signed.some((each) => each.id === id))].slice(0, mostSigners);
}

const watchedStates: readonly string[] = ['Monitoring', 'Needs tuning', 'Rollback ready'];

function watchOf({ facts, running, planned, stopped, nowMs }: BoardEntry, goLiveMs: number | undefined): CalendarPackage['watch'] {
  if (goLiveMs === undefined) return undefined;
  if (planned.releasedAtMs === undefined) return facts ? { fromMs: goLiveMs, untilMs: goLiveMs + facts.watch.length, runs: false } : undefined;
  if (!running || stopped !== undefined) return undefined;
  const { endMs, paused } = running.watch;
  if (!watchedStates.includes(running.state) && running.state !== 'Stable') return undefined;
  // A proposal may wait for its answer when the window is long over.
  const runs = running.state !== 'Stable' && endMs > nowMs;
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

function notStartedText(status: CalendarWave['status'], goLiveMs: number | undefined, nowMs: number): string {
  const when = goLiveMs === undefined || goLiveMs <= nowMs ? '' : ` and goes live in ${spanInWords(goLiveMs - nowMs)}`;
  return `It has not started yet${status === 'on hold' ? ' and is on hold' : when}: its plan is applied, and its workflow has not begun.`;
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
  const isIn = (state: CalendarPackage['state']) => packages.filter((each) => each.released && each.state === state).length;
  const watched = packages.filter(({ watch, state }) => watch?.runs === true && state === 'Monitoring').length;
  const [tuned, proposed, rolledBack, retired] = [isIn('Needs tuning'), isIn('Rollback ready'), isIn('Rolled back'), isIn('Retired')];
  const out = packages.length - waiting.length;
  const ended = [...(rolledBack > 0 ? [endedText(rolledBack, 'rolled back')] : []), ...(retired > 0 ? [endedText(retired, 'retired')] : [])];
  if (waiting.length === 0 && stage === 'review') return 'Every package is stable or has ended, and the review is due.';
  if (waiting.length === 0)
    return `${ended.length > 0 ? 'Everything was released' : 'Everything is released'}, and ${
      listText([
        ...(watched > 0 ? [`${inWords(watched)} ${watched === 1 ? 'package is' : 'packages are'} in active monitoring`] : []),
        ...(tuned > 0 ? [`${inWords(tuned)} ${tuned === 1 ? 'needs' : 'need'} tuning`] : []),
        ...(proposed > 0 ? [`${inWords(proposed)} ${proposed === 1 ? 'has' : 'have'} an open rollback plan`] : []),
        ...ended,
      ]) || 'no watch window is open'
    }.`;
  const waits = waiting.filter((each) => each.waits.length > 0).length;
  if (out > 0)
    return `${capital(`${releasedText({ out, ended, over: rolledBack + retired, all: packages.length, watched: packages.filter(({ watch }) => watch?.runs === true).length })}; ${othersText(status, waiting.length, waits, goLiveMs, nowMs)}`)}.`;
  const ready =
    waits === 0
      ? `${waiting.length === 1 ? 'the package is' : `${all(waiting.length)} packages are`} ready`
      : waiting.length === 1
        ? 'the package still waits for something'
        : `${waits === waiting.length ? all(waits) : `${inWords(waits)} of ${inWords(waiting.length)}`} packages still ${waits === 1 ? 'waits' : 'wait'} for something`;
  const when = {
    'on hold': 'it is on hold',
    'held back': 'it was held back and needs a new date',
    tentative: 'it has no date yet',
    dated: goLiveMs === undefined ? '' : goLiveMs > nowMs ? `it goes live in ${spanInWords(goLiveMs - nowMs)}` : 'its go-live is due',
    released: '',
    over: '',
  }[status];
  return `${capital(`${when}, and ${ready}`)}.`;
}

const all = (count: number): string => (count === 2 ? 'both' : `all ${inWords(count)}`);

const endedText = (count: number, how: string): string => `${inWords(count)} ${count === 1 ? 'is' : 'are'} ${how}`;

/** 'one of two packages is released and watched', 'one of three packages is rolled back': what has ended is not released any more. */
function releasedText({ out, ended, over, all: count, watched }: { out: number; ended: string[]; over: number; all: number; watched: number }): string {
  const stands = out - over;
  const [first, ...rest] = ended;
  if (stands === 0 && first !== undefined) return [first.replace(/ (?=is |are )/, ` of ${inWords(count)} packages `), ...rest].join(' and ');
  return [standingText(stands, count, watched), ...ended].join(', ');
}

function standingText(out: number, all: number, watched: number): string {
  const how = watched === 0 ? ', and its watch is over' : watched === out ? ' and watched' : `, ${inWords(watched)} of them watched`;
  return `${inWords(out)} of ${inWords(all)} packages ${out === 1 ? 'is' : 'are'} released${watched === 0 && out > 1 ? ', and their watches are over' : how}`;
}

/** 'the other goes live in 2 d and still waits for something' */
function othersText(status: CalendarWave['status'], count: number, waits: number, goLiveMs: number | undefined, nowMs: number): string {
  const one = count === 1;
  const verb = (singular: string, plural: string) => (one ? singular : plural);
  const when = {
    'on hold': verb('is on hold', 'are on hold'),
    'held back': verb('was held back', 'were held back'),
    tentative: verb('has no date yet', 'have no date yet'),
    dated: goLiveMs === undefined || goLiveMs <= nowMs ? verb('is due', 'are due') : `${verb('goes', 'go')} live in ${spanInWords(goLiveMs - nowMs)}`,
    released: '',
    over: '',
  }[status];
  const ready = waits === 0 ? verb('is ready', 'are ready') : `still ${verb('waits', 'wait')} for something`;
  return `the ${verb('other', 'others')} ${[when, ready].filter(Boolean).join(' and ')}`;
}

function holdOf(wave: BoardEntry['wave']): Pick<CalendarWave, 'hold'> {
  if (isOverview(wave) || !wave.hold) return {};
  const { reason, since } = wave.hold;
  return { hold: { reason, ...(since === undefined ? {} : { since }) } };
}
