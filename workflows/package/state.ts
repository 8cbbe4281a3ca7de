/**
 * The state of one released package: what travels with it, who writes which part of it, and what is read off it.
 * Nothing here waits or touches the world. All times are plan time unless a name says real.
 */
import type { ReleaseRef } from '../../activities/contract.ts';
import { noDecisions, type Decisions, type Proposal, type Terms } from '../../domain/authority/proposals.ts';
import { blackoutAt, type BlackoutNow } from '../../domain/blackouts.ts';
import { packageMessageSchemas, packageWorkflowId, type PackageMessage } from '../../domain/messages.ts';
import type { PackageSection, PlanTerms, RolePackageInput } from '../../domain/plan/section.ts';
import type { GrantTotals, Receipt as RollbackReceipt } from '../../domain/release/receipt.ts';
import type { PackageState } from '../../domain/states.ts';
import { toPlan } from '../../domain/time/plan-clock.ts';
import type { Tune } from '../../domain/tune/tune.ts';
import type { DependencyLine } from '../../domain/views/dependency.ts';
import type { PackageView } from '../../domain/views/package.ts';
import type { Window } from '../../domain/watch/evaluation-schedule.ts';
import type { Evaluation, Verdict } from '../../domain/watch/measurement.ts';
import { emptyInbox, Inbox, type InboxData } from '../shared/inbox.ts';
import { noRequests, type RequestsData } from '../shared/requests.ts';

/** A tune to be carried out. `id`: of the message by which a person decided on it, else of this workflow. */
export interface TuneOrder extends Tune {
  id: string;
  why: string;
  by: string;
  /** The people get their old access back: a rollback of only these people. */
  restore?: true;
  /** When a person ordered or approved it; absent: by itself. */
  decidedAtMs?: number;
}

/** What is proposed, with what the workflow keeps beside the decisions on it. */
export interface OpenProposal extends Proposal {
  why: string;
  proposedAtMs: number;
  /** Of a rollback: what must be clear before it may run. */
  dependencies?: DependencyLine[];
  /** Keeps it waiting until a person decides, also when it is over. */
  blackout?: { id: string; untilMs: number };
  answeredBy?: string;
  /** It is being carried out: too late to say anything else. */
  running?: true;
  /** Asked because there is no owner: answered by a revision that names one. */
  about?: 'owner';
  /** Tried before, and not to be tried again without a person, also where the plan says automatic. */
  byHand?: true;
  /** A freeze of it ended. */
  again?: true;
  /** Of a question that came up beside another: each that is asked with it. */
  asked?: string[];
}

export interface PackageData {
  phase: 'granting' | 'watching' | 'stable' | 'ended';
  ended?: { state: PackageState; why: string };
  grants: GrantTotals;
  notified: number;

  // The proposal: written by proposals.ts
  decisions: Decisions<OpenProposal>;
  proposals: number;
  abort?: { message: string; by: string; reason: string; atMs: number };
  /** Blocked dependency checks are repeated at this instant (real time). */
  recheckAtRealMs?: number;
  receipts: RollbackReceipt[];

  // The order to tune: written by tunes.ts
  order?: TuneOrder;
  /** Tunes that were ordered by verdicts, over the whole life: each has an id of its own. */
  orders: number;
  attempts: number;
  tunes: PackageView['tunes'];

  // The watch: written by watch.ts
  window: Window;
  paused?: string;
  extensions: number;
  evaluationCount: number;
  /** Due instant of the last evaluation that belonged to the window, and to the weekly ones. */
  lastWindowEvaluationMs: number;
  lastWeeklyMs?: number;
  /** An evaluation of its own is wanted now: asked for by a person, or after a tune. */
  extraEvaluation?: Extract<Evaluation['purpose'], 'on-demand' | 'after-tune'>;
  lastVerdict?: { kind: Verdict['kind']; why: string; atMs: number; evaluation: number };
  stableSinceMs?: number;

  // Beside its watch: written by other-releases.ts and, of what people say, by messages.ts
  /** What later revisions of the plan said about who is asked and who may act. */
  revised?: { revision: number; section: PackageSection; operators: string[] } & PlanTerms;
  /** The wave that released this package anew; this release is not watched meanwhile. */
  supersededBy?: string;
  /** Somebody says that another release of the package began or ended: the store is asked. */
  otherReleases?: true;
  /** Why there is nobody to answer for it any more. */
  ownerGone?: string;
  certifiedMs?: number;
  riskUntilMs?: number;

  requests: RequestsData;
  inbox: InboxData;
}

/** Of a package that begins: everything is still to be granted. */
function newPackage({ release, section }: RolePackageInput): PackageData {
  const startMs = release.goLiveMs;
  return {
    phase: 'granting',
    grants: { created: 0, preexisting: 0, failed: 0, unknown: 0, legacyRetired: 0 },
    notified: 0,
    decisions: noDecisions(),
    proposals: 0,
    receipts: [],
    orders: 0,
    attempts: 0,
    tunes: [],
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
  /** A message or signal came since the story looked. */
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
  get planTerms(): PlanTerms {
    return this.data.revised ?? this.input;
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
    return Math.round(toPlan(Date.now(), this.input.clock));
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

  /** The state that people see: it follows from what is open, and is written nowhere. */
  shown(): PackageState {
    const { data, proposal } = this;
    if (data.ended) return data.ended.state;
    // Its wave has nothing to wait for here any more.
    if (data.supersededBy !== undefined) return 'Stable';
    if (proposal) return proposal.subject.kind === 'rollback' ? 'Rollback ready' : 'Needs tuning';
    if (data.order || data.extraEvaluation === 'after-tune') return 'Needs tuning';
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

  /** What a person said and was accepted. */
  logMessage(message: { id: string; by: string }, kind: string, text: string, data?: Record<string, unknown>): void {
    this.inbox.log(this.nowMs(), message.by, kind, text, { data: { message: message.id, ...data } });
  }
}
