import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildPreview } from '../access/build-preview.ts';
import { actual, anyGrants, clerksPlan, created, entry, grant, happened, us } from '../../test/support/ledger.ts';
import { inOrder, type Fact } from './facts.ts';
import { grantKey, ledgerOutcomes, pairKey, type BeforeGrant, type Held, type LedgerEntry, type LedgerOutcome } from './ledger.ts';
import type { ReleaseChange } from './release-change.ts';
import {
  earlierGrantsToRevoke,
  factsOfRevoke,
  heldAgain,
  keepsLegacy,
  madeForOthers,
  ofOtherPackages,
  retirementCounts,
  signedRetirements,
  sorted,
  stillGranted,
  toRetire,
  toRetireAgain,
  withoutProof,
  type Retirement,
  type Revoked,
} from './retiring.ts';

const release = { plan: 'test', wave: 'wave-2', package: 'clerks' };
const at = { system: 'erp', place: 'place' };
const old = (account: string, grantor = 'dba', id?: string) => grant('old_reader', account, grantor, id);
const asSeen = (held: Held, person = held.account): BeforeGrant => ({ ...held, person });
const previewOf = (held: Held[], change?: ReleaseChange) => buildPreview(clerksPlan(), 'clerks', 'erp', actual(held), undefined, change);
const revise = (...earlier: LedgerEntry[]): ReleaseChange => ({ change: 'revise', earlier });
/** Of the release before: it granted the role to someone who is no longer in the package. */
const ofDea = created('clerk', 'dea');
const deas = grant('clerk', 'dea', us);
const retirement = (change: Partial<LedgerEntry> = {}) => entry({ ...release, kind: 'retire', ...change });
const revoked = (...grants: Held[]): Fact => ({ did: 'revoked', grants });
const inDoubt = (outcome: LedgerOutcome = 'pending') =>
  retirement({ outcome, pending: [{ transaction: 't1', did: 'revoked', by: 'release', grants: [old('ann')] }] });

describe('signed retirements', () => {
  test('are the legacy grants of the signed preview, each by its grantor', () => {
    const signed = signedRetirements(previewOf([old('ann'), old('ann', 'kim'), grant('clerk', 'ben'), old('dea')]), undefined);
    expect(signed.map(grantKey)).toEqual([old('ann'), old('ann', 'kim')].map(grantKey));
  });
  test('include what it drops of earlier releases, if their ledgers show that they made exactly this', () => {
    const preview = previewOf([deas], revise(ofDea));
    expect(signedRetirements(preview, revise(ofDea)).map(grantKey)).toEqual([grantKey(deas)]);
    expect(signedRetirements(preview, undefined)).toEqual([]);
    for (const fact of [revoked(deas), { did: 'gone', grants: [deas] }, { did: 'handedOn', grants: [deas], to: release, name: 'x' }] satisfies Fact[])
      expect(signedRetirements(preview, revise(happened(ofDea, fact)))).toEqual([]);
    const again = happened(entry({ account: 'dea', person: 'dea' }), { did: 'granted', grants: [grant('clerk', 'dea', us, 'granted again')] });
    expect(signedRetirements(preview, revise(again))).toEqual([]);
  });
});

