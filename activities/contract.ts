/**
 * The activities that workflows call. Inputs carry names, digests and counts; people, grants and evidence stay in the store (payloads never hold
 * ten thousand people). Every effect is repeatable (R4), and every effect that changes access is refused unless the store and the sign-offs cover it (R3).
 */
import type { TrustedKey } from '../domain/authority/keys.ts';
import type { PlanClock } from '../domain/time/plan-clock.ts';
import type { PackageState } from '../domain/states.ts';
import type { TuneStep } from '../domain/plan/schema.ts';
import type { Readable } from '../domain/readiness.ts';
import type { ReleaseKey } from '../domain/release/releases.ts';
import type { Baseline, DriftCounts, Evaluation, Verdict } from '../domain/watch/measurement.ts';
import type { SimulatedPart, SimulatedTogether } from '../domain/views/simulation.ts';
import type { MetricTrialView } from '../domain/views/metric-trial.ts';
import type { Receipt } from '../domain/release/receipt.ts';
import type { DependencyLine } from '../domain/views/dependency.ts';
import type { GrantCounts } from '../domain/release/granting.ts';
import type { EarlierWave } from '../domain/views/blocker.ts';
import type { IncompatibleCounts, PreviewPart } from '../domain/access/preview.ts';
import type { ChangedContent } from '../domain/views/package.ts';
import type { RecheckRead } from '../domain/access/recheck.ts';
import type { Delivery, RecordBatch } from '../domain/records.ts';
import type { Resend } from '../domain/notices/notice-run.ts';
import type { RollbackPreviewPart } from '../domain/release/rollback-preview.ts';
import type { RefusedSignal } from '../domain/temporal-ui/summaries.ts';

/** One package of one wave at one revision. */
export interface PackageRef {
  plan: string;
  wave: string;
  package: string;
  revision: number;
}

/** The signed basis of a release: the digests that were signed, and the parts that the preview digest covers. */
export interface ReleaseRef extends PackageRef {
  planDigest: string;
  previewDigest: string;
  parts: PreviewPart[];
}

export type { GrantCounts };
export type { RecheckRead };

/** Activities on task queue `system.<name>`: each concerns one system. */
export interface EntitlementActivities {
  /** Freezes the people and before-state of one system's part and stores it under its digest. Changes nothing. `pilot` narrows the people. */
  previewSystem(ref: PackageRef, system: string, pilot?: string[]): Promise<PreviewPart>;
  /** As previewSystem, for a plan that is not applied (`draft`: its digest): stores nothing. */
  simulateSystem(draft: string, packageId: string, system: string): Promise<SimulatedPart>;
  /** Compares the systems as they are now with the signed part, and records the result: a release needs it. Only the wave's own workflow may call it. */
  recheckSystem(release: ReleaseRef, system: string): Promise<RecheckRead>;
  /**
   * Grants what was signed. Like the three below it ends as `Incomplete`, with the same counts as its details, when the system refused something: Temporal
   * shows it as failed, and the workflow continues with the counts.
   */
  grantAccess(release: ReleaseRef, system: string): Promise<GrantCounts>;
  /** Reads back; a grant that cannot be confirmed becomes `unknown`. */
  verifyAccess(release: ReleaseRef, system: string): Promise<GrantCounts>;
  retireLegacy(release: ReleaseRef, system: string): Promise<{ retired: number; kept: number; failed: number; refusals: string[] }>;
  /**
   * Fixes what may be fixed without a new sign-off: restores missing grants, retires legacy that returned, drops an entitlement, narrows people
   * (`people`: those who lose it; with `restore` their legacy access is restored, as in a rollback for only these people). The counts cover this tune,
   * however often it runs; `left` counts what a person must decide.
   */
  tuneAccess(
    release: ReleaseRef,
    system: string,
    tune: { id: string; step: TuneStep; people?: string[]; entitlement?: { system: string; role: string }; restore?: true },
  ): Promise<{ granted: number; revoked: number; retired: number; left: number }>;
  /**
   * Undoes what this release did in this system, per grant from before / did / now (R1). `approval`: id of the message that approved it, or 'automatic';
   * `second`: id of the second person's message, where the plan requires two. `settles`: it has run, and what it kept for claims of people that have ended is
   * revoked; that needs no approval, and is none.
   */
  rollBackAccess(
    release: ReleaseRef,
    system: string,
    rollback: { id: string; approval: string; second?: string; abort?: boolean; settles?: true },
  ): Promise<Receipt>;
  /** What a rollback would do now, grant by grant, and who has used the access since `sinceMs` (real time). Its lines are in the store, under the digest. */
  previewRollback(release: ReleaseRef, system: string, sinceMs: number): Promise<RollbackPreviewPart>;
}

