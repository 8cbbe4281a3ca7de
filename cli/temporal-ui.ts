/** Links to workflows in Temporal's UI, where the endpoint knows its address. */
import { temporalLink } from '../domain/temporal-ui/link.ts';
import type { TemporalUiView } from '../domain/views/service.ts';
import type { ApiClient } from './api-client.ts';
import { CommandFailure } from './exit-codes.ts';

/** The link to a workflow, by its id. A link is never a reason to fail: undefined where there is none to show. */
export type WorkflowLink = (workflowId: string) => string | undefined;

export async function workflowLinks(client: ApiClient): Promise<WorkflowLink> {
  try {
    const { url, namespace } = await client.get<TemporalUiView>('/v1/temporal-ui');
    return (workflowId) => (url === undefined ? undefined : temporalLink(url, namespace, workflowId));
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return () => undefined;
  }
}
