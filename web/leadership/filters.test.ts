import { expect, test } from 'vitest';
import { addressOf, shownIn, usual } from './filters.ts';

test.each([
  ['', usual, '/leadership'],
  ['from=2026-04-06&to=2026-05-03&period=month&team=finance', { from: '2026-04-06', to: '2026-05-03', period: 'month', team: 'finance' }, undefined],
  ['period=year&plan=x', usual, '/leadership'],
  // The endpoint says what is wrong with it.
  ['from=nonsense', { ...usual, from: 'nonsense' }, undefined],
] as const)('?%s', (query, shown, address) => {
  expect(shownIn(new URLSearchParams(query))).toEqual(shown);
  expect(addressOf(shown)).toBe(address ?? `/leadership?${query}`);
});
