/** The short workflow that says what a plan would change. The plan is not in the store, and nothing changes. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { engineTaskQueue, workflowTypes } from '../../domain/messages.ts';
import { worlds } from './world.ts';

const { inWorld } = worlds();

test(
  'the simulation says what would be granted and retired, per package and in total, and changes nothing',
  inWorld(async (world) => {
    const before = world.system.held();
    const plan = world.plan({ packages: [{}, {}] });
    const answer = await world.client.workflow.execute(workflowTypes.simulation, {
      workflowId: `simulate/test/${randomUUID()}`,
      taskQueue: engineTaskQueue,
      args: [{ plan }],
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
