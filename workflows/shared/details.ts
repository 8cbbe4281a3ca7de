/** Temporal's current details. A worker is asked for them, so no history holds them. */
import * as wf from '@temporalio/workflow';

/** Shows what `make` returns. A fault in a text for people never stops a workflow. */
export function showCurrentDetails(make: () => string): void {
  try {
    wf.setCurrentDetails(make());
  } catch (error) {
    wf.log.error('the current details could not be made', { error: error instanceof Error ? error.message : String(error) });
    wf.setCurrentDetails("These details could not be made: the log of the worker says why. The query 'currentState' has the state.\n\n\u00A0");
  }
}
