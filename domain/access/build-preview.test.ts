import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256Hex } from '../canonical.ts';
import { buildPreview, partOf } from './build-preview.ts';
import { previewRows } from './preview-rows.ts';
import type { Plan } from '../plan/schema.ts';
import type { Fact } from '../release/facts.ts';
import type { ReleaseChange } from '../release/release-change.ts';
import { people as named, plan as testPlan, roles as rolesOn } from '../../test/support/plan.ts';
import { actual, anyActual, clerksPlan, created, entry, grant, happened, people, us } from '../../test/support/ledger.ts';
import type { Actual, Held, LedgerEntry } from '../release/ledger.ts';

const plan = clerksPlan();

test('a preview freezes people by their account in the system, what they already hold, and who else holds it', () => {
  const content = buildPreview(
    plan,
    'clerks',
    'erp',
    actual([grant('reader', 'c.em', 'kim'), grant('old_reader', 'ann'), grant('old_reader', 'somebody'), grant('clerk', 'somebody')]),
  );
  expect(content.people).toEqual([
    { person: 'ann', account: 'ann', accountId: 'account-ann' },
    { person: 'ben', account: 'ben', accountId: 'account-ben' },
    { person: 'cem', account: 'c.em', accountId: 'account-c.em' },
  ]);
  expect(content.before).toEqual([
    { ...grant('old_reader', 'ann'), person: 'ann' },
    { ...grant('reader', 'c.em', 'kim'), person: 'cem' },
  ]);
  expect(content.others).toEqual([{ role: 'clerk', account: 'somebody' }]);
  expect(partOf(content, 'd')).toMatchObject({ system: 'erp', people: 3, toGrant: 5, alreadyThere: 1, toRetire: 1 });
});

test('an account that the system does not know is granted nothing and is listed as a conflict', () => {
  const content = buildPreview(plan, 'clerks', 'erp', actual([], { unknownAccounts: ['c.em'] }));
  expect(content.people.map(({ person }) => person)).toEqual(['ann', 'ben']);
  expect(content.conflicts.join()).toContain("'c.em' of 'cem' does not exist in 'erp'");
});

test('a role that does not exist is a conflict and is not counted as granted; rejected access that is still held is named', () => {
  const now = actual([grant('old_admin', 'ann'), grant('old_admin', 'ben')]);
  const content = buildPreview(plan, 'clerks', 'erp', { ...now, roles: now.roles.map((role) => (role.role === 'clerk' ? { ...role, exists: false } : role)) });
  expect(content.conflicts).toEqual([
    "role 'clerk' does not exist in 'erp': create it or fix the plan, it cannot be granted",
    "'old_admin' was rejected and is still held by 2 people: it is retired, and no rollback restores it",
  ]);
  expect(partOf(content, 'd').toGrant).toBe(3);
});

test('a pilot narrows the people and never widens them', () => {
  const content = buildPreview(plan, 'clerks', 'erp', actual([]), ['ben', 'dea']);
  expect(content.people.map(({ person }) => person)).toEqual(['ben']);
  expect(content.conflicts.join()).toContain("'dea' is in the pilot but not in the package's cohort");
});

test('of two people with one account only one is counted', () => {
  const shared = clerksPlan();
  for (const person of shared.people) if (person.id === 'ben') person.accounts = { erp: 'ann' };
  const content = buildPreview(shared, 'clerks', 'erp', actual([]));
  expect(content.people.map(({ account }) => account)).toEqual(['ann', 'c.em']);
  expect(content.conflicts.join()).toContain("account 'ann' belongs to 'ann' and 'ben'");
});

test('a role that is granted is never retired', () => {
  // The rules refuse such a plan; a preview does not rely on it.
  const both = clerksPlan();
  both.packages[0]!.legacy = [{ system: 'erp', role: 'clerk', design: 'superseded' }];
  const content = buildPreview(both, 'clerks', 'erp', actual([grant('clerk', 'ann')]));
  expect(content.legacy).toEqual([]);
  expect(content.conflicts).toEqual(["role 'clerk' is both granted and retired by this package: it is granted and not retired"]);
});

test('a part shows at most twenty conflicts and says how many more there are', () => {
  const content = buildPreview(plan, 'clerks', 'erp', actual([]));
  const part = partOf({ ...content, conflicts: Array.from({ length: 25 }, (_, index) => `conflict ${index}`) }, 'd');
  expect(part.conflicts).toHaveLength(20);
  expect(part.conflicts.at(-1)).toContain('6 more');
});

