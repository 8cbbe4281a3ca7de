/** The answers to a rollback that is proposed in a blackout and needs two people; and a date within that blackout. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shownOf } from '../../../domain/authority/proposals.ts';
import { toPlan } from '../../../domain/time/plan-clock.ts';
import { planText, startEndpoint, until } from '../../../test/support/endpoint.ts';
import type { Endpoint } from '../../../test/support/endpoint.ts';

let api: Endpoint;
const clerk = '/v1/packages/test/wave-1/clerk';
const inFull = () => api.send('ann', 'GET', clerk);
const post = (by: string, segment: string, body: unknown) => api.send(by, 'POST', `${clerk}/${segment}`, body);
const wave = () => api.send('ines', 'GET', '/v1/waves/test/wave-1');
/** Answers the open proposal. */
async function decide(by: string, body: object) {
  const { body: seen } = await inFull();
  const { status, body: answered } = await post(by, 'decisions', { ...shownOf(seen.running.proposal), reason: 'as agreed', ...body });
  return status === 200 ? 200 : [status, answered.code];
}
const proposal = async () => (await inFull()).body.running.proposal;
/** When the blackout begins. */
let fromMs: number;

beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 30_000 });
  await api.startWorker();
  // A plan day is a minute. The package goes live when it is signed, and the blackout begins at the next full hour after everything is granted.
  const plan = (change: Parameters<typeof planText>[0] = {}) =>
    planText({
      clock: { epoch: '2026-04-06', day: '60s' },
      waves: [
        { goLive: '2026-04-06T01:00:00Z', window: '10d', packages: [{ package: 'clerk' }] },
        { status: 'tentative', packages: [{ package: 'reader' }] },
      ],
      second: true,
      clerk: { rollback: { secondPerson: true } },
      ...change,
    });
  await api.send('ines', 'POST', '/v1/plans', plan());
  const { body } = await until(wave, (seen) => seen.body.packages?.[0]?.previewDigest !== undefined);
  for (const { item, ok } of body.packages[0].checklist)
    if (!ok) await post('olga', 'evidence', { item, reference: `seen by olga: ${item}`, expires: '2026-12-31' });
  await post('olga', 'sign-offs', { decision: 'approve', current: true });
  const { body: out } = await until(inFull, (seen) => seen.body.running?.grants.legacyRetired === 1);
  const planNow = () => toPlan(Date.now(), out.running.clock);
  fromMs = Math.ceil(planNow() / 3_600_000) * 3_600_000;
  const blackouts = [{ id: 'close', reason: 'Month-end close', from: `${new Date(fromMs).toISOString().slice(0, 19)}Z`, until: '2026-04-20' }];
  const applied = await api.send('ines', 'POST', '/v1/plans', plan({ blackouts }));
  if (applied.status !== 200) throw new Error(JSON.stringify(applied.body));
  await until(
    async () => planNow(),
    (planMs) => planMs >= fromMs,
  );
  // A package takes it in the order in which it was sent; the other wave is asked whether it has it.
  await until(
    () => api.send('ines', 'GET', '/v1/waves/test/wave-2'),
    ({ body: seen }) => seen.revision === 2,
  );
});
afterAll(() => api.close());

test('only its owner can certify that it is still needed as it is', async () => {
  expect(await post('ann', 'certifications', { reason: 'still needed' })).toMatchObject({ status: 403, body: { code: 'not-authorized' } });
  expect(await post('olga', 'certifications', {})).toMatchObject({ status: 422, body: { code: 'malformed' } });
  expect(await post('olga', 'certifications', { reason: 'still needed' })).toMatchObject({ status: 200 });
  expect((await inFull()).body.running.certifiedMs).toBeGreaterThanOrEqual(fromMs);
});

