/** What an activity that cannot do its work throws: the engine tries again, or a person must fix something. */
import { ApplicationFailure } from '@temporalio/activity';
import { SystemUnavailable } from '../connectors/connector.ts';

/** Types of the failures that are not tried again; workflows tell them apart by these names. */
export const failureTypes = {
  notCovered: 'NotCoveredBySignOffs',
  /** No longer covered, or aborted, after something was given already: a person decides about what is out. */
  stopped: 'ReleaseStopped',
  /** Granted by this wave already: an earlier run of the workflow, before a reset, released it. */
  alreadyReleased: 'AlreadyReleased',
  /** The plan says `release`, `revise` or `retire` of a package for which that does not fit. */
  wrongChange: 'WrongChange',
  undeliverable: 'Undeliverable',
  notConfigured: 'NotConfigured',
  notFound: 'NotFound',
  badInput: 'BadInput',
  systemError: 'SystemError',
} as const;

/** An effect that the store's revision and sign-offs do not cover; nothing was changed. */
export const notCovered = (why: string): ApplicationFailure => ApplicationFailure.nonRetryable(why, failureTypes.notCovered);
export const stopped = (why: string): ApplicationFailure => ApplicationFailure.nonRetryable(why, failureTypes.stopped);
export const alreadyReleased = (why: string): ApplicationFailure => ApplicationFailure.nonRetryable(why, failureTypes.alreadyReleased);
export const wrongChange = (why: string): ApplicationFailure => ApplicationFailure.nonRetryable(why, failureTypes.wrongChange);
export const undeliverable = (why: string): ApplicationFailure => ApplicationFailure.nonRetryable(why, failureTypes.undeliverable);
export const notConfigured = (why: string): ApplicationFailure => ApplicationFailure.nonRetryable(why, failureTypes.notConfigured);
export const notFound = (why: string): ApplicationFailure => ApplicationFailure.nonRetryable(why, failureTypes.notFound);
export const badInput = (why: string): ApplicationFailure => ApplicationFailure.nonRetryable(why, failureTypes.badInput);

/** Runs what asks a system: unavailable is tried again by the engine; anything else that a connector throws is a mistake of ours or of the plan. */
export async function asking<T>(system: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw fromSystem(system, error);
  }
}

function fromSystem(system: string, error: unknown): unknown {
  if (error instanceof ApplicationFailure || isAbort(error)) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  if (error instanceof SystemUnavailable)
    return ApplicationFailure.create({ message: `system '${system}' cannot be reached: ${cause.message}`, type: 'SystemUnavailable', cause });
  return ApplicationFailure.create({ message: `system '${system}': ${cause.message}`, type: failureTypes.systemError, nonRetryable: true, cause });
}

/** A cancelled activity's signal aborts with the SDK's own failure, which goes through as it is. */
const isAbort = (error: unknown): boolean => error instanceof Error && (error.name === 'AbortError' || error.name === 'CancelledFailure');
