import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noneConnector } from '../connectors/none/connector.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { Bench, benchPlan } from '../test/support/activity-bench.ts';
import type { PackageInput, WaveInput } from '../test/support/plan.ts';
import { rolledBack, Story } from '../test/support/release-story.ts';
import { saveRevision } from '../test/support/revisions.ts';

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createDatabase('following');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

describe('what may follow a release', () => {
  const definition = { roles: ['clerk'], cohort: ['ann'] };

  test.each(['revise', 'retire'] as const)('%s of a package that is not released is refused with the entry to write', async (change) => {
    const story = new Story(store);
    const made = await story.define('wave-1', change, definition);
    await expect(made.preview('clerks', 'wave-1')).rejects.toMatchObject({
      type: 'WrongChange',
      nonRetryable: true,
      message: `'clerks' is not released: nothing to ${change}; write change: release`,
    });
  });

  test('a second release by another wave is refused, at preview and at granting', async () => {
    const story = new Story(store);
    await story.released('wave-1', 'release', definition);
    const made = await story.define('wave-2', 'release', definition);
    await expect(made.preview('clerks', 'wave-2')).rejects.toThrow("'clerks' was already released by wave-1: write change: revise");
  });

  test('after a rollback of the first release a revision releases the package again, and earlier sign-offs do not cover that (R3)', async () => {
    const story = new Story(store);
    const first = await story.released('wave-1', 'release', definition);
    const made = await story.define('wave-2', 'revise', { roles: ['clerk', 'reader'], cohort: ['ann'] });
    const release = await made.signed('clerks', 'wave-2');
    await rolledBack(first);
    expect(await made.run('recheckSystem', release, story.id)).toMatchObject({
      wider: 1,
      lines: ["wider: 'ann' had role 'clerk' and has lost it: it would now be granted"],
    });
    const anew = await made.signed('clerks', 'wave-2');
    await story.carryOut(made, anew);
    expect(story.held('rolewave')).toEqual(['clerk ann', 'reader ann']);
    await rolledBack({ made, release: anew, at: story.id });
    expect(story.held()).toEqual([]);
  });

  test('after a rollback of the first release there is nothing to retire, at go-live either', async () => {
    const story = new Story(store);
    const first = await story.released('wave-1', 'release', definition);
    const made = await story.define('wave-2', 'retire', definition);
    const release = await made.signed('clerks', 'wave-2');
    await rolledBack(first);
    const refusal = "'clerks' is not released: nothing to retire; remove it from this wave";
    await expect(made.run('recheckSystem', release, story.id)).rejects.toThrow(refusal);
    await expect(made.run('grantAccess', release, story.id)).rejects.toThrow(refusal);
  });

  test('a release that began, died before its first grant and is no longer covered asks a person, who can roll it back; its workflow does not fail', async () => {
    const story = new Story(store);
    const made = await story.define('wave-1', 'release', definition);
    const release = await made.signed();
    const dying: Store = { ...store, claim: () => Promise.reject(new Error('killed')) };
    await expect(made.runWith({ store: dying }, 'grantAccess', release, story.id)).rejects.toThrow('killed');
    await made.sign(release, 'olga', 'reject');
    await expect(made.run('grantAccess', release, story.id)).rejects.toMatchObject({
      type: 'ReleaseStopped',
      message: expect.stringContaining('this release had already begun'),
    });
    await rolledBack({ made, release, at: story.id });
    expect(await store.releases({ plan: story.plan })).toMatchObject([{ undone: true }]);
  });

  test('nothing can follow a retirement', async () => {
    const story = new Story(store);
    await story.released('wave-1', 'release', definition);
    await story.released('wave-2', 'retire', definition);
    const made = await story.define('wave-3', 'revise', definition);
    await expect(made.preview('clerks', 'wave-3')).rejects.toThrow("'clerks' was already retired by wave-2");
  });

  test('the same wave is refused with the reason that it already released the package', async () => {
    const story = new Story(store);
    await story.released('wave-1', 'release', definition);
    const { made } = await story.released('wave-2', 'revise', { roles: ['reader'], cohort: ['ann'] });
    await expect(made.preview('clerks', 'wave-2')).rejects.toMatchObject({ type: 'AlreadyReleased' });
  });

  test('more to revoke than was signed voids the sign-offs (R3); less is recorded', async () => {
    const story = new Story(store);
    const first = await story.released('wave-1', 'release', { roles: ['clerk', 'reader'], cohort: ['ann', 'ben'] });
    await story.lose('reader', 'ben');
    const made = await story.define('wave-2', 'revise', { roles: ['clerk'], cohort: ['ann', 'ben'] });
    const release = await made.signed('clerks', 'wave-2');
    expect(release.parts).toMatchObject([{ toDrop: 1 }]);
    // The first release grants again what it lost: one more to revoke.
    await first.made.run('tuneAccess', first.release, story.id, { id: 'tune-1', step: 'reconcile' });
    expect(await made.run('recheckSystem', release, story.id)).toEqual({
      readMs: expect.any(Number),
      shrunk: 0,
      wider: 1,
      lines: ["wider: role 'reader' of 'ben', granted by an earlier release, would be revoked"],
    });
    await story.lose('reader', 'ben');
    await story.lose('reader', 'ann');
    expect(await made.run('recheckSystem', release, story.id)).toMatchObject({ shrunk: 1, wider: 0 });
  });

  test('a package is retired after those that build on it, or with them', async () => {
    const story = new Story(store);
    const packages = (more: Partial<PackageInput>) => [
      { id: 'clerks', entitlements: [{ system: story.id, role: 'clerk' }], legacy: [], cohort: ['ann'] },
      { id: 'audit', entitlements: [{ system: story.id, role: 'audit' }], legacy: [], cohort: ['ann'], buildsOn: ['clerks'], ...more },
    ];
    const made = async (expected: number, wave: Partial<WaveInput>) => {
      const plan = benchPlan(story.plan, story.id, { packages: packages({}), waves: [wave] });
      const bench = new Bench(store, plan, { [story.id]: story.system });
      await saveRevision(store, plan, bench.key);
      bench.ref = (id, wave) => ({ plan: story.plan, wave: String(wave), package: String(id), revision: expected + 1 });
      return bench;
    };
    const first = await made(0, {});
    for (const id of ['clerks', 'audit']) await story.carryOut(first, await first.signed(id, 'wave-1'));
    const alone = await made(1, { id: 'wave-2', packages: [{ package: 'clerks', change: 'retire' }] });
    await expect(alone.preview('clerks', 'wave-2')).rejects.toThrow("'audit' is released and builds on 'clerks': retire it first, or in the same wave");
    const both = await made(2, {
      id: 'wave-3',
      packages: [
        { package: 'clerks', change: 'retire' },
        { package: 'audit', change: 'retire' },
      ],
    });
    expect((await both.preview('clerks', 'wave-3')).parts).toMatchObject([{ toDrop: 1 }]);
  });
});

