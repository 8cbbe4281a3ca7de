import { afterAll, beforeAll, expect, test } from 'vitest';
import { planText, startEndpoint, type Endpoint } from '../../../test/support/endpoint.ts';

let api: Endpoint;
beforeAll(async () => {
  api = await startEndpoint(
    { answerWithinMs: 300 },
    { administrators: { people: ['otto'] }, plans: [{ plan: 'test', apply: { people: ['ines'] }, systems: [{ system: 'erp' }] }] },
  );
  await api.send('ines', 'POST', '/v1/plans', planText());
});
afterAll(() => api.close());

const consent = (by: string, text: string, plan = 'test') => api.send(by, 'POST', `/v1/plans/${plan}/consents`, text);

test('nobody consents to what takes nothing from them', async () => {
  for (const [by, text] of [
    ['olga', planText()],
    ['hugo', planText({ clerk: { owner: 'otto' } })],
    ['olga', planText({ plan: 'never-applied', clerk: { owner: 'otto' } })],
  ] as const) {
    const refused = await consent(by, text, text.includes('never-applied') ? 'never-applied' : 'test');
    expect([refused.status, refused.body.code]).toEqual([409, 'nothing-to-consent']);
  }
});

test('the address and the document are of one plan', async () => {
  expect(await consent('olga', planText({ clerk: { owner: 'otto' } }), 'other')).toMatchObject({ status: 422, body: { code: 'malformed' } });
});
