/** Compares a plan with the live systems without changing anything. Only workers reach the systems, so a short workflow does it. */
import type { z } from 'zod';
import { workflowTypes } from '../../../domain/messages.ts';
import type { Plan } from '../../../domain/plan/schema.ts';
import { simulatedTotals, simulationOf } from '../../../domain/plan/simulation.ts';
import { systemsBefore, type Released } from '../../../domain/release/definition-change.ts';
import { simulationView, type SimulationView } from '../../../domain/views/simulation.ts';
import { nextInPlan, ofPackage, rolledBackIn } from '../../../domain/release/releases.ts';
import { defineRoute } from '../../route.ts';
import type { Services } from '../../route.ts';
import { askWorker, type Question } from '../ask-worker.ts';
import { applierProblems, assertSiteLets, planLimit, readPlan, requireApplier } from '../read-plan.ts';
import { releasesOf } from '../released.ts';
import { planQuery } from '../validate/route.ts';

export const routes = [
  defineRoute<Uint8Array, z.output<typeof planQuery>>({
    method: 'post',
    path: '/v1/plans/simulate',
    group: 'plans',
    reads: 'appliers',
    summary: 'What a plan would grant and retire in the live systems; changes nothing',
    body: 'yaml',
    bodyLimit: planLimit,
    query: planQuery,
    answers: { 200: { what: 'per package and system, and in total', schema: simulationView } },
    problems: [...applierProblems, 'systems-not-read', 'no-worker', 'engine-unreachable'],
    async handle({ body, query, caller, gone }, services) {
      const read = await readPlan(services, body, query.file, caller);
      requireApplier(services.site.now(), read, caller);
      await assertSiteLets(services, read);
      const releases = await releasesOf(services, read.plan.plan);
      const simulated = await simulate(services, read.plan, alsoIn(read.plan, releases), { by: caller.id, gone });
      const packages = simulated.packages.map((each) => withRollback(each, read.plan, releases));
      return { status: 200, body: { ...simulated, packages, totals: simulatedTotals(packages) } };
    },
  }),
];

/** By package: systems in which its releases granted access, where the package's next wave changes that. */
function alsoIn(plan: Plan, releases: Released[]): Record<string, string[]> {
  return Object.fromEntries(
    plan.packages.flatMap(({ id }) => {
      const next = nextInPlan(plan, id, ofPackage(releases, id));
      const systems = next && systemsBefore(plan, next.wave, releases).get(id);
      return systems ? [[id, [...systems]]] : [];
    }),
  );
}

/** What would be granted looks the same as before the first release. */
function withRollback(simulated: SimulationView['packages'][number], plan: Plan, releases: Released[]): SimulationView['packages'][number] {
  const rolledBack = rolledBackIn(plan, simulated.package, ofPackage(releases, simulated.package));
  return rolledBack ? { ...simulated, rolledBack } : simulated;
}

async function simulate(services: Services, plan: Plan, before: Record<string, string[]>, asker: Pick<Question, 'by' | 'gone'>): Promise<SimulationView> {
  return askWorker<SimulationView>(services, {
    type: workflowTypes.simulation,
    id: `simulate/${plan.plan}`,
    summary: `What plan ${plan.plan} would change`,
    plan,
    input: (draft) => simulationOf(plan, draft, before),
    ...asker,
  });
}
