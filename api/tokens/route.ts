/** Without an identity provider: a short-lived token for a person of a plan or of the site file, for callers on this machine. */
import { z } from 'zod';
import { personId } from '../../domain/plan/fields.ts';
import { nearest } from '../../domain/plan/nearest.ts';
import type { Plan } from '../../domain/plan/schema.ts';
import { peopleNamedBy } from '../../domain/site/people.ts';
import { tokenView } from '../../domain/views/service.ts';
import { Problem } from '../errors.ts';
import { inParallel } from '../in-parallel.ts';
import { planLimit } from '../plans/read-plan.ts';
import { defineRoute } from '../route.ts';
import type { Services } from '../route.ts';

const body = z.strictObject({
  person: personId.optional().describe('absent: the first who operates every applied plan, or the plan in this request'),
  plan: z.string().optional().describe('text of a plan that contains the person but is not applied yet'),
});

const notOffered = 'This endpoint issues no tokens. It issues them only when started with ROLEWAVE_DEMO=1.';

export const routes = [
  defineRoute<z.output<typeof body>>({
    method: 'post',
    path: '/v1/tokens',
    group: 'service',
    reads: 'anyone',
    summary: 'Without an identity provider: a token for a person of an applied plan or of the site file, for 15 minutes',
    body,
    bodyLimit: 2 * planLimit,
    answers: { 200: { what: 'the token', schema: tokenView } },
    problems: ['no-such-route', 'not-loopback', 'unknown-person', 'no-person-named', 'plan-invalid', 'plan-unreadable', 'busy'],
    missing: ({ demoTokens }) => (demoTokens ? undefined : notOffered),
    async handle(asked, services) {
      if (!services.demoTokens) throw new Problem('no-such-route', notOffered);
      if (!asked.fromThisMachine) throw new Problem('not-loopback', 'The request does not come from this machine.');
      const { person, plan } = asked.body;
      const plans = plan === undefined ? await appliedPlans(services) : [peopleOf(await planIn(services, plan))];
      const given = person ?? operatorOf(plans);
      if (!plans.some(({ people }) => people.has(given)) && !peopleNamedBy(services.site.now()).has(given))
        throw new Problem('unknown-person', whoIsExpected(given, plans, `${plan === undefined ? 'any applied plan' : 'this plan'} or of the site file`));
      return { status: 200, body: { ...(await services.demoTokens.issue(given)), person: given }, headers: { 'Cache-Control': 'no-store' } };
    },
  }),
];

const mostNamed = 5;

/** Of several plans none is told about: who asks may belong to another one. */
function whoIsExpected(given: string, plans: PlanPeople[], where: string): string {
  const first = `'${given}' is not the id of a person of ${where}`;
  if (plans.length === 0) return `${first}: no plan is applied yet. Apply one as one of its operators.`;
  if (plans.length > 1) return `${first}. Name somebody of a plan that you know, such as one of its operators.`;
  const near = nearest(given, new Set(plans.flatMap(({ people }) => [...people])));
  if (near !== undefined) return `${first}; did you mean '${near}'?`;
  const operators = [...new Set(plans.flatMap((each) => [...each.operators]))];
  const more = operators.length > mostNamed ? ` and ${operators.length - mostNamed} more` : '';
  return `${first}. The operators are ${operators.slice(0, mostNamed).join(', ')}${more}.`;
}

async function planIn({ plans }: Services, text: string): Promise<Plan> {
  // Only the people matter here, not the dates.
  const read = await plans.check(Buffer.from(text), 'plan', { nowMs: 0 });
  if (!read.ok) throw new Problem('plan-invalid', 'The plan in the request has mistakes.', { mistakes: read.mistakes });
  return read.plan;
}

interface PlanPeople {
  operators: readonly string[];
  people: ReadonlySet<string>;
}

const peopleOf = ({ operators, people }: Plan): PlanPeople => ({ operators, people: new Set(people.map(({ id }) => id)) });

async function appliedPlans({ store }: Services): Promise<PlanPeople[]> {
  const latest = await inParallel(8, await store.plans(), ({ plan }) => store.latestOutline(plan));
  return latest.flatMap((revision) =>
    revision ? [{ operators: revision.outline.facts.operators, people: new Set(revision.outline.facts.teams.keys()) }] : [],
  );
}

/** Throws where there is none. */
function operatorOf([first, ...others]: PlanPeople[]): string {
  const found = first?.operators.find((operator) => others.every(({ operators }) => operators.includes(operator)));
  if (found !== undefined) return found;
  throw new Problem(
    'no-person-named',
    first
      ? 'Several plans are applied, and nobody operates all of them who could be meant.'
      : 'No plan is applied yet, so there is no operator who could be meant.',
  );
}
