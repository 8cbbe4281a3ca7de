import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LateRows } from './late-rows.ts';

const row = (position: number) => ({ position });

test('a row is new once, also one that becomes visible after others with higher positions', () => {
  const rows = new LateRows(10);
  expect(rows.fresh([row(11), row(13)], 0)).toEqual([row(11), row(13)]);
  expect(rows.after).toBe(10);
  expect(rows.fresh([row(11), row(12), row(13)], 5_000)).toEqual([row(12)]);
  expect(rows.fresh([row(9)], 6_000)).toEqual([]);
});

test('rows are not read again for ever', () => {
  const rows = new LateRows(0);
  rows.fresh([row(1), row(2)], 0);
  rows.fresh([], 10_000);
  expect(rows.after).toBe(2);
  expect(rows.fresh([row(1), row(2)], 10_001)).toEqual([]);
});

test('whatever the order in which they become visible within ten seconds, each is new exactly once', () => {
  const visible = fc.uniqueArray(fc.record({ position: fc.integer({ min: 1, max: 200 }), atMs: fc.integer({ min: 0, max: 9_000 }) }), {
    selector: ({ position }) => position,
    maxLength: 40,
  });
  fc.assert(
    fc.property(visible, (all) => {
      const rows = new LateRows(0);
      const seen: number[] = [];
      for (let nowMs = 0; nowMs <= 9_500; nowMs += 500)
        seen.push(
          ...rows
            .fresh(
              all.filter(({ atMs, position }) => atMs <= nowMs && position > rows.after).map(({ position }) => row(position)),
              nowMs,
            )
            .map(({ position }) => position),
        );
      expect(seen.toSorted((a, b) => a - b)).toEqual(all.map(({ position }) => position).toSorted((a, b) => a - b));
    }),
  );
});
