import { expect, test } from 'vitest';
import { differencesNow } from './differences.ts';

const missing = "erp: missing: 'ann' does not have 'clerk'";
const unreviewed = "erp: unreviewed: 'dea' has 'clerk', granted by kim";
const evaluation = (number: number, driftLines: string[], more: { linesLeftOut?: true } = {}) => ({ number, dueMs: number * 1_000, driftLines, ...more });
const at = (number: number) => ({ number, dueMs: number * 1_000 });

test('a difference has lasted since the first of the evaluations in a row that found it', () => {
  const found = differencesNow([evaluation(1, [missing]), evaluation(2, []), evaluation(3, [missing]), evaluation(4, [unreviewed, missing])]);
  expect(found).toEqual([
    { text: unreviewed, since: at(4), orEarlier: false },
    { text: missing, since: at(3), orEarlier: false },
  ]);
});

test('it is the same difference whether or not the system told at that time who made it', () => {
  const told = `${unreviewed} (last granted by kim on 2027-03-01 12:00 UTC)`;
  expect(differencesNow([evaluation(1, [unreviewed, `${missing}: revoked on 2027-03-01`]), evaluation(2, [told, missing])])).toEqual([
    { text: told, since: at(1), orEarlier: false },
    { text: missing, since: at(1), orEarlier: false },
  ]);
});

test('where the lines of older evaluations are left out, it may have lasted for longer', () => {
  const older = evaluation(1, [], { linesLeftOut: true });
  expect(differencesNow([older, evaluation(2, [missing]), evaluation(3, [missing, unreviewed])])).toEqual([
    { text: missing, since: at(2), orEarlier: true },
    { text: unreviewed, since: at(3), orEarlier: false },
  ]);
});

test('without an evaluation, and after one that found nothing, there is none', () => {
  expect(differencesNow([])).toEqual([]);
  expect(differencesNow([evaluation(1, [missing]), evaluation(2, [])])).toEqual([]);
});

test('a role that an earlier version could only tell to differ may have differed in the same since then', () => {
  const differs = "crm: role content: what 'clerk' may do differs from what was reviewed";
  const gained = "crm: role content: 'clerk' gained member of sales";
  const other = "crm: role content: 'cook' lost member of kitchen";
  expect(differencesNow([evaluation(1, []), evaluation(2, [differs]), evaluation(3, [gained, other]), evaluation(4, [gained, other])])).toEqual([
    { text: gained, since: at(3), orEarlier: true },
    { text: other, since: at(3), orEarlier: false },
  ]);
  // What is only known to differ now differed then.
  expect(differencesNow([evaluation(1, [other]), evaluation(2, [gained]), evaluation(3, [differs])])).toEqual([
    { text: differs, since: at(2), orEarlier: false },
  ]);
});