describe('a superseded release', () => {
  test('is neither tuned nor rolled back, and its dependency check names the later wave, until that is rolled back', async () => {
    const story = new Story(store);
    const first = await story.released('wave-1', 'release', { roles: ['clerk', 'reader'], cohort: ['ann'] });
    const later = await story.released('wave-2', 'revise', { roles: ['clerk'], cohort: ['ann'] });
    const refusal = "'clerks' was released again by wave-2: tune or roll back that release first";
    await expect(first.made.run('tuneAccess', first.release, story.id, { id: 'tune-1', step: 'reconcile' })).rejects.toThrow(refusal);
    await expect(rolledBack(first)).rejects.toThrow(refusal);
    expect(await first.made.run('supersedingRelease', first.release)).toEqual({ wave: 'wave-2' });
    expect(await later.made.run('supersedingRelease', later.release)).toBeUndefined();
    expect(await later.made.run('earlierReleases', later.release)).toEqual(['wave-1']);
    expect((await first.made.run('dependencyCheck', first.release)).find(({ clear }) => !clear)).toEqual({
      code: 'superseded',
      wave: 'wave-2',
      line: "wave-2 released a later revision of 'clerks': roll that back first",
      clear: false,
      clearedBy: { person: 'olga' },
    });
    await rolledBack(later);
    expect(await first.made.run('supersedingRelease', first.release)).toBeUndefined();
    expect((await first.made.run('dependencyCheck', first.release)).every(({ clear }) => clear)).toBe(true);
    await rolledBack(first);
    expect(story.held()).toEqual([]);
  });

  test('a third release builds on both before it, and rollbacks go from the latest to the first', async () => {
    const story = new Story(store);
    const first = await story.released('wave-1', 'release', { roles: ['clerk', 'reader'], cohort: ['ann', 'ben'] });
    const afterFirst = story.held();
    const second = await story.released('wave-2', 'revise', { roles: ['clerk'], cohort: ['ann', 'ben'] });
    const afterSecond = story.held();
    const third = await story.released('wave-3', 'revise', { roles: ['reader'], cohort: ['ann'] });
    expect(story.held('rolewave')).toEqual(['reader ann']);
    expect(await third.made.run('earlierReleases', third.release)).toEqual(['wave-1', 'wave-2']);
    await rolledBack(third);
    expect(story.held()).toEqual(afterSecond);
    expect(await story.claimants('reader', 'ann')).toEqual([]);
    await rolledBack(second);
    expect(story.held()).toEqual(afterFirst);
    await rolledBack(first);
    expect(story.held()).toEqual([]);
  });
});

