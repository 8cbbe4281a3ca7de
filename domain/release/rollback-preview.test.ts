import { describe, expect, test } from 'vitest';
import { buildPreview } from '../access/build-preview.ts';
import { actual, clerksPlan, created, entry, grant, happened, us } from '../../test/support/ledger.ts';
import type { Fact } from './facts.ts';
import type { Held, LedgerEntry } from './ledger.ts';
import { decided, type Decided } from './rollback.ts';
import { afterHandOver, linesShown, rollbackPreview, rollbackPreviewFromLedger, type RollbackPreviewPart, type Usage } from './rollback-preview.ts';

const release = { plan: 'test', wave: 'wave-1', package: 'clerks' };
const posters = { ...release, wave: 'wave-2', package: 'posters' };
const claim = (of: typeof release, account = 'ann', role = 'clerk') => ({ ...of, system: 'erp', role, account });
const ours = (account = 'ann', role = 'clerk') => grant(role, account, us);
const legacy = grant('old_reader', 'ann');
const revoked = (...grants: Held[]): Fact => ({ did: 'revoked', grants });
const retired = (account = 'ann', role = 'old_reader') => happened(entry({ kind: 'retire', role, account, person: account }), revoked(grant(role, account)));
const who = (account: string, role = 'clerk') => ({ person: account, account, role });
const inDoubt = entry({ pending: [{ transaction: 't1', did: 'granted', by: 'release', grants: [ours()] }] });

const content = buildPreview(clerksPlan(), 'clerks', 'erp', actual([]));
const unused: Usage = { uses: [] };
/** As the rollback would decide on this reading. */
const preview = (
  ledger: LedgerEntry[],
  held: Held[],
  { usage = unused, claimed = [] }: { usage?: Usage; claimed?: { role: string; account: string }[] } = {},
): RollbackPreviewPart => {
  const now = actual(held);
  return rollbackPreview(content, decided(ledger, { content, now, place: 'place', madeByRolewave: new Set() }), now, claimed, usage);
};
const nothing: RollbackPreviewPart = {
  system: 'erp',
  loses: [],
  losesCount: 0,
  usedBy: 0,
  comesBack: [],
  comesBackCount: 0,
  stays: [],
  staysCount: 0,
  notRestored: [],
  notRestoredCount: 0,
  asks: [],
  asksCount: 0,
};

