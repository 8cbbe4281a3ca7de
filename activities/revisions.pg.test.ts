import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noneConnector } from '../connectors/none/connector.ts';
import { previewDigest } from '../domain/access/preview.ts';
import { packageDigest } from '../domain/plan/digest.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { Bench } from '../test/support/activity-bench.ts';
import { by, evaluation, rolledBack, Story } from '../test/support/release-story.ts';
import { saveRevision } from '../test/support/revisions.ts';

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

describe('a revision', () => {
  test('previews what it grants and revokes, does exactly that, and its rollback restores it', async () => {
    const story = new Story(store);
    await story.released('wave-1', 'release', { roles: ['clerk', 'reader'], cohort: ['ann', 'ben'] });
    const before = story.held();
    const later = await story.released('wave-2', 'revise', { roles: ['clerk', 'writer'], cohort: ['ann', 'cem'] });
    expect(later.release.parts).toMatchObject([{ toGrant: 3, alreadyThere: 1, toDrop: 3, people: 2 }]);
    expect(story.held('rolewave')).toEqual(['clerk ann', 'clerk cem', 'writer ann', 'writer cem']);
    const receipt = await rolledBack(later);
    expect(receipt).toMatchObject({ granted: 3, revoked: 3, restored: 3, failed: [] });
    expect(story.held()).toEqual(before);
  });

  test('without drops has the same digest as any other preview of the same state', async () => {
    const story = new Story(store);
    await story.released('wave-1', 'release', { roles: ['clerk'], cohort: ['ann'] });
    const made = await story.define('wave-2', 'revise', { roles: ['clerk'], cohort: ['ann', 'ben'] });
    const { parts } = await made.preview('clerks', 'wave-2');
    const content = await store.preview(parts[0]!.digest);
    expect(Object.keys(content!)).not.toContain('drop');
    expect(parts[0]).not.toHaveProperty('toDrop');
  });

  test('revokes nothing that was there before the first release or that another administrator granted (R1)', async () => {
    const story = new Story(store, by('dba', ['clerk', 'ann']));
    await story.released('wave-1', 'release', { roles: ['clerk'], cohort: ['ann', 'ben'] });
    story.system.grantAs('kim', 'clerk', 'ben');
    const later = await story.released('wave-2', 'revise', { roles: ['reader'], cohort: ['ann', 'ben'] });
    expect(story.held().filter((line) => line.startsWith('clerk'))).toEqual(['clerk ann dba', 'clerk ben kim']);
    expect((await later.made.evaluate(later.release, evaluation(1))).drift).toEqual({ missing: 0, outOfBand: 0, legacy: 0, content: 0, options: 0 });
    await rolledBack(later);
    expect(story.held()).toEqual(['clerk ann dba', 'clerk ben kim', 'clerk ben rolewave']);
  });

  test('keeps what another package needs, and ignores claims of its own earlier release', async () => {
    const story = new Story(store);
    await story.released('wave-1', 'release', { roles: ['clerk', 'reader'], cohort: ['ann'] });
    await story.claim({ plan: story.plan, wave: 'wave-1', package: 'auditors' }, ['reader', 'ann']);
    const made = await story.define('wave-2', 'revise', { roles: ['writer'], cohort: ['ann'] });
    expect(await story.carryOut(made, await made.signed('clerks', 'wave-2'))).toMatchObject({ retired: 1, kept: 1, failed: 0 });
    expect(story.held('rolewave')).toEqual(['reader ann', 'writer ann']);
  });

  test('leaves what it drops without a claim while it stands, and with the claim of the release before once it is rolled back', async () => {
    const story = new Story(store);
    await story.released('wave-1', 'release', { roles: ['clerk', 'reader'], cohort: ['ann'] });
    const later = await story.released('wave-2', 'revise', { roles: ['clerk'], cohort: ['ann'] });
    const claims = (role: string) => story.claimants(role, 'ann');
    expect([await claims('reader'), await claims('clerk')]).toEqual([[], ['wave-1', 'wave-2']]);
    await rolledBack(later);
    expect([await claims('reader'), await claims('clerk')]).toEqual([['wave-1'], ['wave-1']]);
  });

  test('killed between an effect and its record, and run again, has revoked everything once; a rollback restores all of it (R4)', async () => {
    const story = new Story(store);
    await story.released('wave-1', 'release', { roles: ['clerk', 'reader'], cohort: ['ann', 'ben'] });
    const before = story.held();
    const made = await story.define('wave-2', 'revise', { roles: ['clerk'], cohort: ['ann'] });
    const release = await made.signed('clerks', 'wave-2');
    await made.run('grantAccess', release, story.id);
    const killed: Store = { ...store, settle: async () => Promise.reject(new Error('killed')) };
    await expect(made.runWith({ store: killed }, 'retireLegacy', release, story.id)).rejects.toThrow('killed');
    expect(await made.run('retireLegacy', release, story.id)).toMatchObject({ retired: 3, kept: 0, failed: 0 });
    expect(story.held('rolewave')).toEqual(['clerk ann']);
    await rolledBack({ made, release, at: story.id });
    expect(story.held()).toEqual(before);
  });

  test('when rolled back, keeps for the release before it what that had lost in the meantime and this one granted again', async () => {
    const story = new Story(store);
    await story.released('wave-1', 'release', { roles: ['clerk'], cohort: ['ann'] });
    story.system.removeAll('clerk', 'ann');
    const later = await story.released('wave-2', 'revise', { roles: ['clerk', 'reader'], cohort: ['ann'] });
    const receipt = await rolledBack(later);
    expect(receipt.kept).toEqual([{ role: 'clerk', account: 'ann', why: 'kept for clerks as wave-1 released it' }]);
    expect(story.held('rolewave')).toEqual(['clerk ann']);
  });

  test('retires entirely a role that moved from the entitlements to legacy, and restores it entirely', async () => {
    const story = new Story(store);
    await story.released('wave-1', 'release', { roles: ['clerk', 'reader'], cohort: ['ann', 'ben'] });
    story.system.grantAs('dba', 'reader', 'ann');
    const before = story.held();
    const later = await story.released('wave-2', 'revise', { roles: ['clerk'], legacy: ['reader'], cohort: ['ann'] });
    // ben was dropped from the people: only what the first release granted him is revoked.
    expect(later.release.parts).toMatchObject([{ toRetire: 1, toDrop: 2 }]);
    expect(story.held()).toEqual(['clerk ann rolewave']);
    await rolledBack(later);
    expect(story.held()).toEqual(before);
  });

  test('counts dropped access that returns as legacy access, and leaves it to a person: nothing of it is what Rolewave granted (R1)', async () => {
    const story = new Story(store);
    await story.released('wave-1', 'release', { roles: ['clerk', 'reader'], cohort: ['ann', 'ben'] });
    const { made, release, at } = await story.released('wave-2', 'revise', { roles: ['clerk'], cohort: ['ann', 'ben'] });
    story.system.grantAs('rolewave', 'reader', 'ann');
    story.system.grantAs('kim', 'reader', 'ben');
    expect((await made.evaluate(release, evaluation(1))).drift).toEqual({ missing: 0, outOfBand: 0, legacy: 2, content: 0, options: 0 });
    expect(await made.run('tuneAccess', release, at, { id: 'tune-1', step: 'reconcile' })).toEqual({ granted: 0, revoked: 0, retired: 0, left: 2 });
    expect(story.held()).toEqual(['clerk ann rolewave', 'clerk ben rolewave', 'reader ann rolewave', 'reader ben kim']);
  });

  test('retired later because of a blackout, revokes the same and leaves the same claims', async () => {
    const story = new Story(store);
    await story.released('wave-1', 'release', { roles: ['clerk', 'reader'], cohort: ['ann', 'ben'] });
    const before = story.held();
    const made = await story.define('wave-2', 'revise', { roles: ['clerk'], cohort: ['ann'] });
    const release = await made.signed('clerks', 'wave-2');
    await made.run('grantAccess', release, story.id);
    expect((await made.evaluate(release, evaluation(1))).drift).toMatchObject({ legacy: 3 });
    expect(await made.run('tuneAccess', release, story.id, { id: 'tune-1', step: 'retireLegacy' })).toEqual({ granted: 0, revoked: 0, retired: 3, left: 0 });
    expect((await story.claims('clerk', 'reader')).map(({ wave, role, account }) => `${wave} ${role} ${account}`)).toEqual([
      'wave-1 clerk ann',
      'wave-2 clerk ann',
    ]);
    await rolledBack({ made, release, at: story.id });
    expect(story.held()).toEqual(before);
  });

  test('narrowed by its owner, also revokes what the release before granted to these people, and its rollback restores that', async () => {
    const story = new Story(store);
    await story.released('wave-1', 'release', { roles: ['clerk'], cohort: ['ann', 'ben'] });
    const before = story.held();
    const later = await story.released('wave-2', 'revise', { roles: ['clerk', 'reader'], cohort: ['ann', 'ben'] });
    const { made, release, at } = later;
    const id = await made.record('tune', 'olga', release, { step: 'narrow', people: ['ann'], reason: 'left the team' });
    const tune = { id, step: 'narrow' as const, people: ['ann'] };
    const counted = { granted: 0, revoked: 2, retired: 0, left: 0 };
    expect(await made.run('tuneAccess', release, at, tune)).toEqual(counted);
    expect(await made.run('tuneAccess', release, at, tune)).toEqual(counted);
    expect(story.held('rolewave')).toEqual(['clerk ben', 'reader ben']);
    expect((await made.evaluate(release, evaluation(1))).drift).toEqual({ missing: 0, outOfBand: 0, legacy: 0, content: 0, options: 0 });
    await rolledBack(later);
    expect(story.held()).toEqual(before);
  });

  test('rolled back for some people only, restores what the release before granted them, and that is not drift', async () => {
    const story = new Story(store);
    await story.released('wave-1', 'release', { roles: ['clerk', 'reader'], cohort: ['ann', 'ben'] });
    const later = await story.released('wave-2', 'revise', { roles: ['clerk', 'writer'], cohort: ['ann', 'ben'] });
    const { made, release, at } = later;
    await made.record('rollback', 'olga', release, { reason: 'ann cannot work' });
    const id = await made.record('decide', 'olga', release, {
      proposal: 'rollback-1',
      kind: 'rollback',
      answer: 'approve',
      people: ['ann'],
      reason: 'only ann',
    });
    await made.run('tuneAccess', release, at, { id, step: 'narrow', people: ['ann'], restore: true });
    expect(story.held('rolewave')).toEqual(['clerk ann', 'clerk ben', 'reader ann', 'writer ben']);
    expect((await made.evaluate(release, evaluation(1))).drift).toEqual({ missing: 0, outOfBand: 0, legacy: 0, content: 0, options: 0 });
    await rolledBack(later);
    expect(story.held('rolewave')).toEqual(['clerk ann', 'clerk ben', 'reader ann', 'reader ben']);
  });

  test('narrowed to a pilot, changes nobody else', async () => {
    const story = new Story(store);
    await story.released('wave-1', 'release', { roles: ['clerk', 'reader'], cohort: ['ann', 'ben', 'cem'] });
    const made = await story.define('wave-2', 'revise', { roles: ['clerk', 'writer'], cohort: ['ann', 'ben'] });
    const release = await made.preview('clerks', 'wave-2', ['ann', 'cem']);
    expect(release.parts).toMatchObject([{ people: 1, toGrant: 1, toDrop: 3, conflicts: [] }]);
    expect(await made.run('recheckSystem', release, story.id)).toMatchObject({ wider: 0, shrunk: 0 });
    await made.sign(release, 'olga');
    await story.carryOut(made, release);
    expect(story.held('rolewave')).toEqual(['clerk ann', 'clerk ben', 'reader ben', 'writer ann']);
  });

  test('revokes nothing from a person whose account is unavailable at the moment', async () => {
    const story = new Story(store);
    await story.released('wave-1', 'release', { roles: ['clerk', 'reader'], cohort: ['ann', 'ben'] });
    const made = await story.define('wave-2', 'revise', { roles: ['clerk'], cohort: ['ann', 'ben'] });
    story.system.lockAccount('ben');
    const part = await made.run('previewSystem', made.ref(), story.id);
    const content = await store.preview(part.digest);
    expect(content!.drop?.map(({ role, account }) => `${role} ${account}`)).toEqual(['reader ann', 'reader ben']);
  });

  test('reaches a system that only the release before named', async () => {
    const story = new Story(store);
    const first = await story.released('wave-1', 'release', { roles: ['clerk'], cohort: ['ann'] });
    const plan = structuredClone(first.made.plan);
    plan.systems.push(`${story.id}-new`);
    plan.packages[0]!.entitlements = [{ system: `${story.id}-new`, role: 'clerk' }];
    plan.waves[0] = { ...plan.waves[0]!, id: 'wave-2', packages: [{ ...plan.waves[0]!.packages[0]!, change: 'revise' }] };
    await saveRevision(store, plan, first.made.key);
    const made = new Bench(store, plan, { [story.id]: story.system, [`${story.id}-new`]: noneConnector() });
    const ref = { ...made.ref('clerks', 'wave-2'), revision: 2 };
    expect(await made.run('previewSystem', ref, story.id)).toMatchObject({ toGrant: 0, toDrop: 1 });
    const onlyNew = await made.run('previewSystem', ref, `${story.id}-new`);
    const release = { ...ref, planDigest: packageDigest(plan, 'clerks', 'wave-2'), previewDigest: previewDigest([onlyNew]), parts: [onlyNew] };
    await made.sign(release, 'olga');
    await expect(made.run('grantAccess', release, `${story.id}-new`)).rejects.toThrow(`does not show ${story.id}:`);
  });
});

