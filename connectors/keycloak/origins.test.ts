import { expect, test } from 'vitest';
import { happenedAfter, historyOf, noEvent, originId, type PairEvent } from './origins.ts';

const pair = { entitlementId: 'g', accountId: 'ann' };
/** `+kim` and `-us`, one after the other. */
const eventsOf = (words: string): PairEvent[] =>
  words
    .split(' ')
    .filter((word) => word !== '')
    .map((word, at) => ({ id: `e${at}`, atMs: at, did: word.startsWith('+') ? 'added' : 'removed', by: word.slice(1) }));
const told = (words: string, { repeats = false, knownSinceMs = -1 } = {}) => historyOf(eventsOf(words), pair, { repeats, knownSinceMs });
const by = (words: string, options = {}) => told(words, options).origin?.by;

test('the one who added what is held made it', () => {
  expect(by('+us')).toBe('us');
  expect(by('+us -kim +kim')).toBe('kim');
  expect(by('+kim -kim +us')).toBe('us');
});

test('nobody is told of what was taken away, and of what no event tells', () => {
  expect([told('').origin, told('+us -kim').origin]).toEqual([undefined, undefined]);
});

test('access that was taken away and given again by the same one is another grant', () => {
  const [first, second] = [told('+us').origin, told('+us -kim +us').origin];
  expect([first?.by, second?.by]).toEqual(['us', 'us']);
  expect(first?.id).not.toBe(second?.id);
});

test('the id is known before the change, by the event that it follows', () => {
  expect(told('+us').origin?.id).toBe(originId(pair, noEvent, 'us'));
  const before = told('+kim -kim');
  expect(told('+kim -kim +us').origin?.id).toBe(originId(pair, before.last, 'us'));
});

test('two people who add for the first time have different ids', () => {
  expect(told('+us').origin?.id).not.toBe(told('+kim').origin?.id);
});

test('an addition to what is there tells of a removal that no event has told, so nothing is believed', () => {
  expect(told('+us +kim').origin).toBeUndefined();
  expect(by('+us +kim -kim +us')).toBe('us');
});

test('where additions are told that change nothing, the first one counts', () => {
  expect(by('+us +kim', { repeats: true })).toBe('us');
  expect(by('+kim +us', { repeats: true })).toBe('kim');
  expect(by('+kim +us -kim +us +kim', { repeats: true })).toBe('us');
});

test('a removal of what was not there changes nothing', () => {
  expect(by('-kim -kim +us')).toBe('us');
});

test('what was before is not believed where changes may be missing', () => {
  expect(told('+us', { knownSinceMs: 0 }).origin).toBeUndefined();
  expect(by('+kim -kim +us', { knownSinceMs: 1 })).toBe('us');
  // As it was told when it was made: by then, too, only what came after counted.
  expect(told('+kim -kim +us', { knownSinceMs: 1 }).origin?.id).toBe(originId(pair, noEvent, 'us'));
});

test('the order of what is read does not matter, and two changes in one millisecond have none', () => {
  const events = eventsOf('+kim -kim +us');
  expect(historyOf(events.toReversed(), pair, { repeats: false, knownSinceMs: -1 }).origin?.by).toBe('us');
  const atOnce = events.map((event) => ({ ...event, atMs: 5 }));
  for (const all of [atOnce, atOnce.toReversed()]) expect(historyOf(all, pair, { repeats: true, knownSinceMs: -1 }).origin).toBeUndefined();
});

test('an addition is ours where it came directly after what was read before it', () => {
  expect(happenedAfter(told('+us'), noEvent, 'added', 'us')).toBe(true);
  expect(happenedAfter(told('-kim +us'), 'e0', 'added', 'us')).toBe(true);
  expect(happenedAfter(told('+us -kim'), noEvent, 'added', 'us')).toBe(true);
  expect(happenedAfter(told('+kim +us', { repeats: true }), noEvent, 'added', 'us')).toBe(false);
  expect(happenedAfter(told('+us -kim'), 'e1', 'added', 'us')).toBe(false);
  expect(happenedAfter(told(''), noEvent, 'added', 'us')).toBe(false);
});

test('a removal is ours where we removed after that, whatever came between', () => {
  expect(happenedAfter(told('+us -us'), 'e0', 'removed', 'us')).toBe(true);
  expect(happenedAfter(told('+us +kim -us', { repeats: true }), 'e0', 'removed', 'us')).toBe(true);
  expect(happenedAfter(told('+us -kim'), 'e0', 'removed', 'us')).toBe(false);
});

test('what it followed may have left the events since', () => {
  expect(happenedAfter(told('+us'), 'long gone', 'added', 'us')).toBe(true);
});
