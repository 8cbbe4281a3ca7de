import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { partsOf, shareOfRange, together } from './joined-in-range.ts';

const hour = 3_600_000;
const day = 24 * hour;
const range = { fromMs: 0, toMs: 4 * day };

describe('people who joined', () => {
  test('before the range are counted over all of it, within it from then on, and later not at all', () => {
    const joined = [
      { person: 'late', sinceMs: 4 * day },
      { person: 'cem', sinceMs: 2 * day },
      { person: 'ben', sinceMs: -1 },
    ];
    expect(partsOf(range, ['ann'], joined)).toEqual([
      { people: ['ann', 'ben'], fromMs: 0 },
      { people: ['cem'], fromMs: 2 * day },
    ]);
  });

  test('within an hour are counted together, from when the last of them had the access', () => {
    const joined = [
      { person: 'ben', sinceMs: day },
      { person: 'cem', sinceMs: day + hour },
      { person: 'dea', sinceMs: day + 3 * hour },
    ];
    expect(partsOf(range, ['ann'], joined).slice(1)).toEqual([
      { people: ['ben', 'cem'], fromMs: day + hour },
      { people: ['dea'], fromMs: day + 3 * hour },
    ]);
  });

  test('are each in one part, are never counted before they had the access, and are few questions', () => {
    const joined = fc.array(fc.integer({ min: -day, max: 5 * day }), { maxLength: 12 }).map((all) => all.map((sinceMs, at) => ({ person: `p${at}`, sinceMs })));
    fc.assert(
      fc.property(joined, (all) => {
        const parts = partsOf(range, ['ann'], all);
        expect(parts.length).toBeLessThanOrEqual(3);
        expect(parts.flatMap(({ people }) => people).toSorted()).toEqual(
          ['ann', ...all.flatMap(({ person, sinceMs }) => (sinceMs < range.toMs ? [person] : []))].toSorted(),
        );
        for (const { people, fromMs } of parts) {
          for (const { person, sinceMs } of all) if (people.includes(person)) expect(sinceMs).toBeLessThanOrEqual(fromMs);
          expect(shareOfRange(range, { fromMs })).toBeGreaterThan(0);
        }
      }),
    );
  });
});

test('counts of disjoint people are added up', () => {
  expect(together([{ count: 3 }, { count: 4 }])).toEqual({ count: 7 });
  expect(
    together([
      { count: 1, of: 3 },
      { count: 2, of: 2 },
    ]),
  ).toEqual({ count: 3, of: 5 });
  expect(together([{ value: 2 }])).toEqual({ value: 2 });
  expect(together([])).toBeUndefined();
});
