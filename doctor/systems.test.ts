/** What the doctor says that it tried. */
import { expect, test } from 'vitest';
import { triedText } from './systems.ts';

const tried = { changes: 3, returns: 0, inNameOf: [], wasOnlyRead: false };

test.each([
  ['nothing is retired, or nothing of it comes back', {}, 'all 3 grants and retirements of the plan were tried and undone at once: the system accepts them'],
  [
    'something comes back',
    { returns: 1, inNameOf: ['dba', 'rolewave'] },
    'all 3 grants and retirements of the plan, and giving back what is retired, were tried and undone at once: the system accepts them; grants are recorded in the name of dba and rolewave',
  ],
  [
    'there is no transaction to undo it by',
    { returns: 1, wasOnlyRead: true },
    'nothing that can be read stands in the way of the 3 grants and retirements of the plan; they cannot be tried without making them',
  ],
])('giving back is named only where it was tried: %s', (_when, change, text) => {
  expect(triedText({ ...tried, ...change })).toBe(text);
});
