/**
 * The endpoint's Temporal client: every call has a deadline. Only this module interprets Temporal's errors.
 */
import {
  Client,
  Connection,
  WorkflowExecutionAlreadyStartedError,
  QueryNotRegisteredError,
  QueryRejectedError,
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  defaultGrpcRetryOptions,
  isGrpcServiceError,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';
import type { ConnectionOptions } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import proto from '@temporalio/proto';
import { stateQuery } from '../domain/messages.ts';
import type { ApiConfig } from './config.ts';
import { Problem } from './errors.ts';

const { WORKFLOW_EXECUTION_STATUS_RUNNING, WORKFLOW_EXECUTION_STATUS_COMPLETED } = proto.temporal.api.enums.v1.WorkflowExecutionStatus;

export interface Engine {
  client: Client;
  close(): Promise<void>;
}

/** Connects lazily: an endpoint starts, and says so in /readyz, while Temporal is still coming up. */
export function openEngine({ namespace, ...server }: ApiConfig['temporal']): Engine {
  let closing = false;
  const connection = Connection.lazy({ ...server, connectTimeout: 5_000, interceptors: retriesUntil(() => closing) });
  // A closed workflow is read from its final record; asking it by query would need its history and a worker.
  const client = new Client({ connection, namespace, workflow: { queryRejectCondition: 'NOT_OPEN' } });
  return {
    client,
    close: () => {
      closing = true;
      return connection.close();
    },
  };
}

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];
const closed = { code: 14, details: 'the endpoint is closing' };

/**
 * The SDK's retries, which end with the connection. On their own they go on after it is closed: a timer makes the next call, which throws where nobody can
 * catch it, and the process ends with an error instead of as it was asked to.
 */
function retriesUntil(closing: () => boolean): Interceptor[] {
  const usual = defaultGrpcRetryOptions();
  return [
    makeGrpcRetryInterceptor({ ...usual, retryableDecider: (attempt, status) => !closing() && usual.retryableDecider(attempt, status) }),
    // Only what a call is used for; the SDK's type is the class itself.
    ((...[options, nextCall]: Parameters<Interceptor>) => {
      if (!closing()) return nextCall(options);
      const nothing = () => undefined;
      return {
        start: (...[metadata, listener]: Parameters<ReturnType<Interceptor>['start']>) => listener?.onReceiveStatus?.({ ...closed, metadata }),
        cancelWithStatus: nothing,
        getPeer: () => '',
        sendMessage: nothing,
        sendMessageWithContext: nothing,
        startRead: nothing,
        halfClose: nothing,
        getAuthContext: () => null,
      };
    }) as Interceptor,
  ];
}

/** Milliseconds that a read may take; a query waits for a worker that long. */
const readWithinMs = 5_000;
/** A busy server is no unreachable one. */
const probeWithinMs = 5_000;

/** Runs a read under its deadline; a server that cannot be reached becomes `engine-unreachable`. */
export async function reading<T>(engine: Engine, read: () => Promise<T>, withinMs: number = readWithinMs): Promise<T> {
  try {
    return await engine.client.connection.withDeadline(Date.now() + withinMs, read);
  } catch (error) {
    throw isUnreachable(error) ? new Problem('engine-unreachable', 'The Temporal server did not answer in time.') : error;
  }
}

/** The state of a running workflow; undefined when none runs under this id. Throws `no-worker` when nobody answers for it. */
export async function queryRunning<T>(engine: Engine, workflowId: string, query: string = stateQuery, ...args: unknown[]): Promise<T | undefined> {
  try {
    return await engine.client.connection.withDeadline(Date.now() + readWithinMs, () =>
      engine.client.workflow.getHandle(workflowId).query<T, unknown[]>(query, ...args),
    );
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || error instanceof QueryRejectedError) return undefined;
    if (error instanceof QueryNotRegisteredError || grpcCode(error) === grpc.deadlineExceeded || grpcCode(error) === grpc.failedPrecondition) {
      // A missing worker and an unreachable server both end in a timeout, so this asks the server itself.
      await reading(engine, () => engine.client.workflow.getHandle(workflowId).describe(), probeWithinMs);
      throw new Problem('no-worker', `'${workflowId}' is running, but no worker answered for it within ${readWithinMs / 1_000} seconds.`);
    }
    if (isUnreachable(error)) throw new Problem('engine-unreachable', 'The Temporal server did not answer in time.');
    throw error;
  }
}

