/** The state of the rollout in ten lines, as one would say it in a meeting. Each has its numbers, and says 'no data' where nothing is known. */
import { capital, counted, inWords, spanInWords } from '../board/words.ts';
import { percent } from './percent.ts';
import type { AccessFigure, DriftFigure, LeadershipPeriod, LeadershipView, LineKey, RequestsFigure, ShareFigure, Standing } from '../views/leadership.ts';
import { driftText, listText, numberText } from '../watch/verdict-words.ts';

export type Line = LeadershipView['lines'][number];

export interface NextGoLive {
  atMs: number;
  packages: number;
  nowMs: number;
}

export interface LinesInput {
  standing: Standing;
  access: AccessFigure;
  measured: Pick<LeadershipPeriod, 'adoption' | 'exceptions' | 'tickets' | 'drift'>;
  happened: Pick<LeadershipPeriod, 'released' | 'rolledBack' | 'tunes' | 'evaluations'>;
  requests: RequestsFigure | undefined;
  /** Of one team, for which requests are not told apart. */
  ofTeam: boolean;
  waves: { all: number; finished: number };
  next: NextGoLive | undefined;
  /** Packages that wait for release and have no date. */
  undated: number;
}

export const titles: Record<LineKey, string> = {
  packages: 'Packages',
  next: 'Next',
  watch: 'Watch',
  access: 'Access',
  adoption: 'Adoption',
  exceptions: 'Exceptions',
  tickets: 'Tickets',
  drift: 'Access drift',
  decisions: 'Decisions',
  corrections: 'Corrections',
};

type Said = Pick<Line, 'text' | 'tone'>;

export function tenLines(input: LinesInput): Line[] {
  const { measured, standing } = input;
  const said: Record<LineKey, Said> = {
    packages: { text: packagesLine(input) },
    next: { text: nextLine(input) },
    watch: watchLine(standing),
    access: accessLine(input.access, standing),
    adoption: adoptionLine(measured.adoption, standing),
    exceptions: shareLine(measured.exceptions, standing, ['exceptions', 'of the cases measured ended in an exception']),
    tickets: shareLine(measured.tickets, standing, ['tickets', 'of the cases measured came back as tickets']),
    drift: driftLine(measured.drift, standing),
    decisions: decisionsLine(input),
    corrections: correctionsLine(input.happened),
  };
  return (Object.keys(titles) as LineKey[]).map((key) => ({ key, title: titles[key], ...said[key], text: capital(said[key].text) }));
}

const is = (count: number): string => (count === 1 ? 'is' : 'are');
const packages = (count: number): string => `${inWords(count)} ${count === 1 ? 'package' : 'packages'}`;

function packagesLine({ standing, waves }: LinesInput): string {
  const { packages: all, released, waiting, neverReleased, rolledBack, retired } = standing;
  if (all === 0) return 'no package is planned yet.';
  const ended = [rolledBack > 0 ? `${inWords(rolledBack)} rolled back` : '', retired > 0 ? `${inWords(retired)} retired` : ''].filter(Boolean);
  const parts = [
    `${releasedOf(released, all)} in ${inWords(waves.all)} ${waves.all === 1 ? 'wave' : 'waves'} ${released < 2 ? 'is' : 'are'} released${ended.length > 0 ? ` (${listText(ended)} since)` : ''}`,
    waiting > 0 && all > 1 ? `${inWords(waiting)} ${waiting === 1 ? 'waits' : 'wait'} for release` : '',
    neverReleased > 0 && all > 1 ? `${inWords(neverReleased)} ${neverReleased === 1 ? 'was' : 'were'} never released` : '',
    waves.finished > 0 ? `${inWords(waves.finished)} ${waves.finished === 1 ? 'wave is' : 'waves are'} closed` : '',
  ].filter(Boolean);
  return `${listText(parts)}.`;
}

const releasedOf = (released: number, all: number): string =>
  released === 0
    ? all === 1
      ? 'no package'
      : `none of ${packages(all)}`
    : released === all
      ? all === 1
        ? 'the one package'
        : `all ${packages(all)}`
      : `${inWords(released)} of ${packages(all)}`;

