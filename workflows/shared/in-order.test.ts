import { setImmediate as tick } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { mostOfPart } from '../../domain/record-parts.ts';
import { bothBatches, recordBatch, type RecordBatch } from '../../domain/records.ts';
import { recordInOrder, type Outbox } from './in-order.ts';
import { LocalTurns } from './local-turns.ts';

/** Claims of 60 KB each, which are more than one part, and a short withdrawal. */
const claims = Array.from({ length: 50 }, (_, at) => `claim-${at} ${'x'.repeat(60_000)}`);
const named = (post: RecordBatch) => post.messages.map(({ jws }) => jws.split(' ')[0]);
const inOrder = [...claims.map((claim) => claim.split(' ')[0]), 'withdrawal'];

function made() {
  let outbox = recordBatch();
  const inbox: Outbox = {
    turns: new LocalTurns(),
    hasPost: () => outbox.messages.length > 0,
    takePost: () => {
      const post = outbox;
      outbox = recordBatch();
      return post;
    },
    putBack: (post) => void (outbox = bothBatches(post, outbox)),
  };
  return { inbox, decide: (...texts: string[]) => void outbox.messages.push(...texts.map((jws) => ({ jws }))), left: () => named(outbox) };
}

test('claims that need several parts, and a withdrawal that another part of the workflow records at the same moment, are stored as they were decided', async () => {
  const { inbox, decide } = made();
  const stored: (string | undefined)[] = [];
  let parts = 0;
  const record = async (part: RecordBatch) => {
    await tick();
    parts += 1;
    stored.push(...named(part));
  };
  decide(...claims);
  const first = recordInOrder(inbox, record);
  await tick();
  decide('withdrawal');
  await Promise.all([first, recordInOrder(inbox, record)]);
  expect(stored).toEqual(inOrder);
  expect(parts).toBeGreaterThan((claims.length * 60_000) / mostOfPart);
});

test('what could not be recorded by either is left in its order', async () => {
  const { inbox, decide, left } = made();
  const fails = async () => {
    await tick();
    throw new Error('cancelled');
  };
  decide(...claims);
  const first = recordInOrder(inbox, fails);
  await tick();
  decide('withdrawal');
  const ends = await Promise.allSettled([first, recordInOrder(inbox, fails)]);
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(left()).toEqual(inOrder);
});

test('where there is nothing to record, nobody waits for a turn', async () => {
  const { inbox } = made();
  void inbox.turns.take(() => new Promise(() => {}));
  await recordInOrder(inbox, async () => expect.unreachable('there is nothing'));
  expect(inbox.hasPost()).toBe(false);
});
