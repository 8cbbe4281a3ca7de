/** People are in the plan, the preview and the ledger, and never in a history: a release of a thousand people costs Temporal what one of three costs. */
import { expect, test } from 'vitest';
import { people, usualPeople } from '../support/plan.ts';
import { dayMs, worlds, type World } from './world.ts';

const { inWorld } = worlds();

interface Size {
  events: number;
  bytes: number;
}

/** Of the wave's and of the package's history, after a release, an evaluation and a rollback that revokes everything. */
async function sizes(world: World, cohort: string[]): Promise<{ wave: Size; package: Size }> {
  await world.apply(world.plan({ people: people(...new Set([...usualPeople, ...cohort])), packages: [{ cohort, rollback: { approval: 'automatic' } }] }));
  await world.makeReady();
  await world.sleepUntil(world.goLiveMs);
  const { watch } = await world.untilGranted(2 * cohort.length);
  world.readings['exceptions'] = { value: 99 };
  await world.sleepUntil(watch.startMs + dayMs);
  expect(await world.client.workflow.getHandle('test/wave-1/package-1').result()).toMatchObject({
    state: 'Rolled back',
    why: expect.stringContaining(`${2 * cohort.length} granted, ${2 * cohort.length} revoked`),
  });
  return { wave: await sizeOf(world, 'test/wave-1'), package: await sizeOf(world, 'test/wave-1/package-1') };
}

async function sizeOf(world: World, workflowId: string): Promise<Size> {
  const { events = [] } = await world.client.workflow.getHandle(workflowId).fetchHistory();
  return { events: events?.length ?? 0, bytes: JSON.stringify(events).length };
}

test('a release of a thousand people, and its rollback, make histories as long as those of three', { timeout: 180_000 }, async () => {
  const measured: Awaited<ReturnType<typeof sizes>>[] = [];
  const cohorts = [['ann', 'ben', 'cem'], Array.from({ length: 1_000 }, (_, index) => `person-${index}`)];
  for (const cohort of cohorts) await inWorld(async (world) => void measured.push(await sizes(world, cohort)))();
  const [few, many] = measured;
  for (const each of ['wave', 'package'] as const) {
    // How many tasks a worker needs for the same steps varies, by three events each, and numbers have more digits.
    expect(many![each].events, each).toBeLessThan(few![each].events * 1.25);
    expect(many![each].bytes, each).toBeLessThan(few![each].bytes * 1.25);
  }
});