describe('claims through several releases', () => {
  test('the first release owns again what a rollback for one person restored, even after the rollback of a third', async () => {
    const story = new Story(store);
    await story.released('wave-1', 'release', { roles: ['clerk', 'reader'], cohort: ['ann', 'ben'] });
    const { made, release, at } = await story.released('wave-2', 'revise', { roles: ['clerk'], cohort: ['ann', 'ben'] });
    const id = await made.record('decide', 'olga', release, {
      proposal: 'rollback-1',
      kind: 'rollback',
      answer: 'approve',
      people: ['ann'],
      reason: 'for ann alone',
    });
    await made.run('tuneAccess', release, at, { id, step: 'narrow', people: ['ann'], restore: true });
    expect(await story.claimants('reader', 'ann')).toEqual(['wave-1']);
    const third = await story.released('wave-3', 'revise', { roles: ['clerk'], cohort: ['ben'] });
    expect(await story.claimants('reader', 'ann')).toEqual([]);
    await rolledBack(third);
    expect(await story.claimants('reader', 'ann')).toEqual(['wave-1']);
    // Revoked from ben by the second release, which stands.
    expect(await story.claimants('reader', 'ben')).toEqual([]);
  });

  test('someone who left with the second release and returned with the third loses the grant when the third is rolled back, and has it again when the second is', async () => {
    const story = new Story(store);
    await story.released('wave-1', 'release', { roles: ['clerk'], cohort: ['ann', 'ben'] });
    const second = await story.released('wave-2', 'revise', { roles: ['clerk'], cohort: ['ben'] });
    const third = await story.released('wave-3', 'revise', { roles: ['clerk'], cohort: ['ann', 'ben'] });
    expect(await story.claimants('clerk', 'ann')).toEqual(['wave-3']);
    await rolledBack(third);
    expect([story.held('rolewave'), await story.claimants('clerk', 'ann')]).toEqual([['clerk ben'], []]);
    await rolledBack(second);
    expect([story.held('rolewave'), await story.claimants('clerk', 'ann')]).toEqual([['clerk ann', 'clerk ben'], ['wave-1']]);
  });

  test('a package of the same name in another plan is named with its plan', async () => {
    const story = new Story(store);
    const { made, release, at } = await story.released('wave-1', 'release', { roles: ['clerk'], cohort: ['ann'] });
    const other = { plan: `${story.plan}-b`, wave: 'wave-1', package: 'clerks' };
    await story.claim(other, ['clerk', 'ann']);
    expect(await made.run('dependencyCheck', release)).toContainEqual({
      code: 'shared',
      grants: 1,
      line: '1 grant stays: a package of another plan needs it too',
      clear: true,
    });
    expect((await rolledBack({ made, release, at })).kept).toEqual([{ role: 'clerk', account: 'ann', why: 'kept for a package of another plan' }]);
  });
});

describe('whether a package still has an owner', () => {
  const standing = async (accounts: Record<string, string>, unknownAccounts: string[]) => {
    const story = new Story(store);
    const made = await story.define('wave-1', 'release', { roles: ['clerk'], cohort: ['ann'] });
    const plan = structuredClone(made.plan);
    plan.people.find(({ id }) => id === 'olga')!.accounts = Object.fromEntries(Object.values(accounts).map((account) => [story.id, account]));
    await saveRevision(store, plan, made.key);
    const connector = noneConnector({ unknownAccounts });
    return made.runWith({ openSystem: async () => connector }, 'ownerStatus', made.ref());
  };

  test('an owner without an account in the systems is present', async () => {
    expect(await standing({}, ['olga'])).toEqual({ owner: 'olga', gone: false });
  });
  test('an owner whose account can log in is present', async () => {
    expect(await standing({ erp: 'olga_r' }, ['somebody'])).toEqual({ owner: 'olga', gone: false });
  });
  test('an owner whose account is locked is gone', async () => {
    expect(await standing({ erp: 'olga_r' }, ['olga_r'])).toMatchObject({
      owner: 'olga',
      gone: true,
      why: expect.stringContaining("account 'olga_r' of 'olga'"),
    });
  });
  test('the owner of the latest revision counts, and one who is no longer in the plan is gone', async () => {
    const story = new Story(store);
    const { made } = await story.released('wave-1', 'release', { roles: ['clerk'], cohort: ['ann'] });
    await story.define('wave-1', 'release', { roles: ['clerk'], cohort: ['ann'] }, { owner: 'sam' });
    expect(await made.run('ownerStatus', made.ref())).toEqual({ owner: 'sam', gone: false });
    const without = benchPlan(story.plan, story.id, { packages: [{ id: 'other', entitlements: [{ system: story.id, role: 'clerk' }], legacy: [] }] });
    without.people = without.people.filter(({ id }) => id !== 'olga');
    await saveRevision(store, without, made.key);
    expect(await made.run('ownerStatus', made.ref())).toMatchObject({
      owner: 'olga',
      gone: true,
      why: expect.stringContaining("'olga' is no longer among the people"),
    });
  });
});
