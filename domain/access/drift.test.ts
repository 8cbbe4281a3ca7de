import { atOnce } from '../slices.ts';
import { withoutUnchanged } from './unchanged-others.ts';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildPreview } from './build-preview.ts';
import { drift, driftTotal, withChanges, withPeople } from './drift.ts';
import { actual, anyActual, clerksPlan, created, entry, grant, happened, us } from '../../test/support/ledger.ts';
import type { Fact } from '../release/facts.ts';
import { pairKey, type Actual, type Held, type LedgerEntry } from '../release/ledger.ts';

const plan = clerksPlan();
const reviewed = buildPreview(plan, 'clerks', 'erp', actual([grant('clerk', 'somebody'), grant('old_reader', 'ann')]));
const granted: LedgerEntry[] = ['clerk', 'reader'].flatMap((role) => reviewed.people.map(({ person, account }) => created(role, account, { person })));
const asGranted = granted.map(({ role, account }) => grant(role, account, us));
const retired = happened(entry({ kind: 'retire' }), { did: 'revoked', grants: [grant('old_reader', 'ann')] });

test('access that was reviewed and granted is not drift, and neither is access that others held before', () => {
  expect(drift(reviewed, [...granted, retired], actual([...asGranted, grant('clerk', 'somebody')])).counts).toEqual({
    missing: 0,
    outOfBand: 0,
    legacy: 0,
    content: 0,
    options: 0,
  });
});

test('each kind of drift is found and described', () => {
  const now = actual([...asGranted.slice(1), grant('clerk', 'dea', 'kim'), grant('old_reader', 'ann', 'kim')]);
  const changed = { ...now, roles: now.roles.map((role) => (role.role === 'reader' ? { ...role, digest: 'another' } : role)) };
  expect(drift(reviewed, [...granted, retired], changed)).toMatchObject({
    counts: { missing: 1, outOfBand: 1, legacy: 1, content: 1, options: 0 },
    lines: [
      "role content: what 'reader' may do differs from what was reviewed",
      "unreviewed: 'dea' has 'clerk', granted by kim",
      "legacy access: 'ann' has 'old_reader' again, granted by kim",
      "missing: 'ann' does not have 'clerk'",
    ],
  });
});

test('each account and role that nobody reviewed is named once, however many granted it', () => {
  const now = actual([
    ...asGranted,
    grant('clerk', 'dea', 'kim'),
    grant('reader', 'dea', 'kim'),
    grant('reader', 'other', 'kim'),
    grant('reader', 'other', 'dba'),
  ]);
  expect(drift(reviewed, granted, now).lines).toEqual([
    "unreviewed: 'dea' has 'clerk', granted by kim",
    "unreviewed: 'dea' has 'reader', granted by kim",
    "unreviewed: 'other' has 'reader', granted by dba and kim",
  ]);
});

test('a changed role is drift as often as its change is known, with the privileges that it gained and lost', () => {
  const now = actual(asGranted);
  const changed = { ...now, roles: now.roles.map((role) => ({ ...role, digest: 'another' })) };
  const all = [...granted, retired];
  expect(drift(reviewed, all, changed).counts.content).toBe(2);
  const change = { role: 'reader', digest: 'another', gained: ['SELECT on table part.ev_2'], lost: ['SELECT on table part.ev_1'] };
  expect(drift(reviewed, all, changed, [], [change])).toMatchObject({
    counts: { content: 1 },
    lines: ["role content: 'reader' gained SELECT on table part.ev_2, and lost SELECT on table part.ev_1"],
  });
  expect(drift(reviewed, all, changed, [], []).counts.content).toBe(0);
});

test('reviewed access of another package is not drift of this one', () => {
  const now = actual([...asGranted, grant('clerk', 'dea', us)]);
  expect(drift(reviewed, granted, now).counts.outOfBand).toBe(1);
  expect(drift(reviewed, granted, now, [{ role: 'clerk', account: 'dea' }]).counts.outOfBand).toBe(0);
});