function nextLine({ next, undated, standing: { waiting } }: LinesInput): string {
  if (waiting === 0) return 'no package waits for release.';
  const without = undated === 0 ? '' : `${inWords(undated)} ${undated === 1 ? 'has' : 'have'} no date yet`;
  if (!next && undated === waiting)
    return waiting === 1
      ? 'the one package that waits for release has no go-live date yet.'
      : `none of the ${packages(waiting)} that wait for release has a go-live date yet.`;
  if (!next)
    return `none of the ${packages(waiting)} that ${waiting === 1 ? 'waits' : 'wait'} for release has a go-live ahead${without === '' ? '' : `: ${without}`}.`;
  const dated = `the next go-live, with ${packages(next.packages)}, is on ${dayText(next.atMs)}, in ${spanInWords(next.atMs - next.nowMs)}`;
  return `${[dated, without].filter(Boolean).join('; ')}.`;
}

function watchLine({ released, monitored, needTuning, rollbackReady, stable }: Standing): Said {
  if (released === 0) return { text: 'nothing is released, so nothing is watched yet.' };
  const parts = [
    `${monitored === 0 ? 'no package is' : `${packages(monitored)} ${is(monitored)}`} in active monitoring`,
    `${needTuning === 0 ? 'none needs' : `${inWords(needTuning)} ${needTuning === 1 ? 'needs' : 'need'}`} tuning`,
    rollbackReady > 0 ? `${inWords(rollbackReady)} ${rollbackReady === 1 ? 'has' : 'have'} an open rollback plan` : '',
    `${stable === 0 ? 'none is' : `${inWords(stable)} ${is(stable)}`} stable`,
  ].filter(Boolean);
  return { text: `${listText(parts)}.`, ...tone(rollbackReady > 0 ? 'roll' : needTuning > 0 ? 'tune' : 'ok') };
}

function accessLine({ planned, there, failed, unknown, withoutPreview }: AccessFigure, { packages: all }: Standing): Said {
  const not = withoutPreview === 0 ? '' : ` ${capital(packages(withoutPreview))} ${withoutPreview === 1 ? 'has' : 'have'} no preview yet.`;
  if (planned === 0) return { text: all === 0 || withoutPreview > 0 ? `no data on grants.${not}` : 'no grant is planned.' };
  const wrong = [failed > 0 ? `${failed} failed` : '', unknown > 0 ? `${unknown} could not be confirmed` : ''].filter(Boolean);
  return {
    text: `${there} of ${counted(planned, 'planned grant')} (${percent(there, planned)}) ${is(there)} there${wrong.length > 0 ? `; ${listText(wrong)}` : ''}.${not}`,
    ...tone(wrong.length > 0 ? 'tune' : undefined),
  };
}

function adoptionLine(figure: ShareFigure, standing: Standing): Said {
  const nothing = unknown(figure, standing, 'adoption');
  if (nothing) return nothing;
  const { share, beyond } = figure;
  const what = share
    ? `${share.count} of ${share.of} people with the new access (${percent(share.count, share.of)}) use it`
    : `adoption is known of ${packages(figure.measured)}`;
  return { text: `${what}${beyondText(figure)}${rest(figure)}.`, ...tone(beyond > 0 ? 'tune' : 'ok') };
}

function shareLine(figure: ShareFigure, standing: Standing, [what, ofCases]: [string, string]): Said {
  const nothing = unknown(figure, standing, what);
  if (nothing) return nothing;
  const { share, perDay, beyond, measured } = figure;
  const parts = [
    share ? `${numberText(share.count)} of ${numberText(share.of)} (${percent(share.count, share.of)}) ${ofCases}` : '',
    perDay === undefined ? '' : aDay(Math.round(perDay * 10) / 10, what),
  ].filter(Boolean);
  const text = parts.length > 0 ? parts.join(', and ') : `${what} are measured in ${packages(measured)}`;
  return { text: `${text}${beyondText(figure)}${rest(figure)}.`, ...tone(beyond > 0 ? 'tune' : 'ok') };
}

/** `what` in the plural. */
const aDay = (count: number, what: string): string =>
  count === 1 ? `there was 1 ${what.replace(/s$/, '')} a day` : `there were ${numberText(count)} ${what} a day`;

