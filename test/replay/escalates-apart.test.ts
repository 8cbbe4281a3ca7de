/** A wave that has the other changes of 0.4.0, and escalated before waves did so at seconds of their own, as one of a version in development. */
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { engineTaskQueue, measuringTaskQueue, recordsTaskQueue, systemTaskQueue } from '../../domain/messages.ts';
import { openStore } from '../../store/open.ts';
import { bundle } from '../../worker/bundle.ts';
import { acceptedWhenSealed } from '../support/accepted-when-sealed.ts';
import { createDatabase } from '../support/database.ts';
import { startTimeSkipping } from '../support/time-skipping.ts';
import { dayMs, World } from '../workflows/world.ts';
import { anotherVersion } from './another-version.ts';

const stepsFrom = (by: string) =>
  anotherVersion([{ file: 'workflows/shared/requests.ts', text: "isPatched('escalates-apart') ? stepsBegin(addressText(address)) : 0", by }]);

test('replays, and its notices keep the ids that the store has', { timeout: 180_000 }, async () => {
  const [before, unmarked] = [await stepsFrom('0'), await stepsFrom('stepsBegin(addressText(address))')];
  const [environment, database] = await Promise.all([startTimeSkipping(), createDatabase('escalates-apart')]);
  const store = acceptedWhenSealed(await openStore(database.url, { migrate: true }));
  try {
    const world = new World(environment, store, await environment.currentTimeMs());
    const shared = { connection: environment.nativeConnection, activities: world.activities() };
    const beside = await Promise.all(
      [recordsTaskQueue, measuringTaskQueue, systemTaskQueue('erp')].map((taskQueue) => Worker.create({ ...shared, taskQueue })),
    );
    const running = Promise.all(beside.map((worker) => worker.run()));
    /** Without a cache, every step replays the whole history. */
    const under = async <T>(workflowBundle: WorkflowBundle, act: () => Promise<T>): Promise<T> => {
      const worker = await Worker.create({ ...shared, taskQueue: engineTaskQueue, maxCachedWorkflows: 0, workflowBundle });
      return worker.runUntil(act);
    };
    const shown = async () => (await world.wave()).requests?.map(({ notice }) => notice) ?? [];
    const stored = async () => await store.notices({ plan: 'test' });
    await under(before, async () => {
      await world.apply(world.plan({ notices: { onCall: ['hugo'] } }));
      await world.untilWave((view) => view.requests?.some(({ kind }) => kind === 'signOff') ?? false);
      await world.sleep(3 * dayMs);
      await expect.poll(async () => (await stored()).filter(({ level }) => level === 'onCall').length, { timeout: 20_000 }).toBe(2);
    });
    const ids = (await stored()).map(({ id }) => id);
    const history = await environment.client.workflow.getHandle('test/wave-1').fetchHistory();
    await Worker.runReplayHistory({ workflowBundle: await bundle() }, history);
    const now = await under(await bundle(), shown);
    expect(now).toHaveLength(2);
    expect(ids).toEqual(expect.arrayContaining(now));
    // It finds what it is for.
    expect(ids).not.toEqual(expect.arrayContaining(await under(unmarked, shown)));
    for (const worker of beside) worker.shutdown();
    await running;
  } finally {
    await store.close();
    await environment.teardown();
    await database.drop();
  }
});