export type Standing = 'running' | 'closed' | 'unknown';
/** Whether Temporal knows this id, running or closed; `unknown` also after its retention. */
export async function standingOf(engine: Engine, workflowId: string): Promise<Standing> {
  return reading(engine, async () => {
    try {
      return (await engine.client.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING' ? 'running' : 'closed';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return 'unknown';
      throw error;
    }
  });
}

/** An execution as visibility has it: the last run of its id. */
export interface ListedExecution {
  type: string;
  workflowId: string;
  running: boolean;
  /** It ended by itself, and was not terminated, cancelled or failed. */
  completed: boolean;
  /** Search attributes that are single texts, by name. */
  attributes: Readonly<Record<string, string>>;
}

/** The most that a server returns at once. */
const listedAtOnce = 1_000;

/**
 * From visibility, running and closed. Selects by the start of the id rather than by search attributes, which workflows that no worker has run yet do not have.
 * Without any start, all of these types. Reads the answers themselves: the SDK's form of an execution takes longer to make than to ask for.
 */
export async function listed(engine: Engine, workflowTypes: string[], idPrefixes: string[]): Promise<ListedExecution[]> {
  const { workflowService, options } = engine.client;
  const types = workflowTypes.map((type) => `'${type}'`).join(', ');
  const starts = idPrefixes.map((prefix) => `WorkflowId STARTS_WITH '${prefix.replaceAll("'", "''")}'`).join(' OR ');
  // A workflow that continued as new is listed once per run; only the last run has its current status.
  const query = `WorkflowType IN (${types}) AND ExecutionStatus != 'ContinuedAsNew'${starts === '' ? '' : ` AND (${starts})`}`;
  return reading(engine, async () => {
    const found: ListedExecution[] = [];
    let nextPageToken: Uint8Array | undefined;
    do {
      const page = await workflowService.listWorkflowExecutions({
        namespace: options.namespace,
        query,
        pageSize: listedAtOnce,
        ...(nextPageToken ? { nextPageToken } : {}),
      });
      for (const { execution, type, status, searchAttributes } of page.executions ?? [])
        found.push({
          type: type?.name ?? '',
          workflowId: execution?.workflowId ?? '',
          running: status === WORKFLOW_EXECUTION_STATUS_RUNNING,
          completed: status === WORKFLOW_EXECUTION_STATUS_COMPLETED,
          attributes: textsIn(searchAttributes?.indexedFields ?? {}),
        });
      nextPageToken = page.nextPageToken?.length ? page.nextPageToken : undefined;
    } while (nextPageToken);
    return found;
  });
}

/** Payloads of keywords are JSON. */
function textsIn(fields: Record<string, { data?: Uint8Array | null }>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, { data }] of Object.entries(fields)) {
    const value: unknown = data ? JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8')) : undefined;
    if (typeof value === 'string') found[name] = value;
  }
  return found;
}

/** The gRPC status codes that matter here (grpc.io/docs/guides/status-codes). */
const grpc = {
  cancelled: 1,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  failedPrecondition: 9,
  alreadyExists: 6,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** The gRPC code of an error or of what caused it. */
export function grpcCode(error: unknown): number | undefined {
  if (isGrpcServiceError(error)) return error.code;
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? undefined : grpcCode(cause);
}

/** Temporal answered with an error, whatever it is. */
export const isEngineError = (error: unknown): boolean => grpcCode(error) !== undefined || error instanceof ServiceError;

export function isUnreachable(error: unknown): boolean {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return false;
  const code = grpcCode(error);
  return code === grpc.unavailable || code === grpc.deadlineExceeded || code === grpc.cancelled || (code === undefined && error instanceof ServiceError);
}

/**
 * What an activity said when it failed. The engine wraps that in failures of its own, and what caused it, a driver's error as often as not, is for the log of
 * the worker and not for an answer.
 */
export function failureMessage(error: Error): string {
  if (error instanceof ApplicationFailure || !(error.cause instanceof Error)) return error.message;
  return failureMessage(error.cause);
}

/** A workflow of this id has ended, and ids are not used again. */
export const isAlreadyClosed = (error: unknown): boolean => error instanceof WorkflowExecutionAlreadyStartedError || grpcCode(error) === grpc.alreadyExists;

/** Temporal refuses the call itself, so sending the message as a signal would not help. 'Not found' has an error class of its own. */
export function isRefusedCall(error: unknown): boolean {
  const code = grpcCode(error);
  return code === grpc.invalidArgument || code === grpc.permissionDenied || code === grpc.unauthenticated;
}
