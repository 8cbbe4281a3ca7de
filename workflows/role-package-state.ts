/**
 * The state of one package that is out: plain JSON that survives continue-as-new, changed by messages and by what the story reports.
 * Nothing here waits or touches the world; all times are plan time unless a name says real.
 */
import type { GrantCounts, ReleaseRef } from '../activities/contract.ts';
import { blackoutAt, type BlackoutNow } from '../domain/blackouts.ts';
import { receiptLine, type DependencyLine, type GrantTotals, type Receipt as RollbackReceipt } from '../domain/access/receipt.ts';
import { packageWorkflowId } from '../domain/messages.ts';
import type { PackageSection, RolePackageInput, Standing } from '../domain/plan/section.ts';
import type { TuneStep } from '../domain/plan/schema.ts';
import type { PackageState } from '../domain/states.ts';
import { durationText } from '../domain/time/duration.ts';
import { toPlan } from '../domain/time/plan-clock.ts';
import type { PackageView, ProposalView } from '../domain/views.ts';
import { extend, type Window } from '../domain/watch/look-schedule.ts';
import type { Look, Verdict } from '../domain/watch/measurement.ts';
import { emptyInbox, Inbox, type InboxData } from './inbox.ts';
import type { RequestsData } from './requests.ts';

export interface TuneOrder {
  id: string;
  step: TuneStep;
  why: string;
  by: string;
  people?: string[];
  entitlement?: { system: string; role: string };
  byMs?: number;
  /** The people get their old access back: a rollback of only these people. */
  restore?: true;
  /** When a person ordered or approved it; absent: by itself. */
  decidedAtMs?: number;
}
export interface Approval {
  message: string;
  by: string;
  /** Absent in approvals of before there were blackouts. */
  atMs?: number;
  /** Only these people. */
  people?: string[];
}
export interface Proposal extends ProposalView {
  order?: TuneOrder;
  approval?: Approval;
  /** Of a second person, where the plan wants two. */
  second?: Approval;
  /** It is being carried out: too late to say anything else. */
  running?: true;
}

export interface PackageData {
  phase: 'giving' | 'watching' | 'stable' | 'ended';
  state: PackageState;
  window: Window;
  looks: Look[];
  looksTaken: number;
  /** Due instant of the last look that belonged to the window, and to the weekly checks. */
  lastWindowLookMs: number;
  lastWeeklyMs?: number;
  stableSinceMs?: number;
  /** A look of its own is wanted now: asked for by a person, or after a tune. */
  extraLook?: Extract<Look['purpose'], 'on-demand' | 'after-tune'>;
  attempts: number;
  /** Tunes that were ordered by verdicts, over the whole life: each has an id of its own. */
  orders: number;
  extensions: number;
  paused?: string;
  proposal?: Proposal;
  proposals: number;
  order?: TuneOrder;
  abort?: { message: string; by: string; reason: string; atMs?: number };
  grants: GrantTotals;
  lastVerdict?: { kind: Verdict['kind']; why: string; atMs: number; look: number };
  tunes: PackageView['tunes'];
  receipts: RollbackReceipt[];
  /** Blocked dependency checks are repeated at this instant (real time). */
  recheckAtRealMs?: number;
  told: number;
  endedWhy?: string;
  /** What later revisions of the plan said about who is asked and who may act. */
  revised?: { revision: number; section: PackageSection; operators: string[] } & Standing;
  /** The wave that released this package anew; this release rests meanwhile. */
  resting?: string;
  /** Somebody says that another release of the package began or ended: the store is asked. */
  otherReleases?: true;
  /** Why there is nobody to answer for it any more. */
  ownerGone?: string;
  certifiedMs?: number;
  riskUntilMs?: number;
  requests?: RequestsData;
  inbox: InboxData;
}

export class RolePackageState {
  readonly data: PackageData;
  readonly inbox: Inbox;
  readonly input: RolePackageInput;
  changed = false;
  /** When somebody else is told of a request that nobody answered; as of the last telling. */
  nextTellingMs: number | undefined;

