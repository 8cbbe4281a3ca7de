import { expect, test } from 'vitest';
import { fairCache } from './fair-cache.ts';

const shares = { inAll: 100, perRight: 60, perPlan: 40 };
const cacheOf = () =>
  fairCache<{ rows: number }>(
    shares,
    ({ rows }) => rows,
    (plan) => plan.split('-')[0] ?? plan,
  );
const filled = (...entries: [key: string, plan: string, rows: number][]) => {
  const cache = cacheOf();
  for (const [key, plan, rows] of entries) cache.set(key, plan, { rows });
  return entries.flatMap(([key]) => (cache.get(key) ? [key] : []));
};

test.each<[what: string, entries: [string, string, number][], kept: string[]]>([
  [
    'two large plans of one right take the place of each other, and not of a small one',
    [
      ['mine', 'ours-a', 10],
      ['b', 'theirs-b', 35],
      ['c', 'theirs-c', 35],
    ],
    ['mine', 'c'],
  ],
  [
    'revisions of one plan take the place of its earlier ones',
    [
      ['mine', 'theirs-a', 10],
      ['1', 'theirs-b', 25],
      ['2', 'theirs-b', 25],
    ],
    ['mine', '2'],
  ],
  [
    'one that is larger than the share of its plan is kept alone',
    [
      ['mine', 'ours-a', 10],
      ['1', 'theirs-b', 20],
      ['2', 'theirs-b', 90],
    ],
    ['mine', '2'],
  ],
  [
    'one that is larger than everything is not kept, and nothing goes for it',
    [
      ['mine', 'ours-a', 10],
      ['1', 'theirs-b', 101],
    ],
    ['mine'],
  ],
  [
    'what is set again counts once',
    [
      ['1', 'theirs-a', 30],
      ['1', 'theirs-a', 30],
      ['2', 'theirs-a', 10],
    ],
    ['1', '1', '2'],
  ],
])('%s', (_what, entries, kept) => {
  expect(filled(...entries)).toEqual(kept);
});

test('however many large plans one right has, the plans of others stay in memory', () => {
  const cache = cacheOf();
  for (const plan of ['a-1', 'b-1', 'c-1']) cache.set(plan, plan, { rows: 12 });
  for (let index = 0; index < 50; index += 1) cache.set(`x-${index}`, `x-${index}`, { rows: 30 });
  expect(['a-1', 'b-1', 'c-1'].filter((plan) => !cache.get(plan))).toEqual([]);
});
