import { describe, expect, test } from 'vitest';
import { mistakesIn, smallPlanWith } from '../../../test/support/small-plan.ts';

/** A distinguished name of exactly this many bytes. */
const dn = (bytes: number): string => {
  const [before, after] = ['cn=month end close,ou=', ',dc=example,dc=com'];
  return `${before}${'x'.repeat(bytes - before.length - after.length)}${after}`;
};
const role = (name: string, system = 'erp') =>
  mistakesIn(smallPlanWith(['{ system: erp, role: fin_close }', `{ system: ${system}, role: ${JSON.stringify(name)} }`]));
const account = (name: string, system = 'erp') => mistakesIn(smallPlanWith(['accounts: { erp: kdahl }', `accounts: { ${system}: ${JSON.stringify(name)} }`]));

describe('PostgreSQL has names of 63 bytes at most', () => {
  test.each([
    ['63 letters', 'x'.repeat(63)],
    ['31 letters of two bytes and one of one', `${'ü'.repeat(31)}x`],
    ['15 letters of four bytes and three of one', `${'𝕏'.repeat(15)}xxx`],
  ])('%s are a valid name', (_what, name) => {
    expect([...role(name), ...account(name)]).toEqual([]);
  });

  test.each([
    ['64 letters', 'x'.repeat(64), 64],
    ['32 letters of two bytes', 'ü'.repeat(32), 64],
    ['16 letters of four bytes', '𝕏'.repeat(16), 64],
    ['a distinguished name', dn(300), 300],
  ])('%s are not, and the place is reported', (_what, name, bytes) => {
    const why = `it has ${bytes} bytes, and PostgreSQL's names have at most 63`;
    expect(role(name)).toEqual([
      expect.stringMatching(new RegExp(`^plan.yaml:\\d+:\\d+ {2}packages\\[0\\].entitlements\\[0\\].role .*a role in 'erp': ${why}$`)),
    ]);
    expect(account(name)).toEqual([expect.stringMatching(new RegExp(`^plan.yaml:10:59 {2}people\\[3\\].accounts.erp .*an account in 'erp': ${why}$`))]);
  });

  test('the limit also applies to legacy access', () => {
    expect(mistakesIn(smallPlanWith(['{ system: erp, role: fin_old }', `{ system: erp, role: ${'x'.repeat(64)} }`]))).toEqual([
      expect.stringContaining('packages[0].legacy[0].role'),
    ]);
  });
});

test('where the kind of system allows it, a name can be a distinguished name of 300 characters; 1,000 bytes is the limit everywhere', () => {
  for (const name of [dn(300), dn(1_000), 'ü'.repeat(500)]) expect([...role(name, 'lab'), ...account(name, 'lab')]).toEqual([]);
  for (const name of [dn(1_001), `x${'ü'.repeat(500)}`]) {
    expect(role(name, 'lab')).toEqual([expect.stringContaining('longer than 1,000 bytes')]);
    expect(account(name, 'lab')).toEqual([expect.stringContaining('longer than 1,000 bytes')]);
  }
});