test('neither the grants of a leaver nor those that a tune revoked are missing; granted again out of band, they are unreviewed', () => {
  const narrowed = granted.map((each) => (each.account === 'ben' ? { ...each, outcome: 'revoked' as const } : each));
  const left = asGranted.filter(({ account }) => account === 'ann');
  expect(drift(reviewed, narrowed, actual(left, { unknownAccounts: ['c.em'] })).counts).toMatchObject({ missing: 0, outOfBand: 0 });
  expect(drift(reviewed, narrowed, actual([...left, grant('clerk', 'ben', 'kim')], { unknownAccounts: ['c.em'] })).counts).toMatchObject({
    missing: 0,
    outOfBand: 1,
  });
});

test('access that a tune withdrew is not missing, and is unreviewed when someone grants it; what the account had before is neither', () => {
  const ofBen = (one: LedgerEntry, ...facts: Fact[]) =>
    granted.map((each) => (each.account === 'ben' && each.role === 'clerk' ? happened(one, ...facts, { did: 'withdrawn' }) : each));
  const kims = grant('clerk', 'ben', 'kim');
  const others = asGranted.filter(({ role, account }) => !(role === 'clerk' && account === 'ben'));
  const start = entry({ account: 'ben', person: 'ben' });
  const linesOf = (ledger: LedgerEntry[], ...held: Held[]) => drift(reviewed, ledger, actual([...others, ...held])).lines;
  for (const ledger of [ofBen(start, { did: 'refused', effect: 'grant', why: 'no' }), ofBen(start), ofBen(start, { did: 'found', grants: [kims] })])
    expect(linesOf(ledger)).toEqual([]);
  expect(linesOf(ofBen(start), kims)).toEqual(["unreviewed: 'ben' has 'clerk' again, granted by kim"]);
  const before = ofBen(start, { did: 'found', grants: [kims] });
  expect(linesOf(before, kims)).toEqual([]);
  expect(linesOf(before, kims, grant('clerk', 'ben', 'dba'))).toEqual(["unreviewed: 'ben' has 'clerk' again, granted by dba"]);
  // A grant of its own that could not be revoked is still there.
  const refused = ofBen(created('clerk', 'ben'), { did: 'refused', effect: 'revoke', why: 'no' });
  expect(linesOf(refused, grant('clerk', 'ben', us))).toEqual(["unreviewed: 'ben' has 'clerk' again, granted by rolewave"]);
});

describe('an account that was dropped and created again', () => {
  const accounts = actual([]).accounts.map((one) => (one.account === 'ann' ? { ...one, id: 'created again' } : one));
  const [anns, ...others] = asGranted;
  test('is not simply granted what it misses: its person must be signed for', () => {
    expect(
      drift(
        reviewed,
        granted,
        actual(
          others.filter(({ account }) => account !== 'ann'),
          { accounts },
        ),
      ).lines,
    ).toEqual([
      "missing: 'ann' does not have 'clerk', and was dropped and created again since it was reviewed: sign for it anew",
      "missing: 'ann' does not have 'reader', and was dropped and created again since it was reviewed: sign for it anew",
    ]);
  });
  test('has unreviewed access where someone granted it', () => {
    const held = { ...anns!, grantor: 'kim', id: 'by kim', options: { admin: true } };
    expect(drift(reviewed, granted, actual([held, ...others.filter(({ account }) => account !== 'ann')], { accounts }))).toMatchObject({
      counts: { missing: 1, outOfBand: 1, options: 0 },
      lines: [
        "unreviewed: 'ann' was dropped and created again since it was reviewed, and has 'clerk', granted by kim",
        expect.stringMatching(/^missing: 'ann' does not have 'reader'/),
      ],
    });
  });
  test('cannot be told where the system has no ids', () => {
    const unknown = accounts.map(({ account }) => ({ account }));
    expect(drift(reviewed, granted, actual(asGranted, { accounts: unknown })).lines).toEqual([]);
    const before = { ...reviewed, people: reviewed.people.map(({ person, account }) => ({ person, account })) };
    expect(drift(before, granted, actual(asGranted, { accounts })).lines).toEqual([]);
  });
});

