/**
 * What PostgreSQL keeps because it must outlive the engine's retention or is too large for a history. Readers (the API) get `StoreReader`;
 * activities get `Store`. Every write is idempotent by the keys that it carries (R4).
 */
import type { AuditEvent, Delivery, RecordBatch } from '../domain/records.ts';
import type { LedgerEntry } from '../domain/release/ledger.ts';
import type { PreviewContent } from '../domain/access/preview.ts';
import type { Receipt } from '../domain/release/receipt.ts';
import type { Notice } from '../domain/notices/request.ts';
import type { Change, Plan } from '../domain/plan/schema.ts';
import type { PlanClock } from '../domain/time/plan-clock.ts';
import type { DriftCounts, Evaluation, Measurement } from '../domain/watch/measurement.ts';

/** `clock`: fixed by the first revision that has one; later revisions of the plan keep it, so that no open window jumps. */
export interface Revision {
  plan: string;
  number: number;
  digest: string;
  document: Plan;
  appliedBy: string;
  appliedAtMs: number;
  clock?: PlanClock;
}
export interface StoredMessage {
  id: string;
  type: string;
  plan: string;
  wave: string;
  package?: string;
  by: string;
  jws: string;
  acceptedAtMs: number;
}
export interface StoredEvaluation {
  plan: string;
  wave: string;
  package: string;
  number: number;
  purpose: Evaluation['purpose'];
  dueMs: number;
  evaluatedAtMs: number;
  measurements: Measurement[];
  drift: DriftCounts;
  driftLines: string[];
}

export type { LedgerEntry, LedgerOutcome } from '../domain/release/ledger.ts';

export interface Claim {
  plan: string;
  wave: string;
  package: string;
  role: string;
  account: string;
}

/** A notice as it stands: whether it still asks somebody, and how its deliveries went. */
export interface StoredNotice extends Notice {
  answeredAtMs?: number;
  deliveries: { channel: string; recipient: string; state: 'sent' | 'failed'; attempts: number; why?: string; atMs: number }[];
}

/** One release of a package by one wave, from its first intent on. `follows`: the wave whose release of the same package it changed. */
export interface StoredRelease {
  plan: string;
  wave: string;
  package: string;
  revision: number;
  planDigest: string;
  previewDigest: string;
  change: Change;
  begunAtMs: number;
  /** Rolled back in every system. */
  undone: boolean;
}

export interface StoreReader {
  plans(): Promise<{ plan: string; revision: number; appliedAtMs: number }[]>;
  latestRevision(plan: string): Promise<Revision | undefined>;
  latestRevisionNumber(plan: string): Promise<number | undefined>;
  revision(plan: string, number: number): Promise<Revision | undefined>;
  preview(digest: string): Promise<PreviewContent | undefined>;
  messages(of: { plan: string; wave: string; package?: string; type?: string; id?: string }): Promise<StoredMessage[]>;
  /** In order; with `number`, that one alone. */
  evaluations(of: { plan: string; wave: string; package: string; number?: number }): Promise<StoredEvaluation[]>;
  ledger(of: { plan: string; wave: string; package: string; system?: string }): Promise<LedgerEntry[]>;
  events(of: { plan: string; wave: string; package?: string; limit?: number }): Promise<AuditEvent[]>;
  /** Final records; undefined while the workflow runs. */
  final(workflowId: string): Promise<unknown>;
  /** Other packages' claims on grants of this system: one more reason why a grant must stay. */
  claims(of: { system: string; role: string; account: string }): Promise<{ plan: string; wave: string; package: string }[]>;
  /** All claims on grants of these roles at once. */
  claimsOn(of: { system: string; roles: string[] }): Promise<Claim[]>;
  /** Receipts of rollbacks that ended without anything left over, by system. */
  receipts(of: { plan: string; wave: string; package: string }): Promise<Receipt[]>;
  /** Packages of a plan that were given to somebody and not rolled back, in any wave. */
  standing(plan: string): Promise<{ wave: string; package: string }[]>;
  /** Oldest first. `undelivered`: with a failed delivery only (the dead-letter list); `open`: not answered yet. */
  notices(of: { plan?: string; wave?: string; id?: string; open?: boolean; undelivered?: boolean; limit?: number }): Promise<StoredNotice[]>;
  /** Every release of a package (or of all packages of the plan), in the order in which they began. */
  releases(of: { plan: string; package?: string }): Promise<StoredRelease[]>;
  ready(): Promise<void>;
  close(): Promise<void>;
}

export interface RevisionWriter {
  /** Compare-and-set: writes `number = expected + 1` if the latest is `expected`; the same document again answers the revision that it already is. The first revision fixes the clock's anchor. */
  saveRevision(revision: {
    document: Plan;
    digest: string;
    expected: number;
    appliedBy: string;
  }): Promise<{ revision: Revision; changed: boolean } | { conflict: number }>;
}

export interface Store extends StoreReader, RevisionWriter {
  /** Answers the content's digest. */
  savePreview(content: PreviewContent): Promise<string>;
  /** The first record of an evaluation stands. */
  saveEvaluation(evaluation: StoredEvaluation): Promise<void>;
  /** The first receipt of a rollback stands, and is answered. */
  saveReceipt(of: { plan: string; wave: string; package: string }, rollback: string, receipt: Receipt): Promise<Receipt>;
  record(batch: RecordBatch): Promise<void>;
  saveDelivery(notice: string, delivery: Delivery, outcome: { state: 'sent' | 'failed'; why?: string }): Promise<void>;
  /** Before the first intent of a release; the first record of it stands. */
  beginRelease(release: Omit<StoredRelease, 'begunAtMs' | 'undone'>): Promise<void>;
  /** Written before an effect; keeps the entry that is there already (a replayed activity must see what it did). Returns the entries as they stand. */
  intend(entries: Omit<LedgerEntry, 'outcome' | 'updatedAtMs'>[]): Promise<LedgerEntry[]>;
  settle(entries: LedgerEntry[]): Promise<void>;
  claim(of: { plan: string; wave: string; package: string }, grants: { system: string; role: string; account: string }[]): Promise<void>;
  /** All of the package's claims in this system, or only those on these grants. */
  releaseClaims(of: { plan: string; wave: string; package: string }, system: string, grants?: { role: string; account: string }[]): Promise<void>;
}
