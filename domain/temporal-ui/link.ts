/** Addresses in Temporal's UI: of one workflow, and of lists. */
import { workflowTypes } from '../messages.ts';
import { searchAttributes } from '../search-attributes.ts';
import { workflowAddress, workflowsAddress } from './workflow-address.ts';

/** `base`: where the UI is, with or without a slash at its end. */
export const temporalLink = (base: string, namespace: string, workflowId: string): string => workflowAddress(workflowsAddress(base, namespace), workflowId);

/** The list of workflows that a query finds. */
export const temporalListLink = (base: string, namespace: string, query: string): string =>
  `${workflowsAddress(base, namespace)}?query=${encodeURIComponent(query)}`;

const quoted = (value: string) => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** Queries of lists. Each notice has a workflow of its own, so every list but the last leaves them out. */
export const temporalQueries = {
  /** Neither notices nor the short questions to a worker: previews of rollbacks, simulations, trials of metrics. */
  wavesAndPackages: `WorkflowType IN (${quoted(workflowTypes.wave)}, ${quoted(workflowTypes.rolePackage)})`,
  ofPlan: (plan: string) =>
    `${searchAttributes.plan} = ${quoted(plan)} AND WorkflowType IN (${quoted(workflowTypes.wave)}, ${quoted(workflowTypes.rolePackage)})`,
  /** Released packages of which a person has to decide something. */
  needPeople: `${searchAttributes.state} IN ("Needs tuning", "Rollback ready") AND ExecutionStatus = "Running"`,
  /** Notices that are still being tried. */
  noticesUnderWay: `WorkflowType = ${quoted(workflowTypes.notice)} AND ExecutionStatus = "Running"`,
} as const;
