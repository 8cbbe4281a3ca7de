/** The view of a package says what can be done now and who may, how the plan describes it, and by which sealed message each sign-off is proved. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OpenAction } from '../../../domain/views/open-action.ts';
import { planText, startEndpoint, until, type Endpoint } from '../../../test/support/endpoint.ts';
import { operatorsApply } from '../../../test/support/site.ts';

let api: Endpoint;
const clerk = '/v1/packages/test/wave-1/clerk';
const inFull = async (by: string) => (await api.send(by, 'GET', clerk)).body;
const may = async (by: string) => ((await inFull(by))['actions'] as OpenAction[]).flatMap((each) => (each.may ? [each.type] : []));

beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 30_000 }, operatorsApply);
  await api.startWorker();
  await api.send('ines', 'POST', '/v1/plans', planText({ second: true }));
  await until(
    () => api.send('ines', 'GET', '/v1/waves/test/wave-1'),
    (seen) => seen.body['packages']?.[0]?.previewDigest !== undefined,
  );
});
afterAll(() => api.close());

test('the owner may sign and supply evidence, an operator sets dates, and the view says who else may', async () => {
  expect(new Set(await may('olga'))).toEqual(new Set(['signOff', 'evidence', 'setDate', 'holdBack', 'note']));
  expect(await may('ines')).not.toContain('signOff');
  const { actions, definition, names, clock } = await inFull('ines');
  expect(actions).toContainEqual({ type: 'signOff', decision: 'approve', may: false, who: ['olga'] });
  expect(definition).toMatchObject({ revision: 1, number: 1, people: 3, legacy: [{ system: 'erp', role: 'old_reader' }] });
  expect(names).toMatchObject({ olga: 'olga' });
  // Those who only receive the package are in its preview.
  expect(names).not.toHaveProperty('ann');
  expect(Math.abs(clock.nowMs - Date.now())).toBeLessThan(60_000);
});

test('who does not act for it is told the time of the plan, and nothing of who may do what', async () => {
  const body = await inFull('ann');
  expect(body).toMatchObject({ shown: 'overview', clock: { dayMs: 86_400_000 } });
  expect(body).not.toHaveProperty('actions');
  expect(body).not.toHaveProperty('names');
});

test('a sign-off names its message, which is shown as it was sealed to those who act for this package, and under no other', async () => {
  await api.send('olga', 'POST', `${clerk}/sign-offs`, { decision: 'approve', current: true });
  const body = await inFull('olga');
  const [{ message }] = body['package'].signOffs;
  const status = await until(
    () => api.send('ines', 'GET', `${clerk}/messages/${message}`),
    (seen) => seen.body['sealed'] !== undefined,
  );
  const [, payload] = String(status.body['sealed']).split('.');
  expect(JSON.parse(Buffer.from(payload!, 'base64url').toString())).toMatchObject({
    by: 'olga',
    type: 'signOff',
    package: 'clerk',
    body: { decision: 'approve' },
  });
  expect((await api.send('ines', 'GET', `/v1/packages/test/wave-2/reader/messages/${message}`)).body).toEqual({ status: 'unknown' });
  expect((await api.send('ann', 'GET', `${clerk}/messages/${message}`)).status).toBe(403);
  expect(await may('olga')).toContain('signOff');
});
