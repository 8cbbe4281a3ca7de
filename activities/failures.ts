/** Failures of activities: Temporal retries, or a person must fix something. */
import { ApplicationFailure } from '@temporalio/activity';
import { SystemUnavailable } from '../domain/system-unavailable.ts';
import type { FailureType } from './contract.ts';
import { logCause } from './server-texts.ts';

export const isFailure = (error: unknown, type: FailureType): error is ApplicationFailure => error instanceof ApplicationFailure && error.type === type;

const failing =
  (type: FailureType) =>
  (why: string): ApplicationFailure =>
    ApplicationFailure.nonRetryable(why, type);

export const notCovered = failing('NotCoveredBySignOffs');
export const stopped = failing('ReleaseStopped');
export const alreadyReleased = failing('AlreadyReleased');
export const wrongChange = failing('WrongChange');
export const undeliverable = failing('Undeliverable');
export const siteRefuses = failing('SiteRefuses');
export const notConfigured = failing('NotConfigured');
export const notFound = failing('NotFound');
export const badInput = failing('BadInput');
export const systemError = failing('SystemError');
export const wrongWorkflow = failing('WrongWorkflow');

/** Clocks of different machines agree to within this. */
export const clocksDifferMs = 60_000;

/** What is due a moment from now is retried then, because the clocks of the engine and of this worker differ; anything earlier is refused for good. `inMs`: real time. */
export const tooEarly = (why: string, inMs: number): ApplicationFailure =>
  inMs > clocksDifferMs
    ? notCovered(why)
    : ApplicationFailure.create({ message: why, type: 'TooEarly' satisfies FailureType, nonRetryable: false, nextRetryDelay: Math.max(1, Math.ceil(inMs)) });

/** Retried after `againMs`, which `turns` spreads. */
export const tooManyAtOnce = (plan: string, what: string, againMs: number): ApplicationFailure =>
  ApplicationFailure.create({
    message: `other ${what} of plan '${plan}', or of plans under the same right of the site, come first: it is tried again in ${Math.ceil(againMs / 1_000)} s`,
    type: 'TooManyAtOnce' satisfies FailureType,
    nonRetryable: false,
    nextRetryDelay: againMs,
  });

/** Done as far as the system allowed. `refusals`: what it refused, for people; `result`: what the activity would have returned. */
export const incomplete = (system: string, refusals: string[], result: unknown): ApplicationFailure =>
  ApplicationFailure.create({
    message: `system '${system}' refused: ${refusals.join('; ')}`,
    type: 'Incomplete' satisfies FailureType,
    nonRetryable: true,
    details: [result],
  });

/**
 * No revision of the plan is sealed by a key that this worker trusts. Keys come and go, and reach one process before another, so it is tried again: nobody
 * waits for an answer, and nothing is decided without one.
 */
export const noTrustedRevision = (plan: string): ApplicationFailure =>
  ApplicationFailure.create({
    message: `no revision of plan '${plan}' in the store is sealed by a key that this worker trusts: it is tried again. Put the key of the endpoint that applied it into the trusted keys file of the workers, or apply the plan again`,
    type: 'NoTrustedRevision' satisfies FailureType,
    nonRetryable: false,
    nextRetryDelay: 10_000,
  });

/** Another writer was first: the next attempt reads again and decides again. */
export const ledgerMoved = (cause: Error): ApplicationFailure =>
  ApplicationFailure.create({ message: cause.message, type: 'LedgerMoved' satisfies FailureType, nonRetryable: false });

/** Retried. What it began may still run. */
export const tookTooLong = (system: string, mostMs: number): ApplicationFailure =>
  ApplicationFailure.create({
    message: `system '${system}' was not read within ${Math.round(mostMs / 1_000)} s: look for what blocks it there`,
    type: 'SystemUnavailable' satisfies FailureType,
    nonRetryable: false,
  });

/** An earlier attempt is still changing grants in the system: a worker that is slow, or one whose connection the system has not given up yet. */
export const stillRunning = (system: string): ApplicationFailure =>
  ApplicationFailure.create({
    message: `an earlier attempt is still changing grants in system '${system}': wait until it has ended`,
    type: 'SystemUnavailable' satisfies FailureType,
    nonRetryable: false,
  });

/** What is held now decides what is recorded or changed, and a copy may not know yet what was granted or revoked. */
export const onStandby = (system: string): ApplicationFailure =>
  ApplicationFailure.create({
    message: `system '${system}' is a standby and may lag behind, so nothing is concluded from it: put the primary into the connection string`,
    type: 'SystemUnavailable' satisfies FailureType,
    nonRetryable: false,
  });

/** Whether a system is unavailable, as reported by its connector or by `asking`. */
export const isUnavailable = (error: unknown): boolean => error instanceof SystemUnavailable || isFailure(error, 'SystemUnavailable');

/** Runs a call to a system. Temporal retries when the system is unavailable; any other error of a connector is a mistake in Rolewave or in the plan. */
export async function asking<T>(system: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw fromSystem(system, error);
  }
}

const mostSaid = 4_000;

function fromSystem(system: string, error: unknown): unknown {
  if (error instanceof ApplicationFailure || isAbort(error)) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  logCause(system, cause);
  // Connectors cut what a server says. A failure that is too large would never reach Temporal, and the activity would wait for its time limit.
  const said = cause.message.slice(0, mostSaid);
  const [message, type, nonRetryable]: [string, FailureType, boolean] =
    error instanceof SystemUnavailable
      ? [`system '${system}' cannot be reached: ${said}`, 'SystemUnavailable', false]
      : [`system '${system}': ${said}`, 'SystemError', true];
  return ApplicationFailure.create({ message, type, nonRetryable });
}

/** A cancelled activity's signal aborts with the SDK's own failure, which passes through unchanged. */
const isAbort = (error: unknown): boolean => error instanceof Error && (error.name === 'AbortError' || error.name === 'CancelledFailure');

/** An error as a part of a sentence for people. */
export const words = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 500);
