import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256Hex } from '../canonical.ts';
import { packageDigest, planDocumentDigest } from './digest.ts';
import { loadPlan } from './load.ts';
import type { Plan } from './schema.ts';
import { smallPlan } from '../../test/support/small-plan.ts';

const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');

function planOf(text = smallPlan): Plan {
  const loaded = loadPlan(text, 'plan.yaml', { nowMs: 0 });
  if (!loaded.ok) throw new Error(loaded.mistakes.map(({ message }) => message).join('\n'));
  return loaded.plan;
}

function changed(change: (plan: Plan) => void): Plan {
  const plan = structuredClone(planOf());
  change(plan);
  return plan;
}

const closing = (plan: Plan) => plan.packages[0]!;
const closingWave = (plan: Plan) => plan.waves[0]!;
const waveOfClosing = planOf().waves[0]!.id;
const signed = packageDigest(planOf(), 'closing', waveOfClosing);

describe('the canonical form is that of RFC 8785', () => {
  // Sections 3.2.2 and 3.2.3 of the RFC, and the numbers of its appendix B.
  const cases: [name: string, value: unknown, canonical: string][] = [
    [
      'literals, numbers and strings',
      JSON.parse(
        '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
      ),
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    ],
    [
      'keys in the order of UTF-16 units',
      JSON.parse(
        '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}',
      ),
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    ],
    [
      'smallest and largest numbers',
      [5e-324, -5e-324, 1.7976931348623157e308, 9007199254740992, -0, 999999999999999700000, 1e21, 9.999999999999997e22],
      '[5e-324,-5e-324,1.7976931348623157e+308,9007199254740992,0,999999999999999700000,1e+21,9.999999999999997e+22]',
    ],
    ['nesting, with absent parts left out', { b: { z: [], a: {} }, a: undefined, c: [[1], 'x'] }, '{"b":{"a":{},"z":[]},"c":[[1],"x"]}'],
  ];
  test.each(cases)('%s', (_name, value, canonical) => {
    expect(sha256Hex(value)).toBe(sha256(canonical));
  });
});

describe('a sign-off survives a change that does not decide access', () => {
  const cases: [name: string, change: (plan: Plan) => void][] = [
    [
      'name',
      (plan) => {
        closing(plan).name = 'Month end';
      },
    ],
    [
      'description',
      (plan) => {
        closing(plan).description = 'Other words';
      },
    ],
    [
      'rollout steps',
      (plan) => {
        closing(plan).rolloutSteps.push('Tell them');
      },
    ],
    [
      'rollback path',
      (plan) => {
        closing(plan).rollbackPath.push('Tell them');
      },
    ],
    [
      'post-launch checks',
      (plan) => {
        closing(plan).postLaunchChecks.push('And again');
      },
    ],
    [
      'maintenance note',
      (plan) => {
        closing(plan).maintenanceNote = 'Changed';
      },
    ],
    [
      'handoff',
      (plan) => {
        closing(plan).ownerHandoff = 'Changed';
      },
    ],
    [
      'description of a role',
      (plan) => {
        closing(plan).entitlements[0]!.description = 'What it is for';
      },
    ],
    [
      'description of a metric',
      (plan) => {
        plan.metrics[0]!.description = 'In other words';
      },
    ],
    [
      'order of the people',
      (plan) => {
        closing(plan).cohort.reverse();
        plan.people.reverse();
      },
    ],
    [
      'order of the packages',
      (plan) => {
        plan.packages.reverse();
      },
    ],
    [
      'another person’s account',
      (plan) => {
        plan.people.find(({ id }) => id === 'eva')!.accounts['erp'] = 'eroth';
      },
    ],
    [
      'an account in a system that it does not touch',
      (plan) => {
        plan.people.find(({ id }) => id === 'ben')!.accounts['lab'] = 'ben2';
      },
    ],
    [
      'the default account, written explicitly',
      (plan) => {
        plan.people.find(({ id }) => id === 'ben')!.accounts['erp'] = 'ben';
      },
    ],
    [
      'a date',
      (plan) => {
        closingWave(plan).goLive! += 86_400_000;
      },
    ],
    [
      'another package',
      (plan) => {
        plan.packages[1]!.risk = 'medium';
      },
    ],
    [
      'an operator',
      (plan) => {
        plan.operators.push('ana');
      },
    ],
  ];
  test.each(cases)('%s', (_name, change) => {
    expect(packageDigest(changed(change), 'closing', waveOfClosing)).toBe(signed);
  });

  test('order of keys in the file', () => {
    const head = '  - id: closing\n    name: Closing\n    description: Month-end close\n    owner: ana\n    risk: low\n';
    expect(smallPlan).toContain(head);
    expect(
      packageDigest(
        planOf(smallPlan.replace(head, '  - risk: low\n    owner: ana\n    description: Month-end close\n    name: Closing\n    id: closing\n')),
        'closing',
        waveOfClosing,
      ),
    ).toBe(signed);
  });
});