  constructor(input: RolePackageInput) {
    this.input = input;
    const startMs = input.release.goLiveMs;
    this.data = (input.carried as PackageData | undefined) ?? {
      phase: 'giving',
      state: 'Monitoring',
      window: { startMs, endMs: startMs + input.section.package.watch.length },
      looks: [],
      looksTaken: 0,
      lastWindowLookMs: startMs,
      attempts: 0,
      orders: 0,
      extensions: 0,
      proposals: 0,
      grants: { created: 0, preexisting: 0, failed: 0, unknown: 0, legacyRetired: 0 },
      tunes: [],
      receipts: [],
      told: 0,
      ...(input.release.riskUntilMs === undefined ? {} : { riskUntilMs: input.release.riskUntilMs }),
      inbox: emptyInbox(),
    };
    this.inbox = new Inbox(this.data.inbox, input.keys, { plan: input.plan, wave: input.wave, package: this.id });
  }

  /** As released, with what later revisions say about its people. */
  get section(): PackageSection {
    return this.data.revised?.section ?? this.input.section;
  }

  get operators(): string[] {
    return this.data.revised?.operators ?? this.input.operators;
  }

  /** What the plan says for all its waves. */
  get standing(): Standing {
    return this.data.revised ?? this.input;
  }

  get observed(): boolean {
    return this.input.section.change === 'observe';
  }

  get id(): string {
    return this.input.section.package.id;
  }

  get workflowId(): string {
    return packageWorkflowId(this.input.plan, this.input.wave, this.id);
  }

  nowMs(): number {
    return Math.round(toPlan(Date.now(), this.input.clock));
  }

  release(): ReleaseRef {
    const { plan, wave, revision, section, release } = this.input;
    return { plan, wave, package: this.id, revision, planDigest: section.planDigest, previewDigest: release.previewDigest, parts: release.parts };
  }

  // What the story asks

  ended(): boolean {
    return this.data.phase === 'ended';
  }

  /** A rollback is proposed, and nobody knows yet what it has to wait for. */
  rollbackUnchecked(): boolean {
    return this.data.proposal?.kind === 'rollback' && this.data.proposal.dependencies === undefined;
  }

  /** What the rollback rests on that may run now; undefined: nobody has approved it, or not enough people, or a blackout holds it. */
  rollbackApproval(): { approval: string; second?: string } | undefined {
    if (this.observed) return undefined;
    if (this.data.abort) return { approval: this.data.abort.message };
    const { proposal } = this.data;
    if (proposal?.kind !== 'rollback' || proposal.held) return undefined;
    const { approval, second } = proposal;
    if (approval)
      return this.section.rollbackApprovals === 2 && !second ? undefined : { approval: approval.message, ...(second ? { second: second.message } : {}) };
    return this.automatic() && !proposal.blackout ? { approval: 'automatic' } : undefined;
  }

  blackout(): BlackoutNow | undefined {
    return blackoutAt(this.standing.blackouts, this.id, this.nowMs());
  }

  private automatic(): boolean {
    return this.section.package.rollback.approval === 'automatic';
  }

  // What the story reports

  given(counts: GrantCounts[]): void {
    const sum = (key: keyof GrantCounts) => counts.reduce((total, count) => total + count[key], 0);
    this.data.grants = { ...this.data.grants, created: sum('created'), preexisting: sum('preexisting'), failed: sum('failed'), unknown: sum('unknown') };
  }

  /** Everything was given and read back: the watch begins, with a question where something failed. */
  watching(legacyRetired: number, legacyFailed: number): void {
    const { grants } = this.data;
    grants.legacyRetired = legacyRetired;
    this.data.phase = 'watching';
    const text = `${grants.created} given, ${grants.preexisting} had it already, ${grants.legacyRetired} old access retired`;
    this.event('given', text, { ...grants });
    const open = [
      grants.failed > 0 ? `${grants.failed} could not be given` : '',
      grants.unknown > 0 ? `${grants.unknown} could not be confirmed` : '',
      legacyFailed > 0 ? `${legacyFailed} old access could not be retired` : '',
    ].filter(Boolean);
    if (open.length > 0) this.propose({ kind: 'question', why: `${open.join(', ')}: approve to go on as it is, decline to roll back` });
  }

  /** What is live already is watched as it is. */
  observing(): void {
    const { parts } = this.input.release;
    this.data.grants = { ...this.data.grants, preexisting: parts.reduce((sum, part) => sum + part.alreadyThere, 0) };
    this.data.phase = 'watching';
    this.event('observing', `${this.data.grants.preexisting} held already; nothing is given, taken or retired`);
  }

