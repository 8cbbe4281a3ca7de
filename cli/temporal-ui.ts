/** Links to workflows in Temporal's UI, where the endpoint knows its address. */
import { workflowAddress } from '../domain/temporal-ui/workflow-address.ts';
import type { MeView } from '../domain/views/service.ts';
import type { ApiClient } from './api-client.ts';
import { CommandFailure } from './exit-codes.ts';

/** The link to a workflow, by its id. A link is never a reason to fail: undefined where there is none to show. */
export type WorkflowLink = (workflowId: string) => string | undefined;

export async function workflowLinks(client: ApiClient): Promise<WorkflowLink> {
  try {
    const { temporalUi } = await client.get<MeView>('/v1/me');
    return (workflowId) => (temporalUi === undefined ? undefined : workflowAddress(temporalUi, workflowId));
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return () => undefined;
  }
}
