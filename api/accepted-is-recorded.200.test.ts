/** An effect is checked against the store: somebody who takes the batches of a workflow in the namespace must not take from it a decision that was accepted. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/contract.ts';
import { planText, startEndpoint, until, type Endpoint } from '../test/support/endpoint.ts';

let api: Endpoint;
let store: Store;
beforeAll(async () => {
  api = await startEndpoint();
  store = await openStore(api.config.databaseUrl, { migrate: true });
  await api.startWorker({}, { record: async () => undefined });
  await api.send('ines', 'POST', '/v1/plans', planText());
});
afterAll(async () => {
  await store.close();
  await api.close();
});

test('a decision that was accepted is on record when its sender is told so, also where nothing that its workflow records arrives', async () => {
  const seen = await until(
    () => api.send('ines', 'GET', '/v1/waves/test/wave-1'),
    ({ body }) => body.packages?.[0]?.previewDigest !== undefined,
  );
  expect(seen.status).toBe(200);
  for (const decision of ['approve', 'withdraw'])
    expect((await api.send('olga', 'POST', '/v1/packages/test/wave-1/clerk/sign-offs', { decision, current: true, reason: 'as I see it' })).status).toBe(200);
  const recorded = await store.messages({ plan: 'test', wave: 'wave-1', package: 'clerk', type: 'signOff' });
  expect(recorded.map(({ by }) => by)).toEqual(['olga', 'olga']);
});
