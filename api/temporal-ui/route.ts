/** Where Temporal's UI is, so that pages and the command can link to the workflow of a wave or a package. */
import { temporalUiView } from '../../domain/views/service.ts';
import { defineRoute } from '../route.ts';

export const routes = [
  defineRoute({
    method: 'get',
    path: '/v1/temporal-ui',
    group: 'service',
    reads: 'token',
    summary: "Where Temporal's UI is, as `TEMPORAL_UI_URL` names it, and the namespace of the workflows",
    answers: {
      200: { what: 'the parts of a link to a workflow: `URL/namespaces/NAMESPACE/workflows/ID`, with the id percent-encoded', schema: temporalUiView },
    },
    problems: [],
    handle: async (_asked, { temporal }) => ({ status: 200, body: temporal }),
  }),
];
