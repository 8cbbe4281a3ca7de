/** What travels with one package that is out: plain JSON that survives continue-as-new. All times are plan time unless a name says real. */
import type { GrantTotals, Receipt as RollbackReceipt } from '../../domain/release/receipt.ts';
import type { PackageSection, RolePackageInput, PlanTerms } from '../../domain/plan/section.ts';
import type { TuneStep } from '../../domain/plan/schema.ts';
import type { PackageState } from '../../domain/states.ts';
import type { PackageView } from '../../domain/views/package.ts';
import type { ProposalView } from '../../domain/views/proposal.ts';
import type { Window } from '../../domain/watch/evaluation-schedule.ts';
import type { Evaluation, Verdict } from '../../domain/watch/measurement.ts';
import { emptyInbox, type InboxData } from '../shared/inbox.ts';
import { noRequests, type RequestsData } from '../shared/requests.ts';

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
  /** Asked because there is no owner: answered by a revision that names one. */
  about?: 'owner';
  /** Tried before, and not to be tried again without a person, also where the plan says automatic. */
  byHand?: true;
}

export interface PackageData {
  phase: 'granting' | 'watching' | 'stable' | 'ended';
  state: PackageState;
  window: Window;
  evaluationCount: number;
  /** Due instant of the last evaluation that belonged to the window, and to the weekly checks. */
  lastWindowEvaluationMs: number;
  lastWeeklyMs?: number;
  stableSinceMs?: number;
  /** An evaluation of its own is wanted now: asked for by a person, or after a tune. */
  extraEvaluation?: Extract<Evaluation['purpose'], 'on-demand' | 'after-tune'>;
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
  lastVerdict?: { kind: Verdict['kind']; why: string; atMs: number; evaluation: number };
  tunes: PackageView['tunes'];
  receipts: RollbackReceipt[];
  /** Blocked dependency checks are repeated at this instant (real time). */
  recheckAtRealMs?: number;
  notified: number;
  endedWhy?: string;
  /** What later revisions of the plan said about who is asked and who may act. */
  revised?: { revision: number; section: PackageSection; operators: string[] } & PlanTerms;
  /** The wave that released this package anew; this release rests meanwhile. */
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

/** Of a package that begins: everything is still to be given. */
export function newPackage({ release, section }: RolePackageInput): PackageData {
  const startMs = release.goLiveMs;
  return {
    phase: 'granting',
    state: 'Monitoring',
    window: { startMs, endMs: startMs + section.package.watch.length },
    evaluationCount: 0,
    lastWindowEvaluationMs: startMs,
    attempts: 0,
    orders: 0,
    extensions: 0,
    proposals: 0,
    grants: { created: 0, preexisting: 0, failed: 0, unknown: 0, legacyRetired: 0 },
    tunes: [],
    receipts: [],
    notified: 0,
    ...(release.riskUntilMs === undefined ? {} : { riskUntilMs: release.riskUntilMs }),
    requests: noRequests(),
    inbox: emptyInbox(),
  };
}
