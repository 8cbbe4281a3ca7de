/** When a workflow continues as new: when Temporal suggests it or, in tests, after a given number of events. */
import { workflowInfo } from '@temporalio/workflow';

export function historyIsLong(continueAfterEvents: number | undefined): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || (continueAfterEvents !== undefined && historyLength >= continueAfterEvents);
}