  endObserving({ by, reason }: { by: string; reason: string }): void {
    this.data.state = 'Retired';
    this.end(`no longer observed: ${reason} (${by}); nothing was changed`);
  }

  /** Another release of this package began or ended: what the store says is asked before the next step. */
  releasesChanged(): void {
    this.changed = true;
    this.data.otherReleases = true;
  }

  tuned(order: TuneOrder, result: string): void {
    delete this.data.order;
    this.data.attempts += 1;
    this.data.tunes = [...this.data.tunes, { id: order.id, step: order.step, why: order.why, by: order.by, atMs: this.nowMs(), result }].slice(-20);
    if (this.data.phase === 'watching' || this.data.phase === 'stable') this.data.extraLook = 'after-tune';
    this.event('tuned', `${order.step}: ${result}`);
  }

  extendByOrder(order: TuneOrder): string {
    const byMs = order.byMs ?? this.input.section.package.watch.extendBy;
    if (this.data.phase === 'watching') this.data.window = extend(this.data.window, byMs);
    return `watch extended by ${durationText(byMs)}`;
  }

  propose(about: Pick<Proposal, 'kind' | 'why' | 'step' | 'order' | 'held' | 'blackout'>): void {
    this.data.proposals += 1;
    this.data.proposal = { id: `${about.kind}-${this.data.proposals}`, proposedAtMs: this.nowMs(), ...about };
    this.data.state = about.kind === 'rollback' ? 'Rollback ready' : 'Needs tuning';
    this.event(`${about.kind}-proposed`, about.why, { proposal: this.data.proposal.id });
  }

  dependencies(lines: DependencyLine[], nextCheckRealMs: number): boolean {
    const clear = lines.every((line) => line.clear);
    if (this.data.proposal) this.data.proposal.dependencies = lines;
    if (clear) delete this.data.recheckAtRealMs;
    else this.data.recheckAtRealMs = nextCheckRealMs;
    return clear;
  }

  rolledBack(receipts: RollbackReceipt[]): void {
    this.data.receipts = receipts;
    delete this.data.proposal;
    this.data.state = 'Rolled back';
    this.end(receiptLine(receipts));
  }

  /** A definite no, which the same approval would only get again: it waits for a person, also where the plan says automatic. */
  rollbackRefused(why: string): void {
    delete this.data.abort;
    this.propose({ kind: 'rollback', why: `the rollback was refused: ${why}`, held: true });
  }

  end(why: string): void {
    this.data.phase = 'ended';
    this.data.endedWhy = why;
    this.event('ended', `${this.data.state}: ${why}`);
  }

  becomeStable(why: string, nowMs: number): void {
    if (this.data.phase === 'stable') return this.toRest();
    if (this.input.section.change === 'retire') {
      this.data.state = 'Retired';
      return this.end(why);
    }
    this.data.phase = 'stable';
    this.data.state = 'Stable';
    this.data.stableSinceMs = nowMs;
    this.data.attempts = 0;
    this.event('stable', why);
  }

  toRest(): void {
    this.data.state = this.data.phase === 'stable' ? 'Stable' : 'Monitoring';
  }

  /** A person takes it as it is: stable where the watch is over, else the watch goes on. */
  accept(nowMs: number, by: string): void {
    if (this.data.phase === 'giving') return;
    if (this.data.phase === 'watching' && nowMs >= this.data.window.endMs) this.becomeStable(`accepted by ${by}`, nowMs);
    else this.toRest();
  }

  /** Access is kept; a watch that is over is watched on, so that it is judged again. */
  goOn(nowMs: number): void {
    this.toRest();
    this.prolong(nowMs);
  }

  prolong(nowMs: number): void {
    if (this.data.phase !== 'watching' || nowMs < this.data.window.endMs) return;
    const { extendBy } = this.input.section.package.watch;
    this.data.window = extend(this.data.window, extendBy + (nowMs - this.data.window.endMs));
    this.toRest();
  }

  event(kind: string, text: string, data?: Record<string, unknown>): void {
    this.inbox.log(this.nowMs(), 'rolewave', kind, text, data ? { data } : {});
  }
}
