/** The short workflow that says what a plan would change. Its history does not contain the plan, and nothing changes. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { engineTaskQueue, workflowTypes } from '../../domain/messages.ts';
import { simulationOf } from '../../domain/plan/simulation.ts';
import { metricTrialView, type MetricTrialView } from '../../domain/views/metric-trial.ts';
import { simulationView, type SimulationView } from '../../domain/views/simulation.ts';
import { metric } from '../support/plan.ts';
import { dayMs, worlds } from './world.ts';

const { inWorld } = worlds();

test(
  'the simulation says what would be granted and retired, per package and in total, and changes nothing',
  inWorld(async (world) => {
    const before = world.system.held();
    const plan = world.plan({ packages: [{}, {}] });
    const answer = await world.client.workflow.execute(workflowTypes.simulation, {
      workflowId: `simulate/test/${randomUUID()}`,
      taskQueue: engineTaskQueue,
      args: [simulationOf(plan, await world.store.saveDraft(plan), {})],
    });
    const each = { toGrant: 6, alreadyThere: 0, toRetire: 2 };
    expect(answer).toMatchObject({
      plan: 'test',
      packages: ['package-1', 'package-2'].map((id) => ({ package: id, problems: [], parts: [{ system: 'erp', ...each }] })),
      totals: { erp: { toGrant: 12, alreadyThere: 0, toRetire: 4 } },
    });
    expect(world.system.held()).toEqual(before);
  }),
);

test(
  'what all packages of a wave change together counts each person once, and rules across two systems are judged',
  inWorld(
    async (world) => {
      world.system.grantAs('dba', 'auditor', 'ann');
      const plan = world.plan({
        systems: ['erp', 'lab'],
        packages: [{}, {}],
        incompatible: [
          {
            id: 'clerk-and-auditor',
            reason: 'Nobody audits their own work',
            entitlements: [
              { system: 'erp', role: 'clerk' },
              { system: 'lab', role: 'auditor' },
            ],
          },
        ],
      });
      const answer = await world.client.workflow.execute<(input: object) => Promise<SimulationView>>(workflowTypes.simulation, {
        workflowId: `simulate/test/${randomUUID()}`,
        taskQueue: engineTaskQueue,
        args: [simulationOf(plan, await world.store.saveDraft(plan), {})],
      });
      expect(simulationView.parse(answer)).toMatchObject({
        packages: [1, 2].map(() => ({
          problems: [],
          parts: [{ system: 'erp' }],
          incompatible: [{ rule: 'clerk-and-auditor', existing: 0, caused: 1, excepted: 0, resolved: 0 }],
        })),
        waves: [{ wave: plan.waves[0]?.id, systems: [{ system: 'erp', people: 3, packages: 2 }] }],
      });
      expect(answer.packages.map(({ parts }) => parts.length)).toEqual([1, 1]);
    },
    ['erp', 'lab'],
  ),
);

test(
  'a simulation asks a system for four packages at a time, after everything else that is asked there',
  inWorld(async (world) => {
    const plan = world.plan({ packages: Array.from({ length: 10 }, () => ({})) });
    const handle = await world.client.workflow.start<(input: object) => Promise<{ packages: { parts: unknown[] }[] }>>(workflowTypes.simulation, {
      workflowId: `simulate/test/${randomUUID()}`,
      taskQueue: engineTaskQueue,
      args: [simulationOf(plan, await world.store.saveDraft(plan), {})],
    });
    expect((await handle.result()).packages.map(({ parts }) => parts.length)).toEqual(Array.from({ length: 10 }, () => 1));
    const { events } = await handle.fetchHistory();
    let [pending, most] = [0, 0];
    for (const event of events ?? []) {
      // At the end, the store is asked what all of them together say.
      if (event.activityTaskScheduledEventAttributes?.activityType?.name === 'simulateTogether') break;
      if (event.activityTaskScheduledEventAttributes) {
        pending += 1;
        expect(event.activityTaskScheduledEventAttributes.priority?.priorityKey).toBe(5);
      }
      if (event.activityTaskCompletedEventAttributes) pending -= 1;
      most = Math.max(most, pending);
    }
    expect(most).toBe(4);
  }),
);

test(
  'a metric of the plan is measured for the person who asks: as an evaluation and as a baseline, and nothing is stored',
  inWorld(async (world) => {
    const plan = world.plan({ metrics: [metric('adoption'), metric('exceptions', { kind: 'rate', delay: '6h', lookback: '2d' })] });
    world.readings['exceptions'] = { count: 28 };
    const answer = await world.client.workflow.execute<(input: object) => Promise<MetricTrialView>>(workflowTypes.metricTrial, {
      workflowId: `metric-trial/test/${randomUUID()}`,
      taskQueue: engineTaskQueue,
      args: [{ draft: await world.store.saveDraft(plan), metric: 'exceptions', package: 'package-1' }],
    });
    expect(metricTrialView.parse(answer)).toMatchObject({
      plan: 'test',
      metric: 'exceptions',
      package: 'package-1',
      kind: 'rate',
      people: 3,
      evaluation: { measured: { kind: 'value', value: 14, unit: 'perDay', count: 28 } },
      baseline: { measured: { kind: 'value', value: 2 } },
    });
    const { evaluation, baseline } = answer;
    expect([evaluation.toMs - evaluation.fromMs, baseline.toMs - baseline.fromMs, evaluation.toMs - baseline.toMs]).toEqual([2 * dayMs, 14 * dayMs, 0]);
    expect(await world.store.plans()).toEqual([]);
  }),
);
