/** The endpoint is closed while it asks workflows that no worker answers for: nothing is left that fails later, where nobody catches it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planText, startEndpoint, until, type Endpoint } from '../support/endpoint.ts';

let api: Endpoint;
const uncaught: unknown[] = [];
const note = (error: unknown) => void uncaught.push(error);
const others = process.listeners('uncaughtException');
beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 300 });
  // Vitest has its own, which would end the run.
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', note);
});
afterAll(async () => {
  process.removeListener('uncaughtException', note);
  for (const other of others) process.on('uncaughtException', other);
  await api?.close();
});

test('a close ends what is asked of Temporal, and its retries', async () => {
  expect((await api.send('ines', 'POST', '/v1/plans', planText({ second: true }))).status).toBe(200);
  await until(
    () => api.send('ann', 'GET', '/v1/waves?plan=test'),
    ({ body }) => body['waves'].length === 2,
  );
  // A list answers before the workflows do, which goes on being asked for.
  for (const path of ['/v1/waves?plan=test&full=true', '/v1/packages?plan=test']) expect((await api.send('ann', 'GET', path)).status).toBe(200);
  await api.stopApi();
  // The longest wait between two tries of a call.
  await sleep(6_000);
  expect(uncaught).toEqual([]);
});
