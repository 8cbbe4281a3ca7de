/**
 * The state of one released package: what it holds, which file writes which part of it, and what is derived from it.
 * Nothing here waits or has effects. All times are plan time unless a name says real.
 */
import type { EntitlementActivities, ReleaseRef } from '../../activities/contract.ts';
import type { AccessClaims } from '../../domain/authority/access-claims.ts';
import { noDecisions, type Decisions, type Proposal, type Terms } from '../../domain/authority/proposals.ts';
import { blackoutAt, type BlackoutNow } from '../../domain/blackouts.ts';
import { packageMessageSchemas, packageWorkflowId, type PackageMessage } from '../../domain/messages.ts';
import type { PackageSection, PlanTerms, RolePackageInput } from '../../domain/plan/section.ts';
import type { GrantTotals, Receipt as RollbackReceipt } from '../../domain/release/receipt.ts';
import type { PackageState } from '../../domain/states.ts';
import { toPlan } from '../../domain/time/plan-clock.ts';
import type { Tune } from '../../domain/tune/tune.ts';
import type { DependencyLine } from '../../domain/views/dependency.ts';
import type { ChangedContent, PackageView } from '../../domain/views/package.ts';
import type { Window } from '../../domain/watch/evaluation-schedule.ts';
import type { Evaluation, Verdict } from '../../domain/watch/measurement.ts';
import { emptyInbox, Inbox, type InboxData } from '../shared/inbox.ts';
import { noRequests, type RequestsData } from '../shared/requests.ts';
import { realNowMs } from '../shared/alarm.ts';

export type RollbackRef = Parameters<EntitlementActivities['rollBackAccess']>[2];

/** A tune to carry out. `id`: the id of the message in which a person decided on it; otherwise an id that this workflow made. */
export interface TuneOrder extends Tune {
  id: string;
  why: string;
  by: string;
  /** Restores the legacy access of these people: a rollback for these people only. */
  restore?: true;
  /** When a person ordered or approved it. Absent: it is automatic. */
  decidedAtMs?: number;
}

/** The proposal, with what the workflow stores in addition to the decisions on it. */
export interface OpenProposal extends Proposal {
  why: string;
  proposedAtMs: number;
  /** For a rollback: what must be clear before it may run. */
  dependencies?: DependencyLine[];
  /** The blackout that defers it until a person decides, even after the blackout has ended. */
  blackout?: { id: string; untilMs: number };
  answeredBy?: string;
  /** It is being carried out, so it is too late for another answer. */
  running?: true;
  /**
   * Asked because there is no owner, which a revision that names one answers; because grants were refused or are not known; or because roles may do
   * something else, which the owner accepts.
   */
  about?: 'owner' | 'grants' | 'content';
  /** Tried before. It must not be retried without a person, even where the plan says automatic. */
  byHand?: true;
  /** Proposed again after a freeze ended. */
  again?: true;
  /** For a question that is asked together with others: all of them. */
  asked?: string[];
}

export interface PackageData {
  /** `claimed`: rolled back, but for what claims of people keep. */
  phase: 'granting' | 'watching' | 'stable' | 'claimed' | 'ended';
  ended?: { state: PackageState; why: string };
  grants: GrantTotals;
  /** How many grants of unknown outcome a person accepted as they are. */
  acceptedUnknown?: number;

  // The proposal: written by proposals.ts
  decisions: Decisions<OpenProposal>;
  proposals: number;
  abort?: { message: string; by: string; reason: string; atMs: number };
  /** Blocked dependency checks are repeated at this instant (real time). */
  recheckAtRealMs?: number;
  receipts: RollbackReceipt[];

  // Claims of people on what was granted: written by claims.ts. Absent: nobody ever made one
  claims?: AccessClaims;
  /** The rollback that kept them, which goes on once one has ended. */
  rollback?: RollbackRef;
  /** A claim has ended while the rollback ran, which may have read it before. */
  claimsChanged?: true;
  /** Systems in which something may be left to revoke, each from this instant on (real time): a claim has changed since it was told, or it failed. */
  toSettle?: { system: string; fromRealMs: number }[];
  /** Why what is no longer claimed could not be revoked yet, by system. */
  claimsProblems?: { system: string; why: string }[];

  // The order to tune: written by tunes.ts
  order?: TuneOrder;
  /** Number of tunes ordered by verdicts, over the whole life, so that each has its own id. */
  orders: number;
  attempts: number;
  tunes: PackageView['tunes'];

  // Written by contents.ts
  /** Granted roles that may do something else than was reviewed or accepted, as of the last evaluation. */
  contents: ChangedContent[];
  /** How often the owner has accepted one. */
  contentsAccepted: number;

  // The watch: written by watch.ts
  window: Window;
  paused?: string;
  extensions: number;
  evaluationCount: number;
  /** Due instant of the last evaluation that belonged to the window, and to the weekly ones. */
  lastWindowEvaluationMs: number;
  lastWeeklyMs?: number;
  /** An extra evaluation is wanted: requested by a person, or after a tune. It is due when it was asked for, so that a run after a reset finds it again. */
  extraEvaluation?: { purpose: Extract<Evaluation['purpose'], 'on-demand' | 'after-tune'>; dueMs: number };
  lastVerdict?: { kind: Verdict['kind']; why: string; atMs: number; evaluation: number };
  stableSinceMs?: number;

