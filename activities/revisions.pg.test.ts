import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noneConnector, type NoneConnector } from '../connectors/none/connector.ts';
import type { ActualGrant, Connector } from '../connectors/connector.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { sha256Hex } from '../domain/canonical.ts';
import { createDatabase, type TestDatabase } from '../test/setup/database.ts';
import { refuseIfFollowed } from './care.ts';
import type { ReleaseRef } from './contract.ts';
import { Bench, benchPlan } from './test-bench.ts';

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createDatabase('revisions');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

interface Definition {
  roles: string[];
  cohort: string[];
  legacy?: string[];
}

let number = 0;

/** One package through several waves of one plan; each step is a revision of its own, and its system has a name of its own, because claims are by system. */
class Story {
  readonly plan = `revisions-${(number += 1)}`;
  readonly id = `erp-${number}`;
  readonly system: NoneConnector;
  revision = 0;

  constructor(held: ActualGrant[] = []) {
    this.system = noneConnector({ grants: held });
  }

  /** Applies the definition as the next revision, in a wave of its own. */
  async define(wave: string, change: 'release' | 'revise' | 'retire', { roles, cohort, legacy = [] }: Definition, more: Record<string, unknown> = {}) {
    const on = (role: string) => ({ system: this.id, role });
    const clerks = { id: 'clerks', cohort, entitlements: roles.map(on), legacy: legacy.map(on), ...more };
    const plan = benchPlan(this.plan, {
      system: this.id,
      packages: [clerks],
      wave: { id: wave, packages: [{ package: 'clerks', change }] },
    });
    const made = new Bench(store, plan, { [this.id]: this.system });
    await store.saveRevision({ document: plan, digest: sha256Hex(plan), expected: this.revision, appliedBy: 'ines' });
    const revision = (this.revision += 1);
    made.ref = () => ({ plan: this.plan, wave, package: 'clerks', revision });
    return made;
  }

  async released(wave: string, change: 'release' | 'revise' | 'retire', definition: Definition, more: Record<string, unknown> = {}) {
    const made = await this.define(wave, change, definition, more);
    const release = await made.signed('clerks', wave);
    await this.carryOut(made, release);
    return { made, release, at: this.id };
  }

  async carryOut(made: Bench, release: ReleaseRef) {
    await made.run('giveAccess', release, this.id);
    await made.run('verifyAccess', release, this.id);
    return made.run('retireLegacy', release, this.id);
  }

  held(...grantors: string[]): string[] {
    return this.system
      .held()
      .filter(({ grantor = '' }) => grantors.length === 0 || grantors.includes(grantor))
      .map(({ role, account, grantor }) => (grantors.length === 0 ? `${role} ${account} ${grantor}` : `${role} ${account}`));
  }
}

type Out = Awaited<ReturnType<Story['released']>>;

async function rolledBack({ made, release, at }: Out) {
  const approval = await made.record('decide', 'olga', release, { proposal: 'rollback-1', answer: 'approve', reason: 'back' });
  return made.run('rollBackAccess', release, at, { id: 'rollback-1', approval });
}

const by = (grantor: string, ...pairs: [string, string][]): ActualGrant[] => pairs.map(([role, account]) => ({ role, account, grantor, options: {} }));

