/**
 * The state of one package that is out, changed by messages and by what the story reports.
 * Nothing here waits or touches the world; all times are plan time unless a name says real.
 */
import type { GrantCounts, ReleaseRef } from '../../activities/contract.ts';
import { blackoutAt, type BlackoutNow } from '../../domain/blackouts.ts';
import { receiptLine, type Receipt as RollbackReceipt } from '../../domain/release/receipt.ts';
import { packageMessageSchemas, packageWorkflowId, type PackageMessage } from '../../domain/messages.ts';
import type { DependencyLine } from '../../domain/views/dependency.ts';
import type { PackageSection, RolePackageInput, PlanTerms } from '../../domain/plan/section.ts';
import { durationText } from '../../domain/time/duration.ts';
import { toPlan } from '../../domain/time/plan-clock.ts';
import { extend } from '../../domain/watch/evaluation-schedule.ts';
import { Inbox } from '../shared/inbox.ts';
import { newPackage, type PackageData, type Proposal, type TuneOrder } from './data.ts';

export class RolePackageState {
  readonly data: PackageData;
  readonly inbox: Inbox<PackageMessage>;
  readonly input: RolePackageInput;
  changed = false;
  /** When somebody else is told of a request that nobody answered; as of the last telling. */
  nextEscalationMs: number | undefined;

  constructor(input: RolePackageInput) {
    this.input = input;
    this.data = (input.carried as PackageData | undefined) ?? newPackage(input);
    this.inbox = new Inbox(this.data.inbox, input.keys, { plan: input.plan, wave: input.wave, package: this.id }, packageMessageSchemas, ['abort']);
  }

  /** As released, with what later revisions say about its people. */
  get section(): PackageSection {
    return this.data.revised?.section ?? this.input.section;
  }

  get operators(): string[] {
    return this.data.revised?.operators ?? this.input.operators;
  }

  /** What the plan says for all its waves. */
  get standing(): PlanTerms {
    return this.data.revised ?? this.input;
  }

  /** Started before there were notices: it goes on as it began, so that its history still fits. */
  get asBefore(): boolean {
    return this.standing.notices === undefined;
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
    if (proposal?.kind !== 'rollback' || proposal.frozen) return undefined;
    const { approval, second } = proposal;
    if (approval)
      return this.section.rollbackApprovals === 2 && !second ? undefined : { approval: approval.message, ...(second ? { second: second.message } : {}) };
    return this.automatic() && !proposal.blackout && !proposal.byHand ? { approval: 'automatic' } : undefined;
  }

  blackout(): BlackoutNow | undefined {
    return blackoutAt(this.standing.blackouts, this.id, this.nowMs());
  }

  private automatic(): boolean {
    return this.section.package.rollback.approval === 'automatic';
  }

  // What the story reports

  granted(counts: GrantCounts[]): void {
    const sum = (key: keyof GrantCounts) => counts.reduce((total, count) => total + count[key], 0);
    this.data.grants = { ...this.data.grants, created: sum('created'), preexisting: sum('preexisting'), failed: sum('failed'), unknown: sum('unknown') };
  }

  /** Everything was given and read back: the watch begins, with a question where something failed. */
  watching(legacyRetired: number, legacyFailed: number): void {
    const { grants } = this.data;
    grants.legacyRetired = legacyRetired;
    this.data.phase = 'watching';
    const text = `${grants.created} granted, ${grants.preexisting} had it already, ${grants.legacyRetired} old access retired`;
    this.event('granted', text, { ...grants });
    const open = [
      grants.failed > 0 ? `${grants.failed} could not be granted` : '',
      grants.unknown > 0 ? `${grants.unknown} could not be confirmed` : '',
      legacyFailed > 0 ? `${legacyFailed} old access could not be retired` : '',
    ].filter(Boolean);
    if (open.length > 0) this.ask(`${open.join(', ')}: approve to go on as it is, decline to roll back`);
  }

