/**
 * What a running workflow waits for, by Temporal's list of its pending activities: a workflow does not see why its activities are tried again; the engine does.
 * This only explains, so that every question is short, and what cannot be found out is left out.
 */
import { WorkflowNotFoundError } from '@temporalio/client';
import proto from '@temporalio/proto';
import { systemOfQueue } from '../domain/messages.ts';
import { oneLine } from '../domain/free-text.ts';
import { effectWords, waitOf, type EffectName, type WaitView } from '../domain/views/wait.ts';
import { isEngineError, reading, type Engine } from './engine.ts';
import { Problem } from './errors.ts';

const { PENDING_ACTIVITY_STATE_SCHEDULED } = proto.temporal.api.enums.v1.PendingActivityState;

/** Nobody waits longer for an explanation. */
const withinMs = { trouble: 5_000, wait: 1_500 } as const;
/** A worker that is only busy takes it up sooner. */
const notTakenAfterMs = 60_000;
const mostSaid = 500;

async function pendingOf(engine: Engine, workflowId: string, mostMs: number) {
  try {
    const { raw, runId } = await reading(engine, () => engine.client.workflow.getHandle(workflowId).describe(), mostMs);
    return { pending: raw.pendingActivities ?? [], runId };
  } catch (error) {
    if (error instanceof Problem || error instanceof WorkflowNotFoundError) return { pending: [], runId: '' };
    throw error;
  }
}

/** Why activities of a running workflow failed so far, each reason once; they are tried again. */
export async function troublesOf(engine: Engine, workflowId: string): Promise<string[]> {
  const { pending } = await pendingOf(engine, workflowId, withinMs.trouble);
  return [...new Set(pending.flatMap(({ lastFailure }) => reasonIn(lastFailure) ?? []))];
}

/** Effects of a released package that fail and are tried again, or that no worker has taken up. An activity that only waits for its turn is none. */
export async function waitsOf(engine: Engine, workflowId: string, nowMs: number): Promise<WaitView[]> {
  const { pending, runId } = await pendingOf(engine, workflowId, withinMs.wait);
  const found = pending.flatMap(({ activityId, activityType, attempt, state, lastFailure, scheduledTime }) => {
    const activity = effectIn(activityType?.name);
    if (activity === undefined || isTurn(lastFailure)) return [];
    const failed = Math.max(0, (attempt ?? 1) - 1);
    const scheduledMs = state === PENDING_ACTIVITY_STATE_SCHEDULED ? msOf(scheduledTime) : undefined;
    const reason = failed > 0 ? reasonIn(lastFailure) : undefined;
    if (reason !== undefined)
      return [{ id: activityId ?? '', activity, failed, why: oneLine(reason).slice(0, mostSaid), ...later('nextTryMs', scheduledMs, nowMs) }];
    if (failed > 0 || scheduledMs === undefined || nowMs - scheduledMs < notTakenAfterMs) return [];
    return [{ id: activityId ?? '', activity, failed, why: 'no worker has taken it up' }];
  });
  if (found.length === 0) return [];
  const begun = await begunOf(engine, workflowId, runId, new Set(found.map(({ id }) => id)));
  return found.map(({ id, ...wait }) => waitOf({ ...wait, ...begun.get(id) }));
}

const effectIn = (name: string | null | undefined): EffectName | undefined =>
  name !== undefined && name !== null && Object.hasOwn(effectWords, name) ? (name as EffectName) : undefined;

const later = <K extends string>(name: K, atMs: number | undefined, nowMs: number): { [N in K]?: number } =>
  atMs !== undefined && atMs > nowMs ? ({ [name]: atMs } as { [N in K]: number }) : {};

interface Timestamp {
  seconds?: { toNumber(): number } | null;
  nanos?: number | null;
}
const msOf = (time: Timestamp | null | undefined): number | undefined =>
  time?.seconds ? time.seconds.toNumber() * 1_000 + Math.floor((time.nanos ?? 0) / 1_000_000) : undefined;

interface Begun {
  sinceMs?: number;
  system?: string;
}
/** The end of a history, where what is pending nearly always is. */
const historyPages = { events: 50, pages: 4 } as const;
const mostKept = 2_000;
/** It does not change, and is asked again and again while a system is away. */
const known = new WeakMap<Engine, Map<string, Begun>>();

/** When these activities were scheduled first, and where: the list of pending ones has only the next attempt. */
async function begunOf(engine: Engine, workflowId: string, runId: string, ids: Set<string>): Promise<Map<string, Begun>> {
  const kept = known.get(engine) ?? new Map<string, Begun>();
  known.set(engine, kept);
  const key = (id: string) => `${workflowId} ${runId} ${id}`;
  const left = new Set([...ids].filter((id) => !kept.has(key(id))));
  const { workflowService, options } = engine.client;
  let nextPageToken: Uint8Array | undefined;
  for (let page = 0; page < historyPages.pages && left.size > 0; page += 1) {
    const asked = { namespace: options.namespace, execution: { workflowId, runId }, maximumPageSize: historyPages.events };
    const answer = await reading(
      engine,
      () => workflowService.getWorkflowExecutionHistoryReverse({ ...asked, ...(nextPageToken ? { nextPageToken } : {}) }),
      withinMs.wait,
    ).catch((error: unknown) => {
      if (error instanceof Problem || isEngineError(error)) return undefined;
      throw error;
    });
    for (const { eventTime, activityTaskScheduledEventAttributes: scheduled } of answer?.history?.events ?? []) {
      const id = scheduled?.activityId ?? '';
      if (!left.delete(id)) continue;
      const [sinceMs, system] = [msOf(eventTime), systemOfQueue(scheduled?.taskQueue?.name ?? '')];
      kept.set(key(id), { ...(sinceMs === undefined ? {} : { sinceMs }), ...(system === undefined ? {} : { system }) });
    }
    nextPageToken = answer?.nextPageToken?.length ? answer.nextPageToken : undefined;
    if (!nextPageToken) break;
  }
  const found = new Map([...ids].flatMap((id) => (kept.has(key(id)) ? [[id, kept.get(key(id)) ?? {}] as const] : [])));
  for (const old of [...kept.keys()].slice(0, Math.max(0, kept.size - mostKept))) kept.delete(old);
  return found;
}

interface RawFailure {
  message?: string | null;
  applicationFailureInfo?: { type?: string | null } | null;
  timeoutFailureInfo?: object | null;
  cause?: RawFailure | null;
}

/** Others are before it, and it has not asked the system yet. */
const isTurn = (failure: RawFailure | null | undefined): boolean => failure?.applicationFailureInfo?.type === 'TooManyAtOnce';

/** In the words of the activity itself; what caused it, a driver's error as often as not, is for the log of the worker. */
function reasonIn(failure: RawFailure | null | undefined): string | undefined {
  if (!failure) return undefined;
  if (failure.timeoutFailureInfo) return 'no worker answered in time';
  return failure.applicationFailureInfo || !failure.cause ? failure.message || undefined : reasonIn(failure.cause);
}