test('an account that was only renamed holds what was reviewed, under its new name; one that took its name does not', () => {
  const [anns, ...others] = asGranted;
  const accounts = [...actual([]).accounts.filter(({ account }) => account !== 'ann'), { account: 'ann.b', id: 'account-ann' }];
  const renamed = { ...anns!, account: 'ann.b', accountId: 'account-ann' };
  const rest = others.filter(({ account }) => account !== 'ann');
  expect(drift(reviewed, granted, actual([renamed, ...rest], { accounts, unknownAccounts: ['ann'] })).lines).toEqual([]);
  const seen = { ...reviewed, others: [{ role: 'clerk', account: 'somebody', accountId: 'account-somebody' }] };
  const now = (accountId: string) => actual([...asGranted, { ...grant('clerk', 'somebody'), accountId }]);
  expect(drift(seen, granted, now('account-somebody')).lines).toEqual([]);
  expect(drift(seen, granted, now('created again')).lines).toEqual(["unreviewed: 'somebody' has 'clerk', granted by dba"]);
});

describe('access that is held in another form than was reviewed', () => {
  const inForm = (options: Record<string, boolean>, more: Held[] = []) =>
    actual([...asGranted.map((held, index) => (index === 0 ? { ...held, options } : held)), ...more]);
  test.each<[Record<string, boolean>, string]>([
    [{ inherit: false }, 'without INHERIT'],
    [{ set: false }, 'without SET'],
    [{ admin: true }, 'with the ADMIN OPTION'],
  ])('%j is drift of its own kind', (options, form) => {
    expect(drift(reviewed, granted, inForm(options))).toMatchObject({
      counts: { missing: 0, outOfBand: 0, legacy: 0, content: 0, options: 1 },
      lines: [`options: 'ann' has 'clerk' ${form}, granted by rolewave`],
    });
  });
  test('is none where another grant makes it a plain membership', () => {
    expect(drift(reviewed, granted, inForm({ inherit: false }, [grant('clerk', 'ann', 'kim')])).counts.options).toBe(0);
  });
  test('is drift although others granted it before, and nothing is recorded of it', () => {
    expect(drift(reviewed, granted.slice(1), inForm({ admin: true })).counts.options).toBe(1);
  });
  test('is unreviewed, not in another form, where a tune withdrew it', () => {
    const [first, ...rest] = granted;
    const revoked = happened(first!, { did: 'revoked', grants: first!.made }, { did: 'withdrawn' });
    expect(drift(reviewed, [revoked, ...rest], inForm({ admin: true })).counts).toMatchObject({ outOfBand: 1, options: 0 });
  });
  test('does not count for anyone else', () => {
    const others = { ...grant('clerk', 'somebody'), options: { admin: true } };
    expect(drift(reviewed, granted, actual([...asGranted, others])).counts).toMatchObject({ outOfBand: 0, options: 0 });
  });
});

test('legacy access that another package needs is not drift', () => {
  expect(drift(reviewed, [...granted, { ...retired, outcome: 'kept' }], actual([...asGranted, grant('old_reader', 'ann')])).counts.legacy).toBe(0);
});

test.each<[outcome: LedgerEntry['outcome'], missing: number]>([
  ['pending', 1],
  ['created', 1],
  ['preexisting', 1],
  ['failed', 1],
  ['unknown', 1],
  ['revoked', 0],
  ['kept', 0],
  ['gone', 1],
])('a grant whose outcome is %s and that is not held is missing: %i', (outcome, missing) => {
  const ledger = granted.map((each) => (each.account === 'ann' && each.role === 'clerk' ? { ...each, outcome } : each));
  expect(drift(reviewed, ledger, actual(asGranted.slice(1))).counts).toEqual({ missing, outOfBand: 0, legacy: 0, content: 0, options: 0 });
});

