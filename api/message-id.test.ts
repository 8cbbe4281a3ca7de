import { expect, test } from 'vitest';
import { messageId } from './message-id.ts';

const of = { by: 'mara', target: { plan: 'p', wave: 'w', package: 'a' }, type: 'signOff' } as const;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[48][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('without a key every message is new', () => {
  expect(messageId(of, undefined)).toMatch(uuid);
  expect(messageId(of, undefined)).not.toBe(messageId(of, undefined));
});

test('with a key, the same person sending the same kind of message to the same place sends the same message', () => {
  expect(messageId(of, 'retry-me')).toMatch(uuid);
  expect(messageId({ ...of }, 'retry-me')).toBe(messageId(of, 'retry-me'));
});

test('nobody can take the id of a message from another person, to another place or of another kind', () => {
  const others = [
    { ...of, by: 'nora' },
    { ...of, type: 'evidence' as const },
    { ...of, target: { plan: 'p', wave: 'w' } },
    { ...of, target: { plan: 'p', wave: 'w', package: 'b' } },
    { ...of, target: { plan: 'p', wave: 'v', package: 'a' } },
    { ...of, target: { plan: 'q', wave: 'w', package: 'a' } },
  ];
  const ids = [messageId(of, 'retry-me'), messageId(of, 'retry-you'), ...others.map((other) => messageId(other, 'retry-me'))];
  expect(new Set(ids).size).toBe(ids.length);
});
