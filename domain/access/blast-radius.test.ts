/** Whose access changes, and what the limits of the plan say about it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { previewContent } from '../../test/support/ledger.ts';
import { assertReaching } from '../../test/support/reaching.ts';
import type { PreviewContent } from '../release/signed-preview.ts';
import { blastRadiusOf, blastRadiusText, changedAccounts, exceeded, percentOf, percentText, stopsOf } from './blast-radius.ts';
import { eachRow } from './preview-rows.ts';

const grant = (role: string, account: string) => ({ role, account, person: account, options: {} });

function content(change: Partial<PreviewContent> = {}): PreviewContent {
  return previewContent({
    entitlements: [
      { system: 'erp', role: 'clerk' },
      { system: 'erp', role: 'reader' },
    ],
    legacy: [{ system: 'erp', role: 'old', design: 'superseded' }],
    people: ['ann', 'ben', 'cem'].map((person) => ({ person, account: person })),
    roles: ['clerk', 'reader', 'old'].map((role) => ({ role, exists: true, digest: role })),
    ...change,
  });
}

describe('people whose access changes', () => {
  test('count once, however many grants they get and lose', () => {
    const before = [grant('old', 'ann')];
    expect([...changedAccounts(content({ before }))].sort()).toEqual(['ann', 'ben', 'cem']);
  });

  test('do not include those who have everything already', () => {
    const before = [grant('clerk', 'ann'), grant('reader', 'ann'), grant('clerk', 'ben')];
    expect([...changedAccounts(content({ before }))].sort()).toEqual(['ben', 'cem']);
  });

  test('include those who only lose what an earlier release granted', () => {
    const before = ['ann', 'ben', 'cem'].flatMap((account) => [grant('clerk', account), grant('reader', account)]);
    expect([...changedAccounts(content({ before, drop: [grant('gone', 'dea')] }))]).toEqual(['dea']);
  });

  test('are not those of a role that does not exist', () => {
    expect(changedAccounts(content({ roles: [] })).size).toBe(0);
  });

  test('are exactly those who get or lose something in the rows that signers read', () => {
    const accounts = fc.constantFrom('ann', 'ben', 'cem');
    const held = fc.uniqueArray(fc.tuple(fc.constantFrom('clerk', 'reader', 'old'), accounts), { selector: String });
    const dropped = fc.uniqueArray(fc.tuple(fc.constant('gone'), fc.constantFrom('cem', 'dea')), { selector: String });
    fc.assert(
      fc.property(held, dropped, fc.subarray(['clerk', 'reader', 'old']), (before, drop, existing) => {
        const made = content({
          before: before.map(([role, account]) => grant(role, account)),
          ...(drop.length > 0 ? { drop: drop.map(([role, account]) => grant(role, account)) } : {}),
          roles: ['clerk', 'reader', 'old'].map((role) => ({ role, exists: existing.includes(role), digest: role })),
        });
        const inRows = [...eachRow(made)].filter(({ change }) => change === 'gets' || change === 'loses').map(({ account }) => account);
        expect(changedAccounts(made)).toEqual(new Set(inRows));
      }),
    );
  });
});

describe('a limit of the plan', () => {
  const limit = { system: 'erp', maxPeople: 3, maxPercent: 25 };

  test('is not exceeded by exactly what it allows', () => {
    expect(exceeded('erp', blastRadiusOf(content(), limit, 12))).toEqual([]);
  });

  test('stops one person more', () => {
    expect(exceeded('erp', blastRadiusOf(content(), { ...limit, maxPeople: 2 }, 12))).toEqual([
      { code: 'blastRadius', system: 'erp', text: "the access of 3 people in 'erp' would change, and the plan allows at most 2" },
    ]);
  });

  test('of the percentage stops the same people in a system that has shrunk', () => {
    expect(exceeded('erp', blastRadiusOf(content(), limit, 11))).toEqual([
      {
        code: 'blastRadius',
        system: 'erp',
        text: "the access of 3 people in 'erp' would change, 27.3 percent of its 11 accounts, and the plan allows at most 25 percent",
      },
    ]);
  });

  test('of the percentage stops what changes anybody in a system that does not count its accounts (R2)', () => {
    expect(exceeded('erp', blastRadiusOf(content(), limit))).toMatchObject([{ text: expect.stringContaining('use maxPeople there') }]);
    expect(exceeded('erp', blastRadiusOf(content({ people: [] }), limit))).toEqual([]);
  });

  test('is said twice where both numbers are exceeded, and not at all without a limit', () => {
    expect(exceeded('erp', blastRadiusOf(content(), { system: 'erp', maxPeople: 0, maxPercent: 1 }, 12))).toHaveLength(2);
    expect(exceeded('erp', blastRadiusOf(content(), undefined, 12))).toEqual([]);
    expect(stopsOf({ system: 'erp' })).toEqual([]);
  });

  test('stops more people whenever it stops fewer, and more accounts never stop what fewer allowed', () => {
    const number = fc.nat({ max: 50 });
    assertReaching(fc.tuple(number, number, number, fc.nat({ max: 100 })), ['within', 'exceeded'], ([people, accounts, maxPeople, maxPercent]) => {
      const radius = { people, accounts, maxPeople, maxPercent };
      const stops = exceeded('erp', radius).length;
      expect(exceeded('erp', { ...radius, people: people + 1 }).length).toBeGreaterThanOrEqual(stops);
      expect(exceeded('erp', { ...radius, accounts: accounts + 1 }).length).toBeLessThanOrEqual(stops);
      return stops === 0 ? 'within' : 'exceeded';
    });
  });

  test('of zero allows a release that changes nobody', () => {
    expect(exceeded('erp', { people: 0, accounts: 0, maxPeople: 0, maxPercent: 0 })).toEqual([]);
  });
});

describe('the percentage', () => {
  test('is of the accounts that can log in, and never more than all of them', () => {
    expect([percentOf({ people: 5, accounts: 20 }), percentOf({ people: 5, accounts: 0 }), percentOf({ people: 5 })]).toEqual([25, 100, undefined]);
  });

  test('is rounded up, so that it never looks like the limit that it exceeds', () => {
    expect([percentText(25), percentText(25.001), percentText(100 / 3)]).toEqual(['25', '25.1', '33.4']);
  });

  test('stands beside the people and the limits', () => {
    expect(blastRadiusText({ people: 1 })).toBe('1 person');
    expect(blastRadiusText({ people: 12, accounts: 400, maxPeople: 40, maxPercent: 5 })).toBe('12 people (3 percent) of at most 40 and 5 percent');
  });
});
