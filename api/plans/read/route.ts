/** The plans that have been applied. */
import { z } from 'zod';
import { planRow, revisionView } from '../../../domain/views/revision.ts';
import { Problem } from '../../errors.ts';
import { defineRoute } from '../../route.ts';

const readQuery = z.strictObject({
  revision: z.coerce.number().int().min(1).max(2_147_483_647).optional().describe('an earlier revision (default: the latest)'),
});
export const routes = [
  defineRoute({
    method: 'get',
    path: '/v1/plans',
    group: 'plans',
    summary: 'List the plans that have been applied',
    answers: { 200: { what: 'the plans with their latest revision', schema: z.array(planRow) } },
    problems: [],
    handle: async (_asked, { store }) => ({ status: 200, body: await store.plans() }),
  }),
  defineRoute<undefined, z.output<typeof readQuery>>({
    method: 'get',
    path: '/v1/plans/:plan',
    group: 'plans',
    summary: 'The latest revision of a plan, or the requested one',
    query: readQuery,
    answers: { 200: { what: 'the revision; its number is the ETag', schema: revisionView } },
    problems: ['unknown-plan'],
    async handle({ params, query }, { store }) {
      const plan = String(params.plan);
      const found = query.revision === undefined ? await store.latestRevision(plan) : await store.revision(plan, query.revision);
      if (!found)
        throw new Problem('unknown-plan', `No ${query.revision === undefined ? '' : `revision ${query.revision} of `}plan '${plan}' has been applied.`);
      return { status: 200, body: found, headers: { ETag: `"${found.number}"` } };
    },
  }),
];
