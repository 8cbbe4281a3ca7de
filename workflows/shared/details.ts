/**
 * Temporal's current details. A worker is asked for them, so no history holds them; and they are made when somebody asks, because most are never read.
 * worker/interceptors/current-details.ts asks for them before Temporal's query reads them.
 */
import * as wf from '@temporalio/workflow';

/** Of this run: the modules of workflows are shared by all runs of a worker, and `globalThis` is each run's own. */
declare global {
  var rolewaveCurrentDetails: (() => string) | undefined;
}

/** From now on the details of this run are what `make` returns. */
export function currentDetails(make: () => string): void {
  globalThis.rolewaveCurrentDetails = make;
}

/** A fault in a text for people never stops a workflow. */
export function showCurrentDetails(): void {
  const make = globalThis.rolewaveCurrentDetails;
  if (!make) return;
  try {
    wf.setCurrentDetails(make());
  } catch (error) {
    wf.log.error('the current details could not be made', { error: error instanceof Error ? error.message : String(error) });
    wf.setCurrentDetails("These details could not be made: the log of the worker says why. The query 'currentState' has the state.\n\n\u00A0");
  }
}
