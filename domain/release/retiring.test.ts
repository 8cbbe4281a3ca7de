import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildPreview } from '../access/build-preview.ts';
import { actual, anyGrants, entry, grant, clerksPlan, us } from '../../test/support/ledger.ts';
import { grantKey, pairKey, type BeforeGrant, type Held, type LedgerEntry, type LedgerOutcome } from './ledger.ts';
import type { ReleaseChange } from './release-change.ts';
import {
  afterRetiring,
  asRevoked,
  earlierGrantsToRevoke,
  heldAgain,
  ownedByEarlier,
  retire,
  retirementCounts,
  retirementIntents,
  retirementsWithoutEntry,
  returnedRetirements,
  signedRetirements,
  stillGranted,
  unfinished,
} from './retiring.ts';

const release = { plan: 'test', wave: 'wave-2', package: 'clerks' };
const old = (account: string, grantor = 'dba') => grant('old_reader', account, grantor);
const of = (held: Held, person = held.account): BeforeGrant => ({ ...held, person });
const previewOf = (held: Held[], change?: ReleaseChange) => buildPreview(clerksPlan(), 'clerks', 'erp', actual(held), undefined, change);
const outcomes: LedgerOutcome[] = ['intended', 'created', 'preexisting', 'failed', 'unknown', 'revoked', 'kept', 'gone', 'restored', 'notRestored'];
/** An entry of the release before: it granted the role to someone who is no longer in the package. */
const made = (change: Partial<LedgerEntry> = {}) => entry({ account: 'dea', person: 'dea', grant: { grantor: us, options: {} }, ...change });
const change = (...earlier: LedgerEntry[]): ReleaseChange => ({ change: 'revise', earlier });

describe('signed retirements', () => {
  test('are the legacy grants of the signed preview, each by its grantor', () => {
    const signed = signedRetirements(previewOf([old('ann'), old('ann', 'kim'), grant('clerk', 'ben'), old('dea')]), undefined);
    expect(signed.map(grantKey)).toEqual([old('ann'), old('ann', 'kim')].map(grantKey));
  });
  test('include what it drops of earlier releases, if their ledgers show that they made it', () => {
    const preview = previewOf([grant('clerk', 'dea', us)], change(made()));
    expect(signedRetirements(preview, change(made())).map(grantKey)).toEqual([grantKey(grant('clerk', 'dea', us))]);
    for (const outcome of outcomes.filter((one) => one !== 'created')) expect(signedRetirements(preview, change(made({ outcome })))).toEqual([]);
    expect(signedRetirements(preview, undefined)).toEqual([]);
  });
});

describe('intents of retirements', () => {
  const signed = [of(old('ann')), of(old('ann', 'kim')), of(old('ben'))];
  test('are one for each (role, account), with the signed grants that are held', () => {
    const intents = retirementIntents(release, 'erp', signed, actual([old('ann', 'kim'), old('ann', 'eve'), old('ben')]));
    expect(intents.map(({ account, before }) => [account, before])).toEqual([
      ['ann', [of(old('ann', 'kim'))]],
      ['ben', [of(old('ben'))]],
    ]);
    expect(intents[0]).toMatchObject({ ...release, system: 'erp', kind: 'retire', role: 'old_reader', person: 'ann' });
  });
  test('include nothing that was not signed, whatever is held (R1)', () => {
    fc.assert(
      fc.property(anyGrants, anyGrants, (then, now) => {
        const preview = previewOf(then);
        const keys = new Set(signedRetirements(preview, undefined).map(grantKey));
        const intents = retirementIntents(release, 'erp', signedRetirements(preview, undefined), actual(now));
        expect(intents.flatMap(({ before }) => before).every((held) => keys.has(grantKey(held)))).toBe(true);
        expect(new Set(intents.map(pairKey)).size).toBe(intents.length);
      }),
    );
  });
});

describe('one retirement', () => {
  const intended = entry({ kind: 'retire', outcome: 'intended', before: [of(old('ann'))] });
  test('revokes its grants', () => expect(retire(intended, [old('ann')], [])).toEqual({ do: 'revoke', grants: [old('ann')] }));
  test('is kept for other packages that need it', () => {
    expect(retire(intended, [old('ann')], ['posters', 'auditors', 'posters'])).toEqual({
      do: 'settle',
      settled: { ...intended, outcome: 'kept', why: 'kept for auditors, posters' },
    });
  });
  test('of a grant that was held neither at the intent nor now counts as gone', () => {
    expect(retire({ ...intended, before: [], why: 'x' }, [], [])).toEqual({ do: 'settle', settled: entry({ kind: 'retire', outcome: 'gone' }) });
  });
  test('of a grant that was held at the intent and is not held now was done by a run that died', () => {
    expect(retire(intended, [], [])).toEqual({ do: 'revoke', grants: [] });
    expect(afterRetiring(intended, [])).toMatchObject({ outcome: 'revoked' });
  });
  test('that the system refused in part has failed, with the system’s message', () => {
    expect(afterRetiring({ ...intended, why: 'x' }, ['no', 'never'])).toEqual({ ...intended, outcome: 'failed', why: 'no; never' });
    expect(afterRetiring({ ...intended, why: 'x' }, [])).toEqual({ ...intended, outcome: 'revoked' });
  });
  test('is unfinished while it is intended or failed', () => {
    expect(unfinished(outcomes.map((outcome) => entry({ kind: 'retire', outcome }))).map(({ outcome }) => outcome)).toEqual(['intended', 'failed']);
  });
});

