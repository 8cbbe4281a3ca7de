import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Problem } from '../errors.ts';
import { keyBefore, pageOf } from './page.ts';

const key = z.tuple([z.string(), z.number()]);
const asked = (over: Record<string, unknown> = {}) => ({ list: 'rows', query: { limit: 2, ...over } });
const [, next] = (({ rows, next }) => [rows, next!] as const)(pageOf(asked(), ['a', 'b', 'c'], (row) => [row, 7]));
const problem = (work: () => unknown): string => {
  try {
    return String(work());
  } catch (error) {
    if (error instanceof Problem) return error.message;
    throw error;
  }
};

describe('a cursor', () => {
  test('continues after the last row that was shown', () => {
    expect(keyBefore(asked({ cursor: next }), key)).toEqual(['b', 7]);
  });

  test('may be used with another limit', () => {
    expect(keyBefore({ list: 'rows', query: { limit: 50, cursor: next } }, key)).toEqual(['b', 7]);
  });

  test('is absent on the last page, even if that page is full', () => {
    expect(pageOf(asked(), ['a', 'b'], (row) => row)).toEqual({ rows: ['a', 'b'] });
    expect(pageOf(asked(), [], (row) => row)).toEqual({ rows: [] });
  });

  test.each([
    ['of another list', { list: 'others', query: { limit: 2, cursor: next } }],
    ['used with other filters', asked({ cursor: next, plan: ['test'] })],
    ['without its end', asked({ cursor: next.slice(0, -1) })],
    ['that is empty', asked({ cursor: '' })],
    ['whose key was altered', asked({ cursor: `${Buffer.from('["c",7]').toString('base64url')}.${next.split('.')[1]}` })],
    ['whose key holds half a surrogate pair', asked({ cursor: `${Buffer.from('["\\ud800",7]').toString('base64url')}.${next.split('.')[1]}` })],
    ['whose key has another form', asked({ cursor: `${Buffer.from('{"a":1}').toString('base64url')}.${next.split('.')[1]}` })],
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
        const after = keyBefore({ list: 'rows', query }, z.number());
        const found = [...rows].filter((each) => after === undefined || each > after).sort((a, b) => a - b);
        const shownNow = pageOf({ list: 'rows', query }, found.slice(0, limit + 1), (each) => each);
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