test('a grant that a tune left to another package is known', () => {
  const ledger = granted.map((each) => (each.account === 'ann' && each.role === 'clerk' ? { ...each, outcome: 'kept' as const } : each));
  expect(drift(reviewed, ledger, actual([...asGranted.slice(1), grant('clerk', 'ann', 'kim')])).counts.outOfBand).toBe(0);
});

test('access that a tune revoked and another package claims is not unreviewed', () => {
  const ledger = granted.map((each) => (each.account === 'ann' && each.role === 'clerk' ? { ...each, outcome: 'revoked' as const } : each));
  const now = actual([...asGranted.slice(1), grant('clerk', 'ann', 'kim')]);
  expect(drift(reviewed, ledger, now).lines).toEqual(["unreviewed: 'ann' has 'clerk' again, granted by kim"]);
  expect(drift(reviewed, ledger, now, [{ role: 'clerk', account: 'ann' }]).counts.outOfBand).toBe(0);
});

test('an entry counts for its own kind only: a retirement is not a grant, and a grant is not a retirement', () => {
  const asRetirement = granted.map((each) => ({ ...each, kind: 'retire' as const, outcome: 'revoked' as const }));
  expect(drift(reviewed, asRetirement, actual(asGranted.slice(1))).counts.missing).toBe(1);
  const asGrant = { ...retired, kind: 'grant' as const, outcome: 'kept' as const };
  expect(drift(reviewed, [...granted, asGrant], actual([...asGranted, grant('old_reader', 'ann')])).counts.legacy).toBe(1);
});

test.each<[state: string, retirement: Partial<LedgerEntry> | undefined, line: string | undefined]>([
  ['was retired and is there', { outcome: 'revoked' }, "legacy access: 'ann' has 'old_reader' again, granted by dba"],
  ['could not be retired', { outcome: 'failed' }, "legacy access: 'ann' still has 'old_reader': it could not be retired"],
  ['was never signed for', undefined, "legacy access: 'ann' has 'old_reader', granted by dba, which was not signed to be retired"],
  ['is kept for another package', { outcome: 'kept' }, undefined],
  ['was restored', { outcome: 'restored' }, undefined],
  ['was not restored', { outcome: 'notRestored' }, undefined],
])('legacy access that %s', (_, retirement, line) => {
  const ledger = retirement ? [...granted, { ...retired, ...retirement }] : granted;
  expect(drift(reviewed, ledger, actual([...asGranted, grant('old_reader', 'ann')])).lines).toEqual(line ? [line] : []);
});

describe('a release that revokes what an earlier one granted', () => {
  const changed = { ...reviewed, drop: [{ ...grant('clerk', 'dea', us), person: 'dea' }], others: [...reviewed.others, { role: 'clerk', account: 'dea' }] };
  const alone = { ...changed, others: reviewed.others };
  const revoked = entry({ kind: 'retire', outcome: 'revoked', role: 'clerk', account: 'dea', person: 'dea' });

  test('reports once that it is still there', () => {
    const now = actual([...asGranted, grant('clerk', 'dea', us)]);
    expect(drift(alone, granted, now)).toMatchObject({
      counts: { missing: 0, outOfBand: 0, legacy: 1, content: 0, options: 0 },
      lines: ["legacy access: 'dea' still has 'clerk', which should have been revoked"],
    });
    expect(drift(alone, [...granted, revoked], now).lines).toEqual(["legacy access: 'dea' has 'clerk' again, granted by rolewave"]);
  });

  test('knows what others had granted in addition, but not what they added later', () => {
    const byKim = actual([...asGranted, grant('clerk', 'dea', 'kim')]);
    expect(drift(changed, [...granted, revoked], byKim).lines).toEqual([]);
    expect(drift(alone, [...granted, revoked], byKim).lines).toEqual(["legacy access: 'dea' has 'clerk' again, granted by kim"]);
    const both = actual([...asGranted, grant('clerk', 'dea', 'kim'), grant('clerk', 'dea', us)]);
    expect(drift(changed, [...granted, revoked], both).counts.legacy).toBe(1);
  });
});

