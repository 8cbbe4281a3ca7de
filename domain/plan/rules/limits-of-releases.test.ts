/** What stops releases, as the plan writes it: limits of the blast radius, and entitlements that nobody may hold together. */
import { describe, expect, test } from 'vitest';
import { mistakesIn, smallPlanWith, smallSite } from '../../../test/support/small-plan.ts';
import type { Site } from '../../site/schema.ts';
import { packageDigest } from '../digest.ts';
import { loadPlan } from '../load.ts';
import { waveSection } from '../section.ts';

const nowMs = Date.parse('2026-04-01T00:00:00Z');
const text = (addition: string) => smallPlanWith(['metrics:\n', `${addition}metrics:\n`]);
const mistakesOf = (addition: string, site: Site = smallSite) => mistakesIn(text(addition), { nowMs, site });

const pairOf = (id: string, one: string, other: string, more = '') =>
  `  - id: ${id}\n    reason: Nobody does both\n    entitlements: [{ system: erp, role: ${one} }, { ${other} }]\n${more}`;
const rule = (more = '', other = 'system: erp, role: payments') => `incompatible:\n${pairOf('both', 'fin_close', other, more)}`;
const exceptions = (...each: string[]) => `    exceptions: [${each.map((one) => `{ ${one} }`).join(', ')}]\n`;

describe('valid', () => {
  test.each([
    ['blastRadius:\n  - { system: erp, maxPeople: 40 }\n  - { system: lab, maxPercent: 12.5, maxPeople: 3 }\n'],
    ['blastRadius:\n  - { system: erp, maxPeople: 0 }\n'],
    [rule()],
    [rule(exceptions('person: ben, reason: the only one in the branch, until: 2026-12-01'))],
    [rule('', 'system: lab, role: payments')],
    // The plan gives ben both, and says why.
    [rule(exceptions('person: ben, reason: until the second clerk is there, until: 2026-12-01'), 'system: erp, role: hr_intake')],
  ])('%s', (addition) => {
    expect(mistakesOf(addition)).toEqual([]);
  });
});

describe('refused', () => {
  test.each([
    [
      'a limit without a number',
      'blastRadius:\n  - { system: erp }\n',
      "blastRadius[0]  the limit for 'erp' has no number: give maxPeople, maxPercent or both",
    ],
    [
      'two limits of one system',
      'blastRadius:\n  - { system: erp, maxPeople: 4 }\n  - { system: erp, maxPercent: 4 }\n',
      "blastRadius[1].system  'erp' has a limit already: write maxPeople and maxPercent into one entry",
    ],
    ['a limit of an unknown system', 'blastRadius:\n  - { system: epr, maxPeople: 4 }\n', "blastRadius[0].system  unknown system 'epr'"],
    ['a percentage above 100', 'blastRadius:\n  - { system: erp, maxPercent: 101 }\n', 'blastRadius[0].maxPercent  '],
    ['three entitlements', rule().replace('role: payments }]', 'role: payments }, { system: erp, role: c }]'), 'incompatible[0].entitlements  '],
    [
      'the same entitlement twice',
      rule('', 'system: erp, role: fin_close'),
      "incompatible[0].entitlements[1]  both entitlements of 'both' are 'fin_close' in 'erp', which would say that nobody may hold it; name two",
    ],
    [
      'the same rule twice',
      `${rule()}${pairOf('both', 'a', 'system: erp, role: b')}`,
      "incompatible[1].id  there is already a rule 'both' under incompatible; give this one its own id",
    ],
    ['an unknown system', rule('', 'system: bank, role: payments'), "incompatible[0].entitlements[1].system  unknown system 'bank'"],
    [
      'a deadline of a switch that nobody makes',
      rule('    switchWithin: 10m\n'),
      "incompatible[0].switchWithin  no package retires one entitlement of 'both' and grants the other, so nobody is switched: remove it",
    ],
    ['a deadline that nobody could wait for', rule('    switchWithin: 2h\n'), 'incompatible[0].switchWithin  '],
    ['an unknown person', rule(exceptions('person: zoe, reason: r, until: 2026-12-01')), "incompatible[0].exceptions[0].person  unknown person 'zoe'"],
    ['an exception without an end', rule(exceptions('person: ben, reason: r')), 'incompatible[0].exceptions[0].until  '],
    ['an exception without a reason', rule(exceptions('person: ben, until: 2026-12-01')), 'incompatible[0].exceptions[0].reason  '],
    [
      'two exceptions of one person',
      rule(exceptions('person: ben, reason: r, until: 2026-12-01', 'person: ben, reason: s, until: 2026-12-02')),
      "incompatible[0].exceptions[1].person  'ben' has an exception from 'both' already; keep one",
    ],
    [
      'a plan that gives somebody both',
      rule('', 'system: erp, role: hr_intake'),
      "incompatible[0]  'ben' is in the cohort of 'closing' and of 'intake', and so would hold 'fin_close' in 'erp' and 'hr_intake' in 'erp', which 'both' forbids: take the person out of one, or name an exception with its reason and end",
    ],
    [
      'a plan that gives somebody both, after the exception ended',
      rule(exceptions('person: ben, reason: r, until: 2026-03-01'), 'system: erp, role: hr_intake'),
      'the exception ended on 2026-03-01: take the person out of one',
    ],
    ['a name that the system cannot have', rule('', `system: erp, role: ${'x'.repeat(64)}`), "cannot be a role in 'erp'"],
  ])('%s', (_what, addition, mistake) => {
    expect(mistakesOf(addition).join('\n')).toContain(mistake);
  });

  test('a rule about a role that the site does not let the plan use: its holders would be read (R8)', () => {
    const site: Site = {
      ...smallSite,
      plans: smallSite.plans.map((right) => ({
        ...right,
        systems: [
          { system: 'erp', roles: ['fin_*', 'hr_*'] },
          { system: 'lab', roles: ['*'] },
        ],
      })),
    };
    expect(mistakesOf(rule(), site).join('\n')).toContain(
      "incompatible[0].entitlements[1].role  the site does not let plan 'small' use the role 'payments' of the system 'erp'",
    );
  });
});

