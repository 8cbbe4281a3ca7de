/** Starts the workflow of each notice: once, however often it is called. */
import { Client, WorkflowExecutionAlreadyStartedError, isGrpcServiceError } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { LRUCache } from 'lru-cache';
import { startsTogether } from '../activities/starting-notices.ts';
import type { Notice } from '../domain/notices/request.ts';
import { noticeRun } from '../domain/notices/notice-run.ts';
import { workflowTypes } from '../domain/messages.ts';
import type { Site } from '../domain/site/schema.ts';
import type { Logger } from './logging.ts';

const answerWithinMs = 5_000;
const startedKept = 20_000;
/** gRPC's INVALID_ARGUMENT and PERMISSION_DENIED: a retry would fail the same way. */
const definite = [3, 7];

/** Rejects while Temporal is unavailable: the activity that records the notices retries. */
export function noticeStarter(
  connection: NativeConnection,
  namespace: string,
  site: () => Pick<Site, 'plans'>,
  logger: Logger,
): (notices: Notice[]) => Promise<void> {
  const client = new Client({ connection, namespace });
  return eachOnce(async (notice) => {
    try {
      await connection.withDeadline(Date.now() + answerWithinMs, () =>
        client.workflow.start(workflowTypes.notice, { ...noticeRun(site(), notice), workflowIdReusePolicy: 'REJECT_DUPLICATE' }),
      );
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return;
      // A wave must not stall on a notice that cannot be sent: the list of open requests shows it anyway.
      if (!isDefinite(error)) throw error;
      logger.error({ error, notice: notice.id }, 'Temporal refused the workflow of a notice; `rolewave notices` shows the notice, but it is not sent');
    }
  });
}

/** Some at a time, each with its own deadline. Where one fails, the next call goes on with those that this process has not started yet. */
export function eachOnce<Item extends { id: string }>(start: (item: Item) => Promise<void>): (items: readonly Item[]) => Promise<void> {
  const started = new LRUCache<string, true>({ max: startedKept });
  return async (items) => {
    const left = items.filter(({ id }) => !started.has(id)).values();
    const startNext = async () => {
      for (const item of left) {
        await start(item);
        started.set(item.id, true);
      }
    };
    await Promise.all(Array.from({ length: startsTogether }, startNext));
  };
}

function isDefinite(error: unknown): boolean {
  if (isGrpcServiceError(error)) return definite.includes(error.code);
  return error instanceof Error && error.cause !== undefined && isDefinite(error.cause);
}
