/**
 * Somebody in the namespace starts workflows of every type with anything, and signals those that run with anything. What is started so fails at once, for good, and
 * says why; it is not a task that fails again and again until somebody terminates it.
 */
import { WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { engineTaskQueue } from '../../domain/messages.ts';
import { waveSection, type WaveInput } from '../../domain/plan/section.ts';
import { plan } from '../support/plan.ts';
import { planText, startEndpoint, until, type Endpoint } from '../support/endpoint.ts';
import * as workflows from '../../workflows/index.ts';

let api: Endpoint;
beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 30_000 });
  await api.startWorker();
});
afterAll(() => api?.close());

let started = 0;
async function failure(type: string, args: unknown[]): Promise<{ type?: string; message: string; nonRetryable?: boolean }> {
  const workflowId = `junk-${(started += 1)}`;
  const handle = await api.client.workflow.start(type, { workflowId, taskQueue: engineTaskQueue, args });
  try {
    return { message: `it ended with ${JSON.stringify(await handle.result())}` };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError) || !error.cause) throw error;
    return error.cause;
  }
}

const wave: WaveInput = { section: waveSection(plan(), 1, 'wave-1') };
const section = (change: object) => ({ section: { ...wave.section, ...change } });

test.each(Object.keys(workflows))('a %s that is started with anything but its input fails, and says why', async (type) => {
  for (const args of [[], [null], [7], ['text'], [[]], [{}], [{ section: null, release: {}, packages: 'all', notice: 7, draft: [] }]])
    expect(await failure(type, args)).toMatchObject({
      type: 'BadInput',
      nonRetryable: true,
      message: expect.stringMatching(/^the workflow was started with something else than its input, so it did nothing \(.+\)/),
    });
});

test.each<[string, object, string]>([
  ['no packages', section({ packages: [] }), 'section.packages'],
  ['a package without its terms', section({ packages: [{ package: { id: 'clerks' } }] }), 'section.packages.0.package.owner'],
  ['a date that is none', section({ wave: { ...wave.section.wave, goLive: 1e300 } }), 'section.wave.goLive'],
  ['a clock that stands still', { ...wave, clock: { epochMs: 0, anchorMs: 0, dayMs: 0 } }, 'clock.dayMs'],
  ['a state, as if it continued', { ...wave, carried: { packages: {} } }, 'only a run that continues an earlier one has a state'],
])('a wave that is started with %s fails', async (_what, input, why) => {
  expect(await failure('wave', [input])).toMatchObject({ type: 'BadInput', message: expect.stringContaining(why) });
});

test('signals with anything leave a running wave as it is', async () => {
  expect((await api.send('ines', 'POST', '/v1/plans', planText())).status).toBe(200);
  const read = () => api.send('ines', 'GET', '/v1/waves/test/wave-1');
  await until(read, ({ status, body }) => status === 200 && body.packages[0].previewDigest !== undefined);
  const handle = api.client.workflow.getHandle('test/wave-1');
  for (const signal of ['packageOutcome', 'signOff', 'abort', 'revise', 'note', 'nobody knows this one'])
    for (const args of [[], [null], [7, null], [{ package: [] }], [{ package: '__proto__' }], [['a'], { plan: 1 }]]) await handle.signal(signal, ...args);
  const note = await api.send('ines', 'POST', '/v1/waves/test/wave-1/notes', { text: 'it goes on' });
  expect(note).toMatchObject({ status: 200 });
  expect((await read()).body).toMatchObject({ notes: [{ text: 'it goes on' }] });
});
