/**
 * After a worker was killed, Temporal's core may handle what came meanwhile at the time of the task before, where a query and an update wait too, and in a replay at
 * the time of its own task (docs/decisions/0270-no-step-follows-from-the-time-of-one-task.md). So a history has to replay at either time.
 */
import { Worker } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { bundle } from '../../worker/bundle.ts';
import { dayMs, worlds, type World } from '../workflows/world.ts';

const { inWorld } = worlds();
type History = Awaited<ReturnType<ReturnType<World['client']['workflow']['getHandle']>['fetchHistory']>>;

/** Of each task that was completed, which other one it is handled at the time of. */
function at(history: History, timeOf: (task: number, isTimer: boolean) => number): History {
  const copy = structuredClone(history);
  const events = copy.events ?? [];
  const tasks = events.flatMap((event, index) =>
    event.workflowTaskStartedEventAttributes && events[index + 1]?.workflowTaskCompletedEventAttributes ? [{ event, index }] : [],
  );
  expect(tasks.length).toBeGreaterThan(10);
  const times = tasks.map(({ event }) => event.eventTime);
  // What is before the two events of the task itself woke it.
  for (const [task, { event, index }] of tasks.entries())
    event.eventTime = times[timeOf(task, Boolean(events[index - 2]?.timerFiredEventAttributes))] ?? event.eventTime!;
  return copy;
}

const some = [2, 3, 5].flatMap((n) => Array.from({ length: n }, (_, rest) => (task: number) => task % n === rest));
const own = (task: number) => task;
const earlier = (isEarly: (task: number) => boolean) => (task: number) => (isEarly(task) ? Math.max(0, task - 1) : task);
/** As where no worker ran when the timer rang. */
const laterByTimer = (isLate: (task: number) => boolean) => (task: number, isTimer: boolean) => (isTimer && isLate(task) ? task + 1 : task);

test(
  'a wave and a package replay, whether each of their tasks is handled at its own time, at that of the task before or, woken by a timer, later',
  { timeout: 180_000 },
  inWorld(async (world) => {
    await world.apply(world.plan());
    await world.makeReady();
    await world.sleep(2 * dayMs);
    await world.accepted('note', 'ines', {}, { text: 'after two days' });
    await world.sleepUntil(world.goLiveMs);
    await world.untilWatched();
    const address = { package: 'package-1' };
    for (let day = 1; day <= 3; day += 1) {
      await world.sleep(dayMs);
      await world.accepted('note', 'olga', address, { text: `day ${day}` });
    }
    await world.accepted('rollback', 'olga', address, { reason: 'exceptions' });
    const { proposal } = await world.untilPackage((view) => view.proposal?.kind === 'rollback');
    await world.accepted('decide', 'olga', address, { proposal: proposal!.id, kind: 'rollback', answer: 'approve', reason: 'agreed' });
    await world.untilPackage(({ state }) => state === 'Rolled back');
    await replaysAtAnyTime(world, ['test/wave-1', 'test/wave-1/package-1']);
  }),
);

async function replaysAtAnyTime(world: World, ids: string[]): Promise<void> {
  const workflowBundle = await bundle();
  for (const id of ids) {
    const history = await world.client.workflow.getHandle(id).fetchHistory();
    for (const timeOf of [own, earlier(() => true), ...some.map(earlier), laterByTimer(() => true), ...some.map(laterByTimer)])
      await Worker.runReplayHistory({ workflowBundle }, at(history, timeOf), id);
  }
}

test(
  'so does a wave that goes live together, in which one package was compared too long before the other, and is compared again',
  { timeout: 180_000 },
  inWorld(async (world) => {
    const auditors = { entitlements: [{ system: 'erp', role: 'auditor' }], legacy: [] };
    await world.apply(world.plan({ packages: [{}, auditors], waves: [{ goLiveTogether: true }] }));
    await world.makeReady('package-1');
    await world.makeReady('package-2');
    const { snapshot } = world.system;
    let compared = 0;
    let isSilent = true;
    world.system.snapshot = async (roles, ...more) => {
      if (isSilent && roles.includes('auditor')) throw new SystemUnavailable('nobody answers');
      if (roles.includes('clerk')) compared += 1;
      return snapshot(roles, ...more);
    };
    await world.sleepUntil(world.goLiveMs);
    await world.untilWave(({ stage }) => stage === 'recheck');
    await world.sleep(1_800_000);
    expect(compared).toBe(1);
    isSilent = false;
    await world.sleep(600_000);
    await world.untilWatched('package-2');
    const handle = world.client.workflow.getHandle('test/wave-1');
    const { events } = await handle.fetchHistory();
    const comparisons = events?.filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'recheckSystem');
    expect(comparisons).toHaveLength(4);
    await replaysAtAnyTime(world, ['test/wave-1']);
  }),
);
