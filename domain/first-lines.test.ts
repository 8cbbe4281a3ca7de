import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { firstLines } from './first-lines.ts';

test('lines that fit are as they were', () => {
  expect(firstLines(['a', 'b'], { lines: 2, bytes: 10 })).toEqual(['a', 'b']);
  expect(firstLines([], { lines: 2, bytes: 10 })).toEqual([]);
});

test('what does not fit is counted in the last line', () => {
  expect(firstLines(['a', 'b', 'c'], { lines: 2, bytes: 10 })).toEqual(['a', 'and 2 more']);
  expect(firstLines(['a', 'b'.repeat(20), 'c'], { lines: 9, bytes: 10 })).toEqual(['a', 'and 2 more']);
  expect(firstLines(['a'.repeat(20)], { lines: 9, bytes: 99, line: 5 })).toEqual(['aaaaa…']);
});

test('whatever the lines say, there is room for them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary', maxLength: 300 })),
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 0, max: 3_000 }),
      (lines, most, bytes) => {
        const first = firstLines(lines, { lines: most, bytes });
        expect(first.length).toBeLessThanOrEqual(most);
        expect(Buffer.byteLength(first.join(''))).toBeLessThanOrEqual(bytes + 'and 999 more'.length);
      },
    ),
  );
});
