import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildPreview } from '../access/build-preview.ts';
import { accounts, actual, anyActual, anyGrants, entry, grant, clerksPlan, us } from '../../test/support/ledger.ts';
import { afterGrant, foundAfterAll, grantCounts, grantIntents, missingGrants, readBack, wantedGrants, withoutEntry } from './granting.ts';
import { isOurs, pairKey, type Held, type LedgerEntry, type LedgerOutcome } from './ledger.ts';

const release = { plan: 'test', wave: 'wave-1', package: 'clerks' };
const preview = buildPreview(clerksPlan(), 'clerks', 'erp', actual([]));
const wanted = wantedGrants(preview, actual([]));
const before = (...grants: Held[]) => grants.map((one) => ({ ...one, person: 'ann' }));
const outcomes: LedgerOutcome[] = ['intended', 'created', 'preexisting', 'failed', 'unknown', 'revoked', 'kept', 'gone', 'restored', 'notRestored'];

describe('wanted grants', () => {
  test('are every entitlement for every person who was signed for', () => {
    expect(wanted.map(({ role, person, account }) => `${role} ${person} ${account}`)).toEqual([
      'clerk ann ann',
      'clerk ben ben',
      'clerk cem c.em',
      'reader ann ann',
      'reader ben ben',
      'reader cem c.em',
    ]);
  });
  test('are none for an account that is gone', () => {
    expect(wantedGrants(preview, actual([], { unknownAccounts: ['ben'] })).map(({ account }) => account)).toEqual(['ann', 'c.em', 'ann', 'c.em']);
  });
  test('are never more than was signed, whatever the system holds', () => {
    fc.assert(
      fc.property(anyActual, (now) => {
        const signed = new Set(wanted.map(pairKey));
        expect(wantedGrants(preview, now).every((pair) => signed.has(pairKey(pair)))).toBe(true);
      }),
    );
  });
});

test('an intent keeps what is held of its pair, and of no other pair', () => {
  const now = actual([grant('clerk', 'ann', 'kim'), grant('clerk', 'ann', 'dba'), grant('reader', 'ann'), grant('clerk', 'ben')]);
  const [first] = grantIntents(release, 'erp', wanted, now);
  expect(first).toEqual({
    ...release,
    system: 'erp',
    kind: 'grant',
    role: 'clerk',
    account: 'ann',
    person: 'ann',
    before: before(grant('clerk', 'ann', 'kim'), grant('clerk', 'ann', 'dba')),
  });
  expect(grantIntents(release, 'erp', wanted, now, 'tuned: t')[2]).toMatchObject({ account: 'c.em', before: [], why: 'tuned: t' });
});

describe('after the system answered a grant, the entry is', () => {
  const intended = entry({ outcome: 'intended' });
  const hadIt = { ...intended, before: before(grant('clerk', 'ann', us)) };
  test.each<[string, LedgerEntry, Parameters<typeof afterGrant>[1], Partial<LedgerEntry>]>([
    ['created', intended, { outcome: 'created', grant: grant('clerk', 'ann', us) }, { outcome: 'created', grant: { grantor: us, options: {} } }],
    ['preexisting when others granted it', intended, { outcome: 'preexisting', grant: grant('clerk', 'ann', 'kim') }, { outcome: 'preexisting' }],
    ['preexisting when ours was held at the intent', hadIt, { outcome: 'preexisting', grant: grant('clerk', 'ann', us) }, { outcome: 'preexisting' }],
    [
      'created when ours is held and nothing was held before: a run died in between',
      intended,
      { outcome: 'preexisting', grant: grant('clerk', 'ann', us) },
      { outcome: 'created' },
    ],
    ['failed, in the system’s words', intended, { outcome: 'failed', why: 'no such role' }, { outcome: 'failed', why: 'no such role' }],
  ])('%s', (_, intent, granted, expected) => {
    expect(afterGrant(intent, granted, us)).toMatchObject(expected);
  });
  test('without a grantor where the system reports none', () => {
    expect(afterGrant(intended, { outcome: 'created', grant: { role: 'clerk', account: 'ann', options: { admin: true } } }, us).grant).toEqual({
      options: { admin: true },
    });
  });
});

