/**
 * The state of one wave: plain JSON that survives continue-as-new, and what is derived from it. Each part is changed by one file only: previews.ts (what
 * is shown and signed), dates.ts (when it goes live), release.ts (what is released), outcomes.ts (what became of it), ending.ts (how the wave ends). All
 * times are plan time unless a name says real.
 */
import { entryOf } from '../../domain/entry-of.ts';
import type { BlackoutNow } from '../../domain/blackouts.ts';
import { blockersOf, dateBlocker, holdBlocker } from '../../domain/blockers.ts';
import { stopsOf } from '../../domain/access/blast-radius.ts';
import { causedStops } from '../../domain/access/incompatible.ts';
import type { IncompatibleCounts, PreviewPart } from '../../domain/access/preview.ts';
import { blackoutOf, goLiveOf, isOnHold, lateFrom, liftsOf, noGoLives, type GoLives, type Lift } from '../../domain/go-live.ts';
import { waveMessageSchemas, type MessageOf, type WaveMessage } from '../../domain/messages.ts';
import type { PackageSection, WaveInput, WaveSection } from '../../domain/plan/section.ts';
import { checklist, type ReadinessFacts } from '../../domain/readiness.ts';
import { anotherText } from '../../domain/authority/separation.ts';
import { signOffStatus, type SignOff } from '../../domain/authority/sign-offs.ts';
import type { PackageState, WaveStage } from '../../domain/states.ts';
import { toPlan } from '../../domain/time/plan-clock.ts';
import type { Blocker, HeldBack } from '../../domain/views/blocker.ts';
import type { Stop } from '../../domain/views/stop.ts';
import type { Baseline } from '../../domain/watch/measurement.ts';
import { emptyInbox, Inbox, type InboxData } from '../shared/inbox.ts';
import { noRequests, type RequestsData } from '../shared/requests.ts';
import { Reads, type PreviewRead, type Recheck } from './reads.ts';
import { realNowMs } from '../shared/alarm.ts';

export interface PackageProgress {
  // Written by previews.ts
  facts: ReadinessFacts;
  signOffs: SignOff[];
  /** `across`: rules about incompatible entitlements in two systems; absent: they concern nobody. */
  preview?: { digest: string; parts: PreviewPart[]; across?: IncompatibleCounts[] };
  /** The preview must be taken (again) before anyone can sign. */
  previewWanted: boolean;
  /** Why the systems could not be read, and when the next automatic retry is. */
  problem?: { why: string; retryAtMs: number };
  baseline?: Baseline;
  // Written by dates.ts
  heldBack?: HeldBack;
  // Written by release.ts
  released?: { atMs: number; goLiveMs: number };
  // Written by outcomes.ts
  outcome?: PackageState;
  /** Something may have become of it, so that it is asked, from this instant on (real time). */
  askFromRealMs?: number;
  /** It was heard that its release was refused. */
  refusalHeard?: true;
}

export interface WaveData {
  packages: Record<string, PackageProgress>;
  // Written by dates.ts
  goLives: GoLives;
  // Written by ending.ts
  /** The sealed abort, which is forwarded to released packages. */
  abort?: { by: string; reason: string; jws: string; passedOn?: boolean };
  review?: MessageOf<'review'>['body'] & { by: string; atMs: number };
  settledSinceMs?: number;
  ended?: { stage: 'closed' | 'aborted'; why: string };
  /** Set while activities of one stage run, by during(). */
  acting?: Extract<WaveStage, 'preview' | 'recheck' | 'release'>;
  requests: RequestsData;
  inbox: InboxData;
}

/** The package that a message is about. */
export interface About {
  section: PackageSection;
  progress: PackageProgress;
}

export class WaveState {
  readonly data: WaveData;
  readonly inbox: Inbox<WaveMessage>;
  readonly input: WaveInput;
  /** Of the latest revision. Written by messages.ts. */
  section: WaveSection;
  /** Temporal cancels this run. */
  cancelled = false;
  /** Of the packages that need one. A run that continues as new takes again what had not ended. */
  readonly previews = new Reads<PreviewRead>(() => (this.readEnded = true));
  /** Of the packages whose go-live has come. */
  readonly rechecks = new Reads<Recheck>(() => (this.readEnded = true));
  /** How often a package was compared again in this run, because what was read of it was too old. */
  readonly comparedAgain = new Map<string, number>();
  /** Set by every message. The main loop clears it before it waits. */
  changed = false;
  /** Set when a preview or a recheck has ended, and cleared in the same way. */
  readEnded = false;
  /** Until when go-lives were looked at. Time passes while messages are recorded, and a go-live that comes meanwhile is still to be done. */
  lookedMs = Number.NEGATIVE_INFINITY;
  /** When the next unanswered request is escalated, as of the last update. */
  nextEscalationMs: number | undefined;