describe('a preview of a rollback shows', () => {
  test('who loses what, what comes back, what stays and what a person decides', () => {
    const ledger = [
      created('clerk', 'ann'),
      happened(entry({ account: 'ben', person: 'ben' }), { did: 'found', grants: [grant('clerk', 'ben', 'kim')] }),
      retired(),
      retired('ben', 'old_admin'),
      { ...inDoubt, role: 'reader' },
    ];
    expect(preview(ledger, [ours(), grant('clerk', 'ben', 'kim'), grant('clerk', 'somebody', 'kim')])).toEqual({
      ...nothing,
      loses: [who('ann')],
      losesCount: 1,
      comesBack: [who('ann', 'old_reader')],
      comesBackCount: 1,
      stays: [
        { ...who('ben'), why: 'had it before' },
        { account: 'somebody', role: 'clerk', why: 'granted by kim' },
      ],
      staysCount: 2,
      notRestored: [{ ...who('ben', 'old_admin'), why: 'its design was rejected' }],
      notRestoredCount: 1,
      asks: [
        {
          ...who('ann', 'reader'),
          why: 'could not be confirmed when it was granted; revoke it by hand if it must go, then approve again, which leaves what is held then',
        },
      ],
      asksCount: 1,
    });
  });
  test('a retirement that nobody can confirm among what a person decides', () => {
    const one = { ...retired(), pending: [{ transaction: 't1', did: 'revoked' as const, by: 'release', grants: [legacy] }] };
    expect(preview([one], [])).toMatchObject({
      comesBackCount: 0,
      asks: [
        {
          role: 'old_reader',
          why: 'could not be confirmed when it was retired; correct it by hand if need be, then approve again, which leaves what is held then',
        },
      ],
    });
  });
  test('nothing that is gone already', () => expect(preview([created('clerk', 'ann')], [])).toEqual(nothing));
  test('what is revoked not among what stays, and what comes back neither', () => {
    const alsoEntitled = happened(entry({ kind: 'retire', role: 'clerk' }), revoked(grant('clerk', 'ann', 'kim')));
    expect(preview([created('clerk', 'ann'), retired(), alsoEntitled], [ours()])).toMatchObject({
      losesCount: 1,
      comesBackCount: 2,
      stays: [{ ...who('ann'), why: 'granted by kim' }],
    });
    expect(preview([created('clerk', 'ann')], [ours()])).toMatchObject({ losesCount: 1, staysCount: 0 });
  });
  test('what others granted beside it, but not what other packages claim', () => {
    const held = [ours(), grant('clerk', 'ann', 'kim')];
    expect(preview([created('clerk', 'ann')], held).stays).toEqual([{ ...who('ann'), why: 'granted by kim' }]);
    expect(preview([created('clerk', 'ann')], held, { claimed: [{ role: 'clerk', account: 'ann' }] }).stays).toEqual([]);
  });
  test('legacy access that others granted again as not restored', () => {
    expect(preview([retired()], [grant('old_reader', 'ann', 'kim')])).toMatchObject({
      comesBackCount: 0,
      staysCount: 0,
      notRestored: [{ ...who('ann', 'old_reader'), why: 'granted by kim again in the meantime' }],
    });
  });
  test('legacy access that was not restored the last time, and can be now, only as coming back', () => {
    const notRestored = happened(retired(), { did: 'notRestored', why: 'granted by kim again in the meantime' });
    expect(preview([notRestored], [])).toMatchObject({ comesBackCount: 1, staysCount: 0, notRestoredCount: 0 });
  });
  test('people by the account of the entry, and accounts of nobody without a person', () => {
    expect(preview([entry({ account: 'dea', person: 'dora' })], [grant('clerk', 'dea', 'kim'), grant('clerk', 'c.em', 'kim')]).stays).toEqual([
      { person: 'cem', account: 'c.em', role: 'clerk', why: 'granted by kim' },
      { person: 'dora', account: 'dea', role: 'clerk', why: 'granted by kim' },
    ]);
  });
  test('lists in order of person, account and role', () => {
    const all = [created('reader', 'ann'), created('clerk', 'ben'), created('clerk', 'ann'), { ...created('clerk', 'c.em'), person: 'ann' }];
    const held = all.flatMap(({ made }) => made);
    for (const ledger of [all, all.toReversed()]) {
      expect(preview(ledger, held).loses).toEqual([who('ann'), who('ann', 'reader'), { ...who('c.em'), person: 'ann' }, who('ben')]);
      expect(
        preview(
          ledger.map((one) => ({ ...one, pending: inDoubt.pending })),
          held,
        ).asks.map(({ person, account, role }) => ({ person, account, role })),
      ).toEqual([who('ann'), who('ann', 'reader'), { ...who('c.em'), person: 'ann' }, who('ben')]);
    }
    for (const ledger of [
      [retired('ben'), retired('ann')],
      [retired('ann'), retired('ben')],
    ])
      expect(preview(ledger, []).comesBack.map(({ person }) => person)).toEqual(['ann', 'ben']);
  });
  test('at most two hundred lines of each kind, and the whole counts', () => {
    const names = Array.from({ length: linesShown + 1 }, (_, index) => `p${String(index).padStart(3, '0')}`);
    const made = names.map((account) => created('clerk', account));
    const back = names.map((account) => retired(account));
    const asked = names.map((account) => ({ ...inDoubt, role: 'reader', account, person: account }));
    const stay = names.map((account) => grant('clerk', account, 'kim'));
    const shown = preview([...made, ...back, ...asked], [...made.flatMap((one) => one.made), ...stay]);
    expect([shown.loses, shown.comesBack, shown.stays, shown.asks].map(({ length }) => length)).toEqual([200, 200, 200, 200]);
    expect([shown.losesCount, shown.comesBackCount, shown.staysCount, shown.asksCount]).toEqual([201, 201, 201, 201]);
    const rejected = preview(
      names.map((account) => retired(account, 'old_admin')),
      [],
    );
    expect([rejected.notRestored?.length, rejected.notRestoredCount]).toEqual([200, 201]);
    expect(shown.loses.at(-1)).toEqual(who('p199'));
  });
});

