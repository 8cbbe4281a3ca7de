/** Addresses of workflows in Temporal's UI. Apart from link.ts, because the pages load it and need nothing else of Temporal. */

const withoutSlash = (address: string): string => address.replace(/\/+$/, '');

/** Where the workflows of a namespace are listed. `base`: where the UI is, with or without a slash at its end. */
export const workflowsAddress = (base: string, namespace: string): string => `${withoutSlash(base)}/namespaces/${encodeURIComponent(namespace)}/workflows`;

/** Of one workflow, below `workflows`. Workflow ids have slashes, which are part of the id and not of the path. */
export const workflowAddress = (workflows: string, workflowId: string): string => `${withoutSlash(workflows)}/${encodeURIComponent(workflowId)}`;
