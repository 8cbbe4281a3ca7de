import { expect, test } from 'vitest';
import { isSameCaller } from './caller.ts';

test('somebody who has left a group, or come into one, is not the same caller any more', () => {
  const olga = { id: 'olga', groups: ['staff', 'audit'] };
  expect(isSameCaller(olga, { id: 'olga', groups: ['audit', 'staff'] })).toBe(true);
  for (const groups of [['staff'], ['staff', 'sales'], ['staff', 'audit', 'sales'], []]) expect(isSameCaller(olga, { id: 'olga', groups })).toBe(false);
  expect(isSameCaller(olga, { ...olga, id: 'hugo' })).toBe(false);
});
