/** Reports all mistakes of a plan at once. Starts and stores nothing. */
import { z } from 'zod';
import { planSchema } from '../../../domain/plan/schema.ts';
import { defineRoute } from '../../route.ts';
import { planLimit, readPlan } from '../read-plan.ts';

export const planQuery = z.strictObject({ file: z.string().max(200).default('plan.yaml').describe('name of the file, used to report mistakes') });

export const routes = [
  defineRoute<Uint8Array, z.output<typeof planQuery>>({
    method: 'post',
    path: '/v1/plans/validate',
    group: 'plans',
    reads: 'appliers',
    summary: 'Validate a plan',
    body: 'yaml',
    bodyLimit: planLimit,
    query: planQuery,
    answers: { 200: { what: 'the plan in its normal form', schema: z.object({ ok: z.literal(true), plan: planSchema, packages: z.int(), waves: z.int() }) } },
    problems: ['plan-invalid', 'plan-unreadable', 'busy', 'revision-not-sealed'],
    async handle({ body, query, caller }, services) {
      const { plan } = await readPlan(services, body, query.file, caller);
      return { status: 200, body: { ok: true, plan, packages: plan.packages.length, waves: plan.waves.length } };
    },
  }),
];
