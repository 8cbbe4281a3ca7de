import { describe, expect, test } from 'vitest';
import { loadPlan, loadPlanBytes, mistakesShown } from './load.ts';
import { mistakeLine } from './mistakes.ts';
import { mistakesIn as mistakesOf, smallPlan, smallPlanWith as edited } from '../../test/support/small-plan.ts';

const nowMs = Date.parse('2030-01-01T00:00:00Z');

test('a valid plan is loaded with durations and dates as milliseconds', () => {
  const loaded = loadPlan(smallPlan, 'plan.yaml', { nowMs });
  expect(loaded).toMatchObject({
    ok: true,
    plan: { plan: 'small', packages: [{ watch: { length: 14 * 86_400_000, every: 86_400_000 } }, {}], waves: [{ goLive: Date.parse('2026-04-08') }, {}] },
  });
});

/** What is replaced in the plan, and the one line that the loader answers. */
const single: [name: string, from: string, to: string, answer: string][] = [
  [
    'unknown owner',
    'owner: ana',
    'owner: anna',
    "plan.yaml:24:12  packages[0].owner  unknown owner 'anna': no person of this plan has that id; did you mean 'ana'?",
  ],
  [
    'unknown owner unlike any known id',
    'owner: ana',
    'owner: zebulon',
    "plan.yaml:24:12  packages[0].owner  unknown owner 'zebulon': no person of this plan has that id",
  ],
  [
    'unknown person in a cohort',
    'cohort: [ben, kim]',
    'cohort: [ben, kin]',
    "plan.yaml:35:19  packages[0].cohort[1]  unknown person 'kin': no person of this plan has that id; did you mean 'kim'?",
  ],
  [
    'unknown operator',
    'operators: [eva]',
    'operators: [ada]',
    "plan.yaml:11:13  operators[0]  unknown operator 'ada': no person of this plan has that id; did you mean 'ana'?",
  ],
  [
    'unknown signer of a drill',
    'signedBy: eva',
    'signedBy: nobody',
    "plan.yaml:55:54  packages[1].requires.drill.signedBy  unknown signer of the drill 'nobody': no person of this plan has that id",
  ],
  [
    'unknown system of a role',
    '{ system: erp, role: fin_close }',
    '{ system: crm, role: fin_close }',
    "plan.yaml:32:19  packages[0].entitlements[0].system  unknown system 'crm': list it under systems",
  ],
  [
    'unknown system of an account',
    'accounts: { erp: kdahl }',
    'accounts: { sap: kdahl }',
    "plan.yaml:10:54  people[3].accounts.sap  unknown system 'sap': list it under systems",
  ],
  [
    'unknown metric',
    '- { metric: adoption,',
    '- { metric: adaption,',
    "plan.yaml:39:21  packages[0].watch.metrics[0].metric  unknown metric 'adaption': no metric of this plan has that id; did you mean 'adoption'?",
  ],
  [
    'unknown package in a wave',
    '- package: intake',
    '- package: intakes',
    "plan.yaml:70:18  waves[1].packages[0].package  unknown package 'intakes': no package of this plan has that id; did you mean 'intake'?",
  ],
  [
    'unknown wave',
    'after: [first]',
    'after: [frist]',
    "plan.yaml:68:13  waves[1].after[0]  unknown wave 'frist': no wave of this plan has that id; did you mean 'first'?",
  ],
  ['duplicate person', '- { id: ben,', '- { id: ana,', ''],
  ['duplicate metric and reserved name', 'id: adoption', 'id: access-drift', ''],
  ['a name twice in a list', 'cohort: [ben, kim]', 'cohort: [ben, kim, ben]', "plan.yaml:35:24  packages[0].cohort[2]  'ben' is listed twice"],
  [
    'window that is not a duration',
    'length: 14d',
    'length: fortnight',
    "plan.yaml:37:15  packages[0].watch.length  package 'closing': 'fortnight' is not a duration: write a number and a unit, such as 90m, 24h, 14d or 2w",
  ],
  [
    'window without a unit',
    'length: 14d',
    'length: 14',
    "plan.yaml:37:15  packages[0].watch.length  package 'closing': '14' is not a duration: write a number and a unit, such as 90m, 24h, 14d or 2w",
  ],
  [
    'text that is not a date',
    'goLive: 2026-04-15',
    'goLive: next tuesday',
    "plan.yaml:67:13  waves[1].goLive  wave 'second': 'next tuesday' is not a date: write 2026-04-08 or 2026-04-08T18:00:00+02:00",
  ],
  [
    'date that is not on the calendar',
    'goLive: 2026-04-15',
    'goLive: 2026-04-31',
    "plan.yaml:67:13  waves[1].goLive  wave 'second': '2026-04-31' is not a date: the days of 2026-04 are 01 to 30",
  ],
  ['wave that waits for itself', 'after: [first]', 'after: [second]', "plan.yaml:68:12  waves[1].after  wave 'second' waits for itself"],
  ['waves that wait for each other', '    packages:\n      - package: closing', '    after: [second]\n    packages:\n      - package: closing', ''],
  ['package that builds on itself', 'buildsOn: [closing]', 'buildsOn: [intake]', "plan.yaml:56:15  packages[1].buildsOn  package 'intake' builds on itself"],
  [
    'no rollback path',
    '    rollbackPath: [Take it back]\n    postLaunchChecks: [Look at it]\n    maintenanceNote: None\n    entitlements:\n      - { system: erp, role: fin_close }',
    '    postLaunchChecks: [Look at it]\n    maintenanceNote: None\n    entitlements:\n      - { system: erp, role: fin_close }',
    "plan.yaml:21:5  packages[0].rollbackPath  package 'closing' has no rollback path: list under rollbackPath the steps that undo it, one per line starting with '- '",
  ],
  [
    'empty rollback path',
    'rollbackPath: [Take it back]',
    'rollbackPath: []',
    "plan.yaml:28:19  packages[0].rollbackPath  package 'closing' has no rollback path: list under rollbackPath the steps that undo it, one per line starting with '- '",
  ],
  [
    'rollback path without a value',
    'rollbackPath: [Take it back]',
    'rollbackPath:',
    "plan.yaml:28:18  packages[0].rollbackPath  package 'closing' has no rollback path: list under rollbackPath the steps that undo it, one per line starting with '- '",
  ],
  [
    'drill without signer',
    ', signedBy: eva',
    '',
    "plan.yaml:55:14  packages[1].requires.drill.signedBy  package 'intake' requires a drill without a signer: name under signedBy the person who signs it",
  ],
  [
    'drill that expires before it ends',
    'timebox: 1h',
    'timebox: 31d',
    "plan.yaml:55:40  packages[1].requires.drill.timebox  package 'intake': a drill of 31d would expire (after 30d) before it ends",
  ],
  [
    'ratio above 1',
    'tune: { below: 0.5 }',
    'tune: { above: 1 }',
    "plan.yaml:39:46  packages[0].watch.metrics[0].tune.above  the tune bound of 'adoption' can never be met: a ratio is between 0 and 1, and nothing is above 1",
  ],
  [
    'ratio below 0',
    'tune: { below: 0.5 }',
    'tune: { below: 0 }',
    "plan.yaml:39:46  packages[0].watch.metrics[0].tune.below  the tune bound of 'adoption' can never be met: a ratio is between 0 and 1, and nothing is below 0",
  ],
  [
    'ratio always below',
    'tune: { below: 0.5 }',
    'tune: { below: 5 }',
    "plan.yaml:39:46  packages[0].watch.metrics[0].tune.below  the tune bound of 'adoption' would always be crossed: a ratio is between 0 and 1, and everything is below 5",
  ],
  [
    'above a smaller number than below',
    'tune: { below: 0.5 }',
    'tune: { above: 0.3, below: 0.5 }',
    "plan.yaml:39:46  packages[0].watch.metrics[0].tune.above  the tune bound of 'adoption' would always be crossed: every value is above 0.3 or below 0.5; above must be the larger number",
  ],
  ['count below 0', 'rollback: { above: 5 }', 'rollback: { above: -1 }', ''],
  [
    'bound without a number',
    'tune: { below: 0.5 }',
    'tune: {}',
    "plan.yaml:39:37  packages[0].watch.metrics[0].tune  the tune bound of 'adoption' bounds nothing: write above, below, aboveBaselineTimes or belowBaselineTimes",
  ],
  [
    'metric without a bound',
    ', tune: { below: 0.5 }',
    '',
    "plan.yaml:39:11  packages[0].watch.metrics[0]  'adoption' bounds nothing: give it a tune bound, a rollback bound, or both, such as tune: { above: 0.1 }",
  ],
  [
    'tune bound beyond the rollback bound',
    'tune: { below: 0.5 }',
    'tune: { below: 0.2 }, rollback: { below: 0.4 }',
    "plan.yaml:39:72  packages[0].watch.metrics[0].rollback.below  'adoption' would be rolled back (below 0.4) before it is ever tuned (below 0.2); the tune bound must come first",
  ],
  [
    'tune bound equal to the rollback bound',
    'rollback: { above: 5 }',
    'rollback: { above: 0 }',
    "plan.yaml:60:74  packages[1].watch.metrics[0].rollback.above  'access-drift' would be rolled back (above 0) before it is ever tuned (above 0); the tune bound must come first",
  ],
  [
    'drift against a baseline',
    'rollback: { above: 5 }',
    'rollback: { aboveBaselineTimes: 2 }',
    "plan.yaml:60:87  packages[1].watch.metrics[0].rollback.aboveBaselineTimes  the rollback bound of 'access-drift' cannot be relative to a baseline: before go-live there is no reviewed access to drift from; write above",
  ],
  [
    'drift below',
    'rollback: { above: 5 }',
    'rollback: { below: 5 }',
    "plan.yaml:60:74  packages[1].watch.metrics[0].rollback.below  the rollback bound of 'access-drift' would be crossed when there is no drift; write above",
  ],
  [
    'metric watched twice',
    '{ metric: adoption, tune: { below: 0.5 }, from: 7d }',
    '{ metric: access-drift, tune: { above: 3 } }',
    "plan.yaml:40:21  packages[0].watch.metrics[1].metric  'access-drift' is watched twice; combine its bounds in one entry",
  ],
  [
    'metric judged after the watch',
    'from: 7d',
    'from: 14d',
    "plan.yaml:39:59  packages[0].watch.metrics[0].from  'adoption' is never judged: it starts 14d after go-live, when the watch of 14d is over",
  ],
  [
    'more failures allowed than evaluations',
    'from: 7d }',
    'from: 7d, failuresAllowed: 9 }',
    "plan.yaml:39:80  packages[0].watch.metrics[0].failuresAllowed  the bounds of 'adoption' can never be met: 9 failures are allowed, and the watch has no more evaluations than that",
  ],
  [
    'watch that is too long',
    'length: 14d',
    'length: 400d',
    "plan.yaml:37:15  packages[0].watch.length  package 'closing' is watched for 400d; a watch is at most 366d, and 7d, 14d or 21d are usual",
  ],
  [
    'first evaluation after the watch',
    'length: 14d',
    'length: 14d\n      firstCheck: 15d',
    "plan.yaml:38:19  packages[0].watch.firstCheck  package 'closing': the first evaluation comes 15d after go-live, when the watch of 14d is over",
  ],
  [
    'no evaluation within the watch',
    'length: 14d',
    'length: 14d\n      every: 3w',
    "plan.yaml:38:14  packages[0].watch.every  package 'closing': an evaluation every 21d never comes in a watch of 14d",
  ],
  [
    'too many evaluations',
    'length: 14d',
    'length: 90d\n      every: 15m',
    "plan.yaml:38:14  packages[0].watch.every  package 'closing': an evaluation every 15m makes 8,640 evaluations in 90d; at most 2,000 are allowed",
  ],
  [
    'evaluations too often',
    'length: 14d',
    'length: 14d\n      every: 14m',
    "plan.yaml:38:14  packages[0].watch.every  package 'closing': an evaluation every 14m is too often; evaluate at most every 15m",
  ],
  [
    'automatic rollback at high risk',
    'buildsOn: [closing]',
    'rollback: { approval: automatic }',
    "plan.yaml:56:27  packages[1].rollback.approval  package 'intake' has high risk, so a person must approve its rollback; write approval: owner",
  ],
  ['own delegate', 'of: ana, to: kim', 'of: ana, to: ana', "plan.yaml:13:20  delegates[0].to  'ana' cannot be their own delegate; name someone else"],
  [
    'one account for two people',
    'team: finance, email: ben@example.com',
    'team: finance, accounts: { erp: kdahl }',
    "plan.yaml:10:59  people[3].accounts.erp  'kim' and 'ben' have the same account 'kdahl' in 'erp'",
  ],
  [
    'account of a namesake',
    'accounts: { erp: kdahl }',
    'accounts: { erp: ana }',
    "plan.yaml:10:59  people[3].accounts.erp  'kim' and 'ana' have the same account 'ana' in 'erp'",
  ],
  [
    'role granted and retired',
    'role: fin_old',
    'role: fin_close',
    "plan.yaml:34:9  packages[0].legacy[0]  package 'closing' both grants and retires 'fin_close' in 'erp'; keep one of the two",
  ],
  [
    'scheduled wave without a date',
    '    goLive: 2026-04-15\n',
    '',
    "plan.yaml:66:5  waves[1]  wave 'second' is scheduled without a date: write goLive, or status: tentative until there is one",
  ],
  [
    'go-live before the plan begins',
    'goLive: 2026-04-08',
    'goLive: 2026-04-05',
    "plan.yaml:63:13  waves[0].goLive  the go-live of wave 'first' on 2026-04-05 is in the past (it is 2026-04-06 on the plan's clock) and the wave has not started; give it a later date",
  ],
  ['wave dated before the one that it follows', 'goLive: 2026-04-08', 'goLive: 2026-04-20', ''],
  [
    'on hold without a hold section',
    'goLive: 2026-04-15',
    'status: on-hold',
    "plan.yaml:67:13  waves[1].status  wave 'second' is on hold without a hold section: add hold with reason and liftedBy",
  ],
  [
    'on hold with a date',
    'goLive: 2026-04-15',
    'goLive: 2026-04-15\n    status: on-hold\n    hold: { reason: Wait, liftedBy: [ana, eva] }',
    "plan.yaml:67:13  waves[1].goLive  wave 'second' is on hold and so has no date; the date is set when the hold is lifted",
  ],
  [
    'hold of a wave that is not on hold',
    'after: [first]',
    'hold: { reason: Wait, liftedBy: [ana, eva] }',
    "plan.yaml:68:11  waves[1].hold  wave 'second' has a hold but is scheduled, so the hold has no effect; write status: on-hold, or remove hold",
  ],
  [
    'hold that nobody can lift',
    'goLive: 2026-04-15',
    'status: on-hold\n    hold: { reason: Wait, liftedBy: [ana] }',
    "plan.yaml:68:11  waves[1].hold  wave 'second' can never be released: its hold needs 2 approvals and only 1 may give one; add people to liftedBy or lower approvals",
  ],
  [
    'together and apart',
    '      - package: intake',
    '      - { package: intake, goLive: 2026-04-16 }\n    goLiveTogether: true',
    "plan.yaml:70:36  waves[1].packages[0].goLive  wave 'second' goes live together, so the go-live of 'intake' cannot have its own date",
  ],
  [
    'package in two waves',
    '- package: intake',
    '- package: intake\n      - package: closing',
    "plan.yaml:71:18  waves[1].packages[1].package  package 'closing' is already in wave 'first'; only one wave releases a package: write change: revise or change: retire",
  ],
  [
    'package twice in a wave',
    '- package: intake',
    '- package: intake\n      - package: intake',
    "plan.yaml:71:18  waves[1].packages[1].package  package 'intake' is in this wave twice",
  ],
  [
    'plan day longer than a day',
    'day: 2s',
    'day: 2d',
    'plan.yaml:2:34  clock.day  a plan day may be no longer than a real day; without clock, plan time is real time',
  ],
  [
    'a clock that ran faster only before it began',
    'day: 2s',
    'day: 2s, until: 2026-04-06',
    'plan.yaml:2:45  clock.until  the clock runs faster until this date, which must be after its epoch',
  ],
  [
    'unknown key',
    'owner: ana',
    'owner: ana\n    onwer: ben',
    "plan.yaml:25:5  packages[0].onwer  package 'closing': unknown key 'onwer'; did you mean 'owner'?",
  ],
  [
    'unknown key unlike any known one',
    'day: 2s',
    'day: 2s, colour: red',
    "plan.yaml:2:38  clock.colour  unknown key 'colour'; known keys here: epoch, day, until",
  ],
  ['key twice', 'owner: ana', 'owner: ana\n    owner: ben', "plan.yaml:25:5  packages[0].owner  the key 'owner' appears twice here; keep one"],
  [
    '__proto__',
    'owner: ana',
    'owner: ana\n    __proto__: { risk: low }',
    "plan.yaml:25:5  packages[0].__proto__  the key '__proto__' is not allowed in a plan",
  ],
  [
    'constructor',
    'day: 2s',
    'day: 2s, constructor: { prototype: 1 }',
    "plan.yaml:2:38  clock.constructor  unknown key 'constructor'; known keys here: epoch, day, until",
  ],
  [
    'merge key',
    'day: 2s',
    'day: 2s, <<: {}',
    "plan.yaml:2:38  clock['<<']  merge keys (<<) are not read; write the keys out, or use an alias for a whole value",
  ],
  ['tag', 'name: Closing', 'name: !!str Closing', "plan.yaml:22:17  packages[0].name  the tag '!!str' is not allowed in a plan; write the plain value"],
  ['alias of nothing', 'name: Closing', 'name: *all', ''],
  [
    'word not in the list',
    'risk: high',
    'risk: hihg',
    "plan.yaml:45:11  packages[1].risk  package 'intake': 'risk' must be low, medium or high, but is 'hihg'; did you mean 'high'?",
  ],
  [
    'connection string itself, which is never repeated',
    '  - lab',
    '  - postgres://admin:hunter2@db/x',
    "plan.yaml:5:5  systems[1]  system number 2: 'postgres://…@db/x' is not an id: an id is 1 to 63 lower-case letters, digits, dots, dashes or underscores and starts with a letter or digit",
  ],
  ['e-mail address', 'ben@example.com', 'ben at example', "plan.yaml:8:53  people[1].email  person 'ben': 'ben at example' is not an e-mail address"],
  [
    'text instead of a list',
    'rolloutSteps: [Give it]',
    'rolloutSteps: Give it',
    "plan.yaml:26:19  packages[0].rolloutSteps  package 'closing': 'rolloutSteps' must be a list, one entry per line starting with '- ', but is 'Give it'",
  ],
  [
    'number instead of text',
    'name: Closing',
    'name: 2026',
    "plan.yaml:22:11  packages[0].name  package 'closing': 'name' must be text: put '2026' between quotes",
  ],
  [
    'text instead of a number',
    'below: 0.5',
    'below: half',
    "plan.yaml:39:46  packages[0].watch.metrics[0].tune.below  package 'closing': 'below' must be a number, but is 'half'",
  ],
  [
    'half a failure',
    'from: 7d }',
    'from: 7d, failuresAllowed: 1.5 }',
    "plan.yaml:39:80  packages[0].watch.metrics[0].failuresAllowed  package 'closing': 'failuresAllowed' must be a whole number, but is '1.5'",
  ],
  [
    'empty entry',
    'rolloutSteps: [Give it]',
    'rolloutSteps:\n      - Give it\n      -',
    "plan.yaml:28:8  packages[0].rolloutSteps[1]  package 'closing': entry 2 of 'rolloutSteps' is an empty entry: write it, or remove its '-'",
  ],
  [
    'hidden control character',
    'name: Closing',
    'name: "Clo\\u0000sing"',
    'plan.yaml:22:11  packages[0].name  its character 4 is U+0000, which nobody sees or which turns what follows; write it without',
  ],
];

