/** What must be read from one system for a package, and how the details of a preview follow from it. */
import { describe, expect, test } from 'vitest';
import { actual, clerksPlan, created, entry, grant, us } from '../../test/support/ledger.ts';
import type { LedgerEntry } from '../release/ledger.ts';
import type { ReleaseChange } from '../release/release-change.ts';
import { buildPreview, concerned, partOf, wantedPairs } from './build-preview.ts';

/** With a role of the same package in a second system. */
const twoSystems = () => {
  const plan = clerksPlan({ cohort: ['cem', 'ann', 'ben'] });
  plan.systems.push('hr');
  plan.packages.unshift({ ...structuredClone(plan.packages[0]!), id: 'another', cohort: ['dea'] });
  const clerks = plan.packages[1]!;
  clerks.entitlements.push({ system: 'hr', role: 'hr_clerk' }, { system: 'erp', role: 'clerk' });
  clerks.legacy.push({ system: 'hr', role: 'old_hr', design: 'rejected' });
  return plan;
};
const made = ({ role = 'clerk', account = 'ann', ...change }: Partial<LedgerEntry>) => created(role, account, change);
const revise = (earlier: LedgerEntry[]): ReleaseChange => ({ change: 'revise', earlier });

test('a package concerns its own roles in the system, each once, and its people in their order', () => {
  const { entitlements, legacy, people, roles, accounts, unwanted } = concerned(twoSystems(), 'clerks', 'erp');
  expect(entitlements.map(({ role }) => role)).toEqual(['clerk', 'reader']);
  expect(legacy.map(({ role }) => role)).toEqual(['old_reader', 'old_admin']);
  expect(people.map(({ person }) => person)).toEqual(['ann', 'ben', 'cem']);
  expect(roles).toEqual(['clerk', 'old_admin', 'old_reader', 'reader']);
  expect(accounts).toEqual(['ann', 'ben', 'c.em']);
  expect(unwanted).toEqual([]);
  expect(concerned(twoSystems(), 'clerks', 'hr').roles).toEqual(['hr_clerk', 'old_hr']);
});

test('roles that an earlier release granted and this one does not want are read too', () => {
  const { roles, accounts } = concerned(twoSystems(), 'clerks', 'erp', undefined, revise([made({ role: 'poster', account: 'dea', person: 'dea' })]));
  expect(roles).toEqual(['clerk', 'old_admin', 'old_reader', 'poster', 'reader']);
  expect(accounts).toEqual(['ann', 'ben', 'c.em', 'dea']);
});

test('a release wants only its own roles in one system', () => {
  const plan = twoSystems();
  const isWanted = wantedPairs(plan, plan.packages[1]!, 'erp', 'revise');
  expect([isWanted({ role: 'clerk', account: 'ann' }), isWanted({ role: 'hr_clerk', account: 'ann' })]).toEqual([true, false]);
});

test('a package that the plan does not have is an error that names both', () => {
  expect(() => concerned(clerksPlan(), 'posters', 'erp')).toThrow("plan 'test' has no package 'posters'");
});

test('a role that moved from the entitlements to legacy is retired with the other legacy access, and not dropped', () => {
  const moved = made({ role: 'old_reader' });
  const dropOf = (earlier: LedgerEntry[]) =>
    buildPreview(clerksPlan(), 'clerks', 'erp', actual(earlier.map(({ role, account }) => grant(role, account, us))), undefined, revise(earlier)).drop?.map(
      ({ role, account }) => `${role} ${account}`,
    );
  expect(dropOf([moved])).toBeUndefined();
  // The grant of a person who is no longer in the package is dropped.
  expect(dropOf([moved, made({ role: 'old_reader', account: 'dea', person: 'dea' })])).toEqual(['old_reader dea']);
});

describe('the before-state', () => {
  test('is sorted by role, person, grantor and options, and has no grantor where the system does not report one', () => {
    const untold = { role: 'clerk', account: 'ann', options: {} };
    const grants = [
      { ...grant('clerk', 'ben', 'kim'), options: { set: true, admin: false } },
      { ...grant('clerk', 'ben', 'kim'), options: { admin: false, inherit: true } },
      grant('reader', 'ann'),
      grant('clerk', 'ann', 'kim'),
      grant('clerk', 'ann', 'dba'),
      untold,
    ];
    for (const order of [grants, grants.toReversed()])
      expect(buildPreview(clerksPlan(), 'clerks', 'erp', actual(order)).before).toEqual([
        { ...untold, person: 'ann' },
        { ...grant('clerk', 'ann', 'dba'), person: 'ann' },
        { ...grant('clerk', 'ann', 'kim'), person: 'ann' },
        { ...grants[1], person: 'ben' },
        { ...grants[0], person: 'ben' },
        { ...grant('reader', 'ann'), person: 'ann' },
      ]);
    expect(Object.keys(buildPreview(clerksPlan(), 'clerks', 'erp', actual([untold])).before[0]!)).not.toContain('grantor');
  });

  test('names everyone else once, in order', () => {
    const others = [grant('reader', 'somebody'), grant('clerk', 'zoe'), grant('clerk', 'dea'), grant('clerk', 'dea', 'kim')];
    for (const order of [others, others.toReversed()])
      expect(buildPreview(clerksPlan(), 'clerks', 'erp', actual(order)).others).toEqual([
        { role: 'clerk', account: 'dea' },
        { role: 'clerk', account: 'zoe' },
        { role: 'reader', account: 'somebody' },
      ]);
  });
});

describe('conflicts', () => {
  test('a role that the system does not report does not exist; if it is legacy access, there is nothing to retire', () => {
    const { roles, conflicts } = buildPreview(clerksPlan(), 'clerks', 'erp', { ...actual([]), roles: [] });
    expect(roles).toContainEqual({ role: 'old_reader', exists: false, digest: '' });
    expect(conflicts).toContain("legacy role 'old_reader' does not exist in 'erp': there is nothing to retire");
  });

  test.each([
    [['ann'], '1 person'],
    [['ann', 'ben'], '2 people'],
  ])('rejected access of %j is held by %s; access that was only superseded, and other roles, do not count', (holders, said) => {
    const now = actual([...holders.map((account) => grant('old_admin', account)), grant('old_reader', 'ann'), grant('clerk', 'c.em')]);
    expect(buildPreview(clerksPlan(), 'clerks', 'erp', now).conflicts).toEqual([
      `'old_admin' was rejected and is still held by ${said}: it is retired, and no rollback restores it`,
    ]);
  });

  test.each<LedgerEntry['outcome']>(['unknown', 'pending'])('an earlier grant whose outcome is %s is named, and not revoked', (outcome) => {
    const content = buildPreview(
      clerksPlan(),
      'clerks',
      'erp',
      actual([grant('clerk', 'dea', us)]),
      undefined,
      revise([entry({ account: 'dea', person: 'dea', outcome })]),
    );
    expect(content.conflicts).toEqual([expect.stringContaining("whether 'wave-1' granted 'clerk' to 'dea' could not be confirmed")]);
    expect(content).not.toHaveProperty('drop');
  });

  test.each([
    [20, 20, 'conflict 19'],
    [21, 20, 'and 2 more; the preview in the store has them all'],
  ])('of %i conflicts a part shows %i, the last of which is: %s', (count, shown, last) => {
    const content = buildPreview(clerksPlan(), 'clerks', 'erp', actual([]));
    const { conflicts } = partOf({ ...content, conflicts: Array.from({ length: count }, (_, index) => `conflict ${index}`) }, 'd');
    expect([conflicts.length, conflicts.at(-1)]).toEqual([shown, last]);
  });
});
