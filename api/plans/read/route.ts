/** The plans that have been applied. */
import { z } from 'zod';
import { planSchema } from '../../../domain/plan/schema.ts';
import { Problem } from '../../errors.ts';
import { defineRoute } from '../../route.ts';

const row = z.object({ plan: z.string(), revision: z.int(), appliedAtMs: z.int() });
const revision = z.object({
  plan: z.string(),
  number: z.int(),
  digest: z.string(),
  document: planSchema,
  appliedBy: z.string(),
  appliedAtMs: z.int(),
  clock: z.object({ epochMs: z.int(), anchorMs: z.int(), dayMs: z.number() }).optional(),
});

export const routes = [
  defineRoute({
    method: 'get',
    path: '/v1/plans',
    group: 'plans',
    summary: 'List the plans that have been applied',
    answers: { 200: { what: 'the plans with their latest revision', schema: z.array(row) } },
    problems: [],
    handle: async (_asked, { store }) => ({ status: 200, body: await store.plans() }),
  }),
  defineRoute({
    method: 'get',
    path: '/v1/plans/:plan',
    group: 'plans',
    summary: 'The latest revision of a plan',
    answers: { 200: { what: 'the revision; its number is the ETag', schema: revision } },
    problems: ['unknown-plan'],
    async handle({ params }, { store }) {
      const latest = await store.latestRevision(String(params.plan));
      if (!latest) throw new Problem('unknown-plan', `No plan '${params.plan}' has been applied.`);
      return { status: 200, body: latest, headers: { ETag: `"${latest.number}"` } };
    },
  }),
];