describe('the last use', () => {
  const ledger = [created('clerk', 'ann'), created('reader', 'ann'), created('clerk', 'ben'), created('clerk', 'dea')];
  const held = ledger.flatMap(({ made }) => made);
  const loses = (uses: Usage['uses']) => preview(ledger, held, { usage: { uses } });

  test('comes first, the most recent one before the others; unused access follows in order of person', () => {
    const { loses: lines, usedBy } = loses([
      { role: 'clerk', account: 'dea', atMs: 5 },
      { role: 'reader', account: 'ann', atMs: 9 },
      { role: 'reader', account: 'ann', atMs: 7 },
    ]);
    expect(lines).toEqual([{ ...who('ann', 'reader'), lastUsedMs: 9 }, { ...who('dea'), lastUsedMs: 5 }, who('ann'), who('ben')]);
    expect(usedBy).toBe(2);
  });
  test('without a role counts for every role of the account, beside those with one', () => {
    const { loses: lines, usedBy } = loses([
      { account: 'ann', atMs: 4 },
      { role: 'clerk', account: 'ann', atMs: 6 },
    ]);
    expect(lines.slice(0, 2)).toEqual([
      { ...who('ann'), lastUsedMs: 6 },
      { ...who('ann', 'reader'), lastUsedMs: 4 },
    ]);
    expect(lines[2]).toEqual(who('ben'));
    expect(usedBy).toBe(1);
  });
  test('is left out where there is none, and so is the person of an account that nobody has', () => {
    expect(loses([]).loses[0]).not.toHaveProperty('lastUsedMs');
    expect(preview([], [grant('clerk', 'somebody', 'kim')]).stays[0]).not.toHaveProperty('person');
  });
  test('of what nobody loses is not shown', () => expect(loses([{ role: 'clerk', account: 'somebody', atMs: 4 }]).usedBy).toBe(0));
  test('is unknown where the system cannot tell, with its source and note where there are any', () => {
    expect(loses(undefined)).not.toHaveProperty('usedBy');
    expect(loses([])).not.toHaveProperty('usageFrom');
    expect(loses([])).not.toHaveProperty('usageNote');
    expect(preview(ledger, held, { usage: { uses: [], from: 'openSessions', note: 'only current connections' } })).toMatchObject({
      usageFrom: 'openSessions',
      usageNote: 'only current connections',
    });
  });
});

describe('after the hand-over', () => {
  test('what others claim is theirs, and the rest is as it was', () => {
    const entries = [
      created('clerk', 'ann'),
      created('clerk', 'ben'),
      created('reader', 'ann'),
      retired('ann', 'clerk'),
      { ...created('clerk', 'ann'), system: 'hr' },
    ];
    const left = afterHandOver(release, entries, [claim(posters)], actual(entries.flatMap(({ made }) => made)));
    expect(left[0]).toMatchObject({ outcome: 'kept', why: 'kept for posters', made: [] });
    expect(left.slice(1, 4)).toEqual(entries.slice(1, 4));
    expect(afterHandOver(release, entries, [claim(release)], actual(entries.flatMap(({ made }) => made)))).toEqual(entries);
    expect(afterHandOver(release, entries, [claim(posters)], actual([]))).toEqual(entries);
  });
});

