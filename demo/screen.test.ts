import { expect, test } from 'vitest';
import { requestLine } from './screen.ts';

test.each([
  ['first', 'asks olga, sam: Sign it.'],
  ['delegate', 'asks olga, sam, as the delegate of the person who has not answered: Sign it.'],
  ['onCall', 'asks olga, sam, on call, because nobody has answered yet: Sign it.'],
  ['overdue', 'asks olga, sam, because the date has passed without an answer: Sign it.'],
] as const)('a request says who is asked, and at the level %s why', (level, line) => {
  expect(requestLine({ to: ['olga', 'sam'], level, text: 'Sign it.' })).toBe(line);
});