test('an observed package is compared with the form in which its access was found', () => {
  const held = (options: Record<string, boolean>) => actual([{ ...grant('clerk', 'ann'), options }]);
  const found = {
    ...reviewed,
    entitlements: reviewed.entitlements.slice(0, 1),
    before: held({ admin: true }).grants.map((one) => ({ ...one, person: 'ann' })),
  };
  const options = (now: Actual) => drift(found, [], now, [], [], true).counts.options;
  expect([options(held({ admin: true })), options(held({ admin: true, inherit: false })), drift(found, [], held({ admin: true })).counts.options]).toEqual([
    0, 1, 1,
  ]);
});

describe('the role itself', () => {
  const withRole = (change: object) => {
    const now = actual(asGranted);
    return { ...now, roles: now.roles.map((role) => (role.role === 'reader' ? { ...role, ...change } : role)) };
  };

  test('no longer exists', () => {
    const line = ["role content: 'reader' no longer exists"];
    expect(drift(reviewed, granted, withRole({ exists: false })).lines).toEqual(line);
    expect(drift(reviewed, granted, { ...withRole({}), roles: actual([]).roles.filter(({ role }) => role !== 'reader') }).lines).toEqual(line);
  });

  test('did not exist when it was reviewed and does not exist now', () => {
    const absent = { ...reviewed, roles: reviewed.roles.map((role) => (role.role === 'reader' ? { ...role, exists: false } : role)) };
    expect(drift(absent, granted, withRole({ exists: false })).counts.content).toBe(0);
  });

  test('was read neither then nor now', () => {
    const without = (roles: Actual['roles']) => roles.filter(({ role }) => role !== 'reader');
    const now = actual(asGranted);
    expect(drift({ ...reviewed, roles: without(reviewed.roles) }, granted, { ...now, roles: without(now.roles) }).counts.content).toBe(0);
  });

  test('was dropped and created again', () => {
    expect(drift(reviewed, granted, withRole({ id: 'created again' })).lines).toEqual([
      "role content: 'reader' was dropped and created again since it was reviewed",
    ]);
  });

  test('did not exist when it was reviewed and exists now', () => {
    const absent = { ...reviewed, roles: reviewed.roles.map((role) => (role.role === 'reader' ? { role: 'reader', exists: false, digest: '' } : role)) };
    expect(drift(absent, granted, actual(asGranted)).lines).toEqual(["role content: what 'reader' may do differs from what was reviewed"]);
  });

  test('was never read', () => {
    const unread = { ...reviewed, roles: reviewed.roles.filter(({ role }) => role !== 'reader') };
    expect(drift(unread, granted, actual(asGranted)).lines).toEqual(["role content: what 'reader' may do differs from what was reviewed"]);
  });
});

test('all kinds together', () => expect(driftTotal({ missing: 1, outOfBand: 10, legacy: 100, content: 1_000, options: 10_000 })).toBe(11_111));

test('counts agree with the lines, and each pair of each person is judged once', () => {
  fc.assert(
    fc.property(anyActual, fc.subarray(granted), (now: Actual, ledger) => {
      const { counts, lines } = drift(reviewed, ledger, now);
      expect(lines).toHaveLength(driftTotal(counts));
      const pairs = new Set(now.grants.filter(({ role }) => role === 'clerk' || role === 'reader').map(pairKey)).size;
      expect(counts.outOfBand).toBeLessThanOrEqual(pairs);
      expect(counts.missing + pairs).toBeGreaterThanOrEqual(reviewed.people.filter(({ account }) => !now.unknownAccounts.includes(account)).length * 2);
    }),
  );
});