describe('one mistake gets one line that names file, line, path and what to do', () => {
  test.each(single.filter(([, , , answer]) => answer !== ''))('%s', (_name, from, to, answer) => {
    expect(mistakesOf(edited([from, to]))).toEqual([answer]);
  });
});

describe('a mistake with two consequences shows both', () => {
  test('two people with one id, and references to the id that is gone', () => {
    expect(mistakesOf(edited(['- { id: ben,', '- { id: ana,']))).toEqual([
      "plan.yaml:8:11  people[1].id  duplicate id 'ana': people[0] already has it",
      "plan.yaml:35:14  packages[0].cohort[0]  unknown person 'ben': no person of this plan has that id",
      "plan.yaml:53:14  packages[1].cohort[0]  unknown person 'ben': no person of this plan has that id",
    ]);
  });

  test('a metric that takes the reserved name', () => {
    expect(mistakesOf(edited(['id: adoption', 'id: access-drift']))[0]).toBe(
      "plan.yaml:15:9  metrics[0].id  'access-drift' is reserved: every system measures it automatically; give this metric another id",
    );
  });

  test('a cycle of waves, reported once, and the date that contradicts it', () => {
    expect(mistakesOf(edited(['    packages:\n      - package: closing', '    after: [second]\n    packages:\n      - package: closing']))).toEqual([
      "plan.yaml:64:12  waves[0].after  wave 'first' waits for itself in a cycle: first → second → first",
      "plan.yaml:64:13  waves[0].after[0]  wave 'first' comes after 'second' but goes live before it (2026-04-08 and 2026-04-15)",
    ]);
  });

  test('a wave dated before the one that it follows, and the package with it', () => {
    expect(mistakesOf(edited(['goLive: 2026-04-08', 'goLive: 2026-04-20']))).toEqual([
      "plan.yaml:56:16  packages[1].buildsOn[0]  package 'intake' builds on 'closing', which goes live later (2026-04-15 and 2026-04-20)",
      "plan.yaml:68:13  waves[1].after[0]  wave 'second' comes after 'first' but goes live before it (2026-04-15 and 2026-04-20)",
    ]);
  });

  test('an alias of nothing', () => {
    expect(mistakesOf(edited(['name: Closing', 'name: *all']))[0]).toBe(
      'plan.yaml:22:11  packages[0].name  *all refers to nothing: there is no finished &all before it',
    );
  });
});