describe('a sign-off covers what stops the release, and nothing else changes its digest (R3)', () => {
  const planOf = (addition: string) => {
    const loaded = loadPlan(text(addition), 'plan.yaml', { nowMs, site: smallSite });
    if (!loaded.ok) throw new Error(loaded.mistakes.map(({ message }) => message).join('\n'));
    return loaded.plan;
  };
  const digestOf = (addition: string) => packageDigest(planOf(addition), 'closing', 'first');
  const exception = (reason: string, until: string, person = 'ben') => rule(exceptions(`person: ${person}, reason: ${reason}, until: ${until}`));

  test.each([
    ['no limit at all, in the field', '', 'blastRadius:\n  - { system: lab, maxPeople: 1 }\n'],
    ['a rule about other packages', '', `incompatible:\n${pairOf('elsewhere', 'a', 'system: lab, role: b')}`],
    ['the words of a rule', rule(), rule().replace('Nobody does both', 'Nobody may do both')],
    ['the exception of somebody else', rule(), exception('r', '2026-12-01', 'ana')],
  ])('the same: %s', (_what, one, other) => {
    expect(digestOf(other)).toBe(digestOf(one));
  });

  test.each([
    ['a limit of its system', '', 'blastRadius:\n  - { system: erp, maxPeople: 1 }\n'],
    ['a looser limit', 'blastRadius:\n  - { system: erp, maxPeople: 1 }\n', 'blastRadius:\n  - { system: erp, maxPeople: 2 }\n'],
    ['a rule', '', rule()],
    ['an exception', rule(), exception('r', '2026-12-01')],
    ['the reason of an exception', exception('r', '2026-12-01'), exception('s', '2026-12-01')],
    ['the end of an exception', exception('r', '2026-12-01'), exception('r', '2026-12-02')],
  ])('another: %s', (_what, one, other) => {
    expect(digestOf(other)).not.toBe(digestOf(one));
  });

  test('a workflow carries which systems are read for rules across systems, and nothing of them otherwise', () => {
    const across = (addition: string) => waveSection(planOf(addition), 1, 'first').packages[0]?.across;
    expect([across(''), across(rule()), across(rule('', 'system: lab, role: payments'))]).toEqual([undefined, undefined, { alsoReads: ['lab'] }]);
  });
});
