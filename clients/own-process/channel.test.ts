import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listen, MessageTooLarge, send } from './channel.ts';

/** Sends these one after the other, and reads them in chunks of so many bytes. */
async function through(messages: unknown[], chunk = 65_536): Promise<{ heard: unknown[]; frames: number[] }> {
  const [sending, reading] = [new PassThrough(), new PassThrough()];
  const heard: unknown[] = [];
  const refused: Error[] = [];
  listen(
    reading,
    (message) => heard.push(message),
    (error) => refused.push(error),
  );
  const written: Buffer[] = [];
  sending.on('data', (bytes: Buffer) => written.push(bytes));
  for (const message of messages) send(sending, message);
  await new Promise((resolve) => setImmediate(resolve));
  const all = Buffer.concat(written);
  for (let at = 0; at < all.byteLength; at += chunk) reading.write(all.subarray(at, at + chunk));
  await expect.poll(() => heard.length + refused.length).toBe(messages.length);
  expect(refused).toEqual([]);
  return { heard, frames: written.filter(({ byteLength }) => byteLength !== 4).map(({ byteLength }) => byteLength) };
}

test('what is sent is heard, whatever it is and however it is cut on its way', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.anything({ withBigInt: true }), { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 200 }), async (messages, chunk) => {
      expect((await through(messages, chunk)).heard).toEqual(messages);
    }),
    { numRuns: 100 },
  );
});

const grant = (n: number) => ({ role: 'clerk', account: `person.${n}`, options: { admin: false }, grantor: undefined });

test('a long answer comes in pieces, also one with long lists in the items of a long list', async () => {
  const message = {
    call: 1,
    done: {
      grants: Array.from({ length: 20_000 }, (_, n) => grant(n)),
      roles: Array.from({ length: 9_000 }, (_, n) => ({
        role: `role-${n}`,
        privileges: Array.from({ length: n % 3_000 === 7 ? 9_000 : 2 }, (_each, of) => `select on table ${of}`),
      })),
    },
  };
  const { heard, frames } = await through([message, { pong: 1 }]);
  expect(heard).toEqual([message, { pong: 1 }]);
  expect(frames.length).toBeGreaterThan(15);
  expect(Math.max(...frames)).toBeLessThan(2 ** 20);
});

test('an answer that holds one long text again and again is refused before any of it is sent', () => {
  const roleId = 'x'.repeat(2 ** 20);
  const written: unknown[] = [];
  const stream = new PassThrough().on('data', (bytes) => written.push(bytes));
  expect(() => send(stream, { done: Array.from({ length: 3_000 }, (_, n) => ({ ...grant(n), roleId })) })).toThrow(MessageTooLarge);
  expect(() => send(stream, { done: Array<unknown>(5_000_000).fill(1) })).toThrow('what was read takes more than 64 MB');
  expect(written).toEqual([]);
});

test.each([
  ['announces more than a message may have', Buffer.from([255, 255, 255, 255])],
  ['is no message', Buffer.from([4, 0, 0, 0, 1, 2, 3, 4])],
])('a side that %s is refused, and not read any more', async (_what, bytes) => {
  const stream = new PassThrough();
  const heard: unknown[] = [];
  const refused: Error[] = [];
  listen(
    stream,
    (message) => heard.push(message),
    (error) => refused.push(error),
  );
  stream.write(bytes);
  await expect.poll(() => refused.length).toBe(1);
  send(stream, { pong: 1 });
  await new Promise((resolve) => setImmediate(resolve));
  expect([heard, refused.length]).toEqual([[], 1]);
});

test('pieces that go beyond the limit together are refused', async () => {
  const stream = new PassThrough();
  const refused: Error[] = [];
  listen(
    stream,
    () => undefined,
    (error) => refused.push(error),
    10_000,
  );
  send(stream, { done: Array.from({ length: 60_000 }, (_, n) => grant(n)) });
  await expect.poll(() => refused.map(String)).toEqual([expect.stringContaining('nothing so large is taken from a system')]);
});