test('all mistakes of a file are reported at once: of its shape and of its rules, in one package or in many', () => {
  const text = edited(
    ['owner: ana', 'owner: nobody-here'],
    ['length: 14d', 'length: soon'],
    ['    rollbackPath: [Take it back]\n', ''],
    ['{ system: erp, role: fin_close }', '{ system: erb, role: fin_close }'],
    ['operators: [eva]', 'operators: [eva, adam]'],
    ['tune: { below: 0.5 }', 'tune: { above: 2 }'],
    ['after: [first]', 'after: [second]'],
    ['risk: high', 'risk: extreme'],
    ['goLive: 2026-04-08', 'goLive: 2026-04-01'],
  );
  expect(mistakesOf(text).map((line) => line.split('  ')[1])).toEqual([
    'operators[1]',
    'packages[0].rollbackPath',
    'packages[0].owner',
    'packages[0].entitlements[0].system',
    'packages[0].watch.length',
    'packages[0].watch.metrics[0].tune.above',
    'packages[1].risk',
    'waves[0].goLive',
    'waves[1].after',
  ]);
});

describe('the past is judged by the plan’s clock', () => {
  const clock = { epochMs: Date.parse('2026-04-06'), anchorMs: nowMs - 5 * 2_000, dayMs: 2_000 };

  test('the plan time of a plan that was applied before continues from there', () => {
    expect(mistakesOf(smallPlan, { clock })).toEqual([
      "plan.yaml:63:13  waves[0].goLive  the go-live of wave 'first' on 2026-04-08 is in the past (it is 2026-04-11 on the plan's clock) and the wave has not started; give it a later date",
    ]);
  });

  test('a wave that has started may keep its date', () => {
    expect(mistakesOf(smallPlan, { clock, startedWaves: new Set(['first']) })).toEqual([]);
  });

  test('without a clock, plan time is real time', () => {
    expect(mistakesOf(edited(['clock: { epoch: 2026-04-06, day: 2s }\n', ''])).map((line) => line.split('  ')[1])).toEqual([
      'waves[0].goLive',
      'waves[1].goLive',
    ]);
  });

  test('with a mistaken epoch, no date is in the past', () => {
    expect(mistakesOf(edited(['epoch: 2026-04-06', 'epoch: spring'])).map((line) => line.split('  ')[1])).toEqual(['clock.epoch']);
  });
});

