/** A plan that takes a say from people is applied once each of them has consented, or at once by a site administrator with a reason. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planText, startEndpoint, type Endpoint } from '../../../test/support/endpoint.ts';

let api: Endpoint;
beforeAll(async () => {
  api = await startEndpoint(
    { answerWithinMs: 300 },
    { administrators: { people: ['otto'] }, plans: [{ plan: '*', apply: { people: ['ines', 'hugo', 'dora'] }, systems: [{ system: 'erp' }] }] },
  );
  await apply('ines', first);
});
afterAll(() => api.close());

const first = planText({ waves: [{ alsoSigns: ['sam'] }] });
/** Takes the package from olga and the signature from sam. */
const next = planText({ clerk: { owner: 'otto' }, waves: [{ alsoSigns: ['dora'] }] });
const apply = (by: string, text: string, reason?: string) =>
  api.send(by, 'POST', `/v1/plans${reason === undefined ? '' : `?reason=${encodeURIComponent(reason)}`}`, text);
const consent = (by: string, text: string) => api.send(by, 'POST', '/v1/plans/test/consents', text);
const olga = { person: 'olga', what: "no longer owns 'clerk'; otto does", where: 'packages[clerk].owner' };
const sam = { person: 'sam', what: "no longer signs 'clerk' in 'wave-1'", where: 'waves[wave-1].alsoSigns' };

test('without consent nothing is stored, and the answer names who loses what', async () => {
  const refused = await apply('ines', next);
  expect([refused.status, refused.body]).toMatchObject([409, { code: 'consent-missing', consents: [olga, sam] }]);
  expect(refused.body.detail).toContain("olga no longer owns 'clerk'; otto does (packages[clerk].owner)");
  expect((await api.send('ines', 'GET', '/v1/plans/test')).body.number).toBe(1);
});

test('a reason does not help someone who is no site administrator', async () => {
  expect(await apply('ines', next, 'I say so')).toMatchObject({ status: 409, body: { code: 'consent-missing' } });
});

test('each consents for themselves to exactly this document, and nobody for others', async () => {
  expect((await consent('olga', next)).body).toMatchObject({ plan: 'test', revision: 2, losses: [olga] });
  expect((await consent('olga', next)).status).toBe(200);
  expect(await apply('ines', next)).toMatchObject({ status: 409, body: { consents: [sam] } });
  // Another document, however similar.
  expect(await apply('ines', planText({ clerk: { owner: 'otto', name: 'other' }, waves: [{ alsoSigns: ['dora'] }] }))).toMatchObject({
    body: { consents: [olga, sam] },
  });
  expect((await consent('sam', next)).status).toBe(200);
  expect((await apply('ines', next)).body).toMatchObject({ revision: 2, changed: true });
  expect((await api.send('ines', 'GET', '/v1/plans/test')).body.record).toEqual({
    changedBy: { clerk: [{ by: 'ines', revision: 2 }] },
    parts: { first: [{ by: 'ines', revision: 1 }], changes: [{ by: 'ines', revision: 2, of: ['wave wave-1'] }] },
    consentedBy: ['olga', 'sam'],
  });
});

test('a consent is for one revision: after it, the same document needs another', async () => {
  const back = await apply('ines', first);
  expect(back.body.consents).toMatchObject([{ person: 'otto' }, { person: 'dora' }]);
  for (const person of ['otto', 'dora']) await consent(person, first);
  expect((await apply('hugo', first)).body.revision).toBe(3);
  expect(await apply('ines', next)).toMatchObject({ status: 409, body: { consents: [olga, sam] } });
});

test('a site administrator applies it at once with a reason, which the revision keeps together with who did not agree', async () => {
  expect((await apply('otto', next)).body).toMatchObject({ code: 'not-an-operator' });
  expect((await apply('otto', next, 'olga has left the company')).body).toMatchObject({ revision: 4, changed: true });
  const { body } = await api.send('ines', 'GET', '/v1/plans/test');
  expect(body).toMatchObject({ appliedBy: 'otto', record: { consentedBy: [], administrator: { reason: 'olga has left the company', without: [olga, sam] } } });
  const told = (await api.send('ines', 'GET', '/v1/notices?plan=test')).body.notices.filter(({ kind }: { kind: string }) => kind === 'overruled');
  expect(told).toMatchObject([{ to: ['olga'] }, { to: ['sam'] }]);
  expect(told[0].text).toBe(
    "otto, a site administrator, applied revision 4 of plan 'test' without the consent of olga: olga no longer owns 'clerk'; otto does. The reason: olga has left the company",
  );
  expect((await api.send('ines', 'GET', '/v1/notices?plan=test&open=true')).body.notices.map(({ kind }: { kind: string }) => kind)).not.toContain('overruled');
  const { events } = (await api.send('ines', 'GET', '/v1/events?plan=test&kind=applied')).body;
  expect(events.map(({ text }: { text: string }) => text)).toContain(
    'revision 4, as a site administrator, without the consent of olga, sam: olga has left the company',
  );
});

test('anyone who applies a plan consents by that', async () => {
  const without = planText({ clerk: { owner: 'otto' }, waves: [{}] });
  expect((await apply('ines', planText({ clerk: { owner: 'otto' }, operators: ['ines', 'dora'], waves: [{ alsoSigns: ['dora'] }] }), '')).status).toBe(422);
  await consent('hugo', planText({ clerk: { owner: 'otto' }, operators: ['ines', 'dora'], waves: [{ alsoSigns: ['dora'] }] }));
  expect((await apply('ines', planText({ clerk: { owner: 'otto' }, operators: ['ines', 'dora'], waves: [{ alsoSigns: ['dora'] }] }))).body.revision).toBe(5);
  const applied = await apply('dora', planText({ clerk: { owner: 'otto' }, operators: ['ines', 'dora'], waves: [{}] }));
  expect([applied.status, applied.body.revision]).toEqual([200, 6]);
  expect(without).not.toBe('');
});
