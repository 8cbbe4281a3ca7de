import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Plan } from '../plan/schema.ts';
import { changesInPassing, packagesToTell, releasedChange, systemsBefore, type Released } from './definition-change.ts';
import { parsedSmallPlan as changed } from '../../test/support/small-plan.ts';

const planOf = () => changed();
const closing = (plan: Plan) => plan.packages[0]!;
const against = (plan: Plan, document = planOf()) => releasedChange(plan, { package: 'closing', document });

describe('a change of access, or of how it is watched, is named', () => {
  test.each<[string, (plan: Plan) => void]>([
    ['entitlements', (plan) => closing(plan).entitlements.push({ system: 'erp', role: 'fin_more' })],
    ['entitlements', (plan) => (closing(plan).entitlements[0]!.role = 'fin_other')],
    ['legacy', (plan) => (closing(plan).legacy[0]!.design = 'rejected')],
    ['people', (plan) => closing(plan).cohort.pop()],
    ['accounts', (plan) => (plan.people.find(({ id }) => id === 'kim')!.accounts = { erp: 'kim2' })],
    ['watch', (plan) => (closing(plan).watch.length *= 2)],
    ['tune', (plan) => (closing(plan).tune.attempts = 5)],
    ['metrics', (plan) => (plan.metrics[0]!.provider = { kind: 'sql', system: 'erp', query: 'select 2 as count, 3 as of' })],
    ['metrics', (plan) => (plan.metrics[0]!.lookback = 3_600_000)],
    ['metrics', (plan) => (plan.metrics[0]!.delay = 3_600_000)],
    ['metrics', (plan) => (plan.metrics[0]!.kind = 'rate')],
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

  test('a package that is no longer in the plan', () => {
    expect(against(changed((plan) => plan.packages.shift()))).toBe('gone');
  });
});

describe('a change that needs no new release is not named', () => {
  test.each<[string, (plan: Plan) => void]>([
    ['the owner', (plan) => (closing(plan).owner = 'eva')],
    ['delegates', (plan) => (plan.delegates = [])],
    ['operators', (plan) => plan.operators.push('ana')],
    ['texts', (plan) => Object.assign(closing(plan), { name: 'Closing!', description: 'Other', maintenanceNote: 'Other', rolloutSteps: ['Other'] })],
    ['the text of an entitlement', (plan) => (closing(plan).entitlements[0]!.description = 'What it is for')],
    ['what a good end of its watch confirms', (plan) => (closing(plan).watch.confirms = 'It is used')],
    ['a metric that it does not watch', (plan) => plan.metrics.push({ ...plan.metrics[0]!, id: 'other' })],
    ["another person's account", (plan) => (plan.people.find(({ id }) => id === 'eva')!.accounts = { erp: 'eva2' })],
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

const released = (wave: string, more: Partial<Released> = {}): Released => ({
  plan: 'test',
  wave,
  package: 'closing',
  revision: 1,
  planDigest: '',
  previewDigest: '',
  change: 'release',
  begunAtMs: 0,
  undone: false,
  document: planOf(),
  ...more,
});
/** The plan with one more wave that changes the package. */
const withWave = (change: 'release' | 'revise' | 'retire' | 'observe', edit: (plan: Plan) => void = () => {}) =>
  changed((plan) => {
    plan.waves.push({ ...structuredClone(plan.waves[0]!), id: 'later', packages: [{ package: 'closing', change, rollbackOnly: false }] });
    edit(plan);
  });

describe('systems in which a change of a released package has something to revoke', () => {
  const elsewhere = changed((plan) => (closing(plan).entitlements = [{ system: 'lab', role: 'x' }]));
  const releases = [released('first'), released('second', { document: elsewhere, change: 'revise' })];

  test('are the systems of all standing releases before it', () => {
    expect(systemsBefore(withWave('revise'), 'later', releases)).toEqual(new Map([['closing', ['erp', 'lab']]]));
    expect(systemsBefore(withWave('revise'), 'later', [releases[0]!, { ...releases[1]!, undone: true }])).toEqual(new Map([['closing', ['erp']]]));
    expect(systemsBefore(withWave('retire'), 'later', [...releases, released('later', { change: 'retire' })])).toEqual(new Map([['closing', ['erp', 'lab']]]));
    expect(systemsBefore(withWave('revise'), 'later', [releases[0]!, released('later', { undone: true }), releases[1]!])).toEqual(
      new Map([['closing', ['erp']]]),
    );
  });
  test('are only those that the plan still has', () => {
    expect(
      systemsBefore(
        withWave('revise', (plan) => plan.systems.pop()),
        'later',
        releases,
      ),
    ).toEqual(new Map([['closing', ['erp']]]));
  });
  test('are none where the wave changes no release', () => {
    for (const change of ['release', 'observe'] as const) expect(systemsBefore(withWave(change), 'later', releases)).toEqual(new Map());
    expect(systemsBefore(planOf(), 'nowhere', releases)).toEqual(new Map());
  });
});

describe('a change of a released package that no wave takes up', () => {
  const riskier = (plan: Plan) => (closing(plan).risk = 'medium');
  const none = new Set<string>();

  test('is named, with what to write', () => {
    expect(changesInPassing(changed(riskier), [released('first', { revision: 3 })], none)).toEqual([
      {
        package: 'closing',
        wave: 'first',
        revision: 3,
        changed: ['risk'],
        message: expect.stringMatching(/^'closing' is released by first \(revision 3\).*change: revise/),
      },
    ]);
    expect(
      changesInPassing(
        changed((plan) => plan.packages.shift()),
        [released('first')],
        none,
      ),
    ).toMatchObject([{ changed: ['the package'] }]);
  });
  test.each<[string, Plan, Released[], string[], number]>([
    ['a wave takes it up', withWave('revise', riskier), [released('first')], [], 0],
    ['a wave retires it', withWave('retire', riskier), [released('first')], [], 0],
    ['a wave only observes it', withWave('observe', riskier), [released('first')], [], 1],
    ['the wave that takes it up has ended', withWave('revise', riskier), [released('first')], ['later'], 1],
    ['the wave that takes it up has begun', withWave('revise', riskier), [released('first'), released('later', { change: 'revise', undone: true })], [], 1],
    ['it was rolled back', changed(riskier), [released('first', { undone: true })], [], 0],
    ['it was retired', changed(riskier), [released('first'), released('second', { change: 'retire' })], [], 0],
    ['nothing changed', planOf(), [released('first')], [], 0],
    ['it is compared with its latest release', changed(riskier), [released('first'), released('second', { document: changed(riskier) })], [], 0],
    ['its latest release was rolled back', changed(riskier), [released('first'), released('second', { document: changed(riskier), undone: true })], [], 1],
  ])('%s', (_, plan, releases, ended, count) => {
    expect(changesInPassing(plan, releases, new Set(ended))).toHaveLength(count);
  });
  test('a system in which a package was granted stays in the plan until its grants there are revoked', () => {
    const gone = withWave('revise', (plan) => {
      plan.systems = plan.systems.map((system) => (system === 'erp' ? 'erp2' : system));
      closing(plan).entitlements = [{ system: 'erp2', role: 'x' }];
      closing(plan).legacy = [];
    });
    expect(changesInPassing(gone, [released('first')], none)).toMatchObject([{ changed: ['systems'], message: expect.stringContaining('was granted in erp') }]);
  });
});

test('a revision is sent to standing releases that do not have it, and to packages that are only observed', () => {
  const plan = withWave('observe');
  const releases = [released('first'), released('second', { revision: 5 }), released('third', { undone: true })];
  expect(packagesToTell(plan, 5, releases)).toEqual([
    { wave: 'first', package: 'closing' },
    { wave: 'later', package: 'closing' },
  ]);
});
