import { expect, test } from 'vitest';
import fc from 'fast-check';
import { planFile } from '../../test/support/plan.ts';
import { loadPlan } from './load.ts';
import { bytesIn, mostBytes } from './rows.ts';

test('what a plan comes to is never counted as less than its JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(bytesIn(value)).toBeGreaterThanOrEqual(new TextEncoder().encode(JSON.stringify(value)).length - escapes(value));
    }),
  );
});

/** What JSON escapes is counted as it is read. */
const escapes = (value: unknown): number =>
  (JSON.stringify(value).match(/\\\\|\\"|\\[bfnrt]|\\u[0-9a-f]{4}/g) ?? []).reduce((sum, each) => sum + each.length - 1, 0);

test('sixty thousand aliases of one text are refused before anything is stored, with the list that has them', () => {
  const aliases = `rolloutSteps:\n${'      - *long\n'.repeat(60_000)}`;
  const text = `description: &long "${'x'.repeat(199)}"\n${planFile().replace(/rolloutSteps:\n(?: +- .*\n)+/, aliases)}`;
  expect(text.length).toBeLessThan(1_000_000);
  const loaded = loadPlan(text, 'plan.yaml', { nowMs: Date.parse('2026-04-01') });
  expect(loaded.ok ? [] : loaded.mistakes.map(({ message }) => message)).toEqual([
    expect.stringMatching(/comes to 1\d\.?\d* MB when everything is written out, 1\d\.?\d* of them in packages, and one plan may come to 8/),
  ]);
});

test('ten thousand people with twenty thousand grants come to less than half of what one plan may', () => {
  const ids = Array.from({ length: 10_000 }, (_, at) => `firstname.lastname.${at}@people.example`);
  const plan = {
    people: ids.map((id) => ({ id, name: 'Firstname Lastname', team: 'finance', email: id, accounts: { erp: `account_${id}` } })),
    packages: [{ cohort: ids }, { cohort: ids }],
  };
  expect(bytesIn(plan)).toBeLessThan(mostBytes / 2);
});
