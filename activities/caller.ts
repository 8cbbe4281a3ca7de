/**
 * Which workflow calls. Anyone who reaches the namespace can start a workflow of any kind, but only under an id that no other one runs under: what belongs to a
 * wave or a package is accepted from the workflow of that id alone.
 */
import { Context } from '@temporalio/activity';
import { addressText, type Address } from '../domain/address.ts';
import { wrongWorkflow } from './failures.ts';

/** Undefined outside of a workflow. */
export const callerId = (): string | undefined => Context.current().info.workflowExecution?.workflowId;

/** Fails without retry unless the wave's or package's own workflow calls. */
export function refuseOtherWorkflows(place: Address): void {
  const own = addressText(place);
  const caller = callerId();
  if (caller === own) return;
  throw wrongWorkflow(`'${caller ?? 'no workflow'}' is not the workflow of '${own}', so nothing was done: only '${own}' may ask for this`);
}
