/** Which paths through the workflows the recorded histories take, and which paths they must take before they can be kept. */
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type proto from '@temporalio/proto';
import { createActivities } from '../../activities/index.ts';
import { packageMessageTypes, waveMessageTypes, workflowTypes } from '../../domain/messages.ts';
import { searchAttributes } from '../../domain/search-attributes.ts';
import { packageStates } from '../../domain/states.ts';
import { verdictKinds } from '../../domain/watch/measurement.ts';

export type History = proto.temporal.api.history.v1.IHistory;
type Event = proto.temporal.api.history.v1.IHistoryEvent;
type Payloads = proto.temporal.api.common.v1.IPayloads | null | undefined;

const messages = new Set<string>([...waveMessageTypes, ...packageMessageTypes]);

/** Each path is a sentence, `rolePackage: takes tune`, so that a missing one says what must be recorded. */
export function pathsOf(histories: Iterable<History>): string[] {
  const paths = new Set<string>();
  for (const { events } of histories) {
    const type = events?.[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name ?? 'unknown';
    paths.add(`${type}: runs`);
    const activities = new Map<string, string>();
    for (const event of events ?? []) for (const path of pathsIn(event, activities)) paths.add(path.startsWith('activity') ? path : `${type}: ${path}`);
  }
  return [...paths].toSorted();
}

/** `activities`: the names of the activities scheduled so far, by the id of the event. */
function pathsIn(event: Event, activities: Map<string, string>): string[] {
  const { workflowExecutionSignaledEventAttributes: signaled, workflowExecutionUpdateAcceptedEventAttributes: updated } = event;
  if (signaled) return [`takes ${signaled.signalName}`, ...(messages.has(signaled.signalName ?? '') ? ['is signaled'] : [])];
  if (updated) return [`takes ${updated.acceptedRequest?.input?.name}`, 'is updated'];
  const { activityTaskScheduledEventAttributes: scheduled, activityTaskCompletedEventAttributes: completed } = event;
  if (scheduled) {
    activities.set(String(event.eventId), scheduled.activityType?.name ?? '');
    return [`activity ${scheduled.activityType?.name}`];
  }
  if (completed && activities.get(String(completed.scheduledEventId)) === 'evaluate') {
    const { verdict } = (valuesOf(completed.result)[0] ?? {}) as { verdict?: { kind: string } };
    return verdict ? [`judged ${verdict.kind}`] : [];
  }
  const indexed = event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields ?? {};
  const state = indexed[searchAttributes.state];
  if (state) return [`becomes ${[valueOf(state)].flat().join()}`];
  return endOf(event);
}

function endOf(event: Event): string[] {
  const { workflowExecutionCompletedEventAttributes: completed } = event;
  if (completed) {
    const { stage, state } = (valuesOf(completed.result)[0] ?? {}) as { stage?: string; state?: string };
    return [`ends ${stage ?? state ?? ''}`.trim()];
  }
  if (event.workflowExecutionContinuedAsNewEventAttributes) return ['continues as new'];
  if (event.workflowExecutionFailedEventAttributes) return ['fails'];
  if (event.workflowExecutionCanceledEventAttributes) return ['is cancelled'];
  return [];
}

const valueOf = (payload: Payload): unknown => defaultPayloadConverter.fromPayload(payload);
const valuesOf = (payloads: Payloads): unknown[] => (payloads?.payloads ?? []).map((payload) => valueOf(payload));

/** Before its release a package has no workflow of its own. */
const beforeRelease: string[] = ['Scheduled', 'Release ready'];
/** Today's rules never give this verdict. */
const neverJudged: string[] = ['terminated'];

/**
 * In the runs of 0.3.0 the first three are local activities, which leave only a marker; every workflow that changes anything runs `record`. `deliveriesOf` is called
 * by runs of 0.3.0 only.
 */
const notRecorded = ['record', 'signalsRefused', 'trustedKeys', 'deliveriesOf'];

/** All workflows, messages, ends, states, verdicts and activities in the code, each from the list that defines it. */
export function requiredPaths(): string[] {
  const activities = Object.keys(createActivities({} as Parameters<typeof createActivities>[0]));
  return [
    ...Object.values(workflowTypes).map((type) => `${type}: runs`),
    ...waveMessageTypes.map((type) => `wave: takes ${type}`),
    ...packageMessageTypes.map((type) => `rolePackage: takes ${type}`),
    ...['wave', 'rolePackage'].flatMap((type) => ['is signaled', 'is updated', 'continues as new', 'is cancelled'].map((path) => `${type}: ${path}`)),
    ...['closed', 'aborted'].map((stage) => `wave: ends ${stage}`),
    ...['Rolled back', 'Retired'].map((state) => `rolePackage: ends ${state}`),
    'rolePackage: fails',
    ...packageStates.filter((state) => !beforeRelease.includes(state)).map((state) => `rolePackage: becomes ${state}`),
    ...verdictKinds.filter((kind) => !neverJudged.includes(kind)).map((kind) => `rolePackage: judged ${kind}`),
    ...activities.filter((name) => !notRecorded.includes(name)).map((name) => `activity ${name}`),
  ].toSorted();
}
