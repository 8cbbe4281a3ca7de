/** One idempotency key for different messages in the same moment: 'accepted' is said of what is recorded, and of nothing else. */
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planText, startEndpoint, until, type Answered, type Endpoint } from '../support/endpoint.ts';

let api: Endpoint;
const path = '/v1/waves/test/wave-1';
const note = (text: string, id: string) => api.send('ines', 'POST', `${path}/notes`, { text, id });
const noted = async (word: string): Promise<string[]> => {
  const { body } = await api.send('ines', 'GET', path);
  return body['notes'].map(({ text }: { text: string }) => text).filter((text: string) => text.startsWith(word));
};
const outcome = ({ status, body }: Answered) => [status, body['code'] ?? body['status']];

beforeAll(async () => {
  // What is accepted is answered when its workflow task ends, which waits for the store for eight seconds.
  api = await startEndpoint({ answerWithinMs: 12_000 });
  await api.startWorker();
  await api.send('ines', 'POST', '/v1/plans', planText());
});
afterAll(() => api?.close());

test('of several different ones one is accepted, which is the one that is recorded; the others are told that the key was used', async () => {
  for (const round of [1, 2, 3, 4, 5]) {
    const texts = [1, 2, 3, 4].map((index) => `round-${round} ${index}`);
    const answers = await Promise.all(texts.map((text) => note(text, `race-key-${round}`)));
    const accepted = texts.filter((_, index) => answers[index]?.status === 200);
    expect(accepted).toHaveLength(1);
    expect(answers.filter(({ status }) => status !== 200).map(outcome)).toEqual(Array.from({ length: 3 }, () => [409, 'id-reused']));
    expect(await noted(`round-${round}`)).toEqual(accepted);
  }
});

test('the same one several times is accepted each time, and counts once', async () => {
  const answers = await Promise.all([1, 2, 3, 4].map(() => note('same', 'same-key-of-today')));
  expect(new Set(answers.map(({ body }) => body['id'])).size).toBe(1);
  expect(answers.map(outcome)).toEqual(Array.from({ length: 4 }, () => [200, 'accepted']));
  expect(await noted('same')).toEqual(['same']);
});

test('while what was accepted cannot be recorded, another one under its key is not called accepted, and later it is refused', async () => {
  const locking = new Client({ connectionString: api.config.databaseUrl });
  await locking.connect();
  try {
    await locking.query('begin; lock table rolewave.messages in share mode');
    expect(outcome(await note('late first', 'late-key-of-today'))).toEqual([200, 'accepted']);
    expect(outcome(await note('late second', 'late-key-of-today'))).not.toContain('accepted');
  } finally {
    await locking.end();
  }
  await until(
    () => note('late second', 'late-key-of-today'),
    (seen) => seen.body['code'] === 'id-reused',
  );
  expect(outcome(await note('late first', 'late-key-of-today'))).toEqual([200, 'accepted']);
  expect(await noted('late')).toEqual(['late first']);
}, 120_000);