describe('legacy access waits (R3)', () => {
  const preview = previewOf([old('ann'), old('ben')]);
  const waiting = (...ledger: LedgerEntry[]) => [...withoutProof([preview], ledger)];
  const ofAnn = [created('clerk', 'ann'), created('reader', 'ann')];
  const others = ['ben', 'cem'];

  test.each<[string, LedgerEntry[], string[]]>([
    ['nothing is known of', [], ['ann', ...others]],
    ['everything is proven of', ofAnn, others],
    ['something was found with', [happened(entry(), { did: 'found', grants: [grant('clerk', 'ann')] })], others],
    ['something was refused to', [created('clerk', 'ann'), entry({ role: 'reader', outcome: 'failed' })], ['ann', ...others]],
    ['something could not be confirmed of', [created('clerk', 'ann'), entry({ role: 'reader', outcome: 'unknown' })], ['ann', ...others]],
    ['a tune took something from', [created('clerk', 'ann'), entry({ role: 'reader', outcome: 'revoked', withdrawn: true })], others],
    ['everything was withdrawn from', [entry({ outcome: 'preexisting', withdrawn: true }), entry({ role: 'reader', withdrawn: true })], ['ann', ...others]],
    ['something is proven in another system of', [created('tester', 'ann', { system: 'lab' })], others],
  ])('for the people that it is unless their new access is there: %s ann', (_, ledger, people) => {
    expect(waiting(...ledger)).toEqual(people);
  });

  test('for nobody where the release grants nothing', () => {
    expect([...withoutProof([{ ...preview, entitlements: [] }], [])]).toEqual([]);
  });

  test('and is neither retired nor retired again, unless that was done before they lost the new access; what is dropped does not wait', () => {
    const isLeft = keepsLegacy(preview, new Set(['ann', 'dea']));
    const signed = [asSeen(old('ann')), asSeen(old('ben')), asSeen(deas)];
    const now = actual([old('ann'), old('ben'), deas]);
    const [first, again] = [toRetire, toRetireAgain.bind(undefined, release, at, { ...preview, drop: [asSeen(deas)] })];
    const named = (all: Retirement[]) => all.map(({ entry: { role, account } }) => `${role} ${account}`);
    expect(named(first(release, at, signed, [], now, new Set(), isLeft))).toEqual(['old_reader ben', 'clerk dea']);
    expect(named(again(signed, [], now, new Set(), isLeft))).toEqual(['old_reader ben', 'clerk dea']);
    const before = happened(retirement({ account: 'ann', person: 'ann' }), revoked(old('ann', 'dba', 'earlier')));
    expect(named(again(signed, [before], now, new Set(), isLeft))).toEqual(['old_reader ann', 'old_reader ben', 'clerk dea']);
  });
});

describe('what is left to retire', () => {
  const signed = [asSeen(old('ann')), asSeen(old('ann', 'kim')), asSeen(old('ben'))];
  const left = (held: Held[], ...ledger: LedgerEntry[]) => toRetire(release, at, signed, ledger, actual(held), new Set());

  test('is one retirement for each (role, account), with the signed grants as they are held', () => {
    const renamed = { ...old('ben'), account: 'ben.b' };
    expect(left([old('ann', 'kim'), old('ann', 'eve'), old('ann', 'dba', 'granted again'), renamed])).toEqual([
      { entry: retirement(), grants: [old('ann', 'kim')] },
      { entry: retirement({ account: 'ben', person: 'ben' }), grants: [renamed] },
    ]);
  });
  test.each(ledgerOutcomes)('is what is %s, if that is pending or failed', (outcome) => {
    const open = outcome === 'pending' || outcome === 'failed';
    expect(left([old('ann')], retirement({ outcome })).map(({ entry: { account } }) => account)).toEqual(open ? ['ann', 'ben'] : ['ben']);
  });
  test('is not what may have been revoked already', () => {
    for (const one of [inDoubt(), inDoubt('failed')]) expect(left([old('ann')], one).map(({ entry: { account } }) => account)).toEqual(['ben']);
  });
  test('goes on with the entry that is there, and with none of a grant', () => {
    const failed = happened(retirement(), { did: 'refused', effect: 'revoke', why: 'no' });
    expect(left([old('ann')], failed)[0]?.entry).toEqual(failed);
    expect(left([old('ann')], entry({ role: 'old_reader', outcome: 'revoked' }))).toHaveLength(2);
  });
  test('includes nothing that was not signed, whatever is held (R1)', () => {
    fc.assert(
      fc.property(anyGrants, anyGrants, (then, now) => {
        const all = signedRetirements(previewOf(then), undefined);
        const keys = new Set(all.map(grantKey));
        const retirements = toRetire(release, at, all, [], actual(now), new Set());
        expect(retirements.flatMap(({ grants }) => grants).every((held) => keys.has(grantKey(held)))).toBe(true);
        expect(new Set(retirements.map(({ entry: one }) => pairKey(one))).size).toBe(retirements.length);
      }),
    );
  });
});

