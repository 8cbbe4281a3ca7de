/** Starts the workflow of each notice: once, however often it is asked for. */
import { Client, WorkflowExecutionAlreadyStartedError, isGrpcServiceError } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import type { Notice } from '../domain/notices/request.ts';
import { noticeRun } from '../domain/notices/notice-run.ts';
import { workflowTypes } from '../domain/messages.ts';
import type { Logger } from './logging.ts';

const answerWithinMs = 5_000;
/** gRPC's INVALID_ARGUMENT and PERMISSION_DENIED: asking again would be answered the same. */
const definite = [3, 7];

/** Rejects while the engine cannot be reached: whoever records the notices tries again. */
export function noticeStarter(connection: NativeConnection, namespace: string, logger: Logger): (notices: Notice[]) => Promise<void> {
  const client = new Client({ connection, namespace });
  const start = async (notice: Notice) => {
    try {
      await connection.withDeadline(Date.now() + answerWithinMs, () =>
        client.workflow.start(workflowTypes.notice, { ...noticeRun(notice), workflowIdReusePolicy: 'REJECT_DUPLICATE' }),
      );
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return;
      // A wave must not stand still for a notice that cannot be sent: it is on the list of open requests all the same.
      if (!isDefinite(error)) throw error;
      logger.error({ error, notice: notice.id }, 'the workflow of a notice was refused; the notice is shown by `rolewave notices` and is not sent');
    }
  };
  return async (notices) => {
    await Promise.all(notices.map(start));
  };
}

function isDefinite(error: unknown): boolean {
  if (isGrpcServiceError(error)) return definite.includes(error.code);
  return error instanceof Error && error.cause !== undefined && isDefinite(error.cause);
}
