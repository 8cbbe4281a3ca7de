import { describe, expect, test } from 'vitest';
import { checked, planInput } from '../test/support/plan.ts';
import { heldSince, heldWave, isLiftOf } from './holds.ts';
import type { Plan } from './plan/schema.ts';

const hold = { reason: 'audit', liftedBy: ['hugo', 'olga'], approvals: 2 };
type Change = Partial<Omit<Plan['waves'][number], 'packages'>> & { packages?: { package: string; change?: 'release' | 'observe' }[] };
const notHeld = { status: 'tentative' as const, hold: undefined };
const planWith = (...waves: Change[]): Plan =>
  checked(
    planInput({
      packages: [{ id: 'clerks' }, { id: 'readers' }],
      waves: waves.map((wave, index) => ({ id: `wave-${index + 1}`, status: 'on-hold' as const, hold, packages: [{ package: 'clerks' }], ...wave })) as never,
    }),
  );
const first = planWith({});
const recorded = (document: Plan, numbers: Record<string, number> | undefined) => ({
  document,
  record: { changedBy: {}, consentedBy: [], ...(numbers ? { heldSince: numbers } : {}) },
});

describe('since when a wave is held', () => {
  test('is its first revision, and nothing is recorded where none is on hold', () => {
    expect(heldSince(undefined, first, 1)).toEqual({ 'wave-1': 1 });
    expect(heldSince(undefined, planWith(notHeld), 1)).toBeUndefined();
  });

  const other = { packages: [{ package: 'clerks' }, { package: 'readers' }] };
  test.each<[what: string, after: Plan, expected: number]>([
    ['stays where nothing changes', first, 3],
    ['stays where the same people are in another order', planWith({ hold: { ...hold, liftedBy: ['olga', 'hugo'] } }), 3],
    ['stays where its text changes', planWith({ description: 'later' }), 3],
    ['is new with another reason', planWith({ hold: { ...hold, reason: 'an incident' } }), 7],
    ['is new with other people', planWith({ hold: { ...hold, liftedBy: ['hugo', 'ines'] } }), 7],
    ['is new with another number of approvals', planWith({ hold: { ...hold, approvals: 1 } }), 7],
    ['is new with a further package', planWith(other), 7],
    ['is new where it does something else with a package', planWith({ packages: [{ package: 'clerks', change: 'observe' }] }), 7],
  ])('%s', (_what, after, expected) => {
    expect(heldSince(recorded(first, { 'wave-1': 3 }), after, 7)).toEqual({ 'wave-1': expected });
  });

  test('stays where a package leaves it, and is new when the package is back', () => {
    const both = planWith(other);
    expect(heldSince(recorded(both, { 'wave-1': 3 }), first, 7)).toEqual({ 'wave-1': 3 });
    expect(heldSince(recorded(first, { 'wave-1': 3 }), both, 8)).toEqual({ 'wave-1': 8 });
  });

  test('is new after a revision in which it was not on hold', () => {
    const lifted = planWith(notHeld);
    expect(heldSince(recorded(first, { 'wave-1': 3 }), lifted, 7)).toBeUndefined();
    expect(heldSince(recorded(lifted, undefined), first, 8)).toEqual({ 'wave-1': 8 });
  });

  test('is unknown for a hold of a revision before these numbers were recorded, until it changes', () => {
    expect(heldSince(recorded(first, undefined), first, 7)).toBeUndefined();
    expect(heldSince(recorded(first, undefined), planWith(other), 8)).toEqual({ 'wave-1': 8 });
  });
});

test('a lift is for the hold whose number it names, and one without a number for a hold without one', () => {
  const wave = first.waves[0]!;
  expect(heldWave(wave, {})).toBe(wave);
  const held = heldWave(wave, { heldSince: { 'wave-1': 3 } });
  expect(held.hold).toEqual({ ...hold, since: 3 });
  expect([{}, { since: 3 }, { since: 4 }].map((lift) => [isLiftOf(lift, heldWave(wave, {}).hold), isLiftOf(lift, held.hold)])).toEqual([
    [true, false],
    [false, true],
    [false, false],
  ]);
});
