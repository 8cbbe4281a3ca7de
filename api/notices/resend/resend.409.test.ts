import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Store } from '../../../store/contract.ts';
import { openStore } from '../../../store/open.ts';
import { planText, startEndpoint } from '../../../test/support/endpoint.ts';
import type { Endpoint } from '../../../test/support/endpoint.ts';
import { operatorsApply } from '../../../test/support/site.ts';
import { notice } from '../../../test/support/notices.ts';
import { recordBatch } from '../../../domain/records.ts';

let api: Endpoint;
let store: Store;
beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 300 }, operatorsApply);
  await api.send('ines', 'POST', '/v1/plans', planText());
  store = await openStore(api.config.databaseUrl, { migrate: true });
  const notices = [
    notice({ id: 'sent', package: 'clerk' }),
    notice({ id: 'failed', package: 'clerk' }),
    notice({ id: 'answered', package: 'clerk' }),
    notice({ id: 'of-another-plan', package: 'clerk', plan: 'other' }),
  ];
  await store.record(recordBatch({ notices, answered: [{ notices: ['answered'], atMs: 9_000 }] }));
  await store.saveDelivery('sent', { channel: 'webhook', recipient: '' }, { state: 'sent' });
  for (const id of ['failed', 'answered', 'of-another-plan']) {
    await store.saveDelivery(id, { channel: 'webhook', recipient: '' }, { state: 'failed', why: 'down' });
  }
});
afterAll(async () => {
  await store.close();
  await api.close();
});

test.each([
  ['ines', 'sent', '', 409, 'nothing-to-resend', /Each was sent or is still being tried/],
  ['ines', 'answered', '', 409, 'nothing-to-resend', /has been answered in the meantime/],
  ['ines', 'answered', '?all=true', 409, 'nothing-to-resend', /has been answered in the meantime/],
  ['olga', 'failed', '', 403, 'not-an-operator', /You are not an operator of the plan 'test'/],
  ['ann', 'failed', '', 404, 'unknown-notice', /no notice 'failed'/],
  ['ines', 'of-another-plan', '', 404, 'unknown-notice', /no notice 'of-another-plan'/],
  ['ines', 'nobody/asked#this', '', 404, 'unknown-notice', /no notice 'nobody\/asked#this'/],
  ['ines', 'zero\0byte', '', 422, 'malformed', /is not an id/],
  ['ines', 'failed', '?all=maybe', 422, 'malformed', /all: 'maybe' is not true or false/],
])('by %s, of notice %s%s: %i %s', async (by, id, query, status, code, detail) => {
  const answered = await api.send(by, 'POST', `/v1/notices/${encodeURIComponent(id)}/resend${query}`);
  expect([answered.status, answered.body['code']]).toEqual([status, code]);
  expect(answered.body['detail']).toMatch(detail);
  await expect(api.client.workflow.getHandle(`notice/${id}/again`).describe()).rejects.toThrow(/not found/i);
});
