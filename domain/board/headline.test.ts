import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packageStates } from '../states.ts';
import { headline, type HeadlineRow } from './headline.ts';

const said = (rows: HeadlineRow[]) =>
  headline(rows)
    .map(({ text }) => text)
    .join('');
const rows = (state: HeadlineRow['state'], count: number, more: Partial<HeadlineRow> = {}): HeadlineRow[] =>
  Array.from({ length: count }, () => ({ state, released: true, ...more }));

describe('the headline', () => {
  test.each([
    [[], 'No package is planned yet.'],
    [
      [...rows('Monitoring', 3), ...rows('Needs tuning', 2), ...rows('Rollback ready', 1, { openChecks: 1 })],
      'Three packages are in active monitoring, two need tuning after launch, and one rollback plan stays open until its dependency check clears.',
    ],
    [
      [...rows('Monitoring', 1), ...rows('Needs tuning', 1), ...rows('Rollback ready', 2, { released: false })],
      'One package is in active monitoring, one needs tuning after launch, and two rollback plans stay open until their dependency check clears.',
    ],
    [
      rows('Rollback ready', 1, { openChecks: 0 }),
      'No package is in active monitoring, none needs tuning after launch, and one rollback plan waits for a decision.',
    ],
    [
      [...rows('Rollback ready', 1, { openChecks: 0 }), ...rows('Rollback ready', 1, { openChecks: 2 })],
      'No package is in active monitoring, none needs tuning after launch, and two rollback plans stay open until their dependency check clears.',
    ],
    [rows('Monitoring', 13), '13 packages are in active monitoring, none needs tuning after launch, and no rollback plan is open.'],
    [rows('Monitoring', 2, { released: false }), 'Two packages wait for release: nothing is released yet.'],
    [
      [...rows('Scheduled', 1, { released: false }), ...rows('Stable', 4)],
      'One package waits for release and four are stable; nothing needs tuning and no rollback is open.',
    ],
    [
      [...rows('Stable', 2), ...rows('Monitoring', 1, { silent: true })],
      'One package is in active monitoring, none needs tuning after launch, and no rollback plan is open. One does not answer, and may stand otherwise.',
    ],
    [
      rows('Scheduled', 2, { released: false, silent: true }),
      'Two packages wait for release: nothing is released yet. Two do not answer, and may stand otherwise.',
    ],
    [[...rows('Stable', 1), ...rows('Rolled back', 2)], 'One package is stable and two have ended; nothing needs tuning and no rollback is open.'],
  ] as const)('of %j says: %s', (given, sentence) => {
    expect(said([...given])).toBe(sentence);
  });

  test('counts only released packages as monitored or tuned, and each count leads to exactly the packages that it counts', () => {
    const row = fc.record({ state: fc.constantFrom(...packageStates), released: fc.boolean(), openChecks: fc.option(fc.nat(2), { nil: undefined }) });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 12 }), (given) => {
        const words = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'];
        for (const { text, filter } of headline(given)) {
          if (!filter) continue;
          const counted = given.filter(
            ({ state, released }) => (filter.state.length === 0 || filter.state.includes(state)) && (filter.released ?? released) === released,
          );
          expect(text.toLowerCase()).toMatch(new RegExp(`^${words[counted.length]} `));
        }
      }),
    );
  });
});
