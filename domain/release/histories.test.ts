/** Every history of facts: any of them in any order, of three rows, in transactions of which the system says yes, no or nothing. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { entry, grant, us } from '../../test/support/ledger.ts';
import { entriesFrom, next, type Fact } from './facts.ts';
import { grantKey, type Held, type LedgerEntry, type LedgerOutcome } from './ledger.ts';

const posters = { plan: 'test', wave: 'wave-2', package: 'posters' };

/** The entry after these facts as the store has them. `committed`: what the system said of each transaction. */
function folded(start: LedgerEntry, facts: Fact[], committed: Partial<Record<string, boolean>> = {}): LedgerEntry | undefined {
  const stored = facts.map((fact, index) => {
    const state = 'transaction' in fact && fact.transaction !== undefined ? committed[fact.transaction] : undefined;
    return { ...next({ ...start, facts: index }, `step ${index}`, fact), ...(state === undefined ? {} : { committed: state }), atMs: index };
  });
  return entriesFrom(stored)[0];
}

const rows = [grant('clerk', 'ann', us), grant('clerk', 'ann', us, 'granted again'), grant('clerk', 'ann')];
const someRows = fc.subarray(rows, { minLength: 1 });
const transaction = fc.option(fc.constantFrom('t1', 't2', 't3'), { nil: undefined });
const effect = (did: 'granted' | 'revoked' | 'restored') =>
  fc.record({ grants: someRows, in: transaction }).map(({ grants, in: of }): Fact => {
    const about = of === undefined ? {} : { transaction: of };
    return did === 'restored' ? { did, grants, as: grants, notes: [], ...about } : { did, grants, ...about };
  });
const ofRows = (did: 'found' | 'gone') => someRows.map((grants): Fact => ({ did, grants }));
const observations: fc.Arbitrary<Fact>[] = [
  fc.constantFrom('grant' as const, 'revoke' as const, 'restore' as const).map((of): Fact => ({ did: 'refused', effect: of, why: 'permission denied' })),
  ofRows('found'),
  fc.constantFrom<Fact>(
    { did: 'unconfirmed', why: 'could not be confirmed' },
    { did: 'kept', why: 'kept for posters' },
    { did: 'withdrawn' },
    { did: 'notRestored', why: 'its design was rejected' },
  ),
];
const factOfGrant = fc.oneof(
  effect('granted'),
  effect('revoked'),
  ofRows('gone'),
  someRows.map((grants): Fact => ({ did: 'handedOn', grants, to: posters, name: 'posters' })),
  someRows.map((grants): Fact => ({ did: 'takenOver', grants, from: posters })),
  ...observations,
);
const factOfRetirement = fc.oneof(effect('revoked'), effect('restored'), ofRows('gone'), ...observations);
const anyAnswers: fc.Arbitrary<Partial<Record<string, boolean>>> = fc.record({ t1: fc.boolean(), t2: fc.boolean(), t3: fc.boolean() }, { requiredKeys: [] });
const histories = (fact: fc.Arbitrary<Fact>) => fc.tuple(fc.array(fact, { minLength: 1, maxLength: 12 }), anyAnswers);
const counts = (fact: Fact, committed: Partial<Record<string, boolean>>) =>
  !('transaction' in fact) || fact.transaction === undefined || committed[fact.transaction] === true;
const keys = (grants: Held[] = []) => grants.map(grantKey).sort();

/** The rows whose last fact of these kinds is one of `in`. */
function rowsIn(facts: Fact[], ins: Fact['did'][], outs: Fact['did'][]): string[] {
  const last = new Map<string, boolean>();
  for (const fact of facts)
    if ('grants' in fact && (ins.includes(fact.did) || outs.includes(fact.did))) for (const row of fact.grants) last.set(grantKey(row), ins.includes(fact.did));
  return [...last]
    .filter(([, isIn]) => isIn)
    .map(([row]) => row)
    .sort();
}