/** Texts that are not plans. */
const hostile: [name: string, text: string, answer: RegExp][] = [
  ['nothing', '', /^plan\.yaml:1:1  the file is empty/],
  ['blanks', ' \n\n  ', /the file is empty/],
  ['comments only', '# nothing here\n', /the file is empty/],
  ['null', '~', /the file is empty/],
  ['a sentence', 'hello', /a plan is a group of keys/],
  ['a list', '- a\n- b', /a plan is a group of keys/],
  ['a NUL byte', 'plan: a\nx: \u0000', /^plan\.yaml:2:4  the file is binary, not text/],
  ['an escape sequence', 'plan: \u001b[31m', /control character U\+001B/],
  ['two documents', 'plan: a\n---\nplan: b\n', /more than one YAML document/],
  ['a file over the limit', 'a'.repeat(2 * 1024 * 1024 + 1), /larger than 2 MiB/],
  ['unclosed brackets', '['.repeat(2_000_000), /nested more than 64 levels/],
  ['unclosed maps', '{a: '.repeat(500_000), /nested more than 64 levels/],
  ['nested dashes', '- '.repeat(1_000_000), /nested more than 64 levels/],
  ['stairs', Array.from({ length: 1_900 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join(''), /nested more than 64 levels/],
  ['commas', `[${','.repeat(1_900_000)}`, /well-formed YAML|words and signs/],
  ['closing brackets', ']'.repeat(2_000_000), /well-formed YAML/],
  ['quotes', '"'.repeat(2_000_000), /well-formed YAML|words and signs/],
  ['the same key many times', 'a:\n'.repeat(600_000), /words and signs/],
  ['forty thousand keys', Array.from({ length: 30_000 }, (_, index) => `k${index}: 1\n`).join(''), /words and signs|unknown key/],
  [
    'nineteen thousand people that are plain text',
    `people:\n${Array.from({ length: 19_000 }, (_, index) => `  - Person ${index}\n`).join('')}`,
    /group of keys/,
  ],
  [
    'forty thousand people that are plain text',
    `people:\n${Array.from({ length: 40_000 }, (_, index) => `  - Person ${index}\n`).join('')}`,
    /40,000 people, and this site allows/,
  ],
  ['many anchors', '&a '.repeat(600_000), /words and signs|well-formed YAML/],
  ['directives', '%a\n'.repeat(600_000), /words and signs|well-formed YAML/],
  [
    'a billion laughs',
    `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefghijk'].map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghijk'[index]}`).join(',')}]`).join('\n')}`,
    /aliases of this file multiply/,
  ],
  ['one long word', `plan: ${'a'.repeat(2_000_000)}`, /'a+…' is not an id/],
  ['a tab for indentation', 'plan: a\nsystems:\n\t- id: x\n', /well-formed YAML/],
];

