import { afterAll, beforeAll, expect, test } from 'vitest';
import { next } from '../domain/release/facts.ts';
import { entry, grant } from '../test/support/ledger.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import type { Store } from './contract.ts';
import { openStore } from './open.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('releases');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const begin = (plan: string, wave: string, rolePackage = 'clerks', revision = 1, change: 'release' | 'revise' = 'release') =>
  store.beginRelease({ plan, wave, package: rolePackage, revision, planDigest: 'p', previewDigest: 'v', change });
const granted = (plan: string, wave: string, system: string) =>
  store.append([next(entry({ plan, wave, system }), 'release', { did: 'granted', grants: [grant('clerk', 'ann')] })]);
const rolledBack = async (plan: string, wave: string, system: string) => {
  const of = { plan, wave, package: 'clerks' };
  const receipt = { system, granted: 0, revoked: 0, kept: [], restored: 0, restoredNotes: [], notRestored: [], failed: [], check: '' };
  const facts = (await store.ledger({ ...of, system })).reduce((sum, one) => sum + one.facts, 0);
  return store.saveReceipt(of, 'rollback-1', receipt, facts);
};
const standing = async (plan: string) => (await store.releases({ plan })).map(({ wave, undone }) => `${wave} ${undone ? 'undone' : 'stands'}`);

test('a release is recorded once, in the order in which releases began', async () => {
  await begin('once', 'wave-2');
  await begin('once', 'wave-1', 'clerks', 2, 'revise');
  await begin('once', 'wave-2', 'clerks', 9);
  await begin('once', 'wave-1', 'audit', 2);
  await begin('another', 'wave-1');
  expect(await store.releases({ plan: 'once', package: 'clerks' })).toEqual([
    {
      plan: 'once',
      wave: 'wave-2',
      package: 'clerks',
      revision: 1,
      planDigest: 'p',
      previewDigest: 'v',
      change: 'release',
      begunAtMs: expect.any(Number),
      undone: false,
    },
    expect.objectContaining({ wave: 'wave-1', revision: 2, change: 'revise' }),
  ]);
  expect((await store.releases({ plan: 'once' })).map((release) => release.package)).toEqual(['clerks', 'clerks', 'audit']);
});

test('it is undone once it is rolled back in every system in which it had effects', async () => {
  await begin('undone', 'wave-1');
  await granted('undone', 'wave-1', 'erp');
  await granted('undone', 'wave-1', 'crm');
  expect(await standing('undone')).toEqual(['wave-1 stands']);
  await rolledBack('undone', 'wave-1', 'erp');
  expect(await standing('undone')).toEqual(['wave-1 stands']);
  await rolledBack('undone', 'wave-1', 'crm');
  expect(await standing('undone')).toEqual(['wave-1 undone']);
});

test('a release without effects is undone by its receipt', async () => {
  await begin('nothing', 'wave-1');
  expect(await standing('nothing')).toEqual(['wave-1 stands']);
  await rolledBack('nothing', 'wave-1', 'erp');
  expect(await standing('nothing')).toEqual(['wave-1 undone']);
});
