/**
 * After a worker was killed, Temporal's core may handle what came meanwhile at the time of the task before, where a query and an update wait too, and in a replay at
 * the time of its own task (docs/decisions/0270-no-step-follows-from-the-time-of-one-task.md). So a history has to replay at either time.
 */
import { Worker } from '@temporalio/worker';
import { expect, test } from 'vitest';
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
    const workflowBundle = await bundle();
    for (const id of ['test/wave-1', 'test/wave-1/package-1']) {
      const history = await world.client.workflow.getHandle(id).fetchHistory();
      for (const timeOf of [own, earlier(() => true), ...some.map(earlier), laterByTimer(() => true), ...some.map(laterByTimer)])
        await Worker.runReplayHistory({ workflowBundle }, at(history, timeOf), id);
    }
  }),
);
