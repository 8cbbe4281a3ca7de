/** Messages to a wave as a whole, and those about one of its packages that the wave decides. */
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recordBatch } from '../../../domain/records.ts';
import { openStore } from '../../../store/open.ts';
import { planText, startEndpoint } from '../../../test/support/endpoint.ts';
import type { Endpoint } from '../../../test/support/endpoint.ts';

let api: Endpoint;
const wave = async (id = 'wave-1') => (await api.send('ines', 'GET', `/v1/waves/test/${id}`)).body;
const post = (by: string, path: string, body: unknown) => api.send(by, 'POST', path, body);
const accepted = { status: 200, body: { status: 'accepted' } };

beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 30_000 });
  await api.startWorker();
  await api.send('ines', 'POST', '/v1/plans', planText({ second: true }));
});
afterAll(() => api.close());

test('notes, on the wave and on a package', async () => {
  expect(await post('ines', '/v1/waves/test/wave-1/notes', { text: 'bank holiday on the 5th' })).toMatchObject(accepted);
  expect(await post('olga', '/v1/packages/test/wave-1/clerk/notes', { text: 'three people only' })).toMatchObject(accepted);
  expect((await wave()).notes).toMatchObject([
    { by: 'ines', text: 'bank holiday on the 5th' },
    { by: 'olga', text: 'three people only' },
  ]);
});

test('the same note under the same key is one note; another note under that key is refused', async () => {
  const sent = { text: 'only once', id: 'note-of-today' };
  const first = await post('ines', '/v1/waves/test/wave-1/notes', sent);
  expect(await post('ines', '/v1/waves/test/wave-1/notes', sent)).toMatchObject({ status: 200, body: { status: 'accepted', id: first.body.id } });
  expect(await post('ines', '/v1/waves/test/wave-1/notes', { ...sent, text: 'twice' })).toMatchObject({ status: 409, body: { code: 'id-reused' } });
  expect(await post('hugo', '/v1/waves/test/wave-1/notes', { ...sent, text: "hugo's own" })).toMatchObject(accepted);
  expect((await wave()).notes.slice(2)).toMatchObject([
    { by: 'ines', text: 'only once' },
    { by: 'hugo', text: "hugo's own" },
  ]);
});

test('a message that is decided at once counts for a quarter of an hour, and cannot be kept for later', async () => {
  const { body } = await post('olga', '/v1/packages/test/wave-1/clerk/notes', { text: 'for now' });
  const sealed = await sealedAs(body.id);
  expect([sealed.body, sealed.expiresMs - sealed.atMs]).toEqual([{ text: 'for now' }, 15 * 60_000]);
});

/** As it is on record. */
async function sealedAs(id: string) {
  const store = await openStore(api.config.databaseUrl, { migrate: false });
  const [kept] = await store.messages({ plan: 'test', id });
  await store.close();
  return decodeJwt<{ atMs: number; expiresMs: number; body: unknown }>(kept!.jws);
}

test('a date for a tentative wave, in the form that people write', async () => {
  expect(await post('ines', '/v1/waves/test/wave-2/go-live', { goLive: '2027-06-01T18:00:00+02:00' })).toMatchObject(accepted);
  expect((await wave('wave-2')).goLiveMs).toBe(Date.UTC(2027, 5, 1, 16));
});

test('a date in the past is 409 in-the-past, also one within the window for a late start, with a date to send instead', async () => {
  const before = (await wave('wave-2')).goLiveMs;
  for (const path of ['/v1/waves/test/wave-2/go-live', '/v1/packages/test/wave-2/reader/go-live'])
    for (const goLive of ['2020-06-01', new Date(Date.now() - 7_200_000).toISOString().replace(/\.\d+/, '')]) {
      const { status, body } = await post('ines', path, { goLive });
      expect([goLive, status, body.code, body.detail]).toEqual([
        goLive,
        409,
        'in-the-past',
        expect.stringMatching(/ is in the past; it is now .* in a minute: /),
      ]);
      const instead = /in a minute: (\S+Z)\./.exec(body.detail)?.[1] ?? '';
      expect(Math.abs(Date.parse(instead) - Date.now() - 60_000)).toBeLessThan(30_000);
    }
  expect((await wave('wave-2')).goLiveMs).toBe(before);
});

test('a go-live that was now a moment ago is accepted, and the wave goes live when it can', async () => {
  const goLiveMs = Date.now() - 5_000;
  expect(await post('ines', '/v1/packages/test/wave-2/reader/go-live', { goLiveMs })).toMatchObject(accepted);
  expect(await post('ines', '/v1/packages/test/wave-2/reader/go-live', { goLive: '2027-06-01T18:00:00+02:00' })).toMatchObject(accepted);
});

test('evidence for a package, with its expiry', async () => {
  expect(await post('olga', '/v1/packages/test/wave-1/clerk/evidence', { item: 'handoff', reference: 'HO-12', expires: '2027-12-31' })).toMatchObject(accepted);
  expect((await wave()).packages[0].checklist.find(({ item }: { item: string }) => item === 'handoff')).toMatchObject({ ok: true });
});

test('holding a package back, with the reason for all to read', async () => {
  expect(await post('ines', '/v1/packages/test/wave-1/clerk/hold-back', { reason: 'the drill is missing' })).toMatchObject(accepted);
  expect((await wave()).packages[0].heldBack).toMatchObject({ code: 'person', text: expect.stringContaining('the drill is missing') });
});

test('lifting a hold where there is none is 409 not-on-hold', async () => {
  const lifted = await post('ines', '/v1/waves/test/wave-1/lift-hold', { goLive: '2027-05-04', reason: 'ready' });
  expect(lifted).toMatchObject({ status: 409, body: { code: 'not-on-hold' } });
});

test('a date for a wave whose packages are all released is 409 wrong-stage', async () => {
  const store = await openStore(api.config.databaseUrl, { migrate: false });
  const released = {
    id: 'wave-1-released',
    plan: 'test',
    wave: 'wave-1',
    package: 'clerk',
    atMs: 1,
    actor: 'rolewave',
    kind: 'released',
    text: 'It is released',
  };
  await store.record(recordBatch({ events: [released] }));
  await store.close();
  const { status, body } = await post('ines', '/v1/waves/test/wave-1/go-live', { goLive: '2027-06-01T18:00:00+02:00' });
  expect([status, body.code, body.detail]).toEqual([409, 'wrong-stage', expect.stringContaining("All packages of wave 'wave-1' are released")]);
});