test('what Rolewave made for another package is that package’s to revoke, also after it gave up its claim', () => {
  const theirs = grant('old_reader', 'ann', us);
  const granted: Fact = { did: 'granted', grants: [theirs] };
  const of = (change: Partial<LedgerEntry>, ...facts: Fact[]) => happened(entry({ role: 'old_reader', ...change }), granted, ...facts);
  const keys = (...all: LedgerEntry[]) => [...madeForOthers(release, all)];
  expect(keys(of({ package: 'posters' }))).toEqual([grantKey(theirs)]);
  expect(keys(of({ plan: 'other' }))).toEqual([grantKey(theirs)]);
  expect(keys(of({ wave: 'wave-1' }), of({ package: 'posters' }, revoked(theirs)))).toEqual([]);

  const signed = [asSeen(old('ann')), asSeen(theirs)];
  const now = actual([old('ann'), theirs]);
  const preview = previewOf([old('ann'), theirs]);
  const left = (ofOthers: string[]) =>
    [
      toRetire(release, at, signed, [], now, new Set(ofOthers)),
      toRetireAgain(release, at, preview, signed, [happened(retirement(), revoked(old('ann')))], now, new Set(ofOthers)),
    ].map((all) => all.flatMap(({ grants }) => grants));
  expect(left([])).toEqual([
    [old('ann'), theirs],
    [old('ann'), theirs],
  ]);
  expect(left([grantKey(theirs)])).toEqual([[old('ann')], [old('ann')]]);
  expect(toRetireAgain(release, at, preview, signed, [happened(retirement(), revoked(old('ann')))], actual([theirs]), new Set([grantKey(theirs)]))).toEqual([]);
});

describe('of what Rolewave made for another package', () => {
  const theirs = grant('old_reader', 'ann', us);
  const claim = { ...release, package: 'posters', system: 'erp', role: 'old_reader', account: 'ann' };
  const toDo = (held: Held[]) => toRetire(release, at, [asSeen(old('ann')), asSeen(theirs)], [], actual(held), new Set([grantKey(theirs)]));
  const facts = (held: Held[], claims = [] as (typeof claim)[]) => {
    const { ofOthers, left } = ofOtherPackages(toDo(held), release, claims, 'release');
    return { ofOthers: ofOthers.map(({ fact }) => fact), left: left.map(({ grants }) => grants) };
  };
  test('what is held stays, and the ledger does not call it gone', () => {
    expect(facts([theirs])).toEqual({ ofOthers: [{ did: 'kept', why: 'granted by Rolewave for another package, which revokes it' }], left: [] });
  });
  test('what that package still claims is kept for it, by its name', () => {
    expect(facts([theirs], [claim])).toEqual({ ofOthers: [], left: [[]] });
    expect(facts([theirs], [{ ...claim, package: 'clerks' }]).left).toEqual([]);
  });
  test('legacy access beside it is retired, and what is not held any more is gone', () => {
    expect(facts([old('ann'), theirs])).toEqual({ ofOthers: [], left: [[old('ann')]] });
    expect(facts([])).toEqual({ ofOthers: [], left: [[]] });
  });
});

describe('retirements are sorted into', () => {
  const one = { entry: retirement(), grants: [old('ann')] };
  const claim = (change: Partial<typeof release>) => ({ ...release, system: 'erp', role: 'old_reader', account: 'ann', ...change });
  const parts = (all: Retirement[], ...claims: ReturnType<typeof claim>[]) => {
    const { settled, revoke } = sorted(all, release, claims, 'release');
    return { settled: settled.map(({ fact }) => fact), revoke };
  };

  test('those to revoke', () => expect(parts([one])).toEqual({ settled: [], revoke: [one] }));
  test('those that stay for other packages, by name, each once', () => {
    const claims = [claim({ package: 'posters' }), claim({ package: 'auditors' }), claim({ package: 'posters', wave: 'wave-9' }), claim({ plan: 'other' })];
    expect(parts([one], ...claims)).toEqual({ settled: [{ did: 'kept', why: 'kept for a package of another plan, auditors, posters' }], revoke: [] });
  });
  test('those that are gone: someone else revoked them', () => {
    expect(parts([{ ...one, grants: [] }])).toEqual({ settled: [{ did: 'gone', grants: [] }], revoke: [] });
  });
  test('and no claim of the same package, of another account or of another role keeps one', () => {
    const claims = [
      claim({}),
      claim({ wave: 'wave-1' }),
      { ...claim({ package: 'posters' }), account: 'ben' },
      { ...claim({ package: 'posters' }), role: 'old_admin' },
    ];
    expect(parts([one], ...claims).revoke).toEqual([one]);
  });
  test('and the facts are the next ones of their entries, by the step', () => {
    const { settled } = sorted([{ entry: retirement({ facts: 4 }), grants: [] }], release, [], 'tune a');
    expect(settled).toMatchObject([{ ...release, kind: 'retire', role: 'old_reader', account: 'ann', number: 5, by: 'tune a' }]);
  });
});

