/**
 * The state of one package that is out: plain JSON that survives continue-as-new, changed by messages and by what the story reports.
 * Nothing here waits or touches the world; all times are plan time unless a name says real.
 */
import type { GrantCounts, ReleaseRef } from '../activities/contract.ts';
import { receiptLine, type DependencyLine, type GrantTotals, type Receipt as RollbackReceipt } from '../domain/access/receipt.ts';
import { packageWorkflowId } from '../domain/messages.ts';
import type { RolePackageInput } from '../domain/plan/section.ts';
import type { TuneStep } from '../domain/plan/schema.ts';
import type { PackageState } from '../domain/states.ts';
import { durationText } from '../domain/time/duration.ts';
import { toPlan } from '../domain/time/plan-clock.ts';
import type { PackageView, ProposalView } from '../domain/views.ts';
import { extend, type Window } from '../domain/watch/look-schedule.ts';
import type { Look, Verdict } from '../domain/watch/measurement.ts';
import { emptyInbox, Inbox, type InboxData } from './inbox.ts';

export interface TuneOrder {
  id: string;
  step: TuneStep;
  why: string;
  by: string;
  people?: string[];
  entitlement?: { system: string; role: string };
  byMs?: number;
}
export interface Proposal extends ProposalView {
  order?: TuneOrder;
  approval?: { message: string; by: string };
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
  abort?: { message: string; by: string; reason: string };
  grants: GrantTotals;
  lastVerdict?: { kind: Verdict['kind']; why: string; atMs: number; look: number };
  tunes: PackageView['tunes'];
  receipts: RollbackReceipt[];
  /** Blocked dependency checks are repeated at this instant (real time). */
  recheckAtRealMs?: number;
  told: number;
  endedWhy?: string;
  inbox: InboxData;
}

export class RolePackageState {
  readonly data: PackageData;
  readonly inbox: Inbox;
  readonly input: RolePackageInput;
  changed = false;

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
      inbox: emptyInbox(),
    };
    this.inbox = new Inbox(this.data.inbox, input.keys, { plan: input.plan, wave: input.wave, package: this.id });
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

  rollbackApproval(): string | undefined {
    if (this.data.abort) return this.data.abort.message;
    const { proposal } = this.data;
    if (proposal?.kind !== 'rollback') return undefined;
    if (proposal.approval) return proposal.approval.message;
    return this.automatic() && !proposal.held ? 'automatic' : undefined;
  }

  private automatic(): boolean {
    return this.input.section.package.rollback.approval === 'automatic';
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

  propose(about: Pick<Proposal, 'kind' | 'why' | 'step' | 'order' | 'held'>): void {
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