  /** What is live already is watched as it is. */
  observing(): void {
    const { parts } = this.input.release;
    this.data.grants = { ...this.data.grants, preexisting: parts.reduce((sum, part) => sum + part.alreadyThere, 0) };
    this.data.phase = 'watching';
    this.event('observing', `${this.data.grants.preexisting} held already; nothing is granted, taken or retired`);
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
    if (this.data.phase === 'watching' || this.data.phase === 'stable') this.data.extraEvaluation = 'after-tune';
    this.event('tuned', `${order.step}: ${result}`);
  }

  extendByOrder(order: TuneOrder): string {
    const byMs = order.byMs ?? this.input.section.package.watch.extendBy;
    if (this.data.phase === 'watching') this.data.window = extend(this.data.window, byMs);
    return `watch extended by ${durationText(byMs)}`;
  }

  /**
   * Asks a person, and with it what was asked before, under a new id: an answer counts for what was shown. A tune or rollback that is open is
   * decided first; the question stays on record.
   */
  ask(why: string): void {
    const { proposal } = this.data;
    if (!proposal || this.asBefore) return this.propose({ kind: 'question', why });
    if (proposal.kind !== 'question') return this.event('question-waits', `${why}; '${proposal.id}' is decided first`);
    if (!proposal.why.includes(why)) this.propose({ kind: 'question', why: `${proposal.why}; ${why}` });
  }

  propose(about: Pick<Proposal, 'kind' | 'why' | 'step' | 'order' | 'byHand' | 'blackout' | 'about'>): void {
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

  /** A definite no, which the same approval would only get again. */
  rollbackRefused(why: string): void {
    delete this.data.abort;
    this.propose({ kind: 'rollback', why: `the rollback was refused: ${why}`, byHand: true });
  }

  /** What could not be undone is still out: the release stands until a person has put that right and approves again, which undoes the rest. */
  rollbackUnfinished(receipts: RollbackReceipt[]): void {
    delete this.data.abort;
    const left = receipts.flatMap(({ system, failed }) => failed.map(({ role, account, why }) => `${role} of ${account} in ${system} (${why})`));
    const shown = left.length > 3 ? [...left.slice(0, 3), `${left.length - 3} more`] : left;
    const why = `the rollback could not undo ${shown.join(', ')}; what it could is undone. Put that right, then approve again`;
    this.propose({ kind: 'rollback', why, byHand: true });
  }

  end(why: string): void {
    this.data.phase = 'ended';
    this.data.endedWhy = why;
    this.event('ended', `${this.data.state}: ${why}`);
  }

  becomeStable(why: string, nowMs: number): void {
    if (this.data.phase === 'stable') return this.returnToWatch();
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

  returnToWatch(): void {
    this.data.state = this.data.phase === 'stable' ? 'Stable' : 'Monitoring';
  }

  /** A person takes it as it is: stable where the watch is over, else the watch goes on. */
  accept(nowMs: number, by: string): void {
    if (this.data.phase === 'granting') return;
    if (this.data.phase === 'watching' && nowMs >= this.data.window.endMs) this.becomeStable(`accepted by ${by}`, nowMs);
    else this.returnToWatch();
  }

  /** Access is kept; a watch that is over is watched on, so that it is judged again. */
  goOn(nowMs: number): void {
    this.returnToWatch();
    this.prolong(nowMs);
  }

  prolong(nowMs: number): void {
    if (this.data.phase !== 'watching' || nowMs < this.data.window.endMs) return;
    const { extendBy } = this.input.section.package.watch;
    this.data.window = extend(this.data.window, extendBy + (nowMs - this.data.window.endMs));
    this.returnToWatch();
  }

  event(kind: string, text: string, data?: Record<string, unknown>): void {
    this.inbox.log(this.nowMs(), 'rolewave', kind, text, data ? { data } : {});
  }
}