describe('a revision', () => {
  test('shows what it gives and what it takes of the release before, takes exactly that, and its rollback brings it back', async () => {
    const story = new Story();
    await story.released('wave-1', 'release', { roles: ['clerk', 'reader'], cohort: ['ann', 'ben'] });
    const before = story.held();
    const later = await story.released('wave-2', 'revise', { roles: ['clerk', 'writer'], cohort: ['ann', 'cem'] });
    expect(later.release.parts).toMatchObject([{ toGive: 3, alreadyThere: 1, toDrop: 3, people: 2 }]);
    expect(story.held('rolewave')).toEqual(['clerk ann', 'clerk cem', 'writer ann', 'writer cem']);
    const receipt = await rolledBack(later);
    expect(receipt).toMatchObject({ given: 3, takenBack: 3, restored: 3, failed: [] });
    expect(story.held()).toEqual(before);
  });

  test('that changes nothing has no drop in its content: its digest is that of any other preview of the same state', async () => {
    const story = new Story();
    await story.released('wave-1', 'release', { roles: ['clerk'], cohort: ['ann'] });
    const made = await story.define('wave-2', 'revise', { roles: ['clerk'], cohort: ['ann', 'ben'] });
    const { parts } = await made.preview('clerks', 'wave-2');
    const content = await store.preview(parts[0]!.digest);
    expect(Object.keys(content!)).not.toContain('drop');
    expect(parts[0]).not.toHaveProperty('toDrop');
  });

  test('takes nothing that was there before the first release, nor what another administrator gave beside it (R1)', async () => {
    const story = new Story(by('dba', ['clerk', 'ann']));
    await story.released('wave-1', 'release', { roles: ['clerk'], cohort: ['ann', 'ben'] });
    story.system.giveAs('kim', 'clerk', 'ben');
    const later = await story.released('wave-2', 'revise', { roles: ['reader'], cohort: ['ann', 'ben'] });
    expect(story.held().filter((line) => line.startsWith('clerk'))).toEqual(['clerk ann dba', 'clerk ben kim']);
    expect((await later.made.run('takeLook', later.release, look(1))).drift).toEqual({ missing: 0, foreign: 0, legacy: 0, content: 0 });
    await rolledBack(later);
    expect(story.held()).toEqual(['clerk ann dba', 'clerk ben kim', 'clerk ben rolewave']);
  });

  test('keeps what another package needs, and no claim of its own earlier release holds it back', async () => {
    const story = new Story();
    await story.released('wave-1', 'release', { roles: ['clerk', 'reader'], cohort: ['ann'] });
    await store.claim({ plan: story.plan, wave: 'wave-1', package: 'auditors' }, [{ system: story.id, role: 'reader', account: 'ann' }]);
    const made = await story.define('wave-2', 'revise', { roles: ['writer'], cohort: ['ann'] });
    expect(await story.carryOut(made, await made.signed('clerks', 'wave-2'))).toEqual({ retired: 1, kept: 1, failed: 0 });
    expect(story.held('rolewave')).toEqual(['reader ann', 'writer ann']);
  });

  test('leaves its drop claimed by nobody while it stands, and by the release before once it is rolled back', async () => {
    const story = new Story();
    await story.released('wave-1', 'release', { roles: ['clerk', 'reader'], cohort: ['ann'] });
    const later = await story.released('wave-2', 'revise', { roles: ['clerk'], cohort: ['ann'] });
    const claims = async (role: string) => (await store.claims({ system: story.id, role, account: 'ann' })).map(({ wave }) => wave);
    expect([await claims('reader'), await claims('clerk')]).toEqual([[], ['wave-1', 'wave-2']]);
    await rolledBack(later);
    expect([await claims('reader'), await claims('clerk')]).toEqual([['wave-1'], ['wave-1']]);
  });

  test('killed between the deed and its record, and run again, it has taken everything once; a rollback brings all of it back (R4)', async () => {
    const story = new Story();
    await story.released('wave-1', 'release', { roles: ['clerk', 'reader'], cohort: ['ann', 'ben'] });
    const before = story.held();
    const made = await story.define('wave-2', 'revise', { roles: ['clerk'], cohort: ['ann'] });
    const release = await made.signed('clerks', 'wave-2');
    await made.run('giveAccess', release, story.id);
    const killed: Store = { ...store, settle: async () => Promise.reject(new Error('killed')) };
    await expect(made.runWith({ store: killed }, 'retireLegacy', release, story.id)).rejects.toThrow('killed');
    expect(await made.run('retireLegacy', release, story.id)).toEqual({ retired: 3, kept: 0, failed: 0 });
    expect(story.held('rolewave')).toEqual(['clerk ann']);
    await rolledBack({ made, release, at: story.id });
    expect(story.held()).toEqual(before);
  });

  test('what the release before lost meanwhile and this one gives again stays for it when this one is rolled back', async () => {
    const story = new Story();
    await story.released('wave-1', 'release', { roles: ['clerk'], cohort: ['ann'] });
    story.system.removeAll('clerk', 'ann');
    const later = await story.released('wave-2', 'revise', { roles: ['clerk', 'reader'], cohort: ['ann'] });
    const receipt = await rolledBack(later);
    expect(receipt.kept).toEqual([{ role: 'clerk', account: 'ann', why: 'kept for clerks as wave-1 released it' }]);
    expect(story.held('rolewave')).toEqual(['clerk ann']);
  });

  test('a role that moved from the entitlements to the old access is retired whole, and comes back whole', async () => {
    const story = new Story();
    await story.released('wave-1', 'release', { roles: ['clerk', 'reader'], cohort: ['ann', 'ben'] });
    story.system.giveAs('dba', 'reader', 'ann');
    const before = story.held();
    const later = await story.released('wave-2', 'revise', { roles: ['clerk'], legacy: ['reader'], cohort: ['ann'] });
    // ben was dropped from the people: of his only what the first release gave.
    expect(later.release.parts).toMatchObject([{ toRetire: 1, toDrop: 2 }]);
    expect(story.held()).toEqual(['clerk ann rolewave']);
    await rolledBack(later);
    expect(story.held()).toEqual(before);
  });

  test('dropped access that is back is old access again; reconciling takes what is ours and leaves to a person what others gave', async () => {
    const story = new Story();
    await story.released('wave-1', 'release', { roles: ['clerk', 'reader'], cohort: ['ann', 'ben'] });
    const { made, release, at } = await story.released('wave-2', 'revise', { roles: ['clerk'], cohort: ['ann', 'ben'] });
    await story.system.give('reader', 'ann');
    story.system.giveAs('kim', 'reader', 'ben');
    expect((await made.run('takeLook', release, look(1))).drift).toEqual({ missing: 0, foreign: 0, legacy: 2, content: 0 });
    expect(await made.run('tuneAccess', release, at, { id: 'tune-1', step: 'reconcile' })).toEqual({ given: 0, taken: 0, retired: 1, left: 1 });
    expect(story.held()).toEqual(['clerk ann rolewave', 'clerk ben rolewave', 'reader ben kim']);
  });

  test('narrowed by its owner, it also takes what the release before gave to these people, and its rollback gives that back', async () => {
    const story = new Story();
    await story.released('wave-1', 'release', { roles: ['clerk'], cohort: ['ann', 'ben'] });
    const before = story.held();
    const later = await story.released('wave-2', 'revise', { roles: ['clerk', 'reader'], cohort: ['ann', 'ben'] });
    const { made, release, at } = later;
    const id = await made.record('tune', 'olga', release, { step: 'narrow', people: ['ann'], reason: 'left the team' });
    const tune = { id, step: 'narrow' as const, people: ['ann'] };
    const counted = { given: 0, taken: 2, retired: 0, left: 0 };
    expect(await made.run('tuneAccess', release, at, tune)).toEqual(counted);
    expect(await made.run('tuneAccess', release, at, tune)).toEqual(counted);
    expect(story.held('rolewave')).toEqual(['clerk ben', 'reader ben']);
    expect((await made.run('takeLook', release, look(1))).drift).toEqual({ missing: 0, foreign: 0, legacy: 0, content: 0 });
    await rolledBack(later);
    expect(story.held()).toEqual(before);
  });

  test('rolled back for some people only, these have again what the release before gave them, and that is no drift', async () => {
    const story = new Story();
    await story.released('wave-1', 'release', { roles: ['clerk', 'reader'], cohort: ['ann', 'ben'] });
    const later = await story.released('wave-2', 'revise', { roles: ['clerk', 'writer'], cohort: ['ann', 'ben'] });
    const { made, release, at } = later;
    await made.record('rollback', 'olga', release, { reason: 'ann cannot work' });
    const id = await made.record('decide', 'olga', release, { proposal: 'rollback-1', answer: 'approve', people: ['ann'], reason: 'only ann' });
    await made.run('tuneAccess', release, at, { id, step: 'narrow', people: ['ann'], restore: true });
    expect(story.held('rolewave')).toEqual(['clerk ann', 'clerk ben', 'reader ann', 'writer ben']);
    expect((await made.run('takeLook', release, look(1))).drift).toEqual({ missing: 0, foreign: 0, legacy: 0, content: 0 });
    await rolledBack(later);
    expect(story.held('rolewave')).toEqual(['clerk ann', 'clerk ben', 'reader ann', 'reader ben']);
  });

  test('narrowed to a pilot, it touches nobody else', async () => {
    const story = new Story();
    await story.released('wave-1', 'release', { roles: ['clerk', 'reader'], cohort: ['ann', 'ben', 'cem'] });
    const made = await story.define('wave-2', 'revise', { roles: ['clerk', 'writer'], cohort: ['ann', 'ben'] });
    const release = await made.preview('clerks', 'wave-2', ['ann', 'cem']);
    expect(release.parts).toMatchObject([{ people: 1, toGive: 1, toDrop: 3, conflicts: [] }]);
    expect(await made.run('recheckSystem', release, story.id)).toMatchObject({ wider: 0, shrunk: 0 });
    await made.sign(release, 'olga');
    await story.carryOut(made, release);
    expect(story.held('rolewave')).toEqual(['clerk ann', 'clerk ben', 'reader ben', 'writer ann']);
  });

  test('whoever has an account that cannot be reached at the moment is still wanted, and loses nothing', async () => {
    const story = new Story();
    await story.released('wave-1', 'release', { roles: ['clerk', 'reader'], cohort: ['ann', 'ben'] });
    const made = await story.define('wave-2', 'revise', { roles: ['clerk'], cohort: ['ann', 'ben'] });
    const locked: Connector = { ...story.system, snapshot: async (...args) => ({ ...(await story.system.snapshot(...args)), unknownAccounts: ['ben'] }) };
    const part = await made.runWith({ openSystem: async () => ({ connector: locked, source: made.source }) }, 'previewSystem', made.ref(), story.id);
    const content = await store.preview(part.digest);
    expect(content!.drop?.map(({ role, account }) => `${role} ${account}`)).toEqual(['reader ann', 'reader ben']);
  });

  test('a system that only the release before named is still reached', async () => {
    const story = new Story();
    const first = await story.released('wave-1', 'release', { roles: ['clerk'], cohort: ['ann'] });
    const plan = structuredClone(first.made.plan);
    plan.systems.push({ ...plan.systems[0]!, id: `${story.id}-new` });
    plan.packages[0]!.entitlements = [{ system: `${story.id}-new`, role: 'clerk' }];
    plan.waves[0] = { ...plan.waves[0]!, id: 'wave-2', packages: [{ ...plan.waves[0]!.packages[0]!, change: 'revise' }] };
    await store.saveRevision({ document: plan, digest: sha256Hex(plan), expected: 1, appliedBy: 'ines' });
    const made = new Bench(store, plan, { [story.id]: story.system, [`${story.id}-new`]: noneConnector() });
    const ref = { ...made.ref('clerks', 'wave-2'), revision: 2 };
    expect(await made.run('previewSystem', ref, story.id)).toMatchObject({ toGive: 0, toDrop: 1 });
    const onlyNew = await made.run('previewSystem', ref, `${story.id}-new`);
    const { packageDigest } = await import('../domain/plan/digest.ts');
    const { previewDigest } = await import('../domain/access/preview.ts');
    const release = { ...ref, planDigest: packageDigest(plan, 'clerks', 'wave-2'), previewDigest: previewDigest([onlyNew]), parts: [onlyNew] };
    await made.sign(release, 'olga');
    await expect(made.run('giveAccess', release, `${story.id}-new`)).rejects.toThrow(`does not show ${story.id}:`);
  });
});