test('a date within the blackout is refused unless it comes with a reason', async () => {
  const setDate = (body: object) => api.send('ines', 'POST', '/v1/waves/test/wave-2/go-live', body);
  expect(await setDate({ goLive: '2026-04-18' })).toMatchObject({ status: 409, body: { code: 'blackout', detail: expect.stringContaining('close') } });
  expect(await setDate({ goLive: '2026-04-18', despiteBlackout: 'it touches no ledger' })).toMatchObject({ status: 200 });
  expect(await setDate({ goLive: '2026-04-20' })).toMatchObject({ status: 200 });
});

test('a rollback that is proposed in a blackout is deferred by it, and shows who is asked', async () => {
  expect(await post('ines', 'rollback', { reason: 'the design is wrong' })).toMatchObject({ status: 200 });
  const { body } = await until(inFull, (seen) => seen.body.running.proposal?.blackout !== undefined && seen.body.running.proposal.dependencies !== undefined);
  expect(body.running).toMatchObject({
    proposal: { kind: 'rollback', blackout: { id: 'close', untilMs: Date.UTC(2026, 3, 20) }, approvals: 2 },
    requests: expect.arrayContaining([
      expect.objectContaining({ kind: 'rollback', to: expect.arrayContaining(['olga']), action: expect.objectContaining({ type: 'decide' }) }),
    ]),
  });
});

test('contradictory fields are refused, and nothing changes', async () => {
  const before = await proposal();
  expect(await decide('olga', { answer: 'decline', people: ['ann'] })).toEqual([422, 'malformed']);
  expect(await decide('olga', { answer: 'freeze', until: '2020-01-01' })).toEqual([409, 'in-the-past']);
  expect(await decide('olga', { answer: 'later' })).toEqual([422, 'malformed']);
  expect(await decide('ann', { answer: 'freeze' })).toEqual([403, 'not-authorized']);
  expect(await decide('olga', { answer: 'approve', people: ['ann', 'anne'] })).toEqual([422, 'malformed']);
  expect(await post('olga', 'tune', { step: 'narrow', people: ['olga'], reason: 'misspelt' })).toMatchObject({
    status: 422,
    body: { mistakes: [{ path: 'people', message: expect.stringMatching(/^'olga' received nothing from this release\. It reached .*ann/) }] },
  });
  expect(await proposal()).toEqual(before);
});

test('freeze: until a date in the form that people write, or until someone decides', async () => {
  expect(await decide('ines', { answer: 'freeze', until: '2026-05-04T18:00' })).toBe(200);
  expect(await proposal()).toMatchObject({ frozen: true, untilMs: Date.UTC(2026, 4, 4, 18) });
  expect(await decide('ines', { answer: 'freeze' })).toBe(200);
  expect(await proposal()).not.toHaveProperty('untilMs');
});

test('after the blackout: frozen until it ends', async () => {
  expect(await decide('ines', { answer: 'afterBlackout' })).toBe(200);
  expect(await proposal()).toMatchObject({ frozen: true, untilMs: Date.UTC(2026, 3, 20) });
});

test('now, for one person only: two people must give the same answer; then that person has what they had before', async () => {
  expect(await decide('olga', { answer: 'approve', people: ['ann'] })).toBe(200);
  expect(await proposal()).toMatchObject({ approvedBy: ['olga'], approvals: 2 });
  expect(await decide('olga', { answer: 'approve', people: ['ann'] })).toEqual([409, 'second-person-needed']);
  expect(await decide('ines', { answer: 'approve' })).toEqual([409, 'second-person-needed']);
  expect(await decide('ines', { answer: 'approve', people: ['ann'] })).toBe(200);
  const { body } = await until(inFull, (seen) => seen.body.running.tunes.length > 0);
  expect(body.ledger.grant).toEqual({ created: 2, revoked: 1 });
  expect(body.ledger.retire).toEqual({ restored: 1 });
  expect((await api.send('ann', 'GET', `${clerk}/rollback-preview?since=24h`)).body).toMatchObject({ asOf: 'now', counts: { revoked: 2, restored: 0 } });
});
