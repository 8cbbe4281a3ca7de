/** While workers are silent, the preview that is on record can be read, and says what it is. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PreviewView } from '../../../domain/views/preview.ts';
import { operatorsApply } from '../../../test/support/site.ts';
import { planText, startEndpoint, until, type Endpoint } from '../../../test/support/endpoint.ts';

let api: Endpoint;
const clerk = '/v1/packages/test/wave-1/clerk';
const plan = (cohort: string[]) => planText({ clerk: { cohort }, waves: [{ goLive: '2027-03-01T18:00:00Z', packages: [{ package: 'clerk' }] }] });
const previewed = () =>
  until(
    () => api.send('olga', 'GET', `${clerk}/preview`),
    ({ status }) => status === 200,
  );

beforeAll(async () => {
  api = await startEndpoint({}, operatorsApply);
  await api.startWorker();
  await api.send('ines', 'POST', '/v1/plans', plan(['ann', 'ben']));
  await previewed();
  await api.stopWorker();
});
afterAll(() => api.close());

test('the preview that was recorded last is answered, with its digests, page by page', async () => {
  const first = await api.send('olga', 'GET', `${clerk}/preview?limit=1`);
  const { asRecorded, total, rows, next, systems, planDigest, previewDigest } = first.body as unknown as PreviewView;
  expect([first.status, asRecorded, total, rows.map(({ person }) => person)]).toEqual([200, true, 3, ['ann']]);
  expect(systems).toMatchObject([{ system: 'erp', people: 2, toGrant: 2, toRetire: 1 }]);
  const second = await api.send('olga', 'GET', `${clerk}/preview?limit=2&cursor=${next}`);
  expect(second.body).toMatchObject({ asRecorded: true, planDigest, previewDigest, rows: [{ person: 'ann' }, { person: 'ben' }] });
});

test('by those who may read it, and by nobody else: 403', async () => {
  const { status, body } = await api.send('ann', 'GET', `${clerk}/preview`);
  expect([status, body['code']]).toEqual([403, 'not-a-reader']);
});

test('what the wave alone can tell is still not answered: 503', async () => {
  const { status, body } = await api.send('olga', 'GET', clerk);
  expect([status, body['code']]).toEqual([503, 'no-worker']);
});

test('a preview that is answered by the wave again does not say so', async () => {
  await api.startWorker();
  const { body } = await until(
    () => api.send('olga', 'GET', `${clerk}/preview`),
    (answer) => answer.status === 200 && answer.body['asRecorded'] === undefined,
  );
  expect(body).toMatchObject({ total: 3 });
});