/** Under a second on most machines; a slow one takes three times as long, and what is quadratic takes a minute on any. */
describe('hostile files get one clear answer within seconds', () => {
  test.each(hostile)('%s', (_name, text, answer) => {
    const before = process.threadCpuUsage();
    const lines = mistakesOf(text);
    const { user, system } = process.threadCpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(4_000);
    expect(lines.some((line) => answer.test(line))).toBe(true);
    expect(lines.length).toBeLessThanOrEqual(mistakesShown + 1);
  });

  test('an alias of itself', () => {
    expect(mistakesOf('plan: &a [*a]')).toContain('plan.yaml:1:11  plan[0]  *a refers to nothing: there is no finished &a before it');
  });
});

test('aliases of whole values are allowed', () => {
  expect(mistakesOf(edited(['cohort: [ben, kim]', 'cohort: &all [ben, kim]'], ['cohort: [ben]', 'cohort: *all']))).toEqual([]);
});

test('a plan for ten thousand people is read', () => {
  const people = Array.from({ length: 10_000 }, (_, index) => `person.${index}`);
  const text = edited(
    ['operators: [eva]', `${people.map((id) => `  - { id: ${id}, name: Person of ${id}, team: operations }`).join('\n')}\noperators: [eva]`],
    ['cohort: [ben, kim]', `cohort: [${people.join(', ')}]`],
  );
  const loaded = loadPlan(text, 'plan.yaml', { nowMs });
  expect(loaded).toMatchObject({ ok: true });
  if (loaded.ok) expect(loaded.plan.packages[0]?.cohort).toHaveLength(10_000);
});

