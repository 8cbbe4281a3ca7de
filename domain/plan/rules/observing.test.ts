import { describe, expect, test } from 'vitest';
import { site, siteSystem } from '../../../test/support/site.ts';
import { mistakesIn, smallPlanWith } from '../../../test/support/small-plan.ts';

const siteOf = (readOnly: boolean) => site({ systems: [siteSystem('erp', { kind: 'postgres', readOnly }), siteSystem('lab')] });
const mistakesOf = (...changes: [from: string, to: string][]) => mistakesIn(smallPlanWith(...changes), { nowMs: 0, site: siteOf(false) });
const mistakesOnlyRead = (...changes: [from: string, to: string][]) => mistakesIn(smallPlanWith(...changes), { nowMs: 0, site: siteOf(true) });

const closingObserved: [string, string] = ['- package: closing', '- { package: closing, change: observe }'];
const intakeObserved: [string, string] = ['- package: intake', '- { package: intake, change: observe }'];

describe('a system that may only be read', () => {
  test('is only for packages that every wave observes', () => {
    expect(mistakesOnlyRead(closingObserved, intakeObserved)).toEqual([]);
  });

  test('cannot be changed: each role that a wave would grant or retire there is named, with the wave', () => {
    expect(mistakesOnlyRead(intakeObserved)).toEqual([
      "plan.yaml:32:19  packages[0].entitlements[0].system  package 'closing' cannot be granted through a read-only connection: wave 'first' would change system 'erp', which is readOnly in the site file; write change: observe in the wave, or let the site remove readOnly and give the worker a login that may grant",
      expect.stringMatching(/^plan\.yaml:34:19 {2}packages\[0\]\.legacy\[0\]\.system {2}package 'closing' cannot be granted through a read-only connection/),
    ]);
  });

  test('may be measured for packages that are granted elsewhere', () => {
    const elsewhere = ['fin_close', 'fin_old', 'hr_intake'].map((role): [string, string] => [
      `{ system: erp, role: ${role} }`,
      `{ system: lab, role: ${role} }`,
    ]);
    expect(mistakesOnlyRead(...elsewhere)).toEqual([]);
  });
});

test('a package may be observed in a system that may be changed: the wave decides that nothing is granted', () => {
  expect(mistakesOf(closingObserved)).toEqual([]);
});
