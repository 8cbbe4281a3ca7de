/** Runs inside Temporal's sandbox: what is due at the instant of a timer is done in the activation in which it rang, and later ones go by the time again. */
import type { WorkflowInterceptors } from '@temporalio/workflow';

export const interceptors = (): WorkflowInterceptors => ({
  internals: [
    {
      activate: (input, next) => {
        globalThis.rolewaveInstantMs = undefined;
        return next(input);
      },
    },
  ],
});
