/**
 * Readers must not change what a workflow does. A query that comes with a workflow task ends that task, and a local activity that ends meanwhile is then heard
 * one task later than its marker says, so the history no longer replays (docs/decisions/0245-records-as-ordinary-activities.md).
 */
import { Worker } from '@temporalio/worker';
import { test } from 'vitest';
import { bundle } from '../../worker/bundle.ts';
import { dayMs, worlds } from '../workflows/world.ts';

const { inWorld } = worlds();
type World = Parameters<Parameters<typeof inWorld>[0]>[0];

/** Reads the workflow as fast as it answers while `act` runs. */
async function whileRead(world: World, id: string, act: () => Promise<void>): Promise<void> {
  const handle = world.client.workflow.getHandle(id);
  let reading = true;
  const read = async () => {
    while (reading) await handle.query('currentState');
  };
  const readers = [read(), read(), read()];
  try {
    await act();
  } finally {
    reading = false;
    await Promise.all(readers);
  }
}

async function replays(world: World, id: string): Promise<void> {
  await Worker.runReplayHistory({ workflowBundle: await bundle() }, await world.client.workflow.getHandle(id).fetchHistory(), id);
}

test(
  'a wave and a package that are read without a pause from the first evidence to the rollback replay',
  { timeout: 180_000 },
  inWorld(async (world) => {
    await world.apply(world.plan());
    await whileRead(world, 'test/wave-1', async () => {
      await world.makeReady();
      await world.sleepUntil(world.goLiveMs);
      await world.untilWatched();
    });
    const at = { package: 'package-1' };
    await whileRead(world, 'test/wave-1/package-1', async () => {
      for (let day = 1; day <= 3; day += 1) {
        await world.sleep(dayMs);
        await world.accepted('note', 'olga', at, { text: `day ${day}` });
      }
      await world.accepted('rollback', 'olga', at, { reason: 'exceptions' });
      const { proposal } = await world.untilPackage((view) => view.proposal?.kind === 'rollback');
      await world.accepted('decide', 'olga', at, { proposal: proposal!.id, kind: 'rollback', answer: 'approve', reason: 'agreed' });
      await world.untilPackage(({ state }) => state === 'Rolled back');
    });
    for (const id of ['test/wave-1', 'test/wave-1/package-1']) await replays(world, id);
  }),
);
