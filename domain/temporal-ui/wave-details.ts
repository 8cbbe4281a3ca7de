/** What Temporal's UI shows of a running wave, as Markdown: what it waits for, from whom and until when; who signed; what was refused; what happens next. */
import type { PackageState, WaveStage } from '../states.ts';
import { instantText } from '../time/instant.ts';
import type { Blocker } from '../views/blocker.ts';
import { decisionWords } from '../views/sign-off.ts';
import type { CarriedWavePackageView, CarriedWaveView } from '../views/texts.ts';
import { ahead, document, people, refusalTable, requestTable, shownId, table, words, type Next } from './markdown.ts';
import { unreleasedText } from '../states.ts';

/** What the view of a wave does not say. Times are plan time. */
export interface WaveNow {
  nowMs: number;
  /** What happens without anybody's doing. */
  next?: Next | undefined;
  /** Why it is on hold, and who may still approve that the hold is lifted; absent: it is not on hold. */
  hold?: { reason: string; people: string[] } | undefined;
}

export function waveDetails(view: CarriedWaveView, now: WaveNow): string {
  const { packages, clock, requests, refusals } = view;
  return document([
    [`**${now.hold ? 'On hold' : stageWords[view.stage]}** · revision ${view.revision} · ${countText(view)}`],
    [nextLine(view, now)],
    holdLines(view, now),
    table(
      '',
      ['package', 'state', 'go-live', 'waits for'],
      packages.map((entry) => [
        shownId(entry.package),
        stateText(entry),
        entry.goLiveMs === undefined ? 'no date' : entry.goLiveMs > now.nowMs ? ahead(entry.goLiveMs, clock) : instantText(entry.goLiveMs),
        view.endedWhy === undefined ? waitsFor(entry) : '–',
      ]),
      100,
    ),
    requestTable(requests, now.nowMs, clock),
    signOffTable(packages),
    refusalTable(refusals),
  ]);
}

const stageWords: Record<WaveStage, string> = {
  readiness: 'Waits for evidence',
  preview: 'Previews what will change',
  signOffs: 'Waits for sign-offs',
  goLive: 'Ready, waits for go-live',
  recheck: 'Compares the systems with what was signed',
  release: 'Releases',
  watching: 'Watches what is released',
  review: 'Waits for the review',
  closed: 'Closed',
  aborted: 'Aborted',
};

function countText({ packages }: CarriedWaveView): string {
  const released = packages.filter(({ releasedAtMs }) => releasedAtMs !== undefined).length;
  return `${released} of ${packages.length} ${packages.length === 1 ? 'package' : 'packages'} released`;
}

function nextLine({ endedWhy, stage, requests = [], clock }: CarriedWaveView, { next }: WaveNow): string {
  if (endedWhy !== undefined) return `**Next:** nothing. ${words(endedWhy)}`;
  const asked = [...new Set(requests.flatMap(({ to }) => to))];
  const decide = asked.length === 0 ? 'nobody is asked for anything' : `asked: ${people(asked)}`;
  if (!next && asked.length === 0 && stage === 'watching')
    return '**Next:** the review, once every package is stable or has ended. Each is watched by a workflow of its own; nobody is asked for anything';
  return next ? `**Next:** ${words(next.summary)}, on ${ahead(next.atMs, clock)} · ${decide}` : `**Next:** no timer is set · ${decide}`;
}

function holdLines({ hold }: CarriedWaveView, { hold: now }: WaveNow): string[] {
  if (!hold || !now) return [];
  const lifted = hold.liftedBy.length === 0 ? '' : `; ${people(hold.liftedBy)} approved`;
  return [`**Why:** ${words(now.reason)} · ${hold.liftedBy.length} of ${hold.approvals} approvals to lift it${lifted}; ${people(now.people)} may approve`];
}

function stateText({ state, releasedAtMs }: CarriedWavePackageView): string {
  return releasedAtMs === undefined ? unreleasedText(state) : `${state}, released ${instantText(releasedAtMs)}`;
}

/** Who must decide once it is released; its own workflow says what about. */
const decidesOn: Partial<Record<PackageState, string>> = { 'Needs tuning': 'what to tune', 'Rollback ready': 'the proposed rollback' };

function waitsFor({ releasedAtMs, state, owner, blockers, heldBack }: CarriedWavePackageView): string {
  if (releasedAtMs !== undefined) {
    const about = decidesOn[state];
    return about === undefined ? '–' : `${people([owner])}, the owner, decides on ${about}; the package's own workflow shows it`;
  }
  const held = heldBack ? [`a new date: held back because ${words(heldBack.text)}`] : [];
  const open = blockers.filter(({ code }) => !(heldBack && code === 'date')).map(blockerWords);
  return [...held, ...open].join('; ') || 'nothing but its date';
}

function blockerWords(blocker: Blocker): string {
  return blocker.code === 'evidence' ? `${words(blocker.text)} (${people([blocker.person])})` : words(blocker.text);
}

function signOffTable(packages: CarriedWavePackageView[]): string[] {
  const rows = packages.flatMap((entry) =>
    entry.signOffs.map(({ by, decision, atMs, counts, reason }) => [
      shownId(entry.package),
      people([by]),
      `${decisionWords[decision]}${reason === undefined ? '' : `: ${words(reason)}`}${counts ? '' : ' (no longer counts: the plan or the preview changed)'}`,
      instantText(atMs),
    ]),
  );
  return table('Sign-offs', ['package', 'by', 'decision', 'when'], rows, 60);
}
