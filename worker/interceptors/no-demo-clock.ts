/**
 * Runs inside Temporal's sandbox of a worker without the flag for demonstrations: a workflow whose input carries a clock makes no step. Its
 * task fails and is tried again, seen in the Temporal UI with these words, until a worker that may run it takes it; the workflow itself is not
 * ended, for it may have access to watch over.
 */
import type { WorkflowInterceptors } from '@temporalio/workflow';

export const interceptors = (): WorkflowInterceptors => ({
  inbound: [
    {
      execute: (input, next) => {
        if (input.args.some(hasClock))
          throw new Error(
            'this plan runs under a demonstration clock, which this worker does not obey: start a worker with ROLEWAVE_DEMO=1 or --allow-demo-clock',
          );
        return next(input);
      },
    },
  ],
});

const hasClock = (arg: unknown) => typeof arg === 'object' && arg !== null && 'clock' in arg && arg.clock !== undefined;
