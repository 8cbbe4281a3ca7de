import { expect, test } from 'vitest';
import { startEndpoint } from '../../test/support/endpoint.ts';

test('the endpoint is ready when the store and Temporal answer, and says which one does not', async () => {
  const good = await startEndpoint();
  expect(await good.send('', 'GET', '/readyz')).toMatchObject({ status: 200, body: { status: 'ready', store: 'ok', engine: 'ok' } });
  await good.close();

  const alone = await startEndpoint({ temporal: { address: '127.0.0.1:1', namespace: 'default' } });
  expect(await alone.send('', 'GET', '/healthz')).toMatchObject({ status: 200 });
  expect(await alone.send('', 'GET', '/readyz')).toMatchObject({ status: 503, body: { status: 'not-ready', store: 'ok', engine: 'unreachable' } });
  await alone.close();
});