test('those who hold it as they were reviewed may be left out first: the drift is the same', () => {
  const some = fc.subarray(
    ['one', 'other', 'third'].flatMap((id) => ['dea', 'somebody', 'c.em'].map((account) => ({ role: 'clerk', account, accountId: id }))),
  );
  const withIds = fc.tuple(anyActual, fc.array(fc.constantFrom('one', 'other', 'third', undefined), { minLength: 24, maxLength: 24 })).map(([now, ids]) => ({
    ...now,
    grants: now.grants.map((each, n) => (ids[n] === undefined ? each : { ...each, accountId: ids[n] })),
  }));
  fc.assert(
    fc.property(withIds, fc.subarray(granted), some, fc.subarray([{ ...grant('clerk', 'dea'), person: 'dea' }]), (now, ledger, others, drop) => {
      const whole = { ...reviewed, others: [...reviewed.others, ...others, { role: 'reader', account: 'somebody' }], drop };
      const left = atOnce(withoutUnchanged(whole, now));
      expect(left.now.grants.length).toBeLessThanOrEqual(now.grants.length);
      expect(drift(left.reviewed, ledger, left.now)).toEqual(drift(whole, ledger, now));
    }),
  );
});

test('of a hundred thousand holders nothing is left, and others have their turn meanwhile', () => {
  const all = Array.from({ length: 100_000 }, (_, n) => grant('clerk', `m${n}`));
  const work = withoutUnchanged({ ...reviewed, others: all.map(({ role, account }) => ({ role, account })) }, { grants: [...all, grant('clerk', 'new')] });
  let turns = 0;
  for (;;) {
    const step = work.next();
    if (!step.done) turns += 1;
    else {
      expect(step.value.now.grants.map(({ account }) => account)).toEqual(['new']);
      expect(step.value.reviewed.others).toEqual([]);
      expect(turns).toBeGreaterThan(300);
      return;
    }
  }
});

describe('with who made the last change', () => {
  const atMs = Date.parse('2027-03-01T12:00:00Z');
  const missing = "missing: 'ann' does not have 'clerk'";
  const unreviewed = "unreviewed: 'dea' has 'clerk', granted by kim";

  test('what is missing was revoked, and what is there was granted, by somebody and at some time', () => {
    const changes = new Map([
      [missing, { did: 'revoked' as const, by: 'kim', atMs }],
      [unreviewed, { did: 'granted' as const, atMs }],
    ]);
    expect(withChanges([missing, unreviewed], (line) => changes.get(line))).toEqual([
      `${missing}: revoked by kim on 2027-03-01 12:00 UTC`,
      `${unreviewed} (last granted on 2027-03-01 12:00 UTC)`,
    ]);
  });

  test('a change that does not explain the difference, and none, leave the line as it is', () => {
    expect(withChanges([missing], () => ({ did: 'granted', by: 'kim', atMs }))).toEqual([missing]);
    expect(withChanges([unreviewed], () => ({ did: 'revoked', by: 'kim', atMs }))).toEqual([unreviewed]);
    expect(withChanges([missing], () => undefined)).toEqual([missing]);
  });

  test('each line about a person has the identities that are asked about', () => {
    const { lines, about } = drift(buildPreview(clerksPlan(), 'clerks', 'erp', actual([])), [], actual([grant('clerk', 'dea')]));
    expect(about.size).toBeGreaterThan(1);
    for (const line of lines) expect(about.get(line)).toMatchObject({ role: expect.any(String), roleId: expect.any(String), accountId: expect.any(String) });
  });
});

test('the person behind an account that is called otherwise is named beside it, and who made the change can still be asked', () => {
  const found = drift(reviewed, granted, actual([...asGranted.slice(1), grant('clerk', 'dea', 'kim')]));
  const named = withPeople(found, (account) => ({ ann: 'anna.lindgren', dea: 'dea' })[account]);
  expect(named.lines).toEqual(["unreviewed: 'dea' has 'clerk', granted by kim", "missing: 'ann' (anna.lindgren) does not have 'clerk'"]);
  expect(named.counts).toEqual(found.counts);
  expect(named.about.get("missing: 'ann' (anna.lindgren) does not have 'clerk'")).toMatchObject({ role: 'clerk', account: 'ann' });
});
