import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Problem } from '../errors.ts';
import { openCursors } from './cursors.ts';
import { keyBefore, pageOf, rowsWithin } from './page.ts';

const key = z.tuple([z.string(), z.number()]);
const cursors = openCursors({ secretFor: (purpose) => createHash('sha256').update(purpose).digest() });
const asked = (over: Record<string, unknown> = {}) => ({ list: 'rows', query: { limit: 2, ...over }, cursors });
const [, next] = (({ rows, next }) => [rows, next!] as const)(pageOf(asked(), ['a', 'b', 'c'], (row) => [row, 7]));
const problem = (work: () => unknown): string => {
  try {
    return String(work());
  } catch (error) {
    if (error instanceof Problem) return error.message;
    throw error;
  }
};

const altered = (cursor: string) => {
  const bytes = Buffer.from(cursor, 'base64url');
  bytes[20]! ^= 1;
  return bytes.toString('base64url');
};

describe('a cursor', () => {
  test('does not show the place of the row, not even by its length', () => {
    const lengths = [1, 42, 123_456, 9_007_199_254_740_991].map((position) => pageOf(asked(), [1, 2, position], () => position).next!);
    expect(new Set(lengths.map(({ length }) => length)).size).toBe(1);
    for (const cursor of lengths) expect(Buffer.from(cursor, 'base64url').toString('latin1')).not.toContain('123456');
    expect(pageOf(asked(), ['a', 'b', 'c'], () => 7).next).not.toBe(pageOf(asked(), ['a', 'b', 'c'], () => 7).next);
  });

  test('continues after the last row that was shown', () => {
    expect(keyBefore(asked({ cursor: next }), key)).toEqual(['b', 7]);
  });

  test('may be used with another limit', () => {
    expect(keyBefore({ list: 'rows', query: { limit: 50, cursor: next }, cursors }, key)).toEqual(['b', 7]);
  });

  test('is absent on the last page, even if that page is full', () => {
    expect(pageOf(asked(), ['a', 'b'], (row) => row)).toEqual({ rows: ['a', 'b'] });
    expect(pageOf(asked(), [], (row) => row)).toEqual({ rows: [] });
  });

  test.each([
    ['of another list', { list: 'others', query: { limit: 2, cursor: next }, cursors }],
    ['used with other filters', asked({ cursor: next, plan: ['test'] })],
    ['without its end', asked({ cursor: next.slice(0, -1) })],
    ['that is empty', asked({ cursor: '' })],
    ['with one bit changed', asked({ cursor: altered(next) })],
    ['that another key sealed', { ...asked({ cursor: next }), cursors: openCursors({ secretFor: () => new Uint8Array(32) }) }],
    ['written in another way', asked({ cursor: `${next}==` })],
    ['whose key has another form', asked({ cursor: cursors.seal({ a: 1 }, ['rows', []]) })],
  ])('%s is refused, and the error says what to do', (_name, query) => {
    expect(problem(() => keyBefore(query, key))).toContain('cursor: is not a cursor of this list with these filters');
  });

  test('made of any text is refused with a sentence', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(problem(() => keyBefore(asked({ cursor: text }), key))).toMatch(/^cursor: /);
      }),
    );
  });
});

/** A list that changes between its pages: rows that stay are shown exactly once. */
test('rows that stay are shown once, in order, whatever is added and removed between two pages', () => {
  const row = fc.integer({ min: 0, max: 60 });
  const change = fc.record({ add: fc.array(row, { maxLength: 5 }), remove: fc.array(row, { maxLength: 5 }) });
  fc.assert(
    fc.property(fc.uniqueArray(row), fc.array(change, { maxLength: 12 }), fc.integer({ min: 1, max: 7 }), (first, changes, limit) => {
      const rows = new Set(first);
      const stayed = new Set(first);
      const shown: number[] = [];
      let cursor: string | undefined;
      for (let page = 0; page === 0 || cursor !== undefined; page++) {
        const query = { limit, cursor };
        const after = keyBefore({ list: 'rows', query, cursors }, z.number());
        const found = [...rows].filter((each) => after === undefined || each > after).sort((a, b) => a - b);
        const shownNow = pageOf({ list: 'rows', query, cursors }, found.slice(0, limit + 1), (each) => each);
        shown.push(...shownNow.rows);
        cursor = shownNow.next;
        const { add, remove } = changes[page] ?? { add: [], remove: [] };
        for (const each of add) rows.add(each);
        for (const each of remove) for (const set of [rows, stayed]) set.delete(each);
      }
      expect(shown).toEqual([...new Set(shown)].sort((a, b) => a - b));
      expect(shown).toEqual(expect.arrayContaining([...stayed]));
    }),
  );
});

test.each([
  [[], 10, 0],
  [[3, 3, 3], 10, 3],
  [[3, 3, 3], 8, 2],
  [[30, 3], 10, 1],
  [[0, 0, 11], 10, 2],
])('of rows of these sizes, a page has the first ones that come to so much together, and one at least: %j, %d', (sizes, most, count) => {
  expect(rowsWithin(sizes, (size) => size, most)).toBe(count);
});
