/** Runs inside Temporal's sandbox: makes the current details of a workflow right before Temporal's own query for them, which no handler can answer. */
import type { WorkflowInterceptors } from '@temporalio/workflow';
import { showCurrentDetails } from '../../workflows/shared/details.ts';

const asksForDetails = '__temporal_workflow_metadata';

export const interceptors = (): WorkflowInterceptors => ({
  internals: [
    {
      activate: (input, next) => {
        if (input.activation.jobs?.some(({ queryWorkflow }) => queryWorkflow?.queryType === asksForDetails)) showCurrentDetails();
        return next(input);
      },
    },
  ],
});