  constructor(input: WaveInput) {
    this.input = input;
    this.section = input.section;
    this.data = (input.carried as WaveData | undefined) ?? {
      packages: {},
      goLives: noGoLives(),
      requests: noRequests(),
      inbox: emptyInbox(),
    };
    const { plan, wave } = this.section;
    this.inbox = new Inbox(this.data.inbox, { plan, wave: wave.id }, waveMessageSchemas);
    for (const section of this.section.packages) progressIn(this.data, section.package.id);
  }

  nowMs(): number {
    return Math.round(toPlan(realNowMs(), this.input.clock));
  }

  sectionOf(packageId: string): PackageSection | undefined {
    return this.section.packages.find((entry) => entry.package.id === packageId);
  }

  progressOf(section: PackageSection): PackageProgress {
    const progress = entryOf(this.data.packages, section.package.id);
    if (!progress) throw new Error(`no progress for package '${section.package.id}'`);
    return progress;
  }

  /** The blackout that prevents the go-live of a package now. Undefined where there is none, or where a person decided to go live anyway. */
  deferredByBlackout(section: PackageSection, nowMs: number): BlackoutNow | undefined {
    const date = goLiveOf(section, this.section.wave, this.data.goLives);
    return date && blackoutOf(date, this.section.blackouts, section.package.id, nowMs);
  }

  onHold(): boolean {
    return isOnHold(this.section.wave, this.data.goLives);
  }

  /** Those of the hold as it is. */
  lifts(): Lift[] {
    return liftsOf(this.section.wave, this.data.goLives);
  }

  goLiveOf(section: PackageSection): number | undefined {
    return goLiveOf(section, this.section.wave, this.data.goLives)?.atMs;
  }

  /** Packages of other waves that it builds on. One that is retired needs them no longer. */
  basesElsewhere({ change, package: { buildsOn } }: PackageSection): string[] {
    return change === 'retire' ? [] : buildsOn.filter((id) => !this.sectionOf(id));
  }

  unreleased(): PackageSection[] {
    return this.section.packages.filter((entry) => !this.progressOf(entry).released);
  }

  /** Everything that a release needs is in place, as of its go-live. */
  releaseReady(section: PackageSection, atMs: number): boolean {
    return this.blockers(section, atMs).length === 0;
  }

  /** What prevents its release at this instant, apart from its date. */
  blockers(section: PackageSection, atMs: number): Blocker[] {
    const { facts, preview, problem } = this.progressOf(section);
    const { missing, rejectedBy, another } = this.signOffsOf(section);
    return blockersOf(section, {
      checklist: checklist(section, facts, atMs),
      previewed: preview !== undefined,
      previewProblem: problem?.why,
      missing,
      rejectedBy,
      stops: this.stopsOf(section),
      ...(another ? { another: { people: another, text: anotherText(section, this.section.wave.alsoSigns, another) } } : {}),
    });
  }

  /** Rules of the plan that stop its release, as its preview shows; none without a preview. */
  stopsOf(section: PackageSection): Stop[] {
    const { parts = [], across = [] } = this.progressOf(section).preview ?? {};
    return [...parts.flatMap(stopsOf), ...causedStops(across)];
  }

  /** What prevents a package without a date from getting one. */
  dateBlocker(): Blocker {
    const { hold } = this.section.wave;
    if (!this.onHold() || !hold) return dateBlocker;
    const lifted = new Set(this.lifts().map(({ by }) => by));
    return holdBlocker(
      hold.approvals - lifted.size,
      hold.liftedBy.filter((person) => !lifted.has(person)),
    );
  }

  signOffsOf(section: PackageSection) {
    const progress = this.progressOf(section);
    const { operators, wave } = this.section;
    const digests = { planDigest: section.planDigest, previewDigest: progress.preview?.digest };
    return signOffStatus({ section, alsoSigns: wave.alsoSigns, operators, nowMs: this.nowMs() }, progress.signOffs, digests);
  }

  /** Every released package is stable or has ended, and none waits for a set date. */
  settled(): boolean {
    const isSettled = new Set<PackageState>(['Stable', 'Rolled back', 'Retired']);
    const released = this.section.packages.filter((entry) => this.progressOf(entry).released);
    return (
      released.length > 0 &&
      released.every((entry) => isSettled.has(this.progressOf(entry).outcome ?? 'Monitoring')) &&
      this.unreleased().every((entry) => this.goLiveOf(entry) === undefined)
    );
  }

