/** The short workflow that says what a plan would change: its history has no plan, and nothing changes. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { engineTaskQueue, workflowTypes } from '../../domain/messages.ts';
import { simulationOf } from '../../domain/plan/simulation.ts';
import { worlds } from './world.ts';

const { inWorld } = worlds();

test(
  'it answers per package and in total what would be granted and retired, and changes nothing',
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
