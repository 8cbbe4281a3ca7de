/** Anyone who loses the right to decide by the next revision of a plan agrees to it, before it is applied. */
import type { z } from 'zod';
import { consentView } from '../../../domain/views/consent.ts';
import { rightNameOf } from '../../../domain/site/rights.ts';
import { Problem } from '../../errors.ts';
import { defineRoute } from '../../route.ts';
import { planLimit, readPlan } from '../read-plan.ts';
import { planQuery } from '../validate/route.ts';
import { consentTo, lossesBy } from './consents.ts';

export const routes = [
  defineRoute<Uint8Array, z.output<typeof planQuery>>({
    method: 'post',
    path: '/v1/plans/:plan/consents',
    group: 'plans',
    reads: 'plan',
    summary: 'Consent to a plan that takes a say from you: it counts for exactly this document as the next revision',
    body: 'yaml',
    bodyLimit: planLimit,
    query: planQuery,
    answers: { 200: { what: 'the revision and the document to which you consented, and what you lose by it', schema: consentView } },
    problems: ['malformed', 'plan-invalid', 'plan-unreadable', 'busy', 'not-an-applier', 'nothing-to-consent', 'consent-missing', 'revision-not-sealed'],
    async handle({ params, body, query, by, caller, reading }, services) {
      // Before a thread reads the text: who does not act in a plan has no say in it. Those of other plans wait in other turns.
      if (!reading.acts) throw new Problem('nothing-to-consent', `The plan '${params.plan}' gives '${by}' no say that it could take.`);
      const inTurn = { ...services, plans: services.plans.of(by, rightNameOf(services.site.now(), String(params.plan))) };
      const read = await readPlan(inTurn, body, query.file, caller, params.plan);
      const { plan } = read;
      if (plan.plan !== params.plan)
        throw new Problem('malformed', `The address names the plan '${params.plan}', but the document is the plan '${plan.plan}'.`);
      const losses = (await lossesBy(inTurn, read)).filter(({ person }) => person === by);
      if (losses.length === 0) throw new Problem('nothing-to-consent', `The plan '${plan.plan}' as it is sent takes no say from '${by}'.`);
      const consent = consentTo(read, by);
      await services.store.saveMessage(await services.sealer.seal(consent));
      return { status: 200, body: { plan: plan.plan, ...consent.body, losses } };
    },
  }),
];