describe('after the system answered', () => {
  const grants = [old('ann'), old('ann', 'kim'), old('ann', 'eve')];
  const answered = (...answers: Revoked[]) => factsOfRevoke(grants.slice(0, answers.length), answers, 't1');
  test.each<[string, Revoked[], Fact[]]>([
    [
      'what it revoked is in its transaction',
      [{ outcome: 'revoked' }, { outcome: 'revoked' }],
      [{ did: 'revoked', grants: grants.slice(0, 2), transaction: 't1' }],
    ],
    ['what was gone is someone else’s work', [{ outcome: 'gone' }], [{ did: 'gone', grants: grants.slice(0, 1) }]],
    [
      'its refusals stand in its words',
      [
        { outcome: 'failed', why: 'no' },
        { outcome: 'failed', why: 'never' },
      ],
      [{ did: 'refused', effect: 'revoke', why: 'no; never' }],
    ],
    [
      'a refusal is the last word',
      [{ outcome: 'failed', why: 'no' }, { outcome: 'revoked' }, { outcome: 'gone' }],
      [
        { did: 'gone', grants: [grants[2]!] },
        { did: 'revoked', grants: [grants[1]!], transaction: 't1' },
        { did: 'refused', effect: 'revoke', why: 'no' },
      ],
    ],
    ['nothing is recorded of nothing', [], []],
  ])('%s', (_, answers, facts) => expect(answered(...answers)).toStrictEqual(facts));
  test('the transaction is left out where nothing is about to change', () => {
    expect(factsOfRevoke([old('ann')], [{ outcome: 'revoked' }])).toStrictEqual([revoked(old('ann'))]);
  });
  test('several facts of one entry follow one another', () => {
    const facts = inOrder(retirement({ facts: 2 }), 'release', answered({ outcome: 'failed', why: 'no' }, { outcome: 'revoked' }, { outcome: 'gone' }));
    expect(facts.map(({ number, by, fact }) => `${number} ${by} ${fact.did}`)).toEqual(['3 release gone', '4 release revoked', '5 release refused']);
  });
});

describe('legacy access that is held again', () => {
  const preview = previewOf([old('ann'), old('ben')]);
  const signed = signedRetirements(preview, undefined);
  const again = (held: Held[], ...ledger: LedgerEntry[]) => toRetireAgain(release, at, preview, signed, ledger, actual(held), new Set());
  const known = (...more: LedgerEntry[]) => [...more, retirement({ account: 'ben', person: 'ben', outcome: 'kept' })];
  const done = happened(retirement(), revoked(old('ann')));

  test('is retired again in any form, no matter who granted it', () => {
    const now = [old('ann', 'eve'), old('ann', 'dba', 'granted again')];
    expect(again(now, ...known(done))).toEqual([{ entry: done, grants: now }]);
    expect(again([], ...known(done))).toEqual([]);
  });
  test('is retired where it was never tried, and where it was refused', () => {
    expect(again([], ...known())).toEqual([{ entry: retirement(), grants: [] }]);
    const refused = happened(retirement(), { did: 'refused', effect: 'revoke', why: 'no' });
    expect(again([], ...known(refused))).toEqual([{ entry: refused, grants: [] }]);
  });
  test('is not retired while nobody knows whether it was, unless it is held', () => {
    expect(again([], ...known(inDoubt()))).toEqual([]);
    expect(again([old('ann')], ...known(inDoubt()))).toEqual([{ entry: inDoubt(), grants: [old('ann')] }]);
  });
  test.each(ledgerOutcomes)('is left alone where it is %s, if it was kept or a rollback decided', (outcome) => {
    const leftAlone = ['kept', 'restored', 'notRestored'].includes(outcome);
    expect(again([old('ann')], ...known(retirement({ outcome })))).toHaveLength(leftAlone ? 0 : 1);
  });
  test('is left alone when it was not signed', () => {
    expect(again([grant('old_reader', 'dea'), grant('old_admin', 'ann')], ...known(done))).toEqual([]);
  });
  test('of dropped access covers only the signed grant: what others granted in addition is theirs', () => {
    const held = heldAgain(
      previewOf([deas], revise(ofDea)),
      actual([deas, grant('clerk', 'dea', 'kim'), grant('clerk', 'dea', us, 'granted again'), old('ann', 'kim')]),
    );
    expect(held({ role: 'clerk', account: 'dea' })).toEqual([deas]);
    expect(held({ role: 'old_reader', account: 'ann' })).toEqual([old('ann', 'kim')]);
  });
  test('are those of the role and account that were signed, and not of others with the same names', () => {
    const of = (held: Held, roleId: string, accountId: string): Held => ({ ...held, roleId, accountId });
    const renamed = of(grant('older_reader', 'ann.b', 'kim'), '1', '2');
    const held = heldAgain(previewOf([]), actual([renamed, of(old('ann', 'kim'), '1', '9'), of(old('ann', 'dba'), '9', '2')]));
    expect(held(of(old('ann'), '1', '2'))).toEqual([renamed]);
  });
});

