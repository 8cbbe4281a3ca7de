/**
 * Runs inside Temporal's sandbox: tells the worker's process to which systems' queues a workflow sends work, so that the process begins to poll
 * a queue the moment it is needed, even for a plan that is only simulated and not in the store. Leaves no trace in the history.
 */
import { proxySinks } from '@temporalio/workflow';
import type { Sinks, WorkflowInterceptors } from '@temporalio/workflow';

export interface SystemQueueSinks extends Sinks {
  systemQueues: { needed(taskQueue: string): void };
}

const { systemQueues } = proxySinks<SystemQueueSinks>();

export const interceptors = (): WorkflowInterceptors => ({
  outbound: [
    {
      scheduleActivity: (input, next) => {
        const { taskQueue } = input.options;
        if (taskQueue?.startsWith('system.')) systemQueues.needed(taskQueue);
        return next(input);
      },
    },
  ],
});
