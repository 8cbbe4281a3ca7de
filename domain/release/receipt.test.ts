import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildPreview } from '../access/build-preview.ts';
import { actual, anyGrants, clerksPlan, created, entry, grant, happened, us } from '../../test/support/ledger.ts';
import { assertReaching } from '../../test/support/reaching.ts';
import type { Fact } from './facts.ts';
import { grantKey, pairKey, type Held, type LedgerEntry } from './ledger.ts';
import { receipt as schema, receiptFrom, receiptLine, type Receipt } from './receipt.ts';

const posters = { plan: 'test', wave: 'wave-2', package: 'posters' };
const ours = grant('clerk', 'ann', us);
const kims = grant('clerk', 'ann', 'kim');
const legacy = grant('old_reader', 'ann');
const revoked = (...grants: Held[]): Fact => ({ did: 'revoked', grants });
const refused = (effect: 'grant' | 'revoke' | 'restore'): Fact => ({ did: 'refused', effect, why: 'permission denied' });
const inDoubt = (one: LedgerEntry): LedgerEntry => ({ ...one, pending: [{ transaction: 't1', did: 'revoked', by: 'rollback', grants: [ours] }] });

const contentWith = (...before: Held[]) => buildPreview(clerksPlan(), 'clerks', 'erp', actual(before));
const receiptOf = (
  ledger: LedgerEntry[],
  held: Held[] = [],
  { before = [], claimed = [] }: { before?: Held[]; claimed?: { role: string; account: string }[] } = {},
) => receiptFrom(contentWith(...before), ledger, actual(held), { claimed, check: 'select 1' });
const nothing: Receipt = { system: 'erp', granted: 0, revoked: 0, kept: [], restored: 0, restoredNotes: [], notRestored: [], failed: [], check: 'select 1' };
const line = (why: string, role = 'clerk', account = 'ann') => ({ role, account, why });
/** With whose access is still there: a claim can keep it at the next attempt. */
const stillThere = (why: string) => ({ ...line(why), person: 'ann' });

test('the receipt says what was granted, revoked and kept, and why, once per grant', () => {
  const ledger = [
    happened(created('clerk', 'ann'), revoked(ours)),
    happened(created('clerk', 'ben'), { did: 'handedOn', grants: [grant('clerk', 'ben', us)], to: posters, name: 'posters' }),
    happened(entry({ role: 'reader', account: 'ben', person: 'ben' }), { did: 'found', grants: [grant('reader', 'ben', 'kim')] }),
    happened(entry({ kind: 'retire' }), revoked(legacy), { did: 'restored', grants: [legacy], as: [legacy], notes: ['in the name of rolewave'] }),
    happened(entry({ kind: 'retire', account: 'ben' }), revoked(legacy), { did: 'restored', grants: [legacy], as: [legacy], notes: [] }),
    happened(entry({ kind: 'retire', role: 'old_admin' }), revoked(grant('old_admin', 'ann')), { did: 'notRestored', why: 'its design was rejected' }),
  ];
  const held = [grant('clerk', 'ann', 'dba_kim'), grant('clerk', 'ben', us), grant('reader', 'ben', 'kim'), grant('clerk', 'dea', 'dba_kim')];
  const receipt = receiptOf(ledger, held, { before: [grant('reader', 'ben', 'kim')] });
  expect(receipt).toEqual({
    system: 'erp',
    granted: 2,
    revoked: 1,
    kept: [
      line('granted by dba_kim'),
      line('kept for posters', 'clerk', 'ben'),
      line('granted by dba_kim', 'clerk', 'dea'),
      line('had it before', 'reader', 'ben'),
    ],
    restored: 2,
    restoredNotes: [line('in the name of rolewave', 'old_reader')],
    notRestored: [line('its design was rejected', 'old_admin')],
    failed: [],
    check: 'select 1',
  });
  expect(schema.parse(receipt)).toEqual(receipt);
});

test('who had it before is told by the account, whatever it is called by then, and another one under the name is told apart', () => {
  const of = (account: string, accountId = `account-${account}`) => ({ ...grant('reader', account, 'kim', accountId), roleId: 'role-reader', accountId });
  const ledger = [happened(entry({ role: 'reader', account: 'ben', person: 'ben' }), { did: 'found', grants: [of('ben')] })];
  const kept = (...held: Held[]) => receiptOf(ledger, held, { before: [of('ben')] }).kept;
  expect(kept(of('ben.b', 'account-ben'))).toEqual([line('had it before', 'reader', 'ben')]);
  expect(kept(of('ben', 'account-dea'))).toEqual([line('granted by kim', 'reader', 'ben')]);
  expect(kept(of('ben', 'account-ann'), of('ann', 'account-ben'))).toEqual([line('granted by kim', 'reader', 'ben'), line('had it before', 'reader', 'ben')]);
});