describe('in every history of facts', () => {
  test('what a release made is its own until it was revoked, handed on or lost', () => {
    fc.assert(
      fc.property(histories(factOfGrant), ([facts, committed]) => {
        const counting = facts.filter((fact) => counts(fact, committed));
        expect(keys(folded(entry(), facts, committed)?.made)).toEqual(rowsIn(counting, ['granted', 'takenOver'], ['revoked', 'handedOn', 'gone']));
      }),
      { numRuns: 1_000 },
    );
  });

  test('what a release took is owed until it is restored', () => {
    fc.assert(
      fc.property(histories(factOfRetirement), ([facts, committed]) => {
        const counting = facts.filter((fact) => counts(fact, committed));
        expect(keys(folded(entry({ kind: 'retire' }), facts, committed)?.taken)).toEqual(rowsIn(counting, ['revoked'], ['restored']));
      }),
      { numRuns: 1_000 },
    );
  });

  test('an observation takes nothing from what is owed', () => {
    fc.assert(
      fc.property(histories(factOfGrant), histories(factOfRetirement), fc.oneof(...observations), ([grants, a], [retirements, b], last) => {
        expect(keys(folded(entry(), [...grants, last], a)?.made)).toEqual(keys(folded(entry(), grants, a)?.made));
        const retirement = entry({ kind: 'retire' });
        for (const fact of [last, { did: 'gone', grants: rows } satisfies Fact])
          expect(keys(folded(retirement, [...retirements, fact], b)?.taken)).toEqual(keys(folded(retirement, retirements, b)?.taken));
      }),
    );
  });

  test('a transaction that was aborted is as if it had never been tried', () => {
    /** Without numbers, times and the steps' names. */
    const shown = (one: LedgerEntry) => ({
      ...one,
      facts: 0,
      updatedAtMs: 0,
      heldSinceMs: one.heldSinceMs !== undefined,
      steps: one.steps.map(({ did }) => did),
      pending: one.pending.map(({ transaction: of, did, grants }) => ({ of, did, grants })),
    });
    fc.assert(
      fc.property(fc.constantFrom('grant' as const, 'retire' as const), histories(fc.oneof(factOfGrant, factOfRetirement)), (kind, [facts, committed]) => {
        const aborted = { ...committed, t1: false };
        const without = facts.filter((fact) => !('transaction' in fact) || fact.transaction !== 't1');
        const whole = folded(entry({ kind }), facts, aborted)!;
        expect(shown(whole)).toEqual(shown(without.length > 0 ? folded(entry({ kind }), without, aborted)! : entry({ kind })));
        expect(whole.facts).toBe(facts.length);
      }),
    );
  });

  test('a transaction that was committed counts as what happens at once, and nothing is pending of one that is known', () => {
    fc.assert(
      fc.property(fc.constantFrom('grant' as const, 'retire' as const), histories(fc.oneof(factOfGrant, factOfRetirement)), (kind, [facts, committed]) => {
        const known = { ...committed, t1: true, t2: true, t3: true };
        const atOnce = facts.map((fact) => ('transaction' in fact ? ({ ...fact, transaction: undefined } as unknown as Fact) : fact));
        const whole = folded(entry({ kind }), facts, known)!;
        expect(whole).toEqual(folded(entry({ kind }), atOnce));
        expect(whole.pending).toEqual([]);
      }),
    );
  });

  test('the last word on an entry is a known one, and an effect that nobody has answered stays visible', () => {
    const outcomes = new Set<LedgerOutcome>();
    fc.assert(
      fc.property(histories(factOfGrant), ([facts, committed]) => {
        const one = folded(entry(), facts, committed)!;
        outcomes.add(one.outcome);
        const last = facts.at(-1)!;
        if (!('transaction' in last) || last.transaction === undefined || committed[last.transaction] !== undefined) return;
        expect(one.outcome).toBe('pending');
        expect(one.pending.at(-1)).toMatchObject({ transaction: last.transaction, did: last.did });
      }),
      { numRuns: 5_000 },
    );
    expect([...outcomes].sort()).toEqual(['created', 'failed', 'gone', 'kept', 'notRestored', 'pending', 'preexisting', 'revoked', 'unknown', 'withdrawn']);
  });
});