describe('what a tune revokes of earlier releases', () => {
  const anns = grant('clerk', 'ann', us);
  const earlier = created('clerk', 'ann');
  const pairs = new Set([pairKey(anns)]);
  const now = actual([anns, grant('clerk', 'ann', 'kim')]);
  const toRevoke = (ledger: LedgerEntry[], asked = pairs, held = now, change = revise(earlier)) =>
    earlierGrantsToRevoke(release, at, change, ledger, asked, held);
  const grantsOf = (all: Retirement[]) => all.map(({ grants }) => grants.map(grantKey));

  test('is what those releases granted, as retirements, and nothing that others granted in addition (R1)', () => {
    expect(toRevoke([])).toEqual([{ entry: retirement({ role: 'clerk' }), grants: [{ ...anns, person: 'ann' }] }]);
  });
  test('is not what the tune does not concern, what is not held, and what those releases did not make', () => {
    expect(toRevoke([], new Set([pairKey(deas)]))).toEqual([]);
    expect(toRevoke([], pairs, actual([grant('clerk', 'ann', 'kim')]))).toEqual([]);
    expect(toRevoke([], pairs, now, revise(happened(entry(), { did: 'found', grants: [anns] })))).toEqual([]);
  });
  test('goes on with the retirement that is there, without what it has revoked', () => {
    const begun = happened(retirement({ role: 'clerk' }), revoked(anns), { did: 'refused', effect: 'revoke', why: 'no' });
    const second = grant('clerk', 'ann', us, 'granted again');
    const both = revise(happened(earlier, { did: 'granted', grants: [second] }));
    expect(grantsOf(toRevoke([begun], pairs, actual([anns, second]), both))).toEqual([[grantKey(second)]]);
    expect(toRevoke([begun], pairs, actual([anns, second]), both)[0]?.entry).toEqual(begun);
    // The ledger's entry on the grant is another one.
    expect(toRevoke([entry({ facts: 8 })])[0]?.entry.facts).toBe(0);
  });
});

test('grants that are still held are counted by entry, and only those to be revoked', () => {
  const ledger = [entry(), entry({ account: 'ben', person: 'ben' }), entry({ kind: 'retire', role: 'clerk' })];
  const now = actual([grant('clerk', 'ann'), grant('clerk', 'ann', 'kim'), grant('clerk', 'ben')]);
  expect(stillGranted(ledger, now, ({ person }) => person === 'ann')).toBe(1);
  expect(stillGranted(ledger, now, () => true)).toBe(2);
  expect(stillGranted(ledger, actual([]), () => true)).toBe(0);
});
test('a grant is still held that its account holds under another name, and not one that another account holds under the name', () => {
  const ids = { ...grant('clerk', 'ann'), roleId: 'role-clerk', accountId: 'account-ann' };
  const ledger = [happened(entry(), { did: 'found', grants: [ids] })];
  expect(stillGranted(ledger, actual([{ ...ids, account: 'ann.b' }]), () => true)).toBe(1);
  expect(stillGranted(ledger, actual([{ ...ids, accountId: 'account-ben' }]), () => true)).toBe(0);
});

test('retirements are counted by their outcome, and refusals are named', () => {
  const ledger = [
    ...ledgerOutcomes.map((outcome) => retirement({ outcome, why: 'permission denied' })),
    entry({ outcome: 'revoked' }),
    entry({ outcome: 'failed' }),
    retirement({ outcome: 'revoked' }),
  ];
  expect(retirementCounts(ledger)).toEqual({
    retired: 2,
    kept: 1,
    // Refused, and in doubt.
    failed: 2,
    refusals: ["'old_reader' of 'ann': permission denied", "'old_reader' of 'ann': permission denied"],
  });
});