describe('an entry is counted', () => {
  const made = created('clerk', 'ann');
  const again = grant('clerk', 'ann', us, 'granted again');
  test.each<[string, LedgerEntry, Held[], Partial<Receipt>]>([
    ['as revoked', happened(made, revoked(ours)), [], { granted: 1, revoked: 1 }],
    [
      'as kept for another release',
      happened(made, { did: 'handedOn', grants: [ours], to: posters, name: 'posters' }),
      [ours],
      { granted: 1, kept: [line('kept for posters')] },
    ],
    ['as gone when someone else revoked it', happened(made, { did: 'gone', grants: [ours] }), [], { granted: 1, gone: 1 }],
    [
      'as gone when it was revoked by others and could not be granted again',
      happened(made, { did: 'gone', grants: [ours] }, refused('grant')),
      [],
      { granted: 1, gone: 1 },
    ],
    [
      'as gone when others granted it after it was revoked by others',
      happened(made, { did: 'gone', grants: [ours] }, { did: 'found', grants: [kims] }),
      [kims],
      { granted: 1, gone: 1, kept: [line('granted by kim')] },
    ],
    [
      'as failed when the system refused to revoke it, in its words',
      happened(made, refused('revoke')),
      [ours],
      { granted: 1, failed: [stillThere('permission denied')] },
    ],
    [
      'as failed, not as revoked, when a row of two is left',
      happened(made, { did: 'granted', grants: [again] }, revoked(again)),
      [ours],
      { granted: 1, failed: [stillThere('unknown')] },
    ],
    [
      'as failed, not as gone, when a row of two is left',
      happened(made, { did: 'granted', grants: [again] }, { did: 'gone', grants: [again] }),
      [ours],
      { granted: 1, failed: [stillThere('unknown')] },
    ],
    ['as failed while nobody knows whether it was revoked', inDoubt(happened(made, revoked(ours))), [], { granted: 1, failed: [stillThere('unknown')] }],
    ['as failed while nobody knows whether it was granted', inDoubt(entry()), [], { failed: [stillThere('unknown')] }],
    ['as kept where the account had it before', happened(entry(), { did: 'found', grants: [kims] }), [kims], { kept: [line('had it before')] }],
    [
      'as kept where the account had it before and its administrator granted it anew',
      happened(entry(), { did: 'found', grants: [kims] }),
      [grant('clerk', 'ann', 'kim', 'granted again')],
      { kept: [line('had it before')] },
    ],
    ['nowhere when the account had it before and has lost it', happened(entry(), { did: 'found', grants: [kims] }), [], {}],
    [
      'nowhere when it could not be found again and nothing was made',
      happened(entry(), { did: 'found', grants: [kims] }, { did: 'unconfirmed', why: 'x' }),
      [],
      {},
    ],
    ['nowhere when it was refused', happened(entry(), refused('grant')), [], {}],
    ['nowhere when nothing was tried', entry(), [], {}],
    [
      'as kept for another release, not as one that was there before',
      happened(entry(), { did: 'found', grants: [ours] }, { did: 'kept', why: 'kept for posters' }),
      [ours],
      { kept: [line('kept for posters')] },
    ],
  ])('%s', (_, one, held, expected) => expect(receiptOf([one], held)).toEqual({ ...nothing, ...expected }));
});

describe('a retirement is counted', () => {
  const retired = happened(entry({ kind: 'retire' }), revoked(legacy));
  test.each<[string, LedgerEntry, Partial<Receipt>]>([
    ['as restored', happened(retired, { did: 'restored', grants: [legacy], as: [], notes: [] }), { restored: 1 }],
    [
      'as not restored, and why',
      happened(retired, { did: 'notRestored', why: 'granted by kim again in the meantime' }),
      { notRestored: [line('granted by kim again in the meantime', 'old_reader')] },
    ],
    [
      'as restored and as not restored, when only a part could come back',
      happened(retired, revoked(kims), { did: 'restored', grants: [kims], as: [], notes: [] }, { did: 'notRestored', why: "account 'ann' no longer exists" }),
      { restored: 1, notRestored: [line("in part: account 'ann' no longer exists", 'old_reader')] },
    ],
    ['as failed when the system refused to restore it', happened(retired, refused('restore')), { failed: [line('permission denied', 'old_reader')] }],
    ['as failed when the rollback has not come to it', retired, { failed: [line('unknown', 'old_reader')] }],
    [
      'as failed, not as restored, when a part is missing',
      happened(retired, revoked(kims), { did: 'restored', grants: [kims], as: [], notes: ['x'] }),
      { failed: [line('x', 'old_reader')] },
    ],
    [
      'as failed while nobody knows whether it was restored',
      inDoubt(happened(retired, { did: 'restored', grants: [legacy], as: [], notes: [] })),
      { failed: [line('unknown', 'old_reader')] },
    ],
    ['nowhere when someone else revoked it', happened(entry({ kind: 'retire' }), { did: 'gone', grants: [legacy] }), {}],
    ['nowhere when it was kept for another package', happened(entry({ kind: 'retire' }), { did: 'kept', why: 'kept for posters' }), {}],
    ['nowhere when the system refused to retire it', happened(entry({ kind: 'retire' }), refused('revoke')), {}],
  ])('%s', (_, one, expected) => expect(receiptOf([one])).toEqual({ ...nothing, ...expected }));
  test('apart from grants of the same outcome', () => {
    const grantOf = happened(entry({ outcome: 'restored' }));
    expect(receiptOf([grantOf, { ...retired, kind: 'grant', taken: [] }, { ...created('clerk', 'ann'), kind: 'retire', made: [] }])).toEqual({
      ...nothing,
      revoked: 1,
    });
  });
});

