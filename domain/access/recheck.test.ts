import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildPreview } from './build-preview.ts';
import { actual, anyActual, grant, clerksPlan } from '../../test/support/ledger.ts';
import { pairKey, type Actual } from '../release/ledger.ts';
import { compare } from './recheck.ts';

const plan = clerksPlan();
const preview = (now: Actual, pilot?: string[]) => buildPreview(plan, 'clerks', 'erp', now, pilot);

test('a leaver, and somebody who has it already, are shrinkage (R3)', () => {
  const result = compare(preview(actual([])), preview(actual([grant('clerk', 'ann', 'kim')], { unknownAccounts: ['ben'] })));
  expect(result).toEqual({ shrunk: 2, wider: 0, lines: ["account 'ben' is gone: gets nothing", "'ann' has role 'clerk' already"] });
});

test('a role whose content changed is wider (R3)', () => {
  const now = actual([]);
  const changed = { ...now, roles: now.roles.map((role) => (role.role === 'reader' ? { ...role, digest: 'another' } : role)) };
  expect(compare(preview(now), preview(changed))).toEqual({
    shrunk: 0,
    wider: 1,
    lines: ["wider: role 'reader' itself changed: what it may do is not what was signed"],
  });
});

test('old access that the signed preview does not show is wider, whoever gave it', () => {
  const signed = preview(actual([grant('old_reader', 'ann')]));
  expect(compare(signed, preview(actual([grant('old_reader', 'ann'), grant('old_reader', 'ann', 'kim')]))).wider).toBe(1);
  expect(compare(signed, preview(actual([grant('old_reader', 'ann'), grant('old_reader', 'ben')]))).wider).toBe(1);
  expect(compare(signed, preview(actual([])))).toMatchObject({ shrunk: 1, wider: 0 });
});

test('access that was there when signed and is gone now would be given, which nobody signed', () => {
  expect(compare(preview(actual([grant('clerk', 'ann')])), preview(actual([]))).wider).toBe(1);
});

test('a person beyond those who were signed for is wider', () => {
  expect(compare(preview(actual([]), ['ann']), preview(actual([])))).toMatchObject({ wider: 2, shrunk: 0 });
});

test('many differences are shown in twenty lines, the wider ones first', () => {
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

test('nothing changed, nothing to say', () => {
  fc.assert(
    fc.property(anyActual, (now) => {
      expect(compare(preview(now), preview(now))).toEqual({ shrunk: 0, wider: 0, lines: [] });
    }),
  );
});

/** The safety that R3 asks for: whatever the systems did meanwhile, an effect that was not signed is counted as wider. */
test('every grant or retirement beyond the signed preview is counted', () => {
  fc.assert(
    fc.property(anyActual, anyActual, (then, later) => {
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
    }),
  );
});
