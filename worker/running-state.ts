/** Asks a running workflow for its state. */
import { Client, QueryRejectedError, WorkflowNotFoundError } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { stateQuery } from '../domain/messages.ts';

const answerWithinMs = 5_000;

/** Undefined when none runs under this id. Rejects when the workflow or Temporal does not answer in time. */
export function runningStateOf(connection: NativeConnection, namespace: string): (workflowId: string) => Promise<unknown> {
  const client = new Client({ connection, namespace, workflow: { queryRejectCondition: 'NOT_OPEN' } });
  return async (workflowId) => {
    try {
      const answer: unknown = await connection.withDeadline(Date.now() + answerWithinMs, () => client.workflow.getHandle(workflowId).query(stateQuery));
      return answer ?? null;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError || error instanceof QueryRejectedError) return undefined;
      throw error;
    }
  };
}