describe('legacy access that returned', () => {
  const preview = previewOf([old('ann'), old('ben')]);
  const signed = signedRetirements(preview, undefined);
  const returned = (outcome: LedgerOutcome, held: Held[], more: Partial<LedgerEntry> = {}) =>
    returnedRetirements(preview, signed, [entry({ kind: 'retire', outcome, ...more })], actual(held), 'tuned: t');

  test('is retired again, with the mark, no matter who granted it', () => {
    expect(returned('revoked', [old('ann', 'eve')])).toEqual([entry({ kind: 'retire', outcome: 'revoked', why: 'tuned: t' })]);
    expect(returned('revoked', [])).toEqual([]);
  });
  test('is retired again by a rerun of the same tune after a run that died before recording it', () => {
    expect(returned('intended', [], { why: 'tuned: t' })).toHaveLength(1);
    expect(returned('intended', [], { why: 'tuned: other' })).toEqual([]);
  });
  test.each(['kept', 'restored', 'notRestored'] as const)('is left alone when it was %s', (outcome) => {
    expect(returned(outcome, [old('ann')])).toEqual([]);
  });
  test('is left alone when it was not signed, or is a grant', () => {
    expect(returned('revoked', [grant('old_reader', 'dea')], { account: 'dea' })).toEqual([]);
    expect(returned('created', [old('ann')], { kind: 'grant', role: 'old_reader' })).toEqual([]);
  });
  test('without an entry becomes an intent with what is held now', () => {
    const ledger = [entry({ kind: 'retire', outcome: 'kept' })];
    expect(retirementsWithoutEntry(release, preview, signed, ledger, actual([old('ben', 'eve')]), 'tuned: t')).toEqual([
      { ...release, system: 'erp', kind: 'retire', role: 'old_reader', account: 'ben', person: 'ben', before: [of(old('ben', 'eve'))], why: 'tuned: t' },
    ]);
  });
  test('of dropped access covers only the signed grant: what others granted in addition is theirs', () => {
    const dropping = previewOf([grant('clerk', 'dea', us)], change(made()));
    const held = heldAgain(dropping, actual([grant('clerk', 'dea', us), grant('clerk', 'dea', 'kim'), old('ann', 'kim')]));
    expect(held({ role: 'clerk', account: 'dea' })).toEqual([grant('clerk', 'dea', us)]);
    expect(held({ role: 'old_reader', account: 'ann' })).toEqual([old('ann', 'kim')]);
  });
});

describe('what a tune revokes of earlier releases', () => {
  const wasThere = entry({ outcome: 'preexisting', before: [of(grant('clerk', 'ann', us))] });
  const earlier = entry({ wave: 'wave-1', grant: { grantor: us, options: {} } });
  const pairs = new Set([pairKey(wasThere)]);
  const now = actual([grant('clerk', 'ann', us), grant('clerk', 'ann', 'kim')]);
  const toRevoke = (ledger: LedgerEntry[], asked = pairs, held = now) =>
    earlierGrantsToRevoke(release, 'erp', change(earlier), ledger, asked, held, 'tuned: t').map(({ account, before }) => [account, before.map(grantKey)]);

  test('is what those releases granted, and nothing that others granted in addition (R1)', () => {
    expect(toRevoke([wasThere])).toEqual([['ann', [grantKey(grant('clerk', 'ann', us))]]]);
    expect(ownedByEarlier([earlier], pairs, now)({ role: 'clerk', account: 'ann' }).map(grantKey)).toEqual([grantKey(grant('clerk', 'ann', us))]);
  });
  test('excludes what was not requested, what is not held, and what this release granted itself', () => {
    expect(toRevoke([wasThere], new Set())).toEqual([]);
    expect(toRevoke([wasThere], pairs, actual([grant('clerk', 'ann', 'kim')]))).toEqual([]);
    expect(toRevoke([{ ...wasThere, outcome: 'created' }])).toEqual([]);
  });
  test('continues after a run that died', () => {
    expect(toRevoke([wasThere, entry({ kind: 'retire', role: 'clerk', outcome: 'intended', why: 'tuned: t' })], pairs, actual([]))).toEqual([['ann', []]]);
  });
  test('is marked revoked in the ledger of this release too, once its retirement is', () => {
    const retirement = entry({ kind: 'retire', role: 'clerk', outcome: 'revoked' });
    expect(asRevoked([wasThere], [retirement], 'tuned: t')).toEqual([{ ...wasThere, outcome: 'revoked', why: 'tuned: t' }]);
    expect(asRevoked([wasThere], [{ ...retirement, outcome: 'kept' }], 'tuned: t')).toEqual([]);
    expect(asRevoked([entry({})], [retirement], 'tuned: t')).toEqual([]);
  });
});

test('grants that are still held are counted by entry, and only those to be revoked', () => {
  const ledger = [entry({}), entry({ account: 'ben', person: 'ben' }), entry({ kind: 'retire', role: 'clerk' })];
  const now = actual([grant('clerk', 'ann'), grant('clerk', 'ann', 'kim'), grant('clerk', 'ben')]);
  expect(stillGranted(ledger, now, ({ person }) => person === 'ann')).toBe(1);
  expect(stillGranted(ledger, now, () => true)).toBe(2);
  expect(stillGranted(ledger, actual([]), () => true)).toBe(0);
});

test('retirements are counted by their outcome', () => {
  const ledger = [
    ...outcomes.map((outcome) => entry({ kind: 'retire', outcome })),
    entry({ outcome: 'revoked' }),
    entry({ kind: 'retire', outcome: 'revoked' }),
  ];
  expect(retirementCounts(ledger)).toEqual({ retired: 2, kept: 1, failed: 1 });
});
