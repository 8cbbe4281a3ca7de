/** What the workflows answer to the `state` query, and what their final records hold: JSON for the API, the command and lists. Times are plan time unless said. */
import type { Action } from './notices/action.ts';
import type { RequestKind } from './notices/request.ts';
import type { DependencyLine, GrantTotals, Receipt } from './release/receipt.ts';
import type { PreviewPart } from './access/preview.ts';
import type { Change, ReadinessItem, Risk, TuneStep } from './plan/schema.ts';
import type { NextAction, PackageState, WaveStage } from './states.ts';
import type { Baseline, VerdictKind } from './watch/measurement.ts';
import type { PlanClock } from './time/plan-clock.ts';

export interface ChecklistLine {
  item: ReadinessItem;
  ok: boolean;
  why: string;
  by?: string;
  expiresMs?: number;
}
export interface SignOffView {
  by: string;
  decision: 'approve' | 'reject';
  atMs: number;
  counts: boolean;
  /** What was shown to whoever signed. */
  planDigest?: string;
  previewDigest?: string;
  reason?: string;
}
export interface NoteView {
  by: string;
  atMs: number;
  text: string;
}
/** What was learnt; it closed the wave. */
export interface ReviewView {
  by: string;
  atMs: number;
  successes: string;
  challenges: string;
  improvements: string;
  actions: { what: string; owner: string }[];
}
/** The last messages that were not accepted; at most twenty. `atMs` real time. */
export interface RefusalView {
  id: string;
  type: string;
  by?: string;
  atMs: number;
  code: string;
  message: string;
}

/** Somebody is asked for something and has not answered yet. */
export interface RequestView {
  /** Of the last notice about it. */
  notice: string;
  kind: RequestKind;
  package?: string;
  /** Everybody who was told so far. */
  to: string[];
  sinceMs: number;
  byMs?: number;
  text: string;
  action: Action;
}

export interface WavePackageView {
  package: string;
  name: string;
  owner: string;
  team: string;
  risk: Risk;
  state: PackageState;
  nextAction: NextAction;
  goLiveMs?: number;
  planDigest: string;
  previewDigest?: string;
  preview?: PreviewPart[];
  /** Left out: released for the first time. */
  change?: Exclude<Change, 'release'>;
  checklist: ChecklistLine[];
  signOffs: SignOffView[];
  /** What is still to be done, by whom: one sentence each; empty when nothing is. */
  needs: string[];
  heldBack?: string;
  releasedAtMs?: number;
}

export interface WaveView {
  kind: 'wave';
  plan: string;
  wave: string;
  revision: number;
  stage: WaveStage;
  goLiveMs?: number;
  hold?: { reason: string; approvals: number; liftedBy: string[] };
  packages: WavePackageView[];
  notes: NoteView[];
  refusals: RefusalView[];
  review?: ReviewView;
  requests?: RequestView[];
  clock?: PlanClock;
  endedWhy?: string;
}

export interface ProposalView {
  id: string;
  kind: 'tune' | 'rollback' | 'question';
  step?: TuneStep;
  why: string;
  proposedAtMs: number;
  /** For a rollback: what must be clear before it may run. */
  dependencies?: DependencyLine[];
  /** Frozen: nothing more is granted and access is kept. `untilMs`: it is proposed again then. */
  frozen?: boolean;
  untilMs?: number;
  /** A blackout keeps it waiting until a person decides. */
  blackout?: { id: string; untilMs: number };
  /** Who approved it; a second person may still be needed. */
  approvedBy?: string[];
  /** How many people must approve it; absent: one. */
  approvals?: 2;
  answeredBy?: string;
}

export interface PackageView {
  kind: 'package';
  plan: string;
  wave: string;
  package: string;
  name: string;
  owner: string;
  team: string;
  risk: Risk;
  revision: number;
  state: PackageState;
  nextAction: NextAction;
  /** Running total of what this release did; see Receipt for a rollback. */
  grants: GrantTotals;
  watch: { startMs: number; endMs: number; day: number; days: number; paused?: string; nextEvaluationMs?: number; evaluations: number };
  /** Values before go-live that relative bounds are multiples of. */
  baseline?: Baseline;
  lastVerdict?: { kind: VerdictKind; why: string; atMs: number; evaluation: number };
  proposal?: ProposalView;
  tunes: { id: string; step: TuneStep; why: string; atMs: number; by: string; result: string }[];
  receipts: Receipt[];
  /** One line about the end: '12 granted, 12 revoked, 1 kept: granted by dba_kim'. */
  receiptLine?: string;
  requests?: RequestView[];
  change?: Exclude<Change, 'release'>;
  /** Another wave released this package anew and watches it; this one rests until that is rolled back. */
  supersededBy?: string;
  certifiedMs?: number;
  notes: NoteView[];
  refusals: RefusalView[];
  clock?: PlanClock;
  endedWhy?: string;
}

/** Answer to the `messageStatus` query: how one message was decided. */
export type MessageStatus = { status: 'accepted' } | { status: 'refused'; code: string; message: string } | { status: 'unknown' };
export const messageStatusQuery = 'messageStatus';