test('a long list of mistakes ends in a count', () => {
  const lines = mistakesOf(`${smallPlan}${Array.from({ length: 700 }, (_, index) => `extra${index}: 1\n`).join('')}`);
  expect(lines).toHaveLength(mistakesShown + 1);
  expect(lines.at(-1)).toMatch(/and at least 200 more mistakes from here on$/);
});

describe('bytes', () => {
  const messages = (bytes: Uint8Array) => {
    const loaded = loadPlanBytes(bytes, 'plan.yaml', { nowMs });
    return loaded.ok ? [] : loaded.mistakes.map(mistakeLine);
  };

  test('UTF-8 with and without a byte order mark is read', () => {
    expect(messages(new TextEncoder().encode(smallPlan))).toEqual([]);
    expect(messages(new TextEncoder().encode(`\ufeff${smallPlan}`))).toEqual([]);
  });

  test('bytes that are not UTF-8 are reported with their line', () => {
    expect(messages(Uint8Array.from([...new TextEncoder().encode('plan: a\nx: '), 0xe9, 0x0a]))).toEqual([
      'plan.yaml:2:4  the file is not valid UTF-8 here; save it as UTF-8',
    ]);
  });

  test('UTF-16 is reported', () => {
    expect(messages(Uint8Array.from([0xff, 0xfe, 0x70, 0x00]))).toEqual(['plan.yaml:1:1  the file is in UTF-16; save it as UTF-8']);
  });

  test('an executable is not a plan', () => {
    expect(messages(Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0]))[0]).toMatch(/control character|binary/);
  });
});