describe('reading back', () => {
  const ours = grant('clerk', 'ann', us);
  const said = (change: Partial<LedgerEntry>, held: Held[], unknownAccounts: string[] = []) =>
    readBack([entry(change)], actual(held, { unknownAccounts }), us).map(({ outcome, why }) => [outcome, why].filter(Boolean).join(': '));

  test.each<[string, Partial<LedgerEntry>, Held[], string[]]>([
    ['confirms a grant of ours', { outcome: 'created' }, [ours], []],
    ['resolves an intent that was carried out', { outcome: 'intended' }, [ours], ['created']],
    ['finds one that was unknown', { outcome: 'unknown', why: 'could not' }, [ours], ['created']],
    ['does not find an intent', { outcome: 'intended' }, [], ['unknown: could not be confirmed when it was read back']],
    ['does not find a grant', { outcome: 'created' }, [], ['unknown: could not be confirmed when it was read back']],
    [
      'does not count another’s grant as ours',
      { outcome: 'created' },
      [grant('clerk', 'ann', 'kim')],
      ['unknown: could not be confirmed when it was read back'],
    ],
    [
      'does not count one that was held before as ours',
      { outcome: 'intended', before: before(ours) },
      [ours],
      ['unknown: could not be confirmed when it was read back'],
    ],
    ['changes nothing of one that stays unknown', { outcome: 'unknown' }, [], []],
    ['leaves alone what was there before', { outcome: 'preexisting' }, [grant('clerk', 'ann', 'kim')], []],
    ['reports what was held before and is not now', { outcome: 'preexisting' }, [], ['unknown: was there before, and is no longer there']],
    ['leaves alone a grant that failed', { outcome: 'failed' }, [ours], []],
    ['leaves alone what a tune revoked', { outcome: 'revoked' }, [ours], []],
    ['ignores retirements', { kind: 'retire', outcome: 'intended' }, [grant('old_reader', 'ann', us)], []],
  ])('%s', (_, change, held, expected) => {
    expect(said(change, held)).toEqual(expected);
  });
  test('of an account that is gone, the grant is gone too', () => {
    expect(said({ outcome: 'created' }, [], ['ann'])).toEqual(['gone: the account is gone']);
    expect(said({ outcome: 'created' }, [], ['ben'])).toEqual(['unknown: could not be confirmed when it was read back']);
  });
  test('marks as created only grants of ours that were not there before, and settles once (R1, R4)', () => {
    fc.assert(
      fc.property(fc.constantFrom(...outcomes), anyGrants, anyGrants, fc.constantFrom(...accounts), (outcome, then, grants, account) => {
        const one = entry({ outcome, account, before: before(...then.filter((held) => held.role === 'clerk' && held.account === account)) });
        const now = actual(grants);
        const [settled] = readBack([one], now, us);
        if (settled?.outcome === 'created') {
          expect(now.grants.some((held) => pairKey(held) === pairKey(one) && isOurs(held, us))).toBe(true);
          expect(one.before.some((held) => isOurs(held, us))).toBe(false);
        }
        if (settled) expect(readBack([settled], now, us)).toEqual([]);
      }),
    );
  });
});

describe('a grant that could not be confirmed', () => {
  const found = (held: Held[], change: Partial<LedgerEntry> = {}) =>
    foundAfterAll([entry({ outcome: 'unknown', why: 'could not', ...change })], actual(held), us);
  test('and is held now in our name is ours', () => {
    expect(found([grant('clerk', 'ann', us)])).toEqual([entry({ outcome: 'created', grant: { grantor: us, options: {} } })]);
  });
  test('is another’s when they granted it since, or when it was there before', () => {
    expect(found([grant('clerk', 'ann', 'kim')])).toEqual([entry({ outcome: 'preexisting', before: before(grant('clerk', 'ann', 'kim')) })]);
    expect(found([grant('clerk', 'ann', us)], { before: before(grant('clerk', 'ann', us)) })).toMatchObject([{ outcome: 'preexisting' }]);
  });
  test('and is not held stays unknown', () => expect(found([])).toEqual([]));
  test('is the only entry that changes', () => {
    expect(foundAfterAll([entry({ outcome: 'intended' }), entry({ kind: 'retire', outcome: 'unknown' })], actual([grant('clerk', 'ann', us)]), us)).toEqual([]);
  });
});

describe('a grant is granted again', () => {
  const again = (outcome: LedgerOutcome, held: Held[], change: Partial<LedgerEntry> = {}) =>
    missingGrants(wanted, [entry({ outcome, before: before(grant('clerk', 'ann', 'kim')), why: 'earlier', ...change })], actual(held), 'tuned: t');

  test.each(outcomes)('when %s and missing, if the release wanted it and no tune revoked it', (outcome) => {
    expect(again(outcome, []).length).toBe(['intended', 'created', 'preexisting', 'failed', 'unknown'].includes(outcome) ? 1 : 0);
  });
  test('as an intent with the mark, and with nothing held before', () => {
    expect(again('created', [])).toEqual([entry({ outcome: 'intended', before: [], why: 'tuned: t' })]);
  });
  test('and an intent of a run that died keeps what was held before it', () => {
    expect(again('intended', [grant('clerk', 'ann')])).toEqual([entry({ outcome: 'intended', before: before(grant('clerk', 'ann', 'kim')), why: 'tuned: t' })]);
  });
  test('but not when it is held, no matter who granted it', () => expect(again('created', [grant('clerk', 'ann', 'kim')])).toEqual([]));
  test('but not for an account that was not signed for or no longer exists', () => {
    expect(again('created', [], { account: 'dea' })).toEqual([]);
    expect(missingGrants(wantedGrants(preview, actual([], { unknownAccounts: ['ann'] })), [entry({})], actual([]), 'tuned: t')).toEqual([]);
  });
  test('but not when it is a retirement', () => expect(again('intended', [], { kind: 'retire', role: 'clerk' })).toEqual([]));
});

test('wanted grants without an entry are those for which the ledger has no grant, whatever its outcome', () => {
  const left = withoutEntry(wanted, [
    entry({ outcome: 'revoked' }),
    entry({ kind: 'retire', role: 'clerk', account: 'ben' }),
    entry({ role: 'reader', account: 'c.em' }),
  ]);
  expect(left.map(({ role, account }) => `${role} ${account}`)).toEqual(['clerk ben', 'clerk c.em', 'reader ann', 'reader ben']);
});

test('an intent without outcome counts as unknown, and retirements do not count', () => {
  const ledger = [...outcomes.map((outcome) => entry({ outcome })), ...outcomes.map((outcome) => entry({ kind: 'retire', outcome }))];
  expect(grantCounts(ledger)).toEqual({ created: 1, preexisting: 1, failed: 1, unknown: 2 });
});