describe('retiring a package', () => {
  test('takes everything that its releases gave, touches no old access, and can be rolled back', async () => {
    const story = new Story(by('dba', ['old', 'ann'], ['reader', 'ann']));
    await story.released('wave-1', 'release', { roles: ['clerk', 'reader'], legacy: ['old'], cohort: ['ann', 'ben'] });
    await story.released('wave-2', 'revise', { roles: ['clerk', 'reader', 'writer'], legacy: ['old'], cohort: ['ann', 'ben'] });
    story.system.giveAs('dba', 'old', 'ben');
    const before = story.held();
    const later = await story.released('wave-3', 'retire', { roles: ['clerk', 'reader', 'writer'], legacy: ['old'], cohort: ['ann', 'ben'] });
    expect(later.release.parts).toMatchObject([{ toGive: 0, alreadyThere: 0, toRetire: 0, toDrop: 5, conflicts: [] }]);
    expect(story.held()).toEqual(['old ben dba', 'reader ann dba']);
    expect(await store.claimsOn({ system: story.id, roles: ['clerk', 'reader', 'writer', 'old'] })).toEqual([]);
    expect((await later.made.run('takeLook', later.release, look(1))).drift).toEqual({ missing: 0, foreign: 0, legacy: 0, content: 0 });
    await rolledBack(later);
    expect(story.held()).toEqual(before);
  });
});

