/** The whole contract of a provider of metrics. A provider judges nothing: it returns one reading of one metric. */
import type { MetricProvider } from '../domain/plan/metric-providers.ts';
import type { Metric } from '../domain/plan/schema.ts';
import type { System } from '../domain/site/schema.ts';
import type { Reading } from '../domain/watch/time-base.ts';

export { NoData } from '../domain/watch/no-data.ts';
export type { Reading };

/** `P`: what the plan says about this kind of provider. Times are real, milliseconds. */
export interface MetricQuery<P = MetricProvider> {
  plan: string;
  /** The entry of the site file that the plan is under. */
  right?: string;
  metric: string;
  /** What the answer is made of: `count`, `count` and `of`, or `value`. */
  kind: Metric['kind'];
  provider: P;
  /** The system that the provider names; undefined where it names none. */
  system: System | undefined;
  /** The range to measure: after `fromMs`, up to and with `toMs`. A gauge without a lookback is measured at `toMs`. */
  fromMs: number;
  toMs: number;
  /** Accounts of the package's people in that system, or their ids if the provider names no system. Sorted. */
  people: string[];
  rolePackage: string;
}

/** One kind of provider in one worker process. It keeps its own connections, and opens each when it is first needed. */
export interface Provider<P = MetricProvider> {
  /** Reads only; throws NoData, SystemUnavailable where a retry makes sense, or an Error with the provider's message. */
  read(query: MetricQuery<P>, signal?: AbortSignal): Promise<Reading>;
  /** What can be said about the login that asks this system; absent where the kind has none. */
  check?(system: System): Promise<LoginCheck>;
  close(): Promise<void>;
}

export interface LoginCheck {
  login: string;
  /** It is also the one that grants and revokes. */
  grants: boolean;
  /** What it can do that it should not; each a part of a sentence: `is a superuser`. */
  excess: string[];
  /** What nothing bounds, in the same words. */
  unbounded: string[];
  /** From which schemas its statements take functions that others may create. */
  openSchemas: string[];
}

/** All kinds of providers, as activities use them. */
export type Telemetry = Pick<Provider, 'read' | 'close'>;

export interface CheckedTelemetry extends Telemetry {
  /** As the provider of this kind does; undefined where it does not. */
  check(kind: MetricProvider['kind'], system: System): Promise<LoginCheck | undefined>;
}
