/**
 * A release changes the steps of a workflow while windows are open. The old version is today's workflows. The new version has one change behind a patch:
 * a pause whenever an alarm has rung. A third version has that change without the patch, and must not be released.
 */
import { DeterminismViolationError } from '@temporalio/workflow';
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { engineTaskQueue, measuringTaskQueue, recordsTaskQueue, systemTaskQueue } from '../../domain/messages.ts';
import type { Store } from '../../store/contract.ts';
import { openStore } from '../../store/open.ts';
import { bundle } from '../../worker/bundle.ts';
import { acceptedWhenSealed } from '../support/accepted-when-sealed.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { watch } from '../support/plan.ts';
import { startTimeSkipping } from '../support/time-skipping.ts';
import { dayMs, iso, World } from '../workflows/world.ts';
import { anotherVersion, type Edit } from './another-version.ts';

const pause = "await wf.sleep('1 minute', { summary: 'for what is due at the same time' });";
const afterTheAlarm = (step: string): Edit => ({
  file: 'workflows/shared/alarm.ts',
  text: 'if (this.rung) this.set(undefined);',
  by: `if (this.rung) { this.set(undefined); ${step} }`,
});
const behindThePatch: Edit[] = [
  {
    file: 'workflows/patches.ts',
    text: 'export const patches = {',
    by: "export const patches = { 'pause-after-alarm': { stage: 'patched', what: 'waits for what is due at the same time', release: '0.5.0', since: '0.5.0', removable: '0.7.0' },",
  },
  {
    file: 'workflows/shared/alarm.ts',
    text: "import * as wf from '@temporalio/workflow';",
    by: "import * as wf from '@temporalio/workflow';\nimport { isPatched as patchedHere } from '../patches.ts';",
  },
  afterTheAlarm(`if (patchedHere('pause-after-alarm')) ${pause}`),
];

let environment: TestWorkflowEnvironment;
let database: TestDatabase;
let store: Store;
let world: World;
let current: WorkflowBundle;
let patched: WorkflowBundle;
let unpatched: WorkflowBundle;
let stopSystem: () => Promise<void>;

beforeAll(async () => {
  current = await bundle();
  patched = await anotherVersion(behindThePatch);
  unpatched = await anotherVersion([afterTheAlarm(pause)]);
  [environment, database] = await Promise.all([startTimeSkipping(), createDatabase('versions')]);
  store = acceptedWhenSealed(await openStore(database.url, { migrate: true }));
  world = new World(environment, store, await environment.currentTimeMs());
  const stops = await Promise.all([systemTaskQueue('erp'), recordsTaskQueue, measuringTaskQueue].map(async (queue) => started(await worker(queue))));
  stopSystem = async () => {
    for (const stop of stops) await stop();
  };
}, 180_000);

afterAll(async () => {
  await stopSystem();
  await store.close();
  await environment.teardown();
  await database.drop();
});

/** Without a cache, every step replays the whole history, and the server sends no steps to a worker that has stopped. */
const worker = (taskQueue: string, workflowBundle?: WorkflowBundle) =>
  Worker.create({
    connection: environment.nativeConnection,
    activities: world.activities(),
    taskQueue,
    maxCachedWorkflows: 0,
    ...(workflowBundle ? { workflowBundle } : {}),
  });

async function started(running: Worker): Promise<() => Promise<void>> {
  const ended = running.run();
  return async () => {
    running.shutdown();
    await ended;
  };
}

/** Runs the workflows with this version while `act` runs. */
async function under(version: WorkflowBundle, act: () => Promise<void>): Promise<void> {
  const stop = await started(await worker(engineTaskQueue, version));
  try {
    await act();
  } finally {
    await stop();
  }
}

const historyOf = (workflowId: string) => environment.client.workflow.getHandle(workflowId).fetchHistory();
type History = Awaited<ReturnType<typeof historyOf>>;
/** Of the new version. */
const patchMarkers = ({ events }: History) =>
  (events ?? []).filter(({ markerRecordedEventAttributes: marker }) =>
    marker?.details?.['patch-data']?.payloads?.some(({ data }) => Buffer.from(data ?? []).includes('steps of 0.5.0')),
  );
const pauses = ({ events }: History) => (events ?? []).filter(({ timerStartedEventAttributes: timer }) => Number(timer?.startToFireTimeout?.seconds) === 60);
const evaluations = async (wave: string) => (await store.evaluations({ plan: 'test', wave, package: 'package-1' })).map(({ dueMs }) => dueMs);

/** After the first window has ended. */
const secondGoLiveMs = () => world.goLiveMs + 10 * dayMs;
const aWeek = watch('7d', { metric: 'exceptions', tune: { above: 10 }, rollback: { above: 50 } });

describe('a change of steps', { timeout: 180_000 }, () => {
  test('a window that began under the old version ends under the new one, with the old steps', async () => {
    const plan = world.plan({
      // Every step replays all that was before it, so the windows are as short as windows are.
      packages: [{ watch: aWeek }, { legacy: [], watch: aWeek }],
      waves: [{ packages: [{ package: 'package-1' }] }, { id: 'wave-2', goLive: iso(secondGoLiveMs()), packages: [{ package: 'package-2' }] }],
    });
    let endMs = 0;
    await under(current, async () => {
      await world.apply(plan);
      await world.makeReady();
      await world.sleepUntil(world.goLiveMs);
      const { watch } = await world.untilGranted(6);
      endMs = watch.endMs;
      await world.sleepUntil(watch.startMs + 5 * dayMs);
      await world.untilPackage((view) => view.watch.evaluations === 5);
    });
    const before = await historyOf('test/wave-1/package-1');
    // An edit that does not run says so here, and would only stop the clock below.
    await Worker.runReplayHistory({ workflowBundle: patched }, before);
    await under(patched, async () => {
      await world.sleepUntil(endMs);
      await world.untilPackage((view) => view.state === 'Stable');
      expect(await evaluations('wave-1')).toHaveLength(7);
      const old = await historyOf('test/wave-1/package-1');
      expect(old.events?.length).toBeGreaterThan(before.events?.length ?? 0);
      expect([patchMarkers(old), pauses(old)]).toEqual([[], []]);
    });
  });

  test('a window that began under the old version replays under the new one, but not without the patch', async () => {
    const history = await historyOf('test/wave-1/package-1');
    await Worker.runReplayHistory({ workflowBundle: patched }, history);
    await expect(Worker.runReplayHistory({ workflowBundle: unpatched }, history)).rejects.toThrow(DeterminismViolationError);
  });

  test('a window that begins under the new version has the new steps, and does not replay under the old one', async () => {
    await under(patched, async () => {
      await world.makeReady('package-2', ['olga'], 'wave-2');
      await world.sleepUntil(secondGoLiveMs());
      const { watch } = await world.untilWatched('package-2', 'wave-2');
      await world.sleepUntil(watch.startMs + 3 * dayMs);
      await world.untilPackage((view) => view.watch.evaluations === 3, 'package-2', 'wave-2');
    });
    const history = await historyOf('test/wave-2/package-2');
    expect(patchMarkers(history)).toHaveLength(1);
    expect(pauses(history).length).toBeGreaterThanOrEqual(3);
    await Worker.runReplayHistory({ workflowBundle: patched }, history);
    await expect(Worker.runReplayHistory({ workflowBundle: current }, history)).rejects.toThrow(DeterminismViolationError);
  });
});
