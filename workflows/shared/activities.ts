/** How each kind of work is called: queue, time limits and retries by what it does. */
import { ActivityFailure, ApplicationFailure, isCancellation, proxyActivities, proxyLocalActivities, TimeoutFailure } from '@temporalio/workflow';
import type { FailureType, ReleaseActivities, EntitlementActivities, RecordActivities, TelemetryActivities } from '../../activities/contract.ts';
import { systemTaskQueue } from '../../domain/messages.ts';
import type { Inbox } from './inbox.ts';

/** Systems are down for hours at times: work waits for them, ever more slowly, and is seen as pending in the engine's UI. */
const patiently = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5 minutes' } as const;

/** All that activities do they do with a heartbeat every few seconds: one whose worker died is begun again by the next worker, and not after its longest time. */
const heartbeatTimeout = '20s';

/** `read` answers in minutes or is stuck; `change` may go through ten thousand grants. */
export function systemWork(system: string, kind: 'read' | 'change', summary: string): EntitlementActivities {
  const taskQueue = systemTaskQueue(system);
  return kind === 'read'
    ? proxyActivities<EntitlementActivities>({ taskQueue, summary, startToCloseTimeout: '5 minutes', heartbeatTimeout, retry: patiently })
    : proxyActivities<EntitlementActivities>({
        taskQueue,
        summary,
        startToCloseTimeout: '6 hours',
        heartbeatTimeout,
        retry: patiently,
        cancellationType: 'WAIT_CANCELLATION_COMPLETED',
      });
}

export const telemetry = (summary: string): TelemetryActivities =>
  proxyActivities<TelemetryActivities>({ summary, startToCloseTimeout: '5 minutes', heartbeatTimeout, retry: patiently });

export const care = (summary: string): ReleaseActivities =>
  proxyActivities<ReleaseActivities>({ summary, startToCloseTimeout: '5 minutes', heartbeatTimeout, retry: patiently });

/** One short transaction in the store, in the worker that runs the workflow: cheap enough to follow every message. */
const { record } = proxyLocalActivities<RecordActivities>({
  startToCloseTimeout: '10s',
  localRetryThreshold: '10s',
  retry: { initialInterval: '100ms', backoffCoefficient: 2, maximumInterval: '1 minute' },
});

/** Brings what was accepted and what happened to the store. */
export async function postRecords(inbox: Pick<Inbox<never>, 'hasPost' | 'takePost'>): Promise<void> {
  while (inbox.hasPost()) await record(inbox.takePost());
}

/** Why an activity failed for good. `type`: by which the story decides; undefined for a failure that the activities' contract does not name. */
export interface Refused {
  refusal: string;
  type: FailureType | undefined;
  /** No worker answered in the time that the call allows: nothing is known of what went wrong. */
  timedOut: boolean;
}

/** A definite no from an activity (it is not tried again) is an answer that the story decides on; a cancellation goes on as one. */
export async function orRefusal<T>(work: Promise<T>): Promise<{ done: T } | Refused> {
  try {
    return { done: await work };
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    const { cause } = error;
    return {
      refusal: cause?.message ?? error.message,
      // The one place where a name from the history becomes one of the contract's; one that it does not know equals none of them.
      type: cause instanceof ApplicationFailure ? ((cause.type ?? undefined) as FailureType | undefined) : undefined,
      timedOut: cause instanceof TimeoutFailure,
    };
  }
}
