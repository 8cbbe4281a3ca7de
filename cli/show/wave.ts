/** `rolewave show` of a wave: each package with what became of it, and what is next. */
import { itemNames } from '../../domain/readiness.ts';
import { countsText } from '../../domain/access/incompatible.ts';
import { isEndState } from '../../domain/states.ts';
import { instantText } from '../../domain/time/instant.ts';
import type { PackageView } from '../../domain/views/package.ts';
import type { WavePackageView, WaveView } from '../../domain/views/wave.ts';
import { verdictWords } from '../../domain/watch/verdict-words.ts';
import { nextOfPlanned, nextOfRunning } from '../next.ts';
import { previewText } from '../preview.ts';
import { count, printable } from '../printable.ts';
import { changeText, requestLines, someOf } from '../proposal.ts';
import type { Released } from '../read.ts';
import { dutyLines, signOffWords } from '../sign-offs.ts';
import { isAhead, stageText } from '../stages.ts';
import { watchLine } from '../watch-words.ts';
import { join, noteLine, refusalLine, section } from './lines.ts';

export function waveWords(wave: WaveView, released: Released, reader?: string): string {
  const { plan, wave: id, revision, stage, goLiveMs, hold, packages, notes, refusals, endedWhy } = wave;
  const requests = [...(wave.requests ?? []), ...released.packages.flatMap((running) => running.requests ?? [])];
  return join([
    `${printable(`${plan}/${id}`)}, revision ${revision}: ${stageText(stage)}${endedWhy ? `, ${printable(endedWhy)}` : ''}`,
    goLiveMs !== undefined && `  ${isAhead(stage) ? 'goes live on' : 'its go-live was on'} ${instantText(goLiveMs)}`,
    hold && `  ${holdText(hold)}`,
    hold?.since !== undefined && hold.liftedBy.length < hold.approvals && `  ${sinceText(hold)}`,
    ...nextLines(wave, released.packages),
    ...packages.flatMap((entry) => [
      '',
      `${printable(entry.name)} (${printable(`${plan}/${id}/${entry.package}`)})`,
      ...(entry.releasedAtMs === undefined ? [] : releasedLines(entry.package, released, reader)),
      ...plannedLines(entry).map((line) => `  ${line}`),
    ]),
    ...section(
      'Open requests',
      requests.flatMap((request) => requestLines(request, reader)),
    ),
    ...section('Notes', notes.map(noteLine)),
    ...section('Not accepted', refusals.map(refusalLine)),
  ]);
}

/** What is asked of somebody who may lift it. */
export const holdLines = (hold: NonNullable<WaveView['hold']>): string[] => [`The wave is ${holdText(hold)}`, `  ${sinceText(hold)}`];

const sinceText = ({ since }: NonNullable<WaveView['hold']>): string =>
  since === undefined ? 'held since before holds were numbered' : `held like this, and with no package added, since revision ${since} (--since ${since})`;

/** `liftedBy`: who has approved so far. */
function holdText({ reason, approvals, liftedBy }: NonNullable<WaveView['hold']>): string {
  const by = liftedBy.map(printable).join(', ');
  if (liftedBy.length >= approvals) return `was on hold (${printable(reason)}), lifted by ${by}`;
  return `on hold: ${printable(reason)} (${liftedBy.length} of ${approvals} approvals to lift it${by === '' ? '' : `: ${by}`})`;
}

/** What the wave as a whole waits for, once it is live. */
function nextLines({ stage, packages, requests = [] }: WaveView, running: PackageView[]): string[] {
  if (stage === 'watching') {
    const stateOf = (id: string, state: PackageView['state']) => running.find((entry) => entry.package === id)?.state ?? state;
    const done = packages.filter(({ package: id, state, releasedAtMs, endedWhy }) => {
      const now = stateOf(id, state);
      return endedWhy !== undefined || (releasedAtMs !== undefined && (now === 'Stable' || isEndState(now)));
    });
    return [`  next: its review, once every package is stable, rolled back or retired (${done.length} of ${packages.length} now)`];
  }
  const review = stage === 'review' ? requests.find(({ kind }) => kind === 'review') : undefined;
  if (review === undefined) return [];
  return [
    `  next: its review by ${someOf(review.to.map(printable))}, which closes it${review.byMs === undefined ? '' : `; without one it closes on ${instantText(review.byMs)}`}`,
  ];
}

/** What became of a package since its release, and what it waits for. */
function releasedLines(id: string, { packages, silent }: Released, reader: string | undefined): string[] {
  const running = packages.find((entry) => entry.package === id);
  const why = silent.find((row) => row.package === id || row.package === undefined)?.why;
  if (!running) return [`  What became of it is not known now${why === undefined ? '' : `: ${printable(why)}`}.`];
  const asked = running.proposal === undefined ? [...new Set((running.requests ?? []).flatMap(({ to }) => to))] : [];
  return [
    nextOfRunning(running, reader),
    ...(asked.length === 0 ? [] : [`waits for ${asked.join(', ')}: see the open requests below`]),
    ...doneLines(running),
  ].map((line) => `  ${printable(line)}`);
}

/** What its release did, how long it is watched, and the last verdict. */
export function doneLines(view: PackageView): string[] {
  const { grants, lastVerdict, state } = view;
  const then = state === 'Rolled back' ? 'before its rollback: ' : '';
  return [
    `${then}${grants.created} granted, ${grants.preexisting} already had it, ${grants.failed} failed, ${grants.unknown} could not be confirmed, ${count(grants.legacyRetired, 'legacy grant')} retired`,
    watchLine(view),
    ...(lastVerdict ? [`last verdict on ${instantText(lastVerdict.atMs)}: ${verdictWords[lastVerdict.kind].toLowerCase()}: ${lastVerdict.why}`] : []),
  ];
}

export function plannedLines(entry: WavePackageView): string[] {
  const { owner, team, risk, change, checklist, duties, signOffs, preview, incompatibleAcross, releasedAtMs } = entry;
  return [
    releasedAtMs === undefined ? nextOfPlanned(entry) : `Released on ${instantText(releasedAtMs)}.`,
    `owner ${owner}, team ${team}, ${risk} risk`,
    ...(change ? [changeText[change]] : []),
    ...checklist.map(
      ({ item, ok, why, expiresMs }) => `${ok ? 'ok' : 'OPEN'} ${itemNames[item]}: ${why}${expiresMs === undefined ? '' : `, until ${instantText(expiresMs)}`}`,
    ),
    ...(preview ?? []).flatMap((part) => [`preview of ${part.system}: ${previewText(part)}`, ...part.conflicts.map((conflict) => `conflict: ${conflict}`)]),
    ...(incompatibleAcross ?? []).map((counts) => `incompatible across systems: ${countsText(counts)}`),
    ...dutyLines(duties),
    ...signOffs.map(
      ({ by, decision, atMs, counts, reason }) =>
        `${signOffWords[decision]} by ${by} on ${instantText(atMs)}${counts ? '' : ' (no longer counts)'}${reason ? `: ${reason}` : ''}`,
    ),
  ].map(printable);
}