/** Activities on task queue `rolewave.measuring`: they ask the statements of plans, and nothing that changes access waits behind them. */
export interface MeasuringActivities {
  /**
   * Takes one evaluation over every metric and the drift of every system, judges it, and records both under what was due: (package, instant, purpose). A
   * repeated call returns the record, whatever the systems and the rules would say now. Only the package's own workflow may call it, for a release that has
   * begun, and not before the instant. `startMs`: of the watch; `atEnd`: the last of it. Times are plan time.
   */
  evaluate(
    release: ReleaseRef,
    evaluation: Pick<Evaluation, 'purpose' | 'dueMs'> & { startMs: number; atEnd: boolean; clock?: PlanClock },
  ): Promise<{ number: number; verdict: Verdict; drift: DriftCounts; contents?: ChangedContent[] }>;
  /**
   * Reads every metric once over the time before `atMs` (plan time), and records it: the baseline, and proof that each can be read (readiness). `pilot`: for
   * these people alone, as they are the ones whom its evaluations will measure. Only the wave's own workflow may call it.
   */
  readBaseline(ref: PackageRef, at: { atMs: number; pilot?: string[]; clock?: PlanClock }): Promise<{ baseline: Baseline; readable: Readable[] }>;
  /** Reads one metric of a saved draft as an evaluation and a baseline that end now would, and how old its newest row is. Stores nothing. */
  tryMetric(draft: string, metric: string, packageId: string): Promise<MetricTrialView>;
}

/** Activities on the workflows' own task queue. */
export interface TelemetryActivities {
  /**
   * Of rules about incompatible entitlements in two systems, who holds or would hold both, by the stored previews of both. Reads the store only. Rules within one
   * system are in the part of that system.
   */
  incompatibleAcross(ref: PackageRef, parts: Pick<PreviewPart, 'system' | 'digest'>[]): Promise<IncompatibleCounts[]>;
  /** After simulateSystem of every package in every system: what only all of them together say. Reads the store only. */
  simulateTogether(draft: string): Promise<SimulatedTogether>;
  dependencyCheck(release: ReleaseRef): Promise<DependencyLine[]>;
  /** Waves of these that have not yet released all their packages (by the store's releases and final records): one line each. */
  openEarlierWaves(plan: string, waves: string[]): Promise<EarlierWave[]>;
  /** Of these packages, those of which no release stands, so that nothing that builds on them may go live. */
  packagesNotLive(plan: string, packages: string[]): Promise<string[]>;
  /** What became of a released package, by what its own workflow or its final record says, as far as the store's ledger and receipts bear it out. */
  packageStatus(of: ReleaseKey): Promise<PackageStatus>;
}

/** `nothingGranted`: its workflow has ended, and the release never began. `state`: undefined while neither the workflow nor the store says anything that is borne out. */
export interface PackageStatus {
  nothingGranted: boolean;
  /** It is over with what it does, and its workflow runs still. */
  ending?: true;
  state?: PackageState;
  /** Why it ended, as its workflow says. */
  why?: string;
  /** What was said and is not believed, as a sentence. */
  doubt?: string;
}

