/** A package from its sign-off to its rollback, all through HTTP: which messages a released package takes, and what it answers. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shownOf } from '../../../domain/authority/proposals.ts';
import { planText, startEndpoint, until } from '../../../test/support/endpoint.ts';
import type { Endpoint } from '../../../test/support/endpoint.ts';

let api: Endpoint;
const clerk = '/v1/packages/test/wave-1/clerk';
const wave = () => api.send('ines', 'GET', '/v1/waves/test/wave-1');
const inFull = () => api.send('ann', 'GET', clerk);
const post = (by: string, segment: string, body: unknown) => api.send(by, 'POST', `${clerk}/${segment}`, body);

beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 30_000 });
  await api.startWorker();
  // A plan day is a minute: it goes live when it is signed; its first evaluation a minute later.
  const waves = [{ goLive: '2026-04-06T01:00:00Z', window: '365d', packages: [{ package: 'clerk' }] }];
  await api.send('ines', 'POST', '/v1/plans', planText({ clock: { epoch: '2026-04-06', day: '60s' }, waves }));
  const { body } = await until(wave, (seen) => seen.body.packages?.[0]?.previewDigest !== undefined);
  for (const { item, ok } of body.packages[0].checklist)
    if (!ok) await post('olga', 'evidence', { item, reference: `seen by olga: ${item}`, expires: '2026-12-31' });
  await post('olga', 'sign-offs', { decision: 'approve', current: true });
});
afterAll(() => api.close());

test('signed and ready, it goes live', async () => {
  const { body } = await until(inFull, (seen) => seen.body.running?.grants.created === 3 && seen.body.running.grants.legacyRetired === 1);
  expect(body).toMatchObject({
    package: { package: 'clerk', blockers: [] },
    running: { kind: 'package', watch: { days: 14 } },
    ledger: { grant: { created: 3 }, retire: { revoked: 1 } },
  });
  expect(body.events.length).toBeGreaterThan(0);
});

test('the lists show it', async () => {
  const listed = await until(
    () => api.send('ann', 'GET', '/v1/packages?plan=test'),
    ({ body }) => body.packages[0].running === true && body.packages[0].released === true,
  );
  expect(listed.body.packages).toMatchObject([{ package: 'clerk', state: 'Monitoring', nextAction: 'Monitor' }]);
  expect((await api.send('ann', 'GET', '/v1/waves?plan=test&full=true')).body.waves).toMatchObject([
    { wave: { wave: 'wave-1' }, packages: [{ package: 'clerk', state: 'Monitoring' }] },
  ]);
});

test('a rollback can be previewed before anyone proposes it', async () => {
  const { status, body } = await api.send('ann', 'GET', `${clerk}/rollback-preview`);
  expect([status, body]).toMatchObject([
    200,
    {
      asOf: 'now',
      counts: { revoked: 3, restored: 1, kept: 0, notRestored: 0, undecided: 0 },
      cut: false,
      dependencies: expect.arrayContaining([expect.objectContaining({ line: 'no job of these people runs in erp', clear: true })]),
      dependencyCheck: 'as of now',
    },
  ]);
  expect(body.restored).toEqual([expect.objectContaining({ system: 'erp', role: 'old_reader', account: 'ann' })]);
});

test('it can be paused, resumed, extended and evaluated', async () => {
  expect(await post('ines', 'pause', { reason: 'month-end' })).toMatchObject({ status: 200, body: { status: 'accepted' } });
  expect((await inFull()).body.running.watch.paused).toBeDefined();
  expect(await post('ines', 'resume', {})).toMatchObject({ status: 200 });
  const before = (await inFull()).body.running.watch;
  expect(await post('ines', 'extend', { by: '7d', reason: 'a quiet month' })).toMatchObject({ status: 200 });
  const after = (await inFull()).body.running.watch;
  expect([before.paused, after.endMs - before.endMs]).toEqual([undefined, 7 * 86_400_000]);
  expect(await post('ines', 'evaluate', undefined)).toMatchObject({ status: 200 });
  await until(inFull, ({ body }) => body.evaluations.length > 0);
});

test('someone who is neither operator nor owner is refused, and nothing changes', async () => {
  expect(await post('ann', 'pause', { reason: 'I would rather not' })).toMatchObject({ status: 403, body: { code: 'not-authorized' } });
  expect((await inFull()).body.running.watch.paused).toBeUndefined();
});

test('an answer to a proposal that does not exist is 404', async () => {
  expect(await post('olga', 'decisions', { proposal: 'rollback-9', kind: 'rollback', answer: 'approve', reason: 'r' })).toMatchObject({
    status: 404,
    body: { code: 'unknown-proposal' },
  });
});

test('a rollback is proposed, is approved by the owner, and leaves a receipt', async () => {
  expect(await post('ines', 'rollback', { reason: 'the design is wrong' })).toMatchObject({ status: 200 });
  const { body } = await until(inFull, (seen) => seen.body.running?.proposal?.kind === 'rollback' && seen.body.running.proposal.dependencies !== undefined);
  expect((await api.send('ann', 'GET', `${clerk}/rollback-preview`)).body).toMatchObject({ dependencyCheck: 'as of now' });
  expect(await post('olga', 'decisions', { ...shownOf(body.running.proposal), answer: 'approve', reason: 'agreed' })).toMatchObject({ status: 200 });
  const ended = await until(inFull, (seen) => seen.body.running?.state === 'Rolled back' && seen.body.running.endedWhy !== undefined);
  expect(ended.body.running.receiptLine).toMatch(/^3 granted, 3 revoked/);
});

test('once it has ended it takes no more messages, and says how it ended', async () => {
  const late = await until(
    () => post('ines', 'pause', { reason: 'too late' }),
    ({ status, body }) => status === 409 && body.code === 'ended',
  );
  expect(late.body).toMatchObject({ lastState: { state: 'Rolled back', receiptLine: expect.stringContaining('3 revoked') } });
});