test('the same state in any order has the same digest', () => {
  fc.assert(
    fc.property(anyActual, fc.infiniteStream(fc.nat()), (now, numbers) => {
      const shuffled = {
        ...now,
        grants: now.grants
          .map((each) => ({ each, order: numbers.next().value ?? 0 }))
          .sort((a, b) => a.order - b.order)
          .map(({ each }) => each),
        roles: now.roles.toReversed(),
      };
      expect(sha256Hex(buildPreview(plan, 'clerks', 'erp', shuffled))).toBe(sha256Hex(buildPreview(plan, 'clerks', 'erp', now)));
    }),
  );
});

test('the content is in an order of its own: by role, person, grantor and options, however a system lists them', () => {
  const held = (role: string, account: string, grantor: string | undefined, options: Record<string, boolean> = {}) => ({
    role,
    account,
    ...(grantor === undefined ? {} : { grantor }),
    options,
  });
  const longer = testPlan({
    people: named('olga', 'ines', 'hugo', 'ann', 'nann'),
    packages: [{ cohort: ['ann', 'nann'], entitlements: rolesOn('erp', 'clerk', 'clerkn') }],
  });
  const now = actual([
    // A role and a person that read the same as another role and another person.
    held('clerkn', 'ann', 'kim'),
    held('clerk', 'nann', 'kim'),
    held('clerk', 'ann', 'Kim'),
    held('clerk', 'ann', undefined),
    held('clerk', 'ann', 'kim', { inherit: true, admin: false }),
    held('clerk', 'ann', 'kim', { admin: true, inherit: false }),
  ]);
  const listed = (grants: Actual['grants']) => buildPreview(longer, 'clerks', 'erp', { ...now, grants }).before;
  expect(listed(now.grants).map(({ role, person, grantor, options }) => [role, person, grantor, options['admin']])).toEqual([
    ['clerk', 'ann', undefined, undefined],
    ['clerk', 'ann', 'Kim', undefined],
    ['clerk', 'ann', 'kim', false],
    ['clerk', 'ann', 'kim', true],
    ['clerk', 'nann', 'kim', undefined],
    ['clerkn', 'ann', 'kim', undefined],
  ]);
  expect(listed(now.grants.toReversed())).toEqual(listed(now.grants));
});

test('the counts of a part always add up to its people times its existing roles', () => {
  fc.assert(
    fc.property(anyActual, fc.subarray(people), (now, pilot) => {
      const content = buildPreview(plan, 'clerks', 'erp', now, pilot);
      const part = partOf(content, 'd');
      const missing = content.entitlements.filter(({ role }) => !content.roles.find((one) => one.role === role)?.exists).map(({ role }) => role);
      const heldOfMissing = new Set(content.before.filter(({ role }) => missing.includes(role)).map(({ role, account }) => `${role} ${account}`)).size;
      expect(part.toGrant + part.alreadyThere).toBe(part.people * (content.entitlements.length - missing.length) + heldOfMissing);
    }),
  );
});

test('people, roles and grants carry the ids of the system, where it has any', () => {
  const now = actual([grant('clerk', 'ann', 'kim', 'row 7')]);
  const content = buildPreview(plan, 'clerks', 'erp', now);
  expect(content.roles[0]).toEqual({ role: 'clerk', exists: true, id: 'role-clerk', digest: 'digest of clerk' });
  expect(content.before).toMatchObject([{ id: 'row 7' }]);
  const none = buildPreview(plan, 'clerks', 'erp', {
    ...now,
    accounts: [{ account: 'ann' }],
    roles: now.roles.map(({ role, exists, digest }) => ({ role, exists, digest })),
  });
  expect(none.people[0]).toStrictEqual({ person: 'ann', account: 'ann' });
  expect(none.roles[0]).toStrictEqual({ role: 'clerk', exists: true, digest: 'digest of clerk' });
});

test('an account or a role that was created again has another digest', () => {
  const digest = (change: Partial<Actual>) => sha256Hex(buildPreview(plan, 'clerks', 'erp', actual([], change)));
  const { roles, accounts } = actual([]);
  expect(digest({ accounts: accounts.map((one) => (one.account === 'ann' ? { ...one, id: 'created again' } : one)) })).not.toBe(digest({}));
  expect(digest({ roles: roles.map((one) => (one.role === 'clerk' ? { ...one, id: 'created again' } : one)) })).not.toBe(digest({}));
});