describe('without the system, the preview', () => {
  const fromLedger = (entries: LedgerEntry[], claims: ReturnType<typeof claim>[] = [], rejected: string[] = []) =>
    rollbackPreviewFromLedger(release, 'erp', entries, { claims }, new Set(rejected));

  test('assumes that the system holds what this release left behind', () => {
    const { usedBy: _, ...rest } = nothing;
    expect(fromLedger([created('clerk', 'ann'), retired()])).toEqual({
      ...rest,
      loses: [who('ann')],
      losesCount: 1,
      comesBack: [who('ann', 'old_reader')],
      comesBackCount: 1,
      usageNote: 'the system was not read',
    });
  });
  test.each<[string, Partial<typeof release>, string | undefined]>([
    ['another package', { package: 'posters' }, 'kept for posters'],
    ['another plan', { plan: 'other' }, 'kept for a package of another plan'],
    ['an earlier release', { wave: 'wave-0' }, 'kept for clerks as wave-0 released it'],
    ['nobody but this release', {}, undefined],
  ])('keeps what %s claims', (_, change, why) => {
    expect(fromLedger([created('clerk', 'ann')], [claim({ ...release, ...change })])).toMatchObject(
      why === undefined ? { losesCount: 1, staysCount: 0 } : { losesCount: 0, stays: [{ ...who('ann'), why }] },
    );
  });
  test('restores no access whose design was rejected, and does not take away what failed', () => {
    expect(fromLedger([retired(), happened(entry(), { did: 'refused', effect: 'grant', why: 'no' })], [], ['old_reader'])).toMatchObject({
      losesCount: 0,
      comesBackCount: 0,
      staysCount: 0,
      notRestored: [{ ...who('ann', 'old_reader'), why: 'its design was rejected' }],
    });
    expect(fromLedger([retired()], [], ['old_admin'])).toMatchObject({ comesBackCount: 1 });
    // The name of a role that is granted means nothing here.
    expect(fromLedger([created('clerk', 'ann')], [], ['clerk'])).toMatchObject({ losesCount: 1 });
  });
  test('leaves what was there before', () => {
    expect(fromLedger([happened(entry(), { did: 'found', grants: [grant('clerk', 'ann', 'kim')] })])).toMatchObject({
      losesCount: 0,
      stays: [{ ...who('ann'), why: 'had it before' }],
    });
  });
  test('restores what a tune revoked of an earlier release, although this release had found it', () => {
    const earlier = happened(entry(), { did: 'found', grants: [ours()] }, { did: 'withdrawn' });
    const taken = happened(entry({ kind: 'retire', role: 'clerk' }), revoked(ours()));
    expect(fromLedger([earlier, taken])).toMatchObject({ losesCount: 0, comesBack: [who('ann')] });
  });
  test('restores what it retired beside what it granted itself, under whatever name', () => {
    const byGroup = grant('clerk', 'ann', 'admins');
    const granted = happened(entry(), { did: 'granted', grants: [byGroup] });
    const taken = happened(entry({ kind: 'retire', role: 'clerk' }), revoked(grant('clerk', 'ann', 'dba')));
    expect(fromLedger([granted, taken])).toMatchObject({ losesCount: 1, comesBackCount: 1 });
  });
  test('asks a person about a grant that could not be confirmed', () => {
    expect(fromLedger([inDoubt])).toMatchObject({
      losesCount: 0,
      asks: [
        {
          ...who('ann'),
          why: 'could not be confirmed when it was granted; revoke it by hand if it must go, then approve again, which leaves what is held then',
        },
      ],
    });
  });
});

test('a preview of nothing shows nothing', () => {
  const none: Decided[] = [];
  expect(rollbackPreview(content, none, actual([]), [], unused)).toEqual(nothing);
});
