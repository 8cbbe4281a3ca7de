/**
 * While no worker runs, signals are kept, and updates wait. The task that the next worker gets has both, and Temporal's core handles the signals at the time of the
 * task before: what a workflow does must not follow from that time, or its history does not replay.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planText, startEndpoint, type Endpoint } from '../support/endpoint.ts';
import { bundle } from '../../worker/bundle.ts';

let api: Endpoint;
beforeAll(async () => {
  // Longer than a worker takes to start on a busy machine.
  api = await startEndpoint({ answerWithinMs: 15_000 });
  await api.startWorker();
});
afterAll(() => api?.close());

const note = (text: string) => api.send('ines', 'POST', '/v1/waves/test/wave-1/notes', { text });

test('a wave that got a signal and an update while no worker ran replays', async () => {
  expect((await api.send('ines', 'POST', '/v1/plans', planText())).status).toBe(200);
  expect((await note('before')).status).toBe(200);
  await api.stopWorker();
  // Longer than keys were once taken for fresh. With no worker the endpoint sends its message as a signal once it has waited for an answer.
  await sleep(8_000);
  expect((await note('a signal')).status).toBe(202);
  const update = note('an update');
  await sleep(500);
  await api.startWorker();
  expect((await update).status).toBe(200);
  expect((await note('after')).status).toBe(200);
  const wave = api.client.workflow.getHandle('test/wave-1');
  await Worker.runReplayHistory({ workflowBundle: await bundle() }, await wave.fetchHistory(), 'test/wave-1');
  const { notes } = (await api.send('ines', 'GET', '/v1/waves/test/wave-1')).body as { notes: { text: string }[] };
  expect(notes.map(({ text }) => text)).toEqual(['before', 'a signal', 'an update', 'after']);
});
