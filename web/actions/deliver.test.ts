/** One message per dialog: what is sent, and how it is followed until it is decided. */
import { afterEach, expect, test, vi } from 'vitest';
import { deliver, isUnanswered, newMessageId, type Delivery } from './deliver.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

type Answer = { status: number; body: unknown } | 'no answer';

/** Answers one after the other; the last one again and again. */
function endpoint(...answers: Answer[]) {
  const asked: { path: string; body: Record<string, unknown> | undefined }[] = [];
  vi.stubGlobal('fetch', async (path: string, init: RequestInit = {}) => {
    asked.push({ path, body: typeof init.body === 'string' ? (JSON.parse(init.body) as Record<string, unknown>) : undefined });
    const answer = answers[Math.min(asked.length, answers.length) - 1] as Answer;
    if (answer === 'no answer') throw new TypeError('fetch failed');
    return new Response(JSON.stringify(answer.body), { status: answer.status });
  });
  return asked;
}

async function sent(id = newMessageId()): Promise<Delivery[]> {
  vi.useFakeTimers();
  const steps: Delivery[] = [];
  const last = deliver('/v1/packages/p/w/x/notes', { text: 'seen' }, id, (now) => steps.push(now), new AbortController().signal);
  await vi.runAllTimersAsync();
  expect(await last).toEqual(steps.at(-1));
  return steps;
}

const received = { status: 202, body: { status: 'received', id: 'm', statusUrl: '/v1/waves/p/w/messages/m' } };
const says = (body: unknown): Answer => ({ status: 200, body });

test('what is accepted is accepted, and was sent with the id of its dialog', async () => {
  const asked = endpoint(says({ status: 'accepted', id: 'm' }));
  expect(await sent('dialog-1')).toEqual([{ state: 'sending' }, { state: 'accepted' }]);
  expect(asked).toEqual([{ path: '/v1/packages/p/w/x/notes', body: { text: 'seen', id: 'dialog-1' } }]);
});

test('what is received is followed at its address until it is decided, also while nobody answers', async () => {
  const busy = [429, 500, 503].map((status) => ({ status, body: { title: 'Not now' } }));
  const asked = endpoint(received, says({ status: 'unknown' }), 'no answer', ...busy, says({ status: 'accepted' }));
  expect(await sent()).toEqual([{ state: 'sending' }, { state: 'received' }, { state: 'accepted' }]);
  expect(asked.slice(1).map(({ path }) => path)).toEqual(Array(6).fill('/v1/waves/p/w/messages/m'));
});

test('where nobody will say how it was decided, the dialog says so', async () => {
  endpoint(received, { status: 401, body: {} });
  expect((await sent()).at(-1)).toMatchObject({ state: 'failed', failure: { kind: 'signedOut' } });
});

test('a refusal afterwards is shown with its reason', async () => {
  endpoint(received, says({ status: 'refused', code: 'stale-digest', message: 'the preview has changed' }));
  expect((await sent()).at(-1)).toMatchObject({ state: 'failed', failure: { code: 'stale-digest', detail: 'the preview has changed' } });
});

test('a problem is shown in the words of the endpoint', async () => {
  endpoint({ status: 409, body: { code: 'wrong-stage', title: 'Not now', detail: 'It is being granted.', whatToDo: 'Wait.' } });
  expect((await sent()).at(-1)).toMatchObject({ state: 'failed', failure: { title: 'Not now', detail: 'It is being granted.', whatToDo: 'Wait.' } });
});

test.each<[string, Answer, boolean]>([
  ['nobody answered', 'no answer', true],
  ['a proxy answered for nobody', { status: 502, body: '' }, true],
  ['the Temporal server did not answer', { status: 503, body: { code: 'engine-unreachable' } }, true],
  ['the store did not answer', { status: 503, body: { code: 'store-unreachable' } }, true],
  ['the endpoint failed', { status: 500, body: { code: 'internal' } }, true],
  ['too much was sent within a minute', { status: 429, body: { code: 'too-many-requests', whatToDo: 'Wait.' } }, true],
  ['too many were refused', { status: 429, body: { code: 'too-many-refused' } }, false],
  ['it was refused', { status: 422, body: { code: 'in-the-past' } }, false],
  ['they were signed out', { status: 401, body: { code: 'session-over' } }, false],
])('where %s, whether it is sent again as the same message: only what nobody has refused', async (_what, answer, again) => {
  endpoint(answer);
  const last = (await sent()).at(-1);
  if (last?.state !== 'failed') throw new Error('it was delivered');
  expect(isUnanswered(last.failure)).toBe(again);
  expect(last.failure.whatToDo.endsWith('it is the same message, and counts once.')).toBe(again);
});

test('a message that was received is followed while what decides it does not answer', async () => {
  endpoint(received, { status: 503, body: { code: 'store-unreachable' } }, says({ status: 'accepted' }));
  expect((await sent()).at(-1)).toEqual({ state: 'accepted' });
});

test('ids are of the form that the endpoint takes, and differ', () => {
  const ids = Array.from({ length: 100 }, newMessageId);
  expect(new Set(ids).size).toBe(100);
  for (const id of ids) expect(id).toMatch(/^[\x21-\x7e]{8,100}$/);
});
