import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporalLink } from '../../domain/temporal-ui/link.ts';
import { run } from '../../cli/program.ts';
import { planText, startEndpoint, type Endpoint } from '../../test/support/endpoint.ts';
import { testIo } from '../../test/support/command-io.ts';

let api: Endpoint;
let elsewhere: Endpoint;
beforeAll(async () => {
  [api, elsewhere] = await Promise.all([startEndpoint({ temporalUiUrl: 'https://temporal.example.com/ui' }), startEndpoint({ answerWithinMs: 30_000 })]);
  await api.startWorker();
  await api.send('ines', 'POST', '/v1/plans', planText());
});
afterAll(() => Promise.all([api?.close(), elsewhere?.close()]));

test("says who asks, and where their workflows are in Temporal's UI, where the settings name it", async () => {
  const { namespace } = api.config.temporal;
  const temporalUi = `https://temporal.example.com/ui/namespaces/${namespace}/workflows`;
  expect((await api.send('ann', 'GET', '/v1/me')).body).toMatchObject({ id: 'ann', how: 'token', temporalUi });
  expect((await elsewhere.send('ann', 'GET', '/v1/me')).body).not.toHaveProperty('temporalUi');
  expect((await api.send('', 'GET', '/v1/me')).status).toBe(401);
});

test('`rolewave show` ends with the link to the workflow', async () => {
  const io = testIo({ env: { ROLEWAVE_URL: api.url } });
  expect(await run(['--as', 'ines', 'show', 'test/wave-1'], io)).toBe(0);
  const link = temporalLink('https://temporal.example.com/ui', api.config.temporal.namespace, 'test/wave-1');
  expect(io.written.join('\n').split('\n').at(-1)?.trim()).toBe(link);
});
