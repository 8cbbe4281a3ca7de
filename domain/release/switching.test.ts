/** Who is switched from old to new access, what stays, and how the ledger tells a switch that has not ended. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { actual, entry, grant, happened, us } from '../../test/support/ledger.ts';
import { assertReaching } from '../../test/support/reaching.ts';
import { entriesFrom, next, type Fact, type RecordedFact } from './facts.ts';
import type { Held, LedgerEntry } from './ledger.ts';
import type { Retirement } from './retiring.ts';
import { nextStep, openSwitches, switchCounts, switchesOf, type Between, type RolePair } from './switching.ts';

const pair = (change: Partial<RolePair> = {}): RolePair => ({ old: 'old_reader', new: 'reader', withinMs: 60_000, lets: () => false, ...change });
const wanted = (role: string, person: string) => ({ role, account: person, person });
const retirement = (role: string, person: string, grants: Held[]): Retirement => ({
  entry: entry({ kind: 'retire', role, account: person, person }),
  grants,
});

describe('who is switched', () => {
  test('who holds what the grant replaces, with all that replaces each other as one unit and the shortest deadline', () => {
    const held = [grant('old_reader', 'ann'), grant('old_admin', 'ann')];
    const pairs = [pair(), pair({ old: 'old_admin', withinMs: 5_000 }), pair({ new: 'clerk' })];
    const retirements = [retirement('old_reader', 'ann', [held[0]!]), retirement('old_admin', 'ann', [held[1]!])];
    const { units, plain, blocked } = switchesOf([wanted('reader', 'ann'), wanted('clerk', 'ann'), wanted('reader', 'ben')], pairs, retirements, actual(held));
    expect(units).toMatchObject([{ person: 'ann', withinMs: 5_000, grant: [{ role: 'reader' }, { role: 'clerk' }] }]);
    expect(units[0]?.retire).toEqual(retirements);
    expect(plain).toEqual([wanted('reader', 'ben')]);
    expect(blocked).toEqual([]);
  });

  test('who holds it in a form that the release may not revoke is granted nothing', () => {
    const [signed, kims] = [grant('old_reader', 'ann'), grant('old_reader', 'ann', 'kim')];
    const { units, plain, blocked } = switchesOf([wanted('reader', 'ann')], [pair()], [retirement('old_reader', 'ann', [signed])], actual([signed, kims]));
    expect([units, plain]).toEqual([[], []]);
    expect(blocked).toMatchObject([{ grant: { account: 'ann' }, why: expect.stringContaining("'old_reader' stays") }]);
  });

  test('who may hold both by an exception is granted as always', () => {
    const held = grant('old_reader', 'ann');
    const lets = (person: string) => person === 'ann';
    expect(switchesOf([wanted('reader', 'ann')], [pair({ lets })], [], actual([held])).plain).toHaveLength(1);
  });

  const people = ['ann', 'ben', 'cem'];
  const roles = ['reader', 'clerk'];
  const cases = fc.record({
    wanted: fc.uniqueArray(fc.record({ role: fc.constantFrom(...roles), person: fc.constantFrom(...people) }), {
      selector: ({ role, person }) => `${role} ${person}`,
    }),
    held: fc.uniqueArray(
      fc.record({ role: fc.constantFrom('old_reader', 'old_admin'), account: fc.constantFrom(...people), grantor: fc.constantFrom('dba', 'kim') }),
      { selector: ({ role, account, grantor }) => `${role} ${account} ${grantor}` },
    ),
    signed: fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
    pairs: fc.uniqueArray(fc.record({ old: fc.constantFrom('old_reader', 'old_admin'), new: fc.constantFrom(...roles) }), {
      selector: (each) => `${each.old} ${each.new}`,
      minLength: 1,
    }),
    excepted: fc.subarray(people),
  });

  test('each wanted grant is in one place; nobody is granted beside what replaces it, unless all of that goes first', () => {
    assertReaching(cases, ['plain', 'unit', 'blocked'], ({ wanted: asked, held, signed, pairs: roleNames, excepted }) => {
      const grants = held.map(({ role, account, grantor }) => grant(role, account, grantor));
      const lets = (person: string) => excepted.includes(person);
      const pairs = roleNames.map((each) => pair({ ...each, lets }));
      const revocable = grants.filter((_, index) => signed[index]);
      const retirements = [...Map.groupBy(revocable, ({ role, account }) => `${role} ${account}`).values()].map((some) =>
        retirement(some[0]!.role, some[0]!.account, some),
      );
      const all = asked.map(({ role, person }) => wanted(role, person));
      const { units, plain, blocked } = switchesOf(all, pairs, retirements, actual(grants));
      const placed = [...units.flatMap((unit) => unit.grant), ...plain, ...blocked.map((each) => each.grant)];
      expect(new Set(placed)).toEqual(new Set(all));
      expect(placed).toHaveLength(all.length);
      const forbidden = ({ role, person }: { role: string; person: string }, left: Held[]) =>
        left.some((one) => one.account === person && !lets(person) && pairs.some((each) => each.new === role && each.old === one.role));
      for (const each of plain) expect(forbidden(each, grants)).toBe(false);
      for (const unit of units) {
        const gone = new Set(unit.retire.flatMap((each) => each.grants));
        expect(unit.retire.every((each) => each.entry.account === unit.account)).toBe(true);
        for (const each of unit.grant) {
          expect(forbidden(each, grants)).toBe(true);
          expect(
            forbidden(
              each,
              grants.filter((one) => !gone.has(one)),
            ),
          ).toBe(false);
        }
      }
      for (const each of blocked) expect(forbidden(each.grant, grants)).toBe(true);
      return units.length > 0 ? 'unit' : blocked.length > 0 ? 'blocked' : 'plain';
    });
  });
});

describe('what is done about a person who is between two accesses', () => {
  const either = [true, false];
  const all: Between[] = (['none', 'some', 'all'] as const).flatMap((from) =>
    (['none', 'unseen', 'some', 'all'] as const).flatMap((to) =>
      either.flatMap((isOurs) =>
        either.flatMap((mayUndo) =>
          either.flatMap((mayBring) =>
            either.flatMap((mayBringBack) => either.map((isOver) => ({ from, to, isOurs, mayUndo: mayUndo && isOurs, mayBring, mayBringBack, isOver }))),
          ),
        ),
      ),
    ),
  );

  test('nothing comes beside the other access, and nothing is taken that is not ours', () => {
    for (const one of all) {
      const step = nextStep(one);
      if (step === 'bring') expect(one).toMatchObject({ from: 'none', mayBring: true });
      if (step === 'bringBack') expect(one).toMatchObject({ to: 'none', mayBringBack: true });
      if (step === 'undo') expect(one).toMatchObject({ mayUndo: true });
    }
  });

  test('it ends only with access that is there, and beside access of this release only if that could not come apart', () => {
    for (const one of all) {
      const step = nextStep(one);
      if (step === 'end') expect([one.from, one.to === 'some' || one.to === 'all']).toEqual(['none', true]);
      if (step !== 'endBack') continue;
      expect(one.from).not.toBe('none');
      if (one.to !== 'none') expect(one.isOurs).toBe(false);
    }
  });

  test('who has one access as a whole, and nothing of the other, is left alone, also when the time is over and whatever the release may grant', () => {
    for (const one of all) {
      if (one.from === 'all' && one.to === 'none') expect(nextStep(one)).toBe('endBack');
      if (one.from === 'none' && one.to === 'all') expect(nextStep(one)).toBe('end');
    }
  });

  test('an alarm is raised exactly where nothing can be done, and the person has neither as a whole, or both by this release', () => {
    for (const one of all) {
      if (nextStep(one) !== 'alarm') continue;
      const { from, to, isOurs, mayUndo, mayBring, mayBringBack } = one;
      if (from !== 'none' && to !== 'none') expect([isOurs, mayUndo]).toEqual([true, false]);
      else expect([from === 'all', to === 'all', from === 'none' && mayBring && !mayBringBack]).toEqual([false, false, false]);
    }
    for (const one of all) if (one.from === 'none' && one.to === 'none' && !one.mayBring && !one.mayBringBack) expect(nextStep(one)).toBe('alarm');
  });

  test('whatever the system answers, it comes to an end', () => {
    const reached = (one: Between, steps: number): void => {
      expect(steps).toBeLessThan(8);
      const step = nextStep(one);
      const after: Between[] =
        step === 'bring'
          ? [
              { ...one, to: 'all', isOurs: true, mayUndo: true },
              { ...one, to: 'unseen', isOurs: true, mayUndo: true, mayBring: false },
              { ...one, mayBring: false },
            ]
          : step === 'undo'
            ? [
                { ...one, to: 'none', isOurs: false, mayUndo: false },
                { ...one, to: 'some', isOurs: false, mayUndo: false },
                { ...one, mayUndo: false },
              ]
            : step === 'bringBack'
              ? [
                  { ...one, from: 'all', mayBringBack: false },
                  { ...one, from: 'some', mayBringBack: false },
                  { ...one, mayBringBack: false },
                ]
              : [];
      // Once it is not brought any more, it is not brought again after it was undone.
      for (const next of after) reached(step === 'undo' ? { ...next, mayBring: false } : next, steps + 1);
    };
    for (const one of all) reached(one, 0);
  });
});

describe('what the ledger tells of a switch', () => {
  const old = entry({ kind: 'retire', role: 'old_reader' });
  const held = grant('old_reader', 'ann');
  const terms = { withinMs: 10_000 };
  const told = (facts: { fact: Fact; atMs: number; committed?: boolean }[]): LedgerEntry =>
    entriesFrom(facts.map(({ fact, ...at }, index): RecordedFact => ({ ...next({ ...old, facts: index }, 'release', fact), ...at })))[0]!;

  test('is open from what was taken until it has ended, and then how long it was', () => {
    const begun = { fact: { did: 'revoked', grants: [held], transaction: '7', switch: terms } satisfies Fact, atMs: 1_000, committed: true };
    const open = told([begun]);
    expect(openSwitches([open])).toMatchObject([{ account: 'ann', sinceMs: 1_000, untilMs: 11_000, fact: 1 }]);
    expect(switchCounts([open], 5_000)).toEqual({ people: 0, back: 0, longestMs: 4_000, late: 0 });
    expect(switchCounts([open], 12_000)).toEqual({ people: 0, back: 0, longestMs: 11_000, late: 1 });
    const ended = told([begun, { fact: { did: 'switched', to: 'new' }, atMs: 3_500 }]);
    expect(openSwitches([ended])).toEqual([]);
    expect(switchCounts([ended], 50_000)).toEqual({ people: 1, back: 0, longestMs: 2_500, late: 0 });
  });

  test('is open while nobody knows whether it was taken, and never was where it was not', () => {
    const fact: Fact = { did: 'revoked', grants: [held], transaction: '7', switch: terms };
    expect(openSwitches([told([{ fact, atMs: 1_000 }])])).toHaveLength(1);
    expect(openSwitches([told([{ fact, atMs: 1_000, committed: false }])])).toEqual([]);
  });

  test('what was given back is still to be retired, and counts as late for good', () => {
    const back = told([
      { fact: { did: 'revoked', grants: [held], switch: terms }, atMs: 1_000 },
      { fact: { did: 'restored', grants: [held], as: [grant('old_reader', 'ann', us)], notes: [] }, atMs: 30_000 },
      { fact: { did: 'switched', to: 'old' }, atMs: 31_000 },
    ]);
    expect(back).toMatchObject({ outcome: 'pending', taken: [], switched: { to: 'old', withoutMs: 30_000, isLate: true } });
    const again = [{ did: 'revoked', grants: [held], switch: { ...terms, atOnce: true } }] satisfies Fact[];
    expect(happened(back, ...again)).toMatchObject({ outcome: 'revoked', switched: { to: 'new', withoutMs: 30_000, isLate: true } });
  });

  test('in one transaction nobody was without either', () => {
    const at = told([{ fact: { did: 'revoked', grants: [held], switch: { ...terms, atOnce: true } }, atMs: 1_000 }]);
    expect(switchCounts([at], 9_000_000)).toEqual({ people: 1, back: 0, longestMs: 0, late: 0 });
    expect(switchCounts([entry({})], 0)).toBeUndefined();
  });
});