describe('what fits', () => {
  const definition = { roles: ['clerk'], cohort: ['ann'] };

  test.each(['revise', 'retire'] as const)('%s of a package that is not released is refused with what to write', async (change) => {
    const story = new Story();
    const made = await story.define('wave-1', change, definition);
    await expect(made.preview('clerks', 'wave-1')).rejects.toMatchObject({
      type: 'WrongChange',
      nonRetryable: true,
      message: `'clerks' is not released: nothing to ${change}; write change: release`,
    });
  });

  test('a second release by another wave is refused, and one that would be given all the same too', async () => {
    const story = new Story();
    await story.released('wave-1', 'release', definition);
    const made = await story.define('wave-2', 'release', definition);
    await expect(made.preview('clerks', 'wave-2')).rejects.toThrow("'clerks' was released by wave-1 already: write change: revise");
  });

  test('after a rollback there is nothing to revise: at go-live too', async () => {
    const story = new Story();
    const first = await story.released('wave-1', 'release', definition);
    const made = await story.define('wave-2', 'revise', { roles: ['clerk', 'reader'], cohort: ['ann'] });
    const release = await made.signed('clerks', 'wave-2');
    await rolledBack(first);
    await expect(made.run('recheckSystem', release, story.id)).rejects.toThrow('nothing to revise');
    await expect(made.run('giveAccess', release, story.id)).rejects.toThrow('nothing to revise');
    expect(story.held()).toEqual([]);
  });

  test('nothing comes after retire', async () => {
    const story = new Story();
    await story.released('wave-1', 'release', definition);
    await story.released('wave-2', 'retire', definition);
    const made = await story.define('wave-3', 'revise', definition);
    await expect(made.preview('clerks', 'wave-3')).rejects.toThrow("'clerks' was retired by wave-2 already");
  });

  test('the same wave is told that it released the package already', async () => {
    const story = new Story();
    await story.released('wave-1', 'release', definition);
    const { made } = await story.released('wave-2', 'revise', { roles: ['reader'], cohort: ['ann'] });
    await expect(made.preview('clerks', 'wave-2')).rejects.toMatchObject({ type: 'AlreadyReleased' });
  });

  test('more to take than was signed voids the sign-offs (R3); less is recorded', async () => {
    const story = new Story();
    await story.released('wave-1', 'release', { roles: ['clerk', 'reader'], cohort: ['ann', 'ben'] });
    await story.system.take({ role: 'reader', account: 'ben', grantor: 'rolewave', options: {} });
    const made = await story.define('wave-2', 'revise', { roles: ['clerk'], cohort: ['ann', 'ben'] });
    const release = await made.signed('clerks', 'wave-2');
    expect(release.parts).toMatchObject([{ toDrop: 1 }]);
    await story.system.give('reader', 'ben');
    expect(await made.run('recheckSystem', release, story.id)).toEqual({
      shrunk: 0,
      wider: 1,
      lines: ["wider: role 'reader' of 'ben', given by an earlier release, would be taken"],
    });
    await story.system.take({ role: 'reader', account: 'ben', grantor: 'rolewave', options: {} });
    await story.system.take({ role: 'reader', account: 'ann', grantor: 'rolewave', options: {} });
    expect(await made.run('recheckSystem', release, story.id)).toMatchObject({ shrunk: 1, wider: 0 });
  });

  test('a package goes out of service after those that build on it, or with them', async () => {
    const story = new Story();
    const packages = (more: Record<string, unknown>) => [
      { id: 'clerks', entitlements: [{ system: story.id, role: 'clerk' }], legacy: [], cohort: ['ann'] },
      { id: 'audit', entitlements: [{ system: story.id, role: 'audit' }], legacy: [], cohort: ['ann'], buildsOn: ['clerks'], ...more },
    ];
    const made = async (expected: number, waves: Record<string, unknown>) => {
      const plan = benchPlan(story.plan, { system: story.id, packages: packages({}), wave: waves });
      const bench = new Bench(store, plan, { [story.id]: story.system });
      await store.saveRevision({ document: plan, digest: sha256Hex(plan), expected, appliedBy: 'ines' });
      bench.ref = (id = 'clerks', wave = 'wave-1') => ({ plan: story.plan, wave, package: id, revision: expected + 1 });
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

describe('a release that was followed', () => {
  test('is neither tuned nor rolled back; its dependency check says by which wave; and all that ends with the later rollback', async () => {
    const story = new Story();
    const first = await story.released('wave-1', 'release', { roles: ['clerk', 'reader'], cohort: ['ann'] });
    const later = await story.released('wave-2', 'revise', { roles: ['clerk'], cohort: ['ann'] });
    const refusal = "'clerks' was released anew by wave-2: tune or roll back that one first";
    await expect(refuseIfFollowed(first.made.deps, first.release)).rejects.toThrow(refusal);
    await expect(refuseIfFollowed(later.made.deps, later.release)).resolves.toBeUndefined();
    await expect(first.made.run('tuneAccess', first.release, story.id, { id: 'tune-1', step: 'reconcile' })).rejects.toThrow(refusal);
    await expect(rolledBack(first)).rejects.toThrow(refusal);
    expect(await first.made.run('followedBy', first.release)).toEqual({ wave: 'wave-2' });
    expect(await later.made.run('followedBy', later.release)).toBeUndefined();
    expect(await later.made.run('earlierReleases', later.release)).toEqual(['wave-1']);
    expect((await first.made.run('dependencyCheck', first.release)).find(({ clear }) => !clear)).toEqual({
      line: "wave-2 released 'clerks' anew: roll that back first",
      clear: false,
      clearedBy: 'olga',
    });
    await rolledBack(later);
    expect(await first.made.run('followedBy', first.release)).toBeUndefined();
    expect((await first.made.run('dependencyCheck', first.release)).every(({ clear }) => clear)).toBe(true);
    await rolledBack(first);
    expect(story.held()).toEqual([]);
  });

  test('a third release rests on both before it, and rolling back goes from the latest to the first', async () => {
    const story = new Story();
    const first = await story.released('wave-1', 'release', { roles: ['clerk', 'reader'], cohort: ['ann', 'ben'] });
    const afterFirst = story.held();
    const second = await story.released('wave-2', 'revise', { roles: ['clerk'], cohort: ['ann', 'ben'] });
    const afterSecond = story.held();
    const third = await story.released('wave-3', 'revise', { roles: ['reader'], cohort: ['ann'] });
    expect(story.held('rolewave')).toEqual(['reader ann']);
    expect(await third.made.run('earlierReleases', third.release)).toEqual(['wave-1', 'wave-2']);
    await rolledBack(third);
    expect(story.held()).toEqual(afterSecond);
    expect(await store.claims({ system: story.id, role: 'reader', account: 'ann' })).toEqual([]);
    await rolledBack(second);
    expect(story.held()).toEqual(afterFirst);
    await rolledBack(first);
    expect(story.held()).toEqual([]);
  });
});

describe('whether somebody answers for a package', () => {
  const standing = async (accounts: Record<string, string>, unknownAccounts: string[]) => {
    const story = new Story();
    const made = await story.define('wave-1', 'release', { roles: ['clerk'], cohort: ['ann'] });
    const plan = structuredClone(made.plan);
    plan.people.find(({ id }) => id === 'olga')!.accounts = Object.fromEntries(Object.values(accounts).map((account) => [story.id, account]));
    await store.saveRevision({ document: plan, digest: sha256Hex(plan), expected: 1, appliedBy: 'ines' });
    const connector = noneConnector({ unknownAccounts });
    return made.runWith({ openSystem: async () => ({ connector, source: made.source }) }, 'ownerStanding', made.ref());
  };

  test('an owner without an account of their own in the systems is there', async () => {
    expect(await standing({}, ['olga'])).toEqual({ owner: 'olga', gone: false });
  });
  test('an owner whose account can log in is there', async () => {
    expect(await standing({ erp: 'olga_r' }, ['somebody'])).toEqual({ owner: 'olga', gone: false });
  });
  test('an owner whose account is locked is gone', async () => {
    expect(await standing({ erp: 'olga_r' }, ['olga_r'])).toMatchObject({ owner: 'olga', gone: true, why: expect.stringContaining("account 'olga_r' of 'olga'") });
  });
  test('the owner of the latest revision is asked, and one who is not in the plan any more is gone', async () => {
    const story = new Story();
    const { made } = await story.released('wave-1', 'release', { roles: ['clerk'], cohort: ['ann'] });
    await story.define('wave-1', 'release', { roles: ['clerk'], cohort: ['ann'] }, { owner: 'sam' });
    expect(await made.run('ownerStanding', made.ref())).toEqual({ owner: 'sam', gone: false });
    const without = benchPlan(story.plan, { system: story.id, packages: [{ id: 'other', entitlements: [{ system: story.id, role: 'clerk' }], legacy: [] }] });
    without.people = without.people.filter(({ id }) => id !== 'olga');
    await store.saveRevision({ document: without, digest: sha256Hex(without), expected: 2, appliedBy: 'ines' });
    expect(await made.run('ownerStanding', made.ref())).toMatchObject({ owner: 'olga', gone: true, why: expect.stringContaining("'olga' is not among the people") });
  });
});

const look = (at: number) => ({ number: at, purpose: 'scheduled' as const, startMs: 0, fromMs: 0, dueMs: 1 });

describe('any release, any change of it, anybody else at work', () => {
  const everyRole = ['clerk', 'reader', 'writer', 'old'];
  const everybody = ['ann', 'ben', 'cem', 'dea'];
  const anyDefinition = fc
    .tuple(fc.shuffledSubarray(everyRole, { minLength: 2 }), fc.integer({ min: 1, max: 2 }), fc.subarray(everybody, { minLength: 1 }))
    .map(([roles, given, cohort]): Definition => ({ roles: roles.slice(0, given), legacy: roles.slice(given), cohort }));
  const anyPairs = fc.uniqueArray(fc.tuple(fc.constantFrom(...everyRole), fc.constantFrom(...everybody)), { maxLength: 4, selector: (pair) => pair.join(' ') });
  const words = (pairs: [string, string][]) => pairs.map((pair) => pair.join(' '));

  test('rolled out, changed and rolled back: what was ours before the change is, nothing else is, and what others gave and need is as it was (R1)', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyDefinition,
        anyDefinition,
        fc.constantFrom('revise' as const, 'retire' as const),
        fc.record({ first: anyPairs, between: anyPairs, lost: anyPairs, during: anyPairs, needed: anyPairs }),
        async (a, b, change, others) => {
          const story = new Story(by('dba', ...others.first));
          const first = await story.released('wave-1', 'release', a);
          for (const [role, account] of others.between) story.system.giveAs('kim', role, account);
          for (const [role, account] of others.lost) await story.system.take({ role, account, grantor: 'rolewave', options: {} });
          await store.claim(
            { plan: story.plan, wave: 'wave-1', package: 'auditors' },
            others.needed.map(([role, account]) => ({ system: story.id, role, account })),
          );
          const [ours, all] = [story.held('rolewave'), story.held()];
          const claimed = new Set([...words(others.needed), ...a.roles.flatMap((role) => a.cohort.map((account) => `${role} ${account}`))]);

          const later = await story.released('wave-2', change, b);
          const kept = all.filter((line) => words(others.needed).some((pair) => line.startsWith(`${pair} `)));
          expect(story.held()).toEqual(expect.arrayContaining(kept));
          const foreignLost = all.filter((line) => !line.endsWith('rolewave') && !story.held().includes(line));
          const [oldRoles, members] = [change === 'retire' ? [] : b.legacy!, b.cohort];
          expect(foreignLost.filter((line) => !oldRoles.includes(line.split(' ')[0]!) || !members.includes(line.split(' ')[1]!))).toEqual([]);

          for (const [role, account] of others.during) story.system.giveAs('eve', role, account);
          expect((await rolledBack(later)).failed).toEqual([]);
          const after = story.held('rolewave');
          const legacyAgain = (pair: string) => words(others.during).includes(pair) && oldRoles.includes(pair.split(' ')[0]!) && members.includes(pair.split(' ')[1]!);
          // Old access that somebody gave again meanwhile is not given back on top of it.
          expect(ours.filter((pair) => !after.includes(pair) && !legacyAgain(pair))).toEqual([]);
          expect(after.filter((pair) => !ours.includes(pair) && !claimed.has(pair))).toEqual([]);
          const foreign = (lines: string[]) => lines.filter((line) => !line.endsWith('rolewave') && !line.endsWith('eve'));
          expect(foreign(all).filter((line) => !story.held().includes(line) && !legacyAgain(line.split(' ').slice(0, 2).join(' ')))).toEqual([]);
          expect(foreign(story.held()).filter((line) => !all.includes(line))).toEqual([]);

          expect((await rolledBack(first)).failed).toEqual([]);
          expect(story.held('rolewave').filter((pair) => !words(others.needed).includes(pair))).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });
});
