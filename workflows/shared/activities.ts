/** How each kind of work is called: queue, time limits and retries by what it does. */
import { ActivityFailure, ApplicationFailure, isCancellation, proxyActivities, proxyLocalActivities, TimeoutFailure } from '@temporalio/workflow';
import type {
  FailureType,
  ReleaseActivities,
  EntitlementActivities,
  MeasuringActivities,
  RecordActivities,
  TelemetryActivities,
} from '../../activities/contract.ts';
import { measuringTaskQueue, recordsTaskQueue, systemTaskQueue } from '../../domain/messages.ts';
import type { TrustedKey } from '../../domain/authority/keys.ts';
import { recordSummary, refusedSummary, type RefusedSignal } from '../../domain/temporal-ui/summaries.ts';
import { isPatched } from '../patches.ts';
import { recordInOrder, type Outbox } from './in-order.ts';
import type { LocalTurns } from './local-turns.ts';

/** Systems can be down for hours. Activities keep retrying at growing intervals, and are visible as pending in Temporal's UI. */
const patiently = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5 minutes' } as const;

/** Activities send a heartbeat every few seconds, so when a worker dies the next one restarts the activity without waiting for its full timeout. */
const heartbeatTimeout = '20s';

/**
 * `read` may wait for others of the same system for long, and reads for minutes: the activity itself ends one that is stuck (activities/held-time.ts). `simulate`
 * finishes within minutes or is stuck, and comes after everything else. `change` may process ten thousand grants.
 */
export function systemWork(system: string, kind: 'read' | 'simulate' | 'change', summary: string): EntitlementActivities {
  const taskQueue = systemTaskQueue(system);
  return kind !== 'change'
    ? proxyActivities<EntitlementActivities>({
        taskQueue,
        summary,
        startToCloseTimeout: kind === 'read' ? '6 hours' : '5 minutes',
        heartbeatTimeout,
        retry: patiently,
        ...(kind === 'simulate' ? { priority: { priorityKey: 5 } } : {}),
      })
    : proxyActivities<EntitlementActivities>({
        taskQueue,
        summary,
        startToCloseTimeout: '6 hours',
        heartbeatTimeout,
        retry: patiently,
        // Before previews and simulations that wait for the same system.
        priority: { priorityKey: 1 },
        cancellationType: 'WAIT_CANCELLATION_COMPLETED',
      });
}

/** A plan with many slow metrics waits for itself alone. */
export const measuring = (summary: string): MeasuringActivities =>
  proxyActivities<MeasuringActivities>({ taskQueue: measuringTaskQueue, summary, startToCloseTimeout: '5 minutes', heartbeatTimeout, retry: patiently });

export const telemetry = (summary: string): TelemetryActivities =>
  proxyActivities<TelemetryActivities>({ summary, startToCloseTimeout: '5 minutes', heartbeatTimeout, retry: patiently });

/** Not retried for long: it asks another workflow, which may be stuck. */
export const untried = (summary: string): TelemetryActivities =>
  proxyActivities<TelemetryActivities>({ summary, startToCloseTimeout: '20s', heartbeatTimeout, retry: { initialInterval: '1s', maximumAttempts: 2 } });

export const care = (summary: string): ReleaseActivities =>
  proxyActivities<ReleaseActivities>({ summary, startToCloseTimeout: '5 minutes', heartbeatTimeout, retry: patiently });

const recordsWithin = { startToCloseTimeout: '10s', retry: { initialInterval: '100ms', backoffCoefficient: 2, maximumInterval: '1 minute' } } as const;

/** Runs that began with local activities keep them: docs/decisions/0245-records-as-ordinary-activities.md. */
export const recordsAreOrdinary = (): boolean => isPatched('records-as-activities');
const ordinary = (summary: string): RecordActivities => proxyActivities<RecordActivities>({ ...recordsWithin, taskQueue: recordsTaskQueue, summary });
const local = (summary: string): RecordActivities => proxyLocalActivities<RecordActivities>({ ...recordsWithin, localRetryThreshold: '10s', summary });

/** One record after the other, so that the store has them in their order. */
const inTurn = <T>(turns: LocalTurns, summary: string, act: (work: RecordActivities) => Promise<T>): Promise<T> =>
  turns.take(() => act((recordsAreOrdinary() ? ordinary : local)(summary)));

/** The keys that may seal messages, as a worker has them now. They need not wait for a store that is down. */
export function readTrustedKeys(turns: LocalTurns): Promise<TrustedKey[]> {
  const summary = 'the keys that may seal messages';
  return recordsAreOrdinary() ? ordinary(summary).trustedKeys() : turns.take(() => local(summary).trustedKeys());
}

interface Post extends Outbox {
  takeRefused(): RefusedSignal[];
}

/** Writes accepted messages and events to the store, in one short transaction. Signals that were refused get an activity of their own, because nothing else in the history shows it. */
export async function postRecords(inbox: Post): Promise<void> {
  const refused = inbox.takeRefused();
  if (refused.length > 0) await inTurn(inbox.turns, refusedSummary(refused), (work) => work.signalsRefused(refused.slice(0, refusedTold)));
  if (!inbox.hasPost()) return;
  // What piled up may be more than Temporal takes at once. Runs that have recorded more before keep doing so.
  if (isPatched('records-in-parts')) return recordInOrder(inbox, (part) => (recordsAreOrdinary() ? ordinary : local)(recordSummary(part)).record(part));
  while (inbox.hasPost()) {
    const post = inbox.takePost();
    try {
      await inTurn(inbox.turns, recordSummary(post), (work) => work.record(post));
    } catch (error) {
      // The run is cancelled while the store is away: what was accepted is recorded with what the cancellation adds.
      inbox.putBack(post);
      throw error;
    }
  }
}

/** Of a flood, so many are in the history. */
const refusedTold = 20;

/** Temporal fails a workflow's task with more than 2,000 pending activities. */
export const activitiesAtOnce = 500;

/** In their order, in groups whose activities may all be pending at once. `activities`: how many each has. */
export function groupsOf<T>(items: T[], activities: (item: T) => number): T[][] {
  const groups: T[][] = [];
  let pending = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const more = activities(item);
    if (pending + more > activitiesAtOnce) {
      groups.push([]);
      pending = 0;
    }
    groups.at(-1)?.push(item);
    pending += more;
  }
  return groups;
}

/** Why an activity failed for good. The workflow decides by `type`. Undefined for a failure that the activities' contract does not name. */
export interface Refused {
  refusal: string;
  type: FailureType | undefined;
  /** No worker answered within the call's timeout, so the cause is unknown. */
  timedOut: boolean;
}

/** The result of an activity that did everything except what a system refused; in Temporal it is shown as failed. */
export async function orIncomplete<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const cause = error instanceof ActivityFailure && error.cause instanceof ApplicationFailure ? error.cause : undefined;
    if (cause?.type !== ('Incomplete' satisfies FailureType)) throw error;
    return cause.details?.[0] as T;
  }
}

/** A definite refusal from an activity, which is not retried, is a result that the workflow decides on. A cancellation is rethrown. */
export async function orRefusal<T>(work: Promise<T>): Promise<{ done: T } | Refused> {
  try {
    return { done: await work };
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    const { cause } = error;
    return {
      refusal: cause?.message ?? error.message,
      // The only place where a name from the history becomes a name of the contract. An unknown name equals none of them.
      type: cause instanceof ApplicationFailure ? ((cause.type ?? undefined) as FailureType | undefined) : undefined,
      timedOut: cause instanceof TimeoutFailure,
    };
  }
}