describe('a change that decides access voids a sign-off', () => {
  const cases: [name: string, change: (plan: Plan) => void][] = [
    [
      'owner',
      (plan) => {
        closing(plan).owner = 'kim';
      },
    ],
    [
      'risk',
      (plan) => {
        closing(plan).risk = 'medium';
      },
    ],
    [
      'one more person',
      (plan) => {
        closing(plan).cohort.push('eva');
      },
    ],
    [
      'one person fewer',
      (plan) => {
        closing(plan).cohort.pop();
      },
    ],
    [
      'an account',
      (plan) => {
        plan.people.find(({ id }) => id === 'kim')!.accounts['erp'] = 'kim2';
      },
    ],
    [
      'a role',
      (plan) => {
        closing(plan).entitlements[0]!.role = 'fin_admin';
      },
    ],
    [
      'one more role',
      (plan) => {
        closing(plan).entitlements.push({ system: 'erp', role: 'fin_read' });
      },
    ],
    [
      'legacy that is kept',
      (plan) => {
        closing(plan).legacy.pop();
      },
    ],
    [
      'legacy that was rejected',
      (plan) => {
        closing(plan).legacy[0]!.design = 'rejected';
      },
    ],
    [
      'what a metric reads',
      (plan) => {
        plan.metrics[0]!.provider = { kind: 'sql', system: 'erp', query: 'select 0 as count, 1 as of' };
      },
    ],
    [
      'what a metric is',
      (plan) => {
        plan.metrics[0]!.kind = 'gauge';
      },
    ],
    [
      'how far back a metric measures',
      (plan) => {
        plan.metrics[0]!.lookback = 86_400_000;
      },
    ],
    [
      'how long a metric waits for its data',
      (plan) => {
        plan.metrics[0]!.delay = 86_400_000;
      },
    ],
    [
      'what a rate is divided by',
      (plan) => {
        plan.metrics[0]!.per = 'person-day';
      },
    ],
    [
      'a threshold',
      (plan) => {
        closing(plan).watch.metrics[0]!.tune = { below: 0.4 };
      },
    ],
    [
      'length of the watch',
      (plan) => {
        closing(plan).watch.length = 86_400_000 * 7;
      },
    ],
    [
      'what it builds on',
      (plan) => {
        closing(plan).buildsOn = ['intake'];
      },
    ],
    [
      'drill',
      (plan) => {
        closing(plan).requires.drill = { validFor: 1, timebox: 1, signedBy: 'eva' };
      },
    ],
    [
      'tune',
      (plan) => {
        closing(plan).tune.attempts = 9;
      },
    ],
    [
      'approval of a rollback',
      (plan) => {
        closing(plan).rollback.approval = 'automatic';
      },
    ],
    [
      'tolerance',
      (plan) => {
        closingWave(plan).tolerance = 3;
      },
    ],
    [
      'who signs in addition to the owner',
      (plan) => {
        closingWave(plan).alsoSigns = ['eva'];
      },
    ],
    [
      'rollback only',
      (plan) => {
        closingWave(plan).packages[0]!.rollbackOnly = true;
      },
    ],
  ];
  test.each(cases)('%s', (_name, change) => {
    expect(packageDigest(changed(change), 'closing', waveOfClosing)).not.toBe(signed);
  });
});

describe('the digest of the whole plan', () => {
  test('is the same for the same plan in any layout', () => {
    expect(planDocumentDigest(planOf(smallPlan.replace('plan: small', '# a comment\nplan:   "small"')))).toBe(planDocumentDigest(planOf()));
  });

  test('changes with any value, texts included', () => {
    const before = planDocumentDigest(planOf());
    const leaves: (string | number)[][] = [];
    const collect = (value: unknown, path: (string | number)[]) => {
      if (Array.isArray(value)) value.forEach((item, index) => collect(item, [...path, index]));
      else if (typeof value === 'object' && value !== null) Object.entries(value).forEach(([key, item]) => collect(item, [...path, key]));
      else leaves.push(path);
    };
    collect(planOf(), []);
    expect(leaves.length).toBeGreaterThan(80);
    fc.assert(
      fc.property(fc.constantFrom(...leaves), (path) => {
        const plan = changed((copy) => {
          const parent = path
            .slice(0, -1)
            .reduce<Record<string | number, unknown>>(
              (value, step) => value[step] as Record<string | number, unknown>,
              copy as unknown as Record<string, unknown>,
            );
          const last = path.at(-1)!;
          const value = parent[last];
          parent[last] = typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : `${String(value)}x`;
        });
        expect(planDocumentDigest(plan)).not.toBe(before);
      }),
    );
  });
});
