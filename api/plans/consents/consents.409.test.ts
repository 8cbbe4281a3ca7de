import { afterAll, beforeAll, expect, test } from 'vitest';
import { planText, startEndpoint, type Endpoint } from '../../../test/support/endpoint.ts';

let api: Endpoint;
beforeAll(async () => {
  const plans = [{ plan: '*', apply: { people: ['ines'] }, systems: [{ system: 'erp' }] }];
  api = await startEndpoint({ answerWithinMs: 300 }, { administrators: { people: ['otto'] }, plans });
  await api.send('ines', 'POST', '/v1/plans', planText());
});
afterAll(() => api.close());

const consent = (by: string, text: string, plan = 'test') => api.send(by, 'POST', `/v1/plans/${plan}/consents`, text);
const taken = planText({ clerk: { owner: 'otto' } });

test('nobody consents to what takes nothing from them', async () => {
  for (const [by, text] of [
    ['olga', planText()],
    ['hugo', taken],
    ['ann', taken],
  ] as const)
    expect(await consent(by, text)).toMatchObject({ status: 409, body: { code: 'nothing-to-consent' } });
});

test('the address and the document are of one plan, and what is not applied takes nothing', async () => {
  expect(await consent('ines', planText({ plan: 'other' }))).toMatchObject({ status: 422, body: { code: 'malformed' } });
  expect(await consent('olga', planText({ plan: 'other' }))).toMatchObject({ status: 403, body: { code: 'not-an-applier' } });
  for (const plan of ['test', 'other']) expect(await consent('stranger', taken, plan)).toMatchObject({ status: 404, body: { code: 'unknown-plan' } });
});