describe('retiring a package', () => {
  test('revokes everything that its releases granted, changes no legacy access, and can be rolled back', async () => {
    const story = new Story(store, by('dba', ['old', 'ann'], ['reader', 'ann']));
    await story.released('wave-1', 'release', { roles: ['clerk', 'reader'], legacy: ['old'], cohort: ['ann', 'ben'] });
    await story.released('wave-2', 'revise', { roles: ['clerk', 'reader', 'writer'], legacy: ['old'], cohort: ['ann', 'ben'] });
    story.system.grantAs('dba', 'old', 'ben');
    const before = story.held();
    const later = await story.released('wave-3', 'retire', { roles: ['clerk', 'reader', 'writer'], legacy: ['old'], cohort: ['ann', 'ben'] });
    expect(later.release.parts).toMatchObject([{ toGrant: 0, alreadyThere: 0, toRetire: 0, toDrop: 5, conflicts: [] }]);
    expect(story.held()).toEqual(['old ben dba', 'reader ann dba']);
    expect(await story.claims('clerk', 'reader', 'writer', 'old')).toEqual([]);
    expect((await later.made.evaluate(later.release, evaluation(1))).drift).toEqual({ missing: 0, outOfBand: 0, legacy: 0, content: 0, options: 0 });
    await rolledBack(later);
    expect(story.held()).toEqual(before);
  });
});
