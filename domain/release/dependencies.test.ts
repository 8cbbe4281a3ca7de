import { describe, expect, test } from 'vitest';
import { clerksPlan, created, entry } from '../../test/support/ledger.ts';
import type { Change, Plan } from '../plan/schema.ts';
import { clearerText, dependencyLine } from '../views/dependency.ts';
import { dependencyLines, notChecked, type DependencyFacts, type RunningJobs } from './dependencies.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Release } from './releases.ts';

const release = (wave: string, id = 'clerks', change: Change = 'release', undone = false): Release => ({
  plan: 'test',
  wave,
  package: id,
  revision: 1,
  planDigest: '',
  previewDigest: '',
  change,
  begunAtMs: 0,
  undone,
});
const own = { plan: 'test', wave: 'wave-1', package: 'clerks' };
/** `posters` and `auditors` build on `clerks`. */
const plan: Plan = (() => {
  const small = clerksPlan();
  const [first] = small.packages;
  return {
    ...small,
    packages: [...small.packages, ...['posters', 'auditors'].map((id) => ({ ...first!, id, owner: `owner of ${id}`, buildsOn: ['clerks'] }))],
  };
})();
const facts = (change: Partial<DependencyFacts> = {}): DependencyFacts => ({
  release: own,
  owner: 'olga',
  plan,
  releases: [release('wave-1')],
  ledger: [],
  claims: new Map(),
  running: new Map(),
  ...change,
});
const open = (change: Partial<DependencyFacts>) =>
  dependencyLines(facts(change))
    .filter(({ clear }) => !clear)
    .map(({ line, clearedBy }) => `${line} (${clearedBy && clearerText(clearedBy)})`);
const lines = (change: Partial<DependencyFacts>) => dependencyLines(facts(change)).map(({ line }) => line);

test('with nothing in the way, every line is clear and names what was checked', () => {
  expect(dependencyLines(facts({ running: new Map([['erp', []]]) }))).toEqual([
    { code: 'builtUpon', packages: [], line: 'no released package builds on this one', clear: true },
    { code: 'unconfirmed', grants: 0, line: 'every grant is confirmed', clear: true },
    { code: 'shared', grants: 0, line: 'no other package needs these grants', clear: true },
    { code: 'runningJobs', system: 'erp', jobs: 0, line: 'no job of these people runs in erp', clear: true },
  ]);
});

test('a later release of the package is rolled back first, while it stands', () => {
  expect(open({ releases: [release('wave-1'), release('wave-2', 'clerks', 'revise')] })).toEqual([
    "wave-2 released a later revision of 'clerks': roll that back first (olga)",
  ]);
  expect(open({ releases: [release('wave-1'), release('wave-2', 'clerks', 'revise', true)] })).toEqual([]);
});

describe('released packages that build on it are rolled back first', () => {
  const first = "'posters' is released and builds on this one: roll it back first (owner of posters)";
  test.each<[string, Release[], Partial<DependencyFacts>, string[]]>([
    ['one', [release('wave-1'), release('wave-1', 'posters')], {}, [first]],
    ['each once, however often it was revised', [release('wave-1'), release('wave-1', 'posters'), release('wave-2', 'posters', 'revise')], {}, [first]],
    [
      'two, each with its owner',
      [release('wave-1'), release('wave-1', 'posters'), release('wave-1', 'auditors')],
      {},
      [first, "'auditors' is released and builds on this one: roll it back first (owner of auditors)"],
    ],
    ['not one that was rolled back', [release('wave-1'), release('wave-1', 'posters', 'release', true)], {}, []],
    ['not one that was retired', [release('wave-1'), release('wave-1', 'posters'), release('wave-2', 'posters', 'retire')], {}, []],
    ['one whose retirement was rolled back', [release('wave-1'), release('wave-1', 'posters'), release('wave-2', 'posters', 'retire', true)], {}, [first]],
    ['not one that is only observed', [release('wave-1'), release('wave-1', 'posters', 'observe')], {}, []],
    ['not one that is no longer in the plan', [release('wave-1'), release('wave-1', 'posters')], { plan: clerksPlan() }, []],
    [
      'not one that was released on the release before a change',
      [release('wave-0'), release('wave-0', 'posters'), release('wave-1', 'clerks', 'revise')],
      {},
      [],
    ],
    ['but one that was released on top of the change', [release('wave-0'), release('wave-1', 'clerks', 'revise'), release('wave-2', 'posters')], {}, [first]],
    ['also one that was released before the first release of this one', [release('wave-0', 'posters'), release('wave-1')], {}, [first]],
  ])('%s', (_, releases, more, expected) => {
    expect(open({ releases, ...more })).toEqual(expected);
  });
});

test('a plan that is not known any more keeps nobody waiting, and neither does another package of the same wave', () => {
  expect(open({ plan: undefined, releases: [release('wave-1'), release('wave-1', 'posters')] })).toEqual([]);
  const before = [release('wave-0'), release('wave-1', 'desk'), release('wave-1', 'posters'), release('wave-1', 'clerks', 'revise')];
  expect(open({ releases: before })).toEqual([]);
});

test('a check that could not run is in the way, and says why', () => {
  expect(notChecked('the store does not answer')).toEqual({
    code: 'notChecked',
    problem: 'the store does not answer',
    clear: false,
    line: 'the dependency check could not run: the store does not answer',
    clearedBy: { role: 'operators' },
  });
});

