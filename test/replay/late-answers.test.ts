/**
 * The time after a local activity is not the same in a replay: the first run may hear the answer in a later task. What a workflow does next must not follow
 * from it, or its history no longer replays and the workflow stands still.
 */
import { Worker } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { bundle } from '../../worker/bundle.ts';
import { worlds } from '../workflows/world.ts';
import type { History } from './paths.ts';

const { inWorld } = worlds();

interface Marked {
  complete_time: { seconds: number; nanos: number };
}

/** The history as it would be if the answer of each local activity had come this much later. */
function answeredLater(history: History, byMs: number): History {
  const changed = structuredClone(history);
  let answers = 0;
  for (const { markerRecordedEventAttributes: marker } of changed.events ?? []) {
    const payload = marker?.details?.['data']?.payloads?.[0];
    if (marker?.markerName !== 'core_local_activity' || !payload?.data) continue;
    const marked = JSON.parse(Buffer.from(payload.data).toString()) as Marked;
    answers += 1;
    const ms = marked.complete_time.seconds * 1_000 + marked.complete_time.nanos / 1e6 + byMs;
    const complete_time = { seconds: Math.floor(ms / 1_000), nanos: Math.round((ms % 1_000) * 1e6) };
    payload.data = Buffer.from(JSON.stringify({ ...marked, complete_time }));
  }
  expect(answers).toBeGreaterThan(1);
  return changed;
}

test(
  'a wave replays when the answer about keys came in a task of its own and a message came ten seconds later',
  inWorld(async (world) => {
    await world.apply(world.plan());
    const wave = world.client.workflow.getHandle('test/wave-1');
    for (let count = 1; count <= 3; count += 1) {
      await wave.signal('note', world.seal('note', 'ines', {}, { text: `note ${count}` }));
      // Not by a query: its answer may end the task in which the keys are asked for (docs/decisions/0245-a-query-in-the-task-of-a-local-activity.md).
      await expect
        .poll(async () => (await world.store.events({ plan: 'test', wave: 'wave-1' })).filter(({ kind }) => kind === 'note').length, { timeout: 30_000 })
        .toBe(count);
      await world.sleep(10_100);
    }
    await replaysWhenAnsweredLater(await wave.fetchHistory(), 'test/wave-1');
  }),
);

async function replaysWhenAnsweredLater(history: History, id: string): Promise<void> {
  const workflowBundle = await bundle();
  const failed: string[] = [];
  for (const byMs of [0, 50, 250, 2_000])
    await Worker.runReplayHistory({ workflowBundle }, answeredLater(history, byMs), id).catch((error: Error) => failed.push(`${byMs} ms: ${error.message}`));
  expect(failed).toEqual([]);
}
