/** Starts the workflow of each notice: once, however often it is called. */
import { Client, WorkflowExecutionAlreadyStartedError, isGrpcServiceError } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import type { Notice } from '../domain/notices/request.ts';
import { noticeRun } from '../domain/notices/notice-run.ts';
import { workflowTypes } from '../domain/messages.ts';
import type { Site } from '../domain/site/schema.ts';
import type { Logger } from './logging.ts';

const answerWithinMs = 5_000;
/** Each has its seconds from its own start: a large wave asks for hundreds of people at once. */
const startedAtOnce = 16;
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
  const start = async (notice: Notice) => {
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
  };
  return async (notices) => {
    const left = notices.values();
    const startNext = async () => {
      for (const notice of left) await start(notice);
    };
    await Promise.all(Array.from({ length: startedAtOnce }, startNext));
  };
}

function isDefinite(error: unknown): boolean {
  if (isGrpcServiceError(error)) return definite.includes(error.code);
  return error instanceof Error && error.cause !== undefined && isDefinite(error.cause);
}