  /** Settled, and no package is left to release. */
  allReleasedAndSettled(): boolean {
    return this.settled() && this.unreleased().length === 0;
  }

  private goLiveInstant(section: PackageSection): { atMs: number; summary: string } | undefined {
    const { after, window } = this.section.wave;
    const goLiveMs = this.goLiveOf(section);
    const { id } = section.package;
    if (goLiveMs === undefined) return undefined;
    const { lookedMs } = this;
    if (goLiveMs > lookedMs) return { atMs: goLiveMs, summary: `go-live of ${id}` };
    const lateMs = lateFrom({ atMs: goLiveMs }, this.section.wave);
    // This wave is not notified when an earlier one is released, so it checks a few times within its window.
    const askAgainMs = lookedMs + window / 12;
    const awaited = [...after, ...this.basesElsewhere(section)];
    if (awaited.length > 0 && askAgainMs < lateMs)
      return {
        atMs: askAgainMs,
        summary: awaited.length === 1 ? `check whether ${awaited[0]} is released` : `check whether ${awaited.length} waves and packages are released`,
      };
    return { atMs: lateMs, summary: `end of the go-live window of ${id}` };
  }

  /** The next instant at which there is something to do without a message; it may have passed by now. */
  nextInstant(): { atMs: number; summary: string } | undefined {
    const instants = this.unreleased().flatMap((entry) => this.goLiveInstant(entry) ?? []);
    for (const entry of this.unreleased()) {
      const { problem, previewWanted } = this.progressOf(entry);
      // 0: when there is room for it, or at the next message.
      if (problem && previewWanted && problem.retryAtMs > 0) instants.push({ atMs: problem.retryAtMs, summary: `retry the preview of ${entry.package.id}` });
    }
    if (this.data.settledSinceMs !== undefined && this.allReleasedAndSettled())
      instants.push({ atMs: this.data.settledSinceMs + this.section.wave.reviewWithin, summary: 'last day for the review' });
    if (this.nextEscalationMs !== undefined) instants.push({ atMs: this.nextEscalationMs, summary: 'escalate unanswered requests' });
    return instants.toSorted((a, b) => a.atMs - b.atMs)[0];
  }

  /** What was decided before its release and still counts after it. */
  releaseTerms(section: PackageSection): { despiteBlackout?: true; riskUntilMs?: number } {
    const riskUntilMs = this.progressOf(section).facts.evidence.riskAcceptance?.expiresMs;
    const decided = goLiveOf(section, this.section.wave, this.data.goLives)?.despiteBlackout;
    return { ...(decided === undefined ? {} : { despiteBlackout: true }), ...(riskUntilMs === undefined ? {} : { riskUntilMs }) };
  }

  previewsWanted(): PackageSection[] {
    return this.unreleased().filter((entry) => this.progressOf(entry).previewWanted && (this.progressOf(entry).problem?.retryAtMs ?? 0) <= this.nowMs());
  }

  /** The stage whose activities run. */
  acting(): WaveData['acting'] {
    if (this.data.acting) return this.data.acting;
    if (this.rechecks.running().length > 0) return 'recheck';
    return this.previews.running().length > 0 ? 'preview' : undefined;
  }

  /** Shows this stage while its activities run. */
  async during<T>(stage: NonNullable<WaveData['acting']>, work: () => Promise<T>): Promise<T> {
    this.data.acting = stage;
    try {
      return await work();
    } finally {
      delete this.data.acting;
    }
  }

  /** Logs what Rolewave did, for one package or for the wave. */
  event(kind: string, text: string, about?: { package?: string; data?: Record<string, unknown> }): void {
    this.inbox.log(this.nowMs(), 'rolewave', kind, text, about);
  }

  /** Logs an accepted message from a person. */
  logMessage(message: WaveMessage, kind: string, text: string, data?: Record<string, unknown>): void {
    this.inbox.log(this.nowMs(), message.by, kind, text, {
      ...(message.package === undefined ? {} : { package: message.package }),
      data: { message: message.id, ...data },
    });
  }
}

/** The progress of a package of the wave; a new one where it has none. */
export function progressIn({ packages }: WaveData, id: string): PackageProgress {
  const found = entryOf(packages, id) ?? newProgress();
  packages[id] = found;
  return found;
}

const newProgress = (): PackageProgress => ({ facts: { evidence: {} }, signOffs: [], previewWanted: true });