describe('what others granted stays, and is named', () => {
  const kept = (held: Held[], more: Parameters<typeof receiptOf>[2] = {}, ledger: LedgerEntry[] = []) =>
    receiptOf(ledger, held, more).kept.map(({ role, account, why }) => `${role} ${account}: ${why}`);
  test('for people of this release and for anyone else', () => {
    expect(kept([kims, grant('reader', 'somebody', 'kim')])).toEqual(['clerk ann: granted by kim', 'reader somebody: granted by kim']);
  });
  test('beside what this release revoked', () => {
    expect(kept([kims], {}, [happened(created('clerk', 'ann'), revoked(ours))])).toEqual(['clerk ann: granted by kim']);
  });
  test('in order of role, account and reason', () => {
    const held = [grant('reader', 'ann', 'kim'), grant('clerk', 'dea', 'kim'), grant('clerk', 'dea', 'dba'), grant('clerk', 'ben', 'kim')];
    for (const order of [held, held.toReversed()])
      expect(kept(order)).toEqual(['clerk ben: granted by kim', 'clerk dea: granted by dba', 'clerk dea: granted by kim', 'reader ann: granted by kim']);
  });
  test('but not what others held before, what other packages claim, or another role', () => {
    expect(kept([grant('clerk', 'somebody', 'kim')], { before: [grant('clerk', 'somebody', 'kim')] })).toEqual([]);
    expect(kept([kims], { claimed: [{ role: 'clerk', account: 'ann' }] })).toEqual([]);
    expect(kept([legacy])).toEqual([]);
    expect(kept([kims], { before: [kims] })).toEqual([]);
  });
  test('also where this release took a grant over from another one, and the account had one before', () => {
    const takenOver = happened(entry(), { did: 'found', grants: [kims, ours] }, { did: 'takenOver', grants: [ours], from: posters }, revoked(ours));
    expect(kept([kims], { before: [kims] }, [takenOver])).toEqual(['clerk ann: had it before']);
  });
  test('but not a grant of this release that could not be revoked: that has failed', () => {
    const failed = happened(created('clerk', 'ann'), refused('revoke'));
    expect(kept([ours, kims], {}, [failed])).toEqual(['clerk ann: granted by kim']);
  });
});

describe('failures and what is not restored', () => {
  test('are in order of role, account and reason', () => {
    const failed = [created('reader', 'ann'), created('clerk', 'ben'), created('clerk', 'ann')].map((one) => happened(one, refused('revoke')));
    const retired = ['ben', 'ann'].map((account) =>
      happened(entry({ kind: 'retire', account }), revoked(grant('old_reader', account)), { did: 'notRestored', why: 'x' }),
    );
    const notes = ['ben', 'ann'].map((account) =>
      happened(entry({ kind: 'retire', role: 'old_admin', account }), { did: 'restored', grants: [], as: [], notes: ['n'] }),
    );
    const receipt = receiptOf([...failed, ...retired, ...notes]);
    expect(receipt.failed.map(({ role, account }) => `${role} ${account}`)).toEqual(['clerk ann', 'clerk ben', 'reader ann']);
    expect(receipt.notRestored.map(({ account }) => account)).toEqual(['ann', 'ben']);
    expect(receipt.restoredNotes.map(({ account }) => account)).toEqual(['ann', 'ben']);
  });
});

