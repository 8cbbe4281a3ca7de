import { describe, expect, test } from 'vitest';
import { mistakesIn, smallPlanWith } from '../../../test/support/small-plan.ts';

/** A distinguished name of exactly so many bytes. */
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
  ])('%s are a name', (_what, name) => {
    expect([...role(name), ...account(name)]).toEqual([]);
  });

  test.each([
    ['64 letters', 'x'.repeat(64), 64],
    ['32 letters of two bytes', 'ü'.repeat(32), 64],
    ['16 letters of four bytes', '𝕏'.repeat(16), 64],
    ['a distinguished name', dn(300), 300],
  ])('%s are none, and the place is named', (_what, name, bytes) => {
    const why = `it has ${bytes} bytes, and PostgreSQL's names have at most 63`;
    expect(role(name)).toEqual([
      expect.stringMatching(new RegExp(`^plan.yaml:\\d+:\\d+ {2}packages\\[0\\].entitlements\\[0\\].role .*a role in 'erp': ${why}$`)),
    ]);
    expect(account(name)).toEqual([expect.stringMatching(new RegExp(`^plan.yaml:10:59 {2}people\\[3\\].accounts.erp .*an account in 'erp': ${why}$`))]);
  });

  test('legacy access that a package retires is held to it as well', () => {
    expect(mistakesIn(smallPlanWith(['{ system: erp, role: fin_old }', `{ system: erp, role: ${'x'.repeat(64)} }`]))).toEqual([
      expect.stringContaining('packages[0].legacy[0].role'),
    ]);
  });
});

test('where the kind of system allows it, a name is a distinguished name of 300 characters; 1,000 bytes is the most anywhere', () => {
  for (const name of [dn(300), dn(1_000), 'ü'.repeat(500)]) expect([...role(name, 'lab'), ...account(name, 'lab')]).toEqual([]);
  for (const name of [dn(1_001), `x${'ü'.repeat(500)}`]) {
    expect(role(name, 'lab')).toEqual([expect.stringContaining('longer than 1,000 bytes')]);
    expect(account(name, 'lab')).toEqual([expect.stringContaining('longer than 1,000 bytes')]);
  }
});
