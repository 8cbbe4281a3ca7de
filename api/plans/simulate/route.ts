/** Compares a plan with the live systems without changing anything. Only workers reach the systems, so a short workflow does it. */
import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import { TimeoutFailure } from '@temporalio/common';
import type { z } from 'zod';
import { engineTaskQueue, workflowTypes } from '../../../domain/messages.ts';
import type { Plan } from '../../../domain/plan/schema.ts';
import { simulationOf, type SimulationInput } from '../../../domain/plan/simulation.ts';
import { systemsBefore } from '../../../domain/release/definition-change.ts';
import { simulationView, type SimulationView } from '../../../domain/views/simulation.ts';
import { nextInPlan, ofPackage } from '../../../domain/release/releases.ts';
import { isUnreachable } from '../../engine.ts';
import { Problem } from '../../errors.ts';
import { defineRoute } from '../../route.ts';
import type { Services } from '../../route.ts';
import { assertOperator, planLimit, readPlan } from '../read-plan.ts';
import { releasesOf } from '../released.ts';
import { planQuery } from '../validate/route.ts';

export const routes = [
  defineRoute<Uint8Array, z.output<typeof planQuery>>({
    method: 'post',
    path: '/v1/plans/simulate',
    group: 'plans',
    summary: 'What a plan would grant and retire in the live systems; changes nothing',
    body: 'yaml',
    bodyLimit: planLimit,
    query: planQuery,
    answers: { 200: { what: 'per package and system, and in total', schema: simulationView } },
    problems: ['plan-invalid', 'not-an-operator', 'simulation-failed', 'no-worker', 'engine-unreachable'],
    async handle({ body, query, by }, services) {
      const read = await readPlan(services, body, query.file);
      assertOperator(by, read);
      return { status: 200, body: await simulate(services, read.plan, await alsoIn(services, read.plan)) };
    },
  }),
];

/** By package: systems in which its releases granted access, where the package's next wave changes that. */
async function alsoIn(services: Services, plan: Plan): Promise<Record<string, string[]>> {
  const releases = await releasesOf(services, plan.plan);
  return Object.fromEntries(
    plan.packages.flatMap(({ id }) => {
      const next = nextInPlan(plan, id, ofPackage(releases, id));
      const systems = next && systemsBefore(plan, next.wave, releases).get(id);
      return systems ? [[id, [...systems]]] : [];
    }),
  );
}

async function simulate({ engine, store, simulateWithinMs }: Services, plan: Plan, before: Record<string, string[]>): Promise<SimulationView> {
  const input = simulationOf(plan, await store.saveDraft(plan), before);
  try {
    // The deadline is a little later than the workflow's own timeout, so that Temporal's answer arrives first.
    return await engine.client.connection.withDeadline(Date.now() + simulateWithinMs + 5_000, () =>
      engine.client.workflow.execute<(asked: SimulationInput) => Promise<SimulationView>>(workflowTypes.simulation, {
        workflowId: `simulate/${plan.plan}/${randomUUID()}`,
        taskQueue: engineTaskQueue,
        workflowExecutionTimeout: simulateWithinMs,
        staticSummary: `What plan ${plan.plan} would change`,
        args: [input],
      }),
    );
  } catch (error) {
    if (error instanceof WorkflowFailedError) {
      if (error.cause instanceof TimeoutFailure)
        throw new Problem('no-worker', `No answer within ${simulateWithinMs / 1_000} seconds: no worker is running, or none for the systems of the plan.`);
      throw new Problem('simulation-failed', rootMessage(error));
    }
    if (isUnreachable(error)) throw new Problem('engine-unreachable', 'The Temporal server did not answer in time.');
    throw error;
  }
}

/** Temporal wraps the cause in its own failures; the innermost one is about the system. */
function rootMessage(error: Error): string {
  return error.cause instanceof Error ? rootMessage(error.cause) : error.message;
}
