import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assertReaching } from '../../test/support/reaching.ts';
import { buildPreview } from './build-preview.ts';
import { actual, anyActual, grant, clerksPlan, us } from '../../test/support/ledger.ts';
import { pairKey, type Actual, type BeforeGrant } from '../release/ledger.ts';
import type { PreviewContent } from '../release/signed-preview.ts';
import { compare, isTooOld, recheckedForMs } from './recheck.ts';

const plan = clerksPlan();
const preview = (now: Actual, pilot?: string[]) => buildPreview(plan, 'clerks', 'erp', now, pilot);

test('a leaver, and someone who already has it, are shrinkage (R3)', () => {
  const result = compare(preview(actual([])), preview(actual([grant('clerk', 'ann', 'kim')], { unknownAccounts: ['ben'] })));
  expect(result).toEqual({ shrunk: 2, wider: 0, lines: ["account 'ben' is gone: nothing is granted to it", "'ann' already has role 'clerk'"] });
});

test('a role whose content changed is wider (R3)', () => {
  const now = actual([]);
  const changed = { ...now, roles: now.roles.map((role) => (role.role === 'reader' ? { ...role, digest: 'another' } : role)) };
  expect(compare(preview(now), preview(changed))).toEqual({
    shrunk: 0,
    wider: 1,
    lines: ["wider: role 'reader' changed: what it may do differs from what was signed"],
  });
});

test('the privileges of a changed role are named where they are known, and what the package expects is not wider', () => {
  const now = preview(actual([]));
  const changed = { ...now, roles: now.roles.map((role) => (role.role === 'reader' ? { ...role, digest: 'another' } : role)) };
  const change = { role: 'reader', digest: 'another', gained: ['SELECT on table part.ev_2'], lost: [] };
  expect(compare(now, changed, [change]).lines).toEqual(["wider: role 'reader' gained SELECT on table part.ev_2"]);
  expect(compare(now, changed, [])).toEqual({ shrunk: 0, wider: 0, lines: [] });
});

test('legacy access that the signed preview does not show is wider, no matter who granted it', () => {
  const signed = preview(actual([grant('old_reader', 'ann')]));
  expect(compare(signed, preview(actual([grant('old_reader', 'ann'), grant('old_reader', 'ann', 'kim')]))).wider).toBe(1);
  expect(compare(signed, preview(actual([grant('old_reader', 'ann'), grant('old_reader', 'ben')]))).wider).toBe(1);
  expect(compare(signed, preview(actual([])))).toMatchObject({ shrunk: 1, wider: 0 });
});

test('access that was held at signing and is no longer held is wider: nobody signed to grant it', () => {
  expect(compare(preview(actual([grant('clerk', 'ann')])), preview(actual([]))).wider).toBe(1);
});

test('legacy access that its administrator revoked and granted anew is wider: nobody signed to retire that grant', () => {
  const signed = preview(actual([grant('old_reader', 'ann')]));
  expect(compare(signed, preview(actual([grant('old_reader', 'ann', 'dba', 'granted again')])))).toMatchObject({ wider: 1, shrunk: 1 });
  // Under other names it is the same grant.
  const renamed = { ...grant('old_reader', 'ann'), grantor: 'dba_renamed' };
  expect(compare(signed, preview(actual([renamed])))).toEqual({ shrunk: 0, wider: 0, lines: [] });
});

test('a person whom nobody signed for is wider', () => {
  expect(compare(preview(actual([]), ['ann']), preview(actual([])))).toMatchObject({ wider: 2, shrunk: 0 });
});

test('differences are shown in at most twenty lines, the wider ones first', () => {
  const many = clerksPlan({
    cohort: ['ann', 'ben', 'cem', 'dea'],
    legacy: Array.from({ length: 12 }, (_, index) => ({ system: 'erp', role: `old_${index}` })),
  });
  const old = Array.from({ length: 12 }, (_, index) => ['ann', 'ben'].map((account) => grant(`old_${index}`, account))).flat();
  const result = compare(buildPreview(many, 'clerks', 'erp', actual([])), buildPreview(many, 'clerks', 'erp', actual([...old, grant('clerk', 'dea')])));
  expect(result).toMatchObject({ wider: 24, shrunk: 1 });
  expect(result.lines).toHaveLength(20);
  expect(result.lines.at(-1)).toBe('and 6 more');
});

