import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { releasedChange, systemsOfReleases } from './released-change.ts';
import { planSchema, type Plan } from './schema.ts';
import { smallPlan } from '../../test/support/small-plan.ts';

const planOf = (): Plan => planSchema.parse(parse(smallPlan));
function changed(change: (plan: Plan) => void): Plan {
  const plan = planOf();
  change(plan);
  return plan;
}
const closing = (plan: Plan) => plan.packages[0]!;
const against = (plan: Plan, document = planOf()) => releasedChange(plan, { package: 'closing', wave: 'first', document });

describe('what decides access, or how it is watched, is named', () => {
  test.each<[string, (plan: Plan) => void]>([
    ['entitlements', (plan) => closing(plan).entitlements.push({ system: 'erp', role: 'fin_more' })],
    ['entitlements', (plan) => (closing(plan).entitlements[0]!.role = 'fin_other')],
    ['legacy', (plan) => (closing(plan).legacy[0]!.design = 'rejected')],
    ['people', (plan) => closing(plan).cohort.pop()],
    ['accounts', (plan) => (plan.people.find(({ id }) => id === 'kim')!.accounts = { erp: 'kim2' })],
    ['systems', (plan) => (plan.systems[0]!.connection = 'OTHER_DATABASE_URL')],
    ['watch', (plan) => (closing(plan).watch.length *= 2)],
    ['tune', (plan) => (closing(plan).tune.attempts = 5)],
    ['metrics', (plan) => (plan.metrics[0]!.sql = 'select 2 as value')],
    ['risk', (plan) => (closing(plan).risk = 'medium')],
    ['rollback', (plan) => (closing(plan).rollback.approval = 'automatic')],
  ])('%s', (part, change) => {
    expect(against(changed(change))).toEqual([part]);
  });

  test('all of them, in one order', () => {
    const plan = changed((found) => {
      closing(found).risk = 'medium';
      closing(found).cohort = ['ben'];
      closing(found).entitlements = [{ system: 'lab', role: 'x' }];
    });
    expect(against(plan)).toEqual(['entitlements', 'people', 'risk']);
  });

  test('a package that is gone', () => {
    expect(against(changed((plan) => plan.packages.shift()))).toBe('gone');
  });
});

describe('what changes in place is not', () => {
  test.each<[string, (plan: Plan) => void]>([
    ['the owner', (plan) => (closing(plan).owner = 'eva')],
    ['delegates', (plan) => (plan.delegates = [])],
    ['operators', (plan) => plan.operators.push('ana')],
    ['words', (plan) => Object.assign(closing(plan), { name: 'Closing!', description: 'Other', maintenanceNote: 'Other', rolloutSteps: ['Other'] })],
    ['words of an entitlement', (plan) => (closing(plan).entitlements[0]!.description = 'What it is for')],
    ['what a good end of its watch confirms', (plan) => (closing(plan).watch.confirms = 'It is used')],
    ['a metric that it does not watch', (plan) => plan.metrics.push({ ...plan.metrics[0]!, id: 'other' })],
    ["somebody else's account", (plan) => (plan.people.find(({ id }) => id === 'eva')!.accounts = { erp: 'eva2' })],
    ['an account in a system that it does not touch', (plan) => (plan.people.find(({ id }) => id === 'kim')!.accounts['lab'] = 'kim-lab')],
    ['another package', (plan) => (plan.packages[1]!.risk = 'low')],
    ['its waves and their dates', (plan) => (plan.waves[0]!.goLive = 1)],
    ['blackouts and notices', (plan) => (plan.notices.onCall = ['eva'])],
    ['how often it is certified', (plan) => (closing(plan).certifyEvery = 1)],
  ])('%s', (_name, change) => {
    expect(against(changed(change))).toEqual([]);
  });

  test('the order of its lists', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(['ben', 'kim', 'ana', 'eva'], { minLength: 4 }),
        fc.shuffledSubarray(['a', 'b', 'c'], { minLength: 3 }),
        (cohort, roles) => {
          const like = (people: string[], names: string[]) =>
            changed((plan) => {
              closing(plan).cohort = people;
              closing(plan).entitlements = names.map((role) => ({ system: 'erp', role }));
              plan.people.reverse();
            });
          expect(against(like(cohort, roles), like(cohort.toSorted(), roles.toSorted()))).toEqual([]);
        },
      ),
    );
  });
});

test('where a change has something to take: the systems of all releases that stand, as far as the plan has them', () => {
  const elsewhere = changed((plan) => (closing(plan).entitlements = [{ system: 'lab', role: 'x' }]));
  const released = [planOf(), elsewhere].map((document, index) => ({ package: 'closing', wave: `wave-${index}`, document }));
  expect(systemsOfReleases(planOf(), released)).toEqual(['erp', 'lab']);
  expect(
    systemsOfReleases(
      changed((plan) => plan.systems.pop()),
      released,
    ),
  ).toEqual(['erp']);
});