describe('access that is held in another form than a plain membership', () => {
  const conflicts = (...held: Held[]) => buildPreview(plan, 'clerks', 'erp', actual(held)).conflicts;
  const withOptions = (options: Record<string, boolean>, ...of: Parameters<typeof grant>) => ({ ...grant(...of), options });

  test('is a conflict that names the person’s account, the role, the form and who granted it', () => {
    expect(conflicts(withOptions({ inherit: false, set: false }, 'clerk', 'ann'), withOptions({ admin: true }, 'reader', 'ben', 'kim'))).toEqual([
      "'ann' already has 'clerk', but without INHERIT, without SET, granted by dba: fix it, or it counts as drift",
      "'ben' already has 'reader', but with the ADMIN OPTION, granted by kim: fix it, or it counts as drift",
    ]);
  });
  test('is none where several grants make a plain membership together', () => {
    expect(conflicts(withOptions({ inherit: false }, 'clerk', 'ann'), withOptions({ set: false }, 'clerk', 'ann', 'kim'))).toEqual([]);
    expect(conflicts(withOptions({ inherit: false }, 'clerk', 'ann'), withOptions({ inherit: false }, 'clerk', 'ann', 'kim'))).toEqual([
      "'ann' already has 'clerk', but without INHERIT, granted by dba and kim: fix it, or it counts as drift",
    ]);
  });
  test('is none of legacy access in a form that gives less, which goes, and of people who are not in the package', () => {
    expect(conflicts(withOptions({ inherit: false }, 'old_reader', 'ann'), withOptions({ admin: true }, 'clerk', 'dea'))).toEqual([]);
  });
});

describe('a release that changes an earlier one', () => {
  const made = (role: string, account: string, change: Partial<LedgerEntry> = {}) =>
    created(role, account, { person: account === 'c.em' ? 'cem' : account, ...change });
  const revise = (earlier: LedgerEntry[], change: Partial<ReleaseChange> = {}): ReleaseChange => ({ change: 'revise', earlier, ...change });
  const notYet = entry({ account: 'dea', person: 'dea' });
  const posters = { plan: 'test', wave: 'wave-1', package: 'posters' };
  const dropsOf = (later: ReleaseChange, now: Actual, of: Plan = plan) =>
    (buildPreview(of, 'clerks', 'erp', now, undefined, later).drop ?? []).map(({ role, account }) => `${role} ${account}`);

  test('drops grants that earlier releases made, that are still held, and that are no longer wanted: an entitlement, a person, an account', () => {
    const earlier = [made('clerk', 'ann'), made('old_clerk', 'ann'), made('clerk', 'dea'), made('clerk', 'cem', { person: 'cem' }), made('reader', 'gone')];
    const now = actual(earlier.slice(0, 4).map(({ role, account }) => grant(role, account, us)));
    expect(dropsOf(revise(earlier), now)).toEqual(['clerk cem', 'clerk dea', 'old_clerk ann']);
    expect(partOf(buildPreview(plan, 'clerks', 'erp', now, undefined, revise(earlier)), 'd')).toMatchObject({ toDrop: 3, alreadyThere: 1 });
  });

  test('does not drop what is wanted under the new name of its account', () => {
    const renamed = created('clerk', 'cem.old', { person: 'cem' });
    const now = actual([{ ...grant('clerk', 'cem.old', us), account: 'c.em' }]);
    expect(dropsOf(revise([renamed]), now)).toEqual([]);
  });

  const deas = grant('clerk', 'dea', us);
  test.each<[string, Fact[]]>([
    ['it was there before', [{ did: 'found', grants: [deas] }]],
    ['it was refused', [{ did: 'refused', effect: 'grant', why: 'no' }]],
    [
      'a tune already revoked it',
      [
        { did: 'granted', grants: [deas] },
        { did: 'revoked', grants: [deas] },
      ],
    ],
    [
      'it was left to another package',
      [
        { did: 'granted', grants: [deas] },
        { did: 'handedOn', grants: [deas], to: posters, name: 'posters' },
      ],
    ],
    ['it has another grantor', [{ did: 'granted', grants: [grant('clerk', 'dea', 'kim')] }]],
    ['its grantor granted it anew', [{ did: 'granted', grants: [grant('clerk', 'dea', us, 'of then')] }]],
  ])('leaves a grant alone where %s', (_, facts) => {
    expect(dropsOf(revise([happened(notYet, ...facts)]), actual([deas]))).toEqual([]);
  });

  test("a dropped grant is not listed as another's access; what others granted in addition is", () => {
    const later = revise([made('clerk', 'dea'), made('reader', 'dea')]);
    const content = buildPreview(
      plan,
      'clerks',
      'erp',
      actual([grant('clerk', 'dea', us), grant('reader', 'dea', us), grant('reader', 'dea', 'kim')]),
      undefined,
      later,
    );
    expect(content.others).toEqual([{ role: 'reader', account: 'dea' }]);
    expect(content.drop).toHaveLength(2);
  });

  test('a grant that could not be confirmed is listed as a conflict', () => {
    const content = buildPreview(plan, 'clerks', 'erp', actual([grant('clerk', 'dea', us)]), undefined, revise([{ ...notYet, outcome: 'unknown' }]));
    expect(content.conflicts).toEqual([
      "whether 'wave-1' granted 'clerk' to 'dea' could not be confirmed: it is not revoked; reconcile that release first, or correct it manually",
    ]);
  });

  test('a package that is retired drops everything, grants nothing, and leaves legacy access alone', () => {
    const earlier = [made('clerk', 'ann'), made('reader', 'c.em')];
    const now = actual([grant('clerk', 'ann', us), grant('reader', 'c.em', us), grant('old_reader', 'ann'), grant('reader', 'ben', 'kim')]);
    const content = buildPreview(plan, 'clerks', 'erp', now, undefined, revise(earlier, { change: 'retire' }));
    expect([content.entitlements, content.legacy, content.before, content.conflicts]).toEqual([[], [], [], []]);
    expect(partOf(content, 'd')).toEqual({ system: 'erp', digest: 'd', people: 3, toGrant: 0, alreadyThere: 0, toRetire: 0, toDrop: 2, conflicts: [] });
  });

  test('in a pilot, only its people lose access; someone who was dropped may be one of them', () => {
    const earlier = [made('old_clerk', 'ann'), made('old_clerk', 'ben'), made('clerk', 'dea')];
    const now = actual(earlier.map(({ role, account }) => grant(role, account, us)));
    const content = buildPreview(plan, 'clerks', 'erp', now, ['ann', 'dea'], revise(earlier, { pilot: ['dea', 'ann'] }));
    expect([content.drop?.map(({ person }) => person), content.pilot, content.people.map(({ person }) => person), content.conflicts]).toEqual([
      ['dea', 'ann'],
      ['ann', 'dea'],
      ['ann'],
      [],
    ]);
  });

  test('the content of a first release has no drops and no pilot', () => {
    const first = Object.keys(buildPreview(plan, 'clerks', 'erp', actual([grant('clerk', 'dea', us)]), ['ann']));
    expect(first.sort()).toEqual(['before', 'conflicts', 'entitlements', 'legacy', 'others', 'package', 'people', 'plan', 'roles', 'system']);
  });
});