test('without a change there is no difference', () => {
  fc.assert(
    fc.property(anyActual, (now) => {
      expect(compare(preview(now), preview(now))).toEqual({ shrunk: 0, wider: 0, lines: [] });
    }),
  );
});

describe('each difference that is wider than what was signed is named (R3)', () => {
  const held = (role: string, account: string, grantor?: string): BeforeGrant => ({
    role,
    account,
    person: account,
    ...(grantor ? { grantor } : {}),
    options: {},
  });
  const signed: PreviewContent = {
    ...preview(actual([])),
    before: [held('old_reader', 'ann', 'dba'), held('clerk', 'ben', 'kim')],
    drop: [held('poster', 'dea', us)],
  };
  const role = (name: string, change: object) => signed.roles.map((each) => (each.role === name ? { ...each, ...change } : each));

  test.each<[string, Partial<PreviewContent>, string]>([
    ['a person', { people: [...signed.people, { person: 'dea', account: 'dea' }] }, "account 'dea' is not one of the people who were signed for"],
    [
      'an account that was created again',
      { people: signed.people.map((each) => (each.person === 'ann' ? { ...each, accountId: 'created again' } : each)) },
      "account 'ann' was dropped and created again since it was signed",
    ],
    ['a role that was created again', { roles: role('clerk', { id: 'created again' }) }, "role 'clerk' was dropped and created again since it was reviewed"],
    [
      'another account of a person',
      { people: signed.people.map((each) => (each.person === 'cem' ? { person: 'cem', account: 'cem2' } : each)) },
      "account 'c.em' is now account 'cem2'",
    ],
    ['an entitlement', { entitlements: [...signed.entitlements, { system: 'erp', role: 'writer' }] }, "role 'writer' was not signed for"],
    [
      'a legacy entitlement',
      { legacy: [...signed.legacy, { system: 'erp', role: 'old_writer', design: 'superseded' }] },
      "retiring role 'old_writer' was not signed for",
    ],
    ['the content of an entitlement', { roles: role('clerk', { digest: 'another' }) }, "role 'clerk' changed: what it may do differs from what was signed"],
    ['an entitlement that no longer exists', { roles: role('clerk', { exists: false }) }, "role 'clerk' no longer exists"],
    [
      'legacy access',
      { before: [...signed.before, held('old_reader', 'ben', 'kim')] },
      "'ben' has legacy role 'old_reader', granted by kim, which the signed preview does not show",
    ],
    [
      'legacy access whose grantor the system does not report',
      { before: [...signed.before, held('old_reader', 'ben')] },
      "'ben' has legacy role 'old_reader', which the signed preview does not show",
    ],
    ['access that was lost in the meantime', { before: [signed.before[0]!] }, "'ben' had role 'clerk' and has lost it: it would now be granted"],
    [
      'access of an earlier release',
      { drop: [...signed.drop!, held('poster', 'ann', us)] },
      "role 'poster' of 'ann', granted by an earlier release, would be revoked",
    ],
  ])('%s', (_, change, line) => {
    expect(compare(signed, { ...signed, ...change })).toEqual({ shrunk: 0, wider: 1, lines: [`wider: ${line}`] });
  });

  test('an entitlement that has been created since', () => {
    const before = { ...signed, roles: role('clerk', { exists: false }) };
    expect(compare(before, signed).lines).toEqual(["wider: role 'clerk' exists now"]);
  });

  test.each<[string, Partial<PreviewContent>]>([
    ['of a role that is retired', { roles: role('old_reader', { digest: 'another', exists: false }) }],
    ['of a legacy role that was created again', { roles: role('old_reader', { id: 'created again' }) }],
    ['of a role that is new, which is named already', { roles: [...signed.roles, { role: 'writer', exists: true, digest: 'any' }] }],
  ])('the content %s is not granted, so its change does not count', (_, change) => {
    expect(compare(signed, { ...signed, ...change })).toEqual({ shrunk: 0, wider: 0, lines: [] });
  });

  test('the content of an entitlement that was not signed for is named once, as an entitlement that was not signed for', () => {
    const before = { ...signed, entitlements: signed.entitlements.filter(({ role: name }) => name !== 'clerk'), before: [signed.before[0]!] };
    const now = { ...before, entitlements: signed.entitlements, roles: role('clerk', { digest: 'another' }) };
    expect(compare(before, now).lines).toEqual(["wider: role 'clerk' was not signed for"]);
    // The reverse: what is no longer granted is no obstacle.
    expect(compare(signed, { ...before, before: signed.before, roles: now.roles })).toEqual({ shrunk: 0, wider: 0, lines: [] });
  });

  test('revoking an earlier grant was signed if the preview showed it as legacy access, and not if it showed it as held', () => {
    expect(compare(signed, { ...signed, drop: [...signed.drop!, held('old_reader', 'ann', 'dba')] }).wider).toBe(0);
    expect(compare(signed, { ...signed, drop: [...signed.drop!, held('clerk', 'ben', 'kim')] }).wider).toBe(1);
  });

  test.each<[string, Partial<PreviewContent>, string]>([
    ['legacy access that is gone', { before: [signed.before[1]!] }, "'ann' has already lost legacy role 'old_reader'"],
    ['access of an earlier release that is gone', { drop: [] }, "'dea' has already lost role 'poster' of an earlier release"],
    [
      'access that someone already has',
      { before: [...signed.before, held('reader', 'ann', 'kim'), held('reader', 'ann', 'dba')] },
      "'ann' already has role 'reader'",
    ],
  ])('%s is recorded and is no obstacle', (_, change, line) => {
    expect(compare(signed, { ...signed, ...change })).toEqual({ shrunk: 1, wider: 0, lines: [line] });
  });

  test('for a leaver, only the departure is reported', () => {
    const withoutAnnAndBen = { people: signed.people.filter(({ person }) => person === 'cem'), before: [] };
    expect(compare(signed, { ...signed, ...withoutAnnAndBen })).toEqual({
      shrunk: 2,
      wider: 0,
      lines: ["account 'ann' is gone: nothing is granted to it", "account 'ben' is gone: nothing is granted to it"],
    });
  });

  test.each([
    [20, 20, "wider: account 'extra-19' is not one of the people who were signed for"],
    [21, 20, 'and 2 more'],
  ])('of %i differences there are %i lines, the last of which is: %s', (differences, shown, last) => {
    const extra = Array.from({ length: differences }, (_, index) => ({ person: `extra-${index}`, account: `extra-${index}` }));
    const { lines } = compare(signed, { ...signed, people: [...signed.people, ...extra] });
    expect([lines.length, lines.at(-1)]).toEqual([shown, last]);
  });
});

