/** One person does not end what two must undo: an abort of a released package, or of its wave, where its rollback needs a second person. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OpenAction } from '../../domain/views/open-action.ts';
import { planText, startEndpoint, until, type Endpoint } from '../support/endpoint.ts';
import { roles } from '../support/plan.ts';

let api: Endpoint;
/** Each plan grants roles of its own in the system that both use. */
const plan = (name: string, secondPerson: boolean) =>
  planText({
    plan: name,
    clerk: { rollback: { secondPerson }, entitlements: roles('erp', secondPerson ? 'clerk' : 'reader'), legacy: [] },
    second: secondPerson,
    clock: { epoch: '2026-04-06', day: '60s' },
    goLive: '2026-04-06T01:00:00Z',
  });
const at = (name: string, of = 'clerk', wave = 'wave-1') => `/v1/packages/${name}/${wave}/${of}`;
const send = (by: string, path: string, body: unknown) => api.send(by, 'POST', path, body);
const inFull = (name: string, by = 'olga') => api.send(by, 'GET', at(name));
const abort = (by: string, path: string, id?: string) => send(by, `${path}/abort`, { reason: 'alone', ...(id === undefined ? {} : { id }) });
const running = async (name: string) => (await inFull(name)).body['running'];
const offered = async (name: string, by: string) => (await inFull(name, by)).body['actions'].map(({ type }: OpenAction) => type);

async function released(name: string, secondPerson: boolean): Promise<void> {
  expect((await send('ines', '/v1/plans', plan(name, secondPerson))).status).toBe(200);
  const { body } = await until(
    () => api.send('ines', 'GET', `/v1/waves/${name}/wave-1`),
    (seen) => seen.body['packages']?.[0]?.previewDigest !== undefined,
  );
  for (const { item, ok } of body['packages'][0].checklist) if (!ok) await send('olga', `${at(name)}/evidence`, { item, reference: `seen: ${item}` });
  await send('olga', `${at(name)}/sign-offs`, { decision: 'approve', current: true });
  await until(
    () => inFull(name),
    (seen) => seen.body['running']?.grants.created === 3,
  );
}

beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 30_000 });
  await api.startWorker();
  await released('two', true);
  await released('one', false);
});
afterAll(() => api?.close());

test.each([
  ['an operator, of the package', 'ines', at('two')],
  ['the owner, of the package', 'olga', at('two')],
  ['an operator, of its wave', 'ines', '/v1/waves/two/wave-1'],
])('by %s: it is refused, says what to do instead, and nothing is recorded or revoked', async (_, by, path) => {
  const { status, body } = await abort(by, path);
  expect([status, body['code']]).toEqual([409, 'second-person-needed']);
  for (const part of ["'clerk'", 'Propose a rollback of it', "'freeze' stops granting"]) expect(body['detail']).toContain(part);
  const { state, grants, proposal } = await running('two');
  expect([state, grants.created, proposal]).toEqual(['Monitoring', 3, undefined]);
  const { body: events } = await api.send('ines', 'GET', '/v1/waves/two/wave-1/events');
  const kinds = events['events'].map(({ kind }: { kind: string }) => kind);
  expect(kinds).toContain('granted');
  expect(kinds).not.toContain('aborted');
});

test('the view offers nobody to abort it; where one person is enough, it does', async () => {
  for (const by of ['ines', 'olga']) {
    expect(await offered('two', by)).toContain('rollback');
    expect(await offered('two', by)).not.toContain('abort');
    expect(await offered('one', by)).toContain('abort');
  }
});

test('another wave of the same plan, of which nothing is released, is aborted by an operator', async () => {
  expect((await abort('ines', '/v1/waves/two/wave-2')).status).toBe(200);
  await until(
    () => api.send('ines', 'GET', '/v1/waves/two/wave-2'),
    (seen) => seen.body['stage'] === 'aborted',
  );
});

test('what a proposal and its freeze do: nothing is revoked; once two have approved, it is, and then the wave is aborted by one', async () => {
  expect((await send('ines', `${at('two')}/rollback`, { reason: 'wrong people' })).status).toBe(200);
  const { body } = await until(
    () => inFull('two'),
    (seen) => seen.body['running']?.proposal?.dependencies !== undefined,
  );
  const { id: proposal } = body['running'].proposal;
  const decide = (by: string, answer: string) => send(by, `${at('two')}/decisions`, { proposal, kind: 'rollback', answer, reason: 'as agreed' });
  expect((await decide('ines', 'freeze')).status).toBe(200);
  expect((await abort('ines', at('two'))).body['code']).toBe('second-person-needed');
  expect((await decide('ines', 'approve')).status).toBe(200);
  expect((await running('two')).state).not.toBe('Rolled back');
  expect((await decide('olga', 'approve')).status).toBe(200);
  await until(
    () => inFull('two'),
    (seen) => seen.body['running']?.state === 'Rolled back',
  );
  expect((await abort('ines', '/v1/waves/two/wave-1')).status).toBe(200);
});

test('where one person is enough, an operator’s abort rolls it back, and the same key again is the same message', async () => {
  expect(await abort('ines', at('one'), 'abort-of-one')).toMatchObject({ status: 200 });
  await until(
    () => inFull('one'),
    (seen) => seen.body['running']?.state === 'Rolled back',
  );
  expect(await abort('ines', at('one'), 'abort-of-one')).toMatchObject({ status: 200, body: { duplicate: true } });
});