describe('legacy access that is held with an option', () => {
  const admin = (role: string, account: string) => ({ ...grant(role, account), options: { admin: true } });
  const before = actual([admin('old_reader', 'ann'), admin('old_reader', 'ben'), grant('old_reader', 'c.em'), admin('old_admin', 'ben')]);
  const content = buildPreview(plan, 'clerks', 'erp', before);

  test('is counted for those who sign, because what replaces it cannot be passed on', () => {
    expect(content.conflicts).toContain(
      "2 people hold 'old_reader' with the ADMIN OPTION, which they lose with it: what is granted instead cannot be passed on to others",
    );
    expect(content.conflicts).toContain(
      "1 person holds 'old_admin' with the ADMIN OPTION, which this person loses with it: what is granted instead cannot be passed on to others, and no rollback restores it",
    );
  });

  test('is shown person by person, and only of those who have the option', () => {
    const lost = previewRows(content).flatMap(({ change, person, role, why }) => (change === 'loses' ? [[person, role, why]] : []));
    const held = '; held with the ADMIN OPTION, which is lost with it';
    expect(lost).toEqual([
      ['ann', 'old_reader', `legacy access, retired${held}`],
      ['ben', 'old_reader', `legacy access, retired${held}`],
      ['cem', 'old_reader', 'legacy access, retired'],
      ['ben', 'old_admin', `legacy access whose design was rejected: retired, and never restored${held}`],
    ]);
  });

  test('changes nothing in the preview where nobody has one, so that what was signed before still counts', () => {
    expect(buildPreview(plan, 'clerks', 'erp', actual([grant('old_reader', 'ann')]))).not.toHaveProperty('lostOptions');
  });
});