test('every entry is in one place of the receipt, and the counts add up, whatever happened', () => {
  const content = contentWith();
  const pairs = content.entitlements.flatMap(({ role }) => content.people.map(({ person, account }) => ({ role, account, person })));
  const rowOf = ({ role, account }: { role: string; account: string }, id: string) => grant(role, account, us, `${role}/${account}/${id}`);
  type Drawn = { did: string; row: string };
  const step = fc.record({
    did: fc.constantFrom('granted', 'revoked', 'gone', 'found', 'refused', 'refusedRevoke', 'unconfirmed', 'handedOn', 'withdrawn'),
    row: fc.constantFrom('a', 'b'),
  });
  const factOf = (pair: (typeof pairs)[number], { did, row }: Drawn): Fact => {
    const grants = [rowOf(pair, row)];
    if (did === 'refused') return refused('grant');
    if (did === 'refusedRevoke') return refused('revoke');
    if (did === 'unconfirmed') return { did, why: 'x' };
    if (did === 'withdrawn') return { did };
    if (did === 'handedOn') return { did, grants, to: posters, name: 'posters' };
    return { did: did as 'granted' | 'revoked' | 'gone' | 'found', grants };
  };
  /** Only what is this release's is revoked or handed on. */
  const isPossible = (one: LedgerEntry, fact: Fact) =>
    !(fact.did === 'revoked' || fact.did === 'handedOn') || fact.grants.every((row) => one.made.some((made) => grantKey(made) === grantKey(row)));
  const history = (pair: (typeof pairs)[number]) =>
    fc
      .array(step, { maxLength: 6 })
      .map((all) => all.map((drawn) => factOf(pair, drawn)).reduce((one, fact) => (isPossible(one, fact) ? happened(one, fact) : one), entry(pair)));
  assertReaching(
    fc.tuple(fc.tuple(...pairs.map(history)), anyGrants),
    ['failed', 'gone', 'kept', 'revoked'],
    ([ledger, grants]) => {
      const receipt = receiptFrom(content, ledger, actual(grants), { claimed: [], check: '' });
      const kept = receipt.kept.filter(({ why }) => why === 'kept for posters').length;
      expect(receipt.granted).toBe(ledger.filter(({ granted }) => granted).length);
      expect(receipt.granted).toBe(receipt.revoked + kept + (receipt.gone ?? 0) + receipt.failed.length);
      expect(receipt.failed.map(pairKey).sort()).toEqual(
        ledger
          .filter(({ made }) => made.length > 0)
          .map(pairKey)
          .sort(),
      );
      expect(new Set(receipt.kept.map((one) => `${pairKey(one)} ${one.why}`)).size).toBe(receipt.kept.length);
      // Everything that is still held of the entitlements has a line.
      const said = new Set([...receipt.kept, ...receipt.failed].map(pairKey));
      for (const held of grants) if (held.role === 'clerk' || held.role === 'reader') expect(said).toContain(pairKey(held));
      return receipt.failed.length > 0 ? 'failed' : receipt.gone ? 'gone' : kept > 0 ? 'kept' : receipt.revoked > 0 ? 'revoked' : 'nothing';
    },
    1_000,
  );
});

describe('in one line, over all systems', () => {
  const said = (...receipts: Partial<Receipt>[]) => receiptLine(receipts.map((one) => ({ ...nothing, ...one })));
  test('nothing but the two counts when that is all', () => expect(said({ granted: 12, revoked: 12 })).toBe('12 granted, 12 revoked'));
  test('what stays, and each reason once', () => {
    expect(
      said(
        { granted: 12, revoked: 9, kept: [line('granted by dba_kim'), line('had it before')] },
        { granted: 1, revoked: 1, kept: [line('granted by dba_kim')] },
      ),
    ).toBe('13 granted, 10 revoked, 3 kept (granted by dba_kim; had it before)');
  });
  test('what was restored in another form, and each reason once', () => {
    expect(said({ restored: 2, restoredNotes: [line('in our name'), line('without admin')] }, { restored: 1, restoredNotes: [line('in our name')] })).toBe(
      '0 granted, 0 revoked, 3 legacy grants restored (3 differently: in our name; without admin)',
    );
  });
  test('what was gone, restored, not restored and failed', () => {
    expect(
      said(
        { gone: 1, restored: 1, notRestored: [line('x')], failed: [line('no')] },
        { gone: 2, restored: 2, notRestored: [line('x'), line('y')], failed: [line('no')] },
      ),
    ).toBe('0 granted, 0 revoked, 3 already gone, 3 legacy grants restored, 3 legacy grants not restored (x; y), 2 FAILED');
    expect(said({ restored: 1, notRestored: [line('x')] }, {})).toBe('0 granted, 0 revoked, 1 legacy grant restored, 1 legacy grant not restored: x');
  });
});