test('an attempt that may still be running is in the way; grants that could not be confirmed are not, because the rollback reads them again', () => {
  const pending: LedgerEntry['pending'] = [{ transaction: 't1', did: 'granted', by: 'release', grants: [] }];
  const running = (account: string, kind: LedgerEntry['kind'] = 'grant') => entry({ account, kind, pending });
  expect(open({ ledger: [running('ann')] })).toEqual([
    '1 grant may still be changing: an earlier attempt has not ended in the system, or the system does not answer (an operator)',
  ]);
  expect(open({ ledger: [running('ann'), running('ben', 'retire'), created('clerk', 'dea')] })).toEqual([expect.stringMatching(/^2 grants may still/)]);
  const unknown = [entry({ outcome: 'unknown' }), entry({ account: 'ben', outcome: 'unknown', pending })];
  expect(open({ ledger: unknown })).toEqual([]);
  expect(lines({ ledger: unknown })).toContain('2 grants could not be confirmed: the rollback reads them again');
  expect(lines({ ledger: unknown.slice(0, 1) })).toContain('1 grant could not be confirmed: the rollback reads it again');
  expect(lines({ ledger: [running('ann'), ...unknown] })).not.toContain('every grant is confirmed');
});

describe('grants that others claim stay, and need no clearing', () => {
  const claim = (change: Record<string, string> = {}) => ({ ...own, system: 'erp', role: 'clerk', account: 'ann', ...change });
  test.each<[string, ReturnType<typeof claim>[], string]>([
    ['another package', [claim({ package: 'posters' })], "1 grant stays: 'posters' needs it too"],
    ['two of another package', [claim({ package: 'posters' }), claim({ package: 'posters', account: 'ben' })], "2 grants stay: 'posters' needs them too"],
    ['another plan', [claim({ plan: 'other' })], '1 grant stays: a package of another plan needs it too'],
    ['an earlier release of the package', [claim({ wave: 'wave-0' })], "1 grant stays: 'clerks' as wave-0 released it needs it too"],
    ['its own claim', [claim()], 'no other package needs these grants'],
    ['a claim on what it did not grant', [claim({ package: 'posters', account: 'dea' })], 'no other package needs these grants'],
    ['a claim on what was there before', [claim({ package: 'posters', account: 'cem' })], 'no other package needs these grants'],
  ])('%s', (_, claims, line) => {
    const ledger = [
      created('clerk', 'ann'),
      created('clerk', 'ben'),
      entry({ account: 'cem', outcome: 'preexisting' }),
      entry({ kind: 'retire', role: 'clerk', account: 'dea', outcome: 'created' }),
    ];
    expect(lines({ ledger, claims: new Map([['erp', claims]]) })).toContain(line);
    expect(open({ ledger, claims: new Map([['erp', claims]]) })).toEqual([]);
  });
  test('several claimants, each with what it needs; a grant that two need is counted once', () => {
    const claims = [claim({ package: 'posters' }), claim({ package: 'desk' }), claim({ package: 'posters', account: 'ben' })];
    const ledger = [created('clerk', 'ann'), created('clerk', 'ben')];
    expect(dependencyLines(facts({ ledger, claims: new Map([['erp', claims]]) }))).toContainEqual({
      code: 'shared',
      grants: 2,
      clear: true,
      line: "2 grants stay: 'posters' needs them too; 1 grant stays: 'desk' needs it too",
    });
    expect(lines({ ledger })).toContain('no other package needs these grants');
  });
  test('a claim in another system does not count', () => {
    expect(lines({ ledger: [created('clerk', 'ann')], claims: new Map([['crm', [claim({ package: 'posters' })]]]) })).toContain(
      'no other package needs these grants',
    );
  });
});

test('running jobs block a rollback; where they cannot be seen, a line says so and blocks nothing', () => {
  const running = new Map<string, RunningJobs>([
    ['crm', { notPermitted: 'grant it pg_monitor' }],
    ['hr', 'notOffered'],
    ['erp', ['ann since 10:00', 'ben since 11:00', 'cem since 12:00', 'dea since 13:00']],
  ]);
  expect(open({ running })).toEqual(['4 running in erp: ann since 10:00; ben since 11:00; cem since 12:00 (olga)']);
  expect(lines({ running })).toContain('whether jobs run in crm cannot be seen: grant it pg_monitor');
  expect(lines({ running })).toContain('whether jobs run in hr is unknown: systems of its kind do not show it');
});

test('every line matches its schema and carries the numbers that its text names', () => {
  const everything = [
    ...dependencyLines(
      facts({
        releases: [release('wave-1'), release('wave-1', 'posters'), release('wave-2', 'clerks', 'revise')],
        ledger: [created('clerk', 'ann'), entry({ account: 'ben', pending: [{ transaction: 't1', did: 'granted', by: 'release', grants: [] }] })],
        claims: new Map([['erp', [{ ...own, system: 'erp', package: 'posters', role: 'clerk', account: 'ann' }]]]),
        running: new Map<string, RunningJobs>([
          ['crm', { notPermitted: 'grant it pg_monitor' }],
          ['hr', 'notOffered'],
          ['erp', ['ann since 10:00']],
        ]),
      }),
    ),
    notChecked('the store does not answer'),
  ];
  expect(everything.map((line) => dependencyLine.parse(line))).toEqual(everything);
  expect(everything).toMatchObject([
    { code: 'superseded', wave: 'wave-2', clearedBy: { person: 'olga' } },
    { code: 'builtUpon', packages: ['posters'], clearedBy: { person: 'owner of posters' } },
    { code: 'unconfirmed', grants: 1, clearedBy: { role: 'operators' } },
    { code: 'shared', grants: 1, clear: true },
    { code: 'jobsNotPermitted', system: 'crm', clear: true },
    { code: 'jobsNotOffered', system: 'hr', clear: true },
    { code: 'runningJobs', system: 'erp', jobs: 1, clearedBy: { person: 'olga' } },
    { code: 'notChecked', problem: 'the store does not answer', clearedBy: { role: 'operators' } },
  ]);
});
