/** The numbers of a release with what limits it: before it, in its preview, and afterwards beside what was done. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planText, startEndpoint, until } from '../../../test/support/endpoint.ts';
import type { Endpoint } from '../../../test/support/endpoint.ts';
import { operatorsApply } from '../../../test/support/site.ts';

let api: Endpoint;
const clerk = '/v1/packages/test/wave-1/clerk';
const wave = () => api.send('ines', 'GET', '/v1/waves/test/wave-1');
const inFull = (by = 'olga') => api.send(by, 'GET', clerk);
const post = (by: string, segment: string, body: unknown) => api.send(by, 'POST', `${clerk}/${segment}`, body);
const pair = (one: string, other: string) => [one, other].map((role) => ({ system: 'erp', role }));

// ann has old_reader, which the release retires. A plan day is a minute.
const plan = planText({
  clock: { epoch: '2026-04-06', day: '60s' },
  waves: [{ goLive: '2026-04-06T01:00:00Z', window: '365d', packages: [{ package: 'clerk' }] }],
  blackouts: [],
  blastRadius: [{ system: 'erp', maxPeople: 3 }],
  incompatible: [{ id: 'clerk-and-old', reason: 'Old and new access together', entitlements: pair('clerk', 'old_reader') }],
});

beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 30_000 }, operatorsApply);
  await api.startWorker();
});
afterAll(() => api.close());

test('a simulation says how many people’s access would change, and by which limit', async () => {
  const { status, body } = await api.send('ines', 'POST', '/v1/plans/simulate', plan);
  expect([status, body.packages[0]?.parts[0]?.blastRadius]).toEqual([200, { people: 3, maxPeople: 3 }]);
});

test('a release that replaces old access switches those who hold it, and causes nothing and has nothing to resolve', async () => {
  await api.send('ines', 'POST', '/v1/plans', plan);
  const { body } = await until(wave, (seen) => seen.body.packages?.[0]?.previewDigest !== undefined);
  expect(body.packages[0].preview[0]).toMatchObject({ blastRadius: { people: 3, maxPeople: 3 } });
  expect(body.packages[0].preview[0].incompatible).toEqual([{ rule: 'clerk-and-old', existing: 0, caused: 0, excepted: 0, resolved: 0, switched: 1 }]);
  expect(body.packages[0].blockers.map(({ code }: { code: string }) => code)).not.toContain('incompatible');
  const preview = await api.send('olga', 'GET', `${clerk}/preview`);
  expect(preview.body).toMatchObject({ systems: [{ system: 'erp', blastRadius: { people: 3, maxPeople: 3 } }] });
  expect((await inFull()).body.numbers).toBeUndefined();
});

test('somebody who would hold both is a row for those who may see people, and a count for everyone else', async () => {
  const rule = { id: 'clerk-and-auditor', reason: 'Nobody audits their own work', entitlements: pair('reader', 'old_reader') };
  const other = planText({
    plan: 'other',
    clerk: { legacy: [], entitlements: pair('clerk', 'reader') },
    waves: [{ goLive: '2027-03-01T18:00:00Z', packages: [{ package: 'clerk' }] }],
    incompatible: [rule],
  });
  await api.send('ines', 'POST', '/v1/plans', other);
  const address = '/v1/packages/other/wave-1/clerk';
  const { body } = await until(
    () => api.send('olga', 'GET', `${address}/preview?change=together`),
    ({ status }) => status === 200,
  );
  expect(body).toMatchObject({
    incompatible: [{ rule: 'clerk-and-auditor', existing: 0, caused: 1, excepted: 0, resolved: 0 }],
    total: 1,
    rows: [{ system: 'erp', change: 'together', person: 'ann', rule: 'clerk-and-auditor', together: 'caused', why: expect.stringContaining('Nobody audits') }],
  });
  expect((await api.send('ann', 'GET', `${address}/preview`)).status).toBe(403);
  const counted = await api.send('ann', 'GET', address);
  expect(counted.body.package.preview[0].incompatible).toEqual([{ rule: 'clerk-and-auditor', existing: 0, caused: 1, excepted: 0, resolved: 0 }]);
  expect(counted.body.package.blockers).toContainEqual({ code: 'incompatible' });
  expect(JSON.stringify(counted.body)).not.toContain('"ann"');
});

test('afterwards planned and done stand side by side, also after a rollback, and for those who see counts only', async () => {
  const { body } = await wave();
  for (const { item, ok } of body.packages[0].checklist)
    if (!ok) await post('olga', 'evidence', { item, reference: `seen by olga: ${item}`, expires: '2026-12-31' });
  await post('olga', 'sign-offs', { decision: 'approve', current: true });
  const counts = { created: 3, preexisting: 0, retired: 1, revoked: 0, people: 3 };
  const ofRule = { existing: 0, caused: 0, excepted: 0, resolved: 0, switched: 1 };
  const numbers = {
    systems: [{ system: 'erp', planned: counts, done: { ...counts, failed: 0, open: 0 } }],
    incompatible: [{ rule: 'clerk-and-old', planned: ofRule, done: ofRule }],
    switched: { people: 1, back: 0, late: 0, longestMs: expect.any(Number) },
  };
  const { body: seen } = await until(inFull, (now) => now.body.running?.grants.created === 3 && now.body.running.grants.legacyRetired === 1);
  expect(seen.numbers).toEqual(numbers);
  expect((await inFull('ann')).body).toMatchObject({ shown: 'overview', numbers });
  const ofWave = (by: string) => api.send(by, 'GET', '/v1/waves/test/wave-1/events?numbers=true');
  const together = [{ system: 'erp', packages: 1, planned: 3, done: 3 }];
  expect((await ofWave('olga')).body.numbers).toEqual(together);
  expect((await ofWave('ann')).body).toMatchObject({ events: [], numbers: together });
  expect((await api.send('olga', 'GET', '/v1/waves/test/wave-1/events')).body.numbers).toBeUndefined();

  await post('ines', 'abort', { reason: 'the wrong month' });
  await until(inFull, (now) => now.body.running?.receipts.length === 1);
  // The one person has the old access back.
  expect((await inFull()).body.numbers).toEqual({ ...numbers, switched: { ...numbers.switched, people: 0, back: 1 } });
});