  // Written by other-releases.ts and, for what people send, by messages.ts
  /** The revision of the plan that says who is asked and who may act; absent: the one with which it was released. */
  revised?: number;
  /** The wave that released this package again. This release is not watched in the meantime. */
  supersededBy?: string;
  /** Another release of the package may have begun or ended, so the store is read. */
  otherReleases?: true;
  /** Why it no longer has an owner. */
  ownerGone?: string;
  certifiedMs?: number;
  riskUntilMs?: number;

  requests: RequestsData;
  inbox: InboxData;
}

/** The state at the start: nothing is granted yet. */
function newPackage({ release, section }: RolePackageInput): PackageData {
  const startMs = release.goLiveMs;
  return {
    phase: 'granting',
    grants: { created: 0, preexisting: 0, failed: 0, unknown: 0, legacyRetired: 0 },
    decisions: noDecisions(),
    proposals: 0,
    receipts: [],
    orders: 0,
    attempts: 0,
    tunes: [],
    contents: [],
    contentsAccepted: 0,
    window: { startMs, endMs: startMs + section.package.watch.length },
    extensions: 0,
    evaluationCount: 0,
    lastWindowEvaluationMs: startMs,
    ...(release.riskUntilMs === undefined ? {} : { riskUntilMs: release.riskUntilMs }),
    requests: noRequests(),
    inbox: emptyInbox(),
  };
}

export class RolePackageState {
  readonly data: PackageData;
  readonly inbox: Inbox<PackageMessage>;
  readonly input: RolePackageInput;
  /** As released, with the owner, delegates and operators of later revisions. Written by messages.ts, as the next two. */
  section: PackageSection;
  operators: string[];
  /** The parts of the plan that apply to all its waves. */
  planTerms: PlanTerms;
  /** Temporal cancels this run. */
  cancelled = false;
  /** Systems that revoke at this moment what nobody claims any more, each until it has answered. */
  readonly settling = new Map<string, Promise<void>>();
  /** Whose access a rollback undoes at this moment. A claim that comes meanwhile is not in what the systems were told. */
  undoing: 'everyone' | string[] | undefined;
  /** A message or signal arrived since the main loop last ran. */
  changed = false;
  /** Until when the main loop has let time pass. Activities take time, and what comes meanwhile is still to be done. */
  passedMs = Number.NEGATIVE_INFINITY;
  /** When the next unanswered request is escalated, as of the last update. */
  nextEscalationMs: number | undefined;

  constructor(input: RolePackageInput) {
    this.input = input;
    this.section = input.section;
    this.operators = input.operators;
    this.planTerms = { notices: input.notices, blackouts: input.blackouts };
    this.data = (input.carried as PackageData | undefined) ?? newPackage(input);
    this.inbox = new Inbox(this.data.inbox, { plan: input.plan, wave: input.wave, package: this.id }, packageMessageSchemas, ['abort']);
  }

  /** What decisions on its proposals depend on. */
  get terms(): Terms {
    const { package: rolePackage, rollbackApprovals } = this.section;
    return { package: this.id, owner: rolePackage.owner, rollbackApprovals, observed: this.observed, blackouts: this.planTerms.blackouts };
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

  get proposal(): OpenProposal | undefined {
    return this.data.decisions.open;
  }

  nowMs(): number {
    return Math.round(toPlan(realNowMs(), this.input.clock));
  }

  planTime(realMs: number): number {
    return Math.round(toPlan(realMs, this.input.clock));
  }

  blackout(): BlackoutNow | undefined {
    return blackoutAt(this.planTerms.blackouts, this.id, this.nowMs());
  }

  release(): ReleaseRef {
    const { plan, wave, revision, section, release } = this.input;
    return { plan, wave, package: this.id, revision, planDigest: section.planDigest, previewDigest: release.previewDigest, parts: release.parts };
  }

  ended(): boolean {
    return this.data.phase === 'ended';
  }

  /** The state that people see. It is derived from what is open, and never stored. */
  shown(): PackageState {
    const { data, proposal } = this;
    if (data.ended) return data.ended.state;
    // Its wave no longer has to wait for this package.
    if (data.supersededBy !== undefined) return 'Stable';
    if (data.phase === 'claimed') return 'Rolled back';
    if (proposal) return proposal.subject.kind === 'rollback' ? 'Rollback ready' : 'Needs tuning';
    if (data.order || data.extraEvaluation?.purpose === 'after-tune') return 'Needs tuning';
    return data.phase === 'stable' ? 'Stable' : 'Monitoring';
  }

  end(state: PackageState, why: string): void {
    this.data.phase = 'ended';
    this.data.ended = { state, why };
    this.event('ended', `${state}: ${why}`);
  }

  event(kind: string, text: string, data?: Record<string, unknown>): void {
    this.inbox.log(this.nowMs(), 'rolewave', kind, text, data ? { data } : {});
  }

  /** Logs an accepted message from a person. */
  logMessage(message: { id: string; by: string }, kind: string, text: string, data?: Record<string, unknown>): void {
    this.inbox.log(this.nowMs(), message.by, kind, text, { data: { message: message.id, ...data } });
  }
}
