import { expect, test } from 'vitest';
import type { PackageState } from '../states.ts';
import { outcomeOf, type OutcomeFacts } from './outcome.ts';
import type { Release } from './releases.ts';

const release = (wave: string, change: Release['change'] = 'release'): Release => ({
  plan: 'test',
  wave,
  package: 'clerks',
  revision: 1,
  planDigest: 'p',
  previewDigest: 'q',
  change,
  begunAtMs: 1,
  undone: false,
});
const facts = (said: PackageState | undefined, change: Partial<OutcomeFacts> = {}): OutcomeFacts => ({
  said,
  wave: 'wave-1',
  change: 'release',
  releases: [release('wave-1')],
  ledger: [{ system: 'erp' }, { system: 'crm' }],
  receipts: [],
  ...change,
});

test.each<[what: string, facts: OutcomeFacts, believed: boolean]>([
  ['stable', facts('Stable'), true],
  ['being tuned', facts('Needs tuning'), true],
  ['rolled back, without a receipt', facts('Rolled back'), false],
  ['rolled back, with a receipt of one system of two', facts('Rolled back', { receipts: [{ system: 'erp' }] }), false],
  ['rolled back, with a receipt of each', facts('Rolled back', { receipts: [{ system: 'erp' }, { system: 'crm' }] }), true],
  ['rolled back, though it granted nothing and has no receipt', facts('Rolled back', { ledger: [] }), false],
  ['rolled back, having granted nothing, with a receipt', facts('Rolled back', { ledger: [], receipts: [{ system: 'erp' }] }), true],
  ['retired by a first release', facts('Retired'), false],
  ['retired by a release that retires', facts('Retired', { releases: [release('wave-0'), release('wave-1', 'retire')] }), true],
  ['retired, as the plan says now, by a release that granted', facts('Retired', { change: 'retire' }), false],
  ['retired by a later wave', facts('Retired', { releases: [release('wave-1'), release('wave-2', 'retire')] }), true],
  [
    'retired by a later wave that was rolled back',
    facts('Retired', { releases: [release('wave-1'), { ...release('wave-2', 'retire'), undone: true }] }),
    false,
  ],
  ['retired by an earlier wave', facts('Retired', { releases: [release('wave-0', 'retire'), release('wave-1')] }), false],
  ['no longer observed', facts('Retired', { change: 'observe', releases: [], ledger: [] }), true],
])('that a package is %s is believed or not, by what the store has', (_what, given, believed) => {
  const { state, doubt } = outcomeOf(given);
  expect([state, doubt !== undefined]).toEqual(believed ? [given.said, false] : [undefined, true]);
});

test('where nothing is said there is no outcome', () => {
  expect(outcomeOf(facts(undefined))).toEqual({});
});