/** The status of a released package. */
export interface ReleaseActivities {
  /** The wave of the latest standing release of the package after this one; undefined when this release is the latest that stands. */
  supersedingRelease(ref: PackageRef): Promise<{ wave: string } | undefined>;
  /** Waves with standing releases of the package before this one, oldest first. They are notified when this one begins and when it is rolled back. */
  earlierReleases(ref: PackageRef): Promise<string[]>;
  /** Whether the package still has an owner: a person who is in the plan and whose account can still log in to a system of the package. */
  ownerStatus(ref: PackageRef): Promise<{ owner: string; gone: false } | { owner: string; gone: true; why: string }>;
}

/** Activities of the workflow `notice`, on task queue `rolewave.notices`; those of runs that began before 0.4.0 on the workflows' own. */
export interface NoticeActivities {
  /** Recipients of a notice and the channels of this worker; empty where it has no channel, or when the request has been answered. */
  deliveriesOf(notice: string, again?: Resend): Promise<Delivery[]>;
  /** As deliveriesOf, and gives each its instant: after how many milliseconds it may be sent. The first answer stands, however often it is asked. */
  placeDeliveries(notice: string, again?: Resend): Promise<{ delivery: Delivery; afterMs: number }[]>;
  /** Sends it at least once; a recipient can recognize a duplicate by its id. `notNeeded`: the request has been answered. */
  deliver(notice: string, delivery: Delivery, again?: Resend): Promise<'sent' | 'notNeeded'>;
  /** Records the outcome; `failed` puts it on the dead-letter list. */
  settleDelivery(notice: string, delivery: Delivery, outcome: { state: 'sent' | 'failed'; why?: string }): Promise<void>;
}

/** At most one short transaction each, idempotent by the ids inside. */
export interface RecordActivities {
  record(batch: RecordBatch): Promise<void>;
  /** The keys that may seal messages, as this worker has them now. */
  trustedKeys(): Promise<TrustedKey[]>;
  /** Leaves its summary in the history, and a line in the worker's log. */
  signalsRefused(refused: RefusedSignal[]): Promise<void>;
}

export type Activities = EntitlementActivities & MeasuringActivities & TelemetryActivities & ReleaseActivities & NoticeActivities & RecordActivities;

/**
 * Why an activity failed, as the type of its ApplicationFailure: activities throw it, and workflows decide by it. Only `SystemUnavailable`,
 * `NoTrustedRevision`, `LedgerMoved`, `TooManyAtOnce` and `TooEarly` are retried.
 */
export type FailureType =
  /** An effect that the store's revision and sign-offs do not cover; nothing was changed. */
  | 'NotCoveredBySignOffs'
  /** Aborted, or no longer covered, after something was granted: a person decides about what is released. */
  | 'ReleaseStopped'
  /** This wave already released the package: an earlier run of the workflow did, before it was reset. */
  | 'AlreadyReleased'
  /** The plan says `release`, `revise` or `retire` for a package where that is not possible. */
  | 'WrongChange'
  /** The channel cannot deliver this notice. */
  | 'Undeliverable'
  /** The site does not let the plan do this, or no longer; nothing was changed. */
  | 'SiteRefuses'
  /** This worker lacks a connection, a key or a flag. */
  | 'NotConfigured'
  /** The store has no such plan, revision, wave or package. */
  | 'NotFound'
  /** The store has no revision of the plan that is sealed by a trusted key. */
  | 'NoTrustedRevision'
  /** Called by a workflow that is not the plan's own for this wave or package. */
  | 'WrongWorkflow'
  /** Others of the plan, or of its right of the site, come first. */
  | 'TooManyAtOnce'
  /** Due a moment from now. */
  | 'TooEarly'
  /** The caller's arguments are invalid; a workflow fails with it that was started with something else than its input. */
  | 'BadInput'
  /** The system is unavailable, or the network to it. */
  | 'SystemUnavailable'
  /** Done, except for what the system refused. The details are the result. */
  | 'Incomplete'
  /** Someone else recorded something about the same grants in the meantime; nothing was changed. */
  | 'LedgerMoved'
  /** The system answered with an error: someone must fix the plan or Rolewave. */
  | 'SystemError';
