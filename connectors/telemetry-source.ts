/** The whole contract of a source of measurements. */
import type { Use } from './connector.ts';

export interface MetricQuery {
  metric: string;
  sql: string;
  /** Real time, milliseconds; the range ends at the evaluation's scheduled instant, not at now. */
  fromMs: number;
  toMs: number;
  /** Real time of go-live, or of the baseline's beginning. */
  startMs: number;
  accounts: string[];
  rolePackage: string;
}

/** `n` undefined: the metric has no sample size. */
export interface Reading {
  value: number;
  n?: number;
}

/** Who used which role when: the system's `usage` statement. Real time; accounts of the people whose use is asked for. */
export interface UsageQuery {
  sql: string;
  roles: string[];
  accounts: string[];
  fromMs: number;
  toMs: number;
}

/** The source answered, and there was nothing to measure (no row, or a null value): never healthy, never a breach (R2). */
export class NoData extends Error {
  override readonly name = 'NoData';
}

export interface TelemetrySource {
  /** Reads only; throws NoData, SystemUnavailable, or an Error with the source's words. */
  read(query: MetricQuery, signal?: AbortSignal): Promise<Reading>;
  /** The last use of each (role, account) in the range. Reads only; throws SystemUnavailable, or an Error with the source's words. */
  uses(query: UsageQuery, signal?: AbortSignal): Promise<Use[]>;
  close(): Promise<void>;
}
