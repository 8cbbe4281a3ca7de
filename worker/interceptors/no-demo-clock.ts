/**
 * Runs inside Temporal's sandbox of a worker without the demonstration flag: a workflow whose input carries a clock makes no progress. Its
 * task fails with this message, which the Temporal UI shows, and is retried until a worker that may run it takes it. The workflow itself does not
 * end, because it may have access to watch.
 */
import type { WorkflowInterceptors } from '@temporalio/workflow';

export const interceptors = (): WorkflowInterceptors => ({
  inbound: [
    {
      execute: (input, next) => {
        if (input.args.some(hasClock))
          throw new Error(
            'this plan runs under a demonstration clock, which this worker does not accept: start a worker with ROLEWAVE_DEMO=1 or --allow-demo-clock',
          );
        return next(input);
      },
    },
  ],
});

const hasClock = (arg: unknown) => typeof arg === 'object' && arg !== null && 'clock' in arg && arg.clock !== undefined;