/** Undefined: something is known. */
function unknown({ packages: all, measured }: ShareFigure, { released }: Standing, what: string): Said | undefined {
  if (released === 0) return { text: `no data on ${what}: nothing is released yet.` };
  if (all === 0) return { text: `no data on ${what}: no metric of the released packages is about it.` };
  if (measured === 0) return { text: `no data on ${what}: ${packages(all)} ${all === 1 ? 'measures' : 'measure'} it, without a value yet.`, ...tone('wait') };
  return undefined;
}

const beyondText = ({ beyond, measured }: ShareFigure): string =>
  beyond === 0 ? '; none is beyond its bound' : `; ${inWords(beyond)} of ${packages(measured)} ${is(beyond)} beyond ${beyond === 1 ? 'its' : 'their'} bound`;

/** Of how many packages it says nothing. */
function rest({ packages: all, measured, withheld = 0 }: ShareFigure): string {
  const none = all - measured;
  return [
    none > 0 ? `; no data from ${packages(none)}` : '',
    withheld > 0 ? `; ${packages(withheld)} with fewer than five people ${is(withheld)} not counted` : '',
  ].join('');
}

function driftLine({ packages: all, measured, drifted, found }: DriftFigure, { released }: Standing): Said {
  if (released === 0) return { text: 'no data on access drift: nothing is released yet.' };
  if (measured === 0) return { text: `no data on access drift: ${packages(all)} ${all === 1 ? 'was' : 'were'} not evaluated yet.`, ...tone('wait') };
  const none = all > measured ? `; no data from ${packages(all - measured)}` : '';
  if (drifted === 0)
    return {
      text: `access is as reviewed in all of the ${packages(measured)} last evaluated${none}.`.replace('all of the one package', 'the one package'),
      ...tone('ok'),
    };
  return { text: `${inWords(drifted)} of ${packages(measured)} ${is(drifted)} no longer as reviewed: ${driftText(found)}${none}.`, ...tone('tune') };
}

function decisionsLine({ requests, ofTeam }: LinesInput): Said {
  if (ofTeam) return { text: 'no data on requests of one team: they are counted over all teams only.' };
  if (!requests) return { text: 'no data on requests: fewer than five people were asked.' };
  const { opened, answered, open, medianMs } = requests;
  if (opened === 0) return { text: 'nobody was asked for anything.' };
  const half = medianMs === undefined ? '' : `, half of them within ${spanInWords(medianMs)}`;
  return {
    text: `people were asked for ${counted(opened, 'decision')}; ${answered === 0 ? 'none was' : `${answered} ${answered === 1 ? 'was' : 'were'}`} made${half}, and ${open === 0 ? 'none is' : `${open} ${is(open)}`} open.`,
  };
}

function correctionsLine({ tunes, rolledBack, evaluations: { count, byVerdict } }: LinesInput['happened']): Said {
  const calling = (byVerdict.tune ?? 0) + (byVerdict.rollback ?? 0) + (byVerdict.noBenefit ?? 0);
  const blind = (byVerdict.noData ?? 0) + (byVerdict.error ?? 0);
  const seen =
    count === 0
      ? 'no evaluation was taken'
      : `${count === 1 ? 'the one evaluation' : `${calling === 0 ? 'none' : calling} of ${count} evaluations`} called for ${count === 1 && calling === 0 ? 'no' : 'a'} change${blind > 0 ? `, ${blind} had no data` : ''}`;
  const done = `${tunes === 0 ? 'no tune was' : tunes === 1 ? 'one tune was' : `${inWords(tunes)} tunes were`} made, and ${rolledBack === 0 ? 'nothing' : packages(rolledBack)} ${rolledBack > 1 ? 'were' : 'was'} rolled back`;
  return { text: `${seen}; ${done}.`, ...tone(rolledBack > 0 ? 'roll' : undefined) };
}

const tone = (value: Line['tone']): Pick<Line, 'tone'> => (value === undefined ? {} : { tone: value });

const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const dayText = (ms: number): string => `${new Date(ms).getUTCDate()} ${months[new Date(ms).getUTCMonth()]}`;
