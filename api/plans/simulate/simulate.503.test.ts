import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { people, usualPeople } from '../../../test/support/plan.ts';
import { planText, startEndpoint } from '../../../test/support/endpoint.ts';
import type { Endpoint } from '../../../test/support/endpoint.ts';

let api: Endpoint;
beforeAll(async () => {
  api = await startEndpoint({ workerWithinMs: 1_500 });
});
afterAll(() => api.close());

test('without a worker nobody can ask the systems, and the answer says so', async () => {
  const refused = await api.send('ines', 'POST', '/v1/plans/simulate', planText());
  expect([refused.status, refused.body.code, refused.headers.get('retry-after')]).toEqual([503, 'no-worker', '5']);
});

test('a simulation that nobody waits for any more is ended', async () => {
  const patient = await startEndpoint({ workerWithinMs: 60_000 });
  onTestFinished(() => patient.close());
  const simulations = async () => {
    const found: string[] = [];
    for await (const { type, status } of patient.client.workflow.list()) if (type === 'simulation') found.push(status.name);
    return found;
  };
  const leaving = new AbortController();
  const { body: answered } = await patient.send('', 'POST', '/v1/tokens', { person: 'ines', plan: planText({ people: people(...usualPeople) }) });
  const asking = fetch(`${patient.url}/v1/plans/simulate`, {
    method: 'POST',
    headers: { authorization: `Bearer ${String(answered['token'])}`, 'content-type': 'application/yaml' },
    body: planText(),
    signal: leaving.signal,
  }).catch((error: unknown) => (error as Error).name);
  await expect.poll(simulations, { timeout: 10_000 }).toEqual(['RUNNING']);
  leaving.abort();
  expect(await asking).toBe('AbortError');
  await expect.poll(simulations, { timeout: 10_000 }).toEqual(['TERMINATED']);
});
