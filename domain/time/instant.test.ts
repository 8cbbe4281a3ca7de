import { expect, test } from 'vitest';
import { instantText } from './instant.ts';

test.each([
  [Date.parse('2026-04-08'), '2026-04-08'],
  [Date.parse('2026-04-08T18:05:59Z'), '2026-04-08 18:05 UTC'],
  [Number.NaN, 'an unknown time'],
  [9e15, 'an unknown time'],
])('%d reads %s', (ms, text) => {
  expect(instantText(ms)).toBe(text);
});