/** R3: whatever has happened in the systems since, every effect that was not signed counts as wider. */
test('every grant or retirement beyond the signed preview is counted', () => {
  assertReaching(fc.tuple(anyActual, anyActual), ['beyond', 'within'], ([then, later]) => {
    const [signed, now] = [preview(then), preview(later)];
    const toGrant = (content: typeof signed) => {
      const held = new Set(content.before.map(pairKey));
      return new Set(
        content.entitlements.flatMap(({ role }) => content.people.map(({ account }) => pairKey({ role, account }))).filter((pair) => !held.has(pair)),
      );
    };
    const toRetire = (content: typeof signed) =>
      new Set(content.before.filter(({ role }) => content.legacy.some((old) => old.role === role)).map((one) => `${pairKey(one)} ${one.grantor}`));
    const beyond =
      [...toGrant(now)].filter((pair) => !toGrant(signed).has(pair)).length + [...toRetire(now)].filter((one) => !toRetire(signed).has(one)).length;
    if (beyond > 0) expect(compare(signed, now).wider).toBeGreaterThan(0);
    return beyond > 0 ? 'beyond' : 'within';
  });
});

test('a package that was read five minutes before the latest instant that is known is read again; where its instant is not known it is not', () => {
  const read = (readMs?: number) => ({ shrunk: 0, wider: 0, lines: [], ...(readMs === undefined ? {} : { readMs }) });
  const at = 1_000_000;
  expect(isTooOld([read(at)], at + recheckedForMs - 1)).toBe(false);
  expect(isTooOld([read(at + 1), read(at)], at + recheckedForMs)).toBe(true);
  expect(isTooOld([read(at + 1), read()], at + recheckedForMs)).toBe(false);
  expect(isTooOld([read()], at)).toBe(false);
  expect(isTooOld([], at)).toBe(false);
});
