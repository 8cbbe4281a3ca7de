import { afterAll, beforeAll, expect, test } from 'vitest';
import { recordBatch } from '../domain/records.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { newKey } from '../test/support/keys.ts';
import { plan } from '../test/support/plan.ts';
import { saveRevision } from '../test/support/revisions.ts';
import type { Store } from './contract.ts';
import { openStore } from './open.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('open-work');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const key = newKey();
/** Each wave has a package of its own. */
const apply = (id: string, ...waves: string[]) =>
  saveRevision(store, plan({ plan: id, packages: waves.map((wave) => ({ id: `of-${wave}` })), waves: waves.map((wave) => ({ id: wave })) }), key);
const begin = (of: string, wave: string) =>
  store.record(recordBatch({ events: [{ id: `${of}/${wave}#1`, plan: of, wave, atMs: 1, actor: 'rolewave', kind: 'asked', text: 'asked' }] }));
const end = (id: string) => store.record(recordBatch({ finals: [{ workflowId: id, state: { stage: 'closed' } }] }));
const open = async (plans: string[], of: string, ...waves: string[]) =>
  (await store.openWork(plans, { plan: of, waves: waves.map((wave) => ({ wave, packages: [`of-${wave}`] })) })).waves;
const openPackages = async (plans: string[], of: string, waves: Record<string, string[]>) =>
  (await store.openWork(plans, { plan: of, waves: Object.entries(waves).map(([wave, packages]) => ({ wave, packages })) })).packages;

test('waves of these plans that have not ended are counted once each, and those that a revision adds', async () => {
  await apply('erp-1', 'a', 'b');
  await apply('erp-2', 'a');
  await apply('other', 'a', 'b', 'c');
  await begin('erp-1', 'a');
  await begin('other', 'd');
  expect(await open(['erp-1'], 'erp-2', 'a')).toEqual({ open: 3, added: 0 });
  expect(await open(['erp-1'], 'erp-2', 'a', 'b', 'c')).toEqual({ open: 3, added: 2 });
  expect(await open(['erp-1', 'erp-2'], 'new', 'a')).toEqual({ open: 3, added: 1 });
});

test('a wave that has begun counts until it has ended, also when its plan no longer has it; one that has ended is no addition', async () => {
  await apply('erp-1', 'b', 'c');
  expect(await open([], 'erp-1', 'b', 'c')).toEqual({ open: 3, added: 0 });
  await end('erp-1/a');
  await end('erp-1/b');
  // A wave's package is no wave.
  await end('erp-1/c/of-c');
  expect(await open([], 'erp-1', 'a', 'b', 'c', 'd')).toEqual({ open: 1, added: 1 });
});

test('so are their packages, those of a wave that its plan no longer has included; what is stable, rolled back or in a wave that has ended is not', async () => {
  const several = (id: string, waves: Record<string, string[]>) =>
    saveRevision(
      store,
      plan({
        plan: id,
        packages: Object.values(waves).flatMap((packages) => packages.map((each) => ({ id: each }))),
        waves: Object.entries(waves).map(([wave, packages]) => ({ id: wave, packages: packages.map((each) => ({ package: each })) })),
      }),
      key,
    );
  await several('crm', { a: ['p', 'q'], b: ['r'] });
  expect(await openPackages([], 'crm', { a: ['p', 'q'], b: ['r'] })).toEqual({ open: 3, added: 0 });
  expect(await openPackages([], 'crm', { a: ['p', 'q', 's'], b: ['r'], c: ['t'] })).toEqual({ open: 3, added: 2 });
  expect(await openPackages(['crm'], 'new', { a: ['p'] })).toEqual({ open: 3, added: 1 });
  await end('crm/a/p');
  expect(await openPackages([], 'crm', { a: ['p', 'q'], b: ['r'] })).toEqual({ open: 2, added: 0 });
  await begin('crm', 'b');
  await several('crm', { a: ['p', 'q'] });
  expect(await openPackages([], 'crm', { a: ['p', 'q'] })).toEqual({ open: 2, added: 0 });
  // Back in the plan, it is no addition.
  expect(await openPackages([], 'crm', { a: ['p', 'q'], b: ['r'] })).toEqual({ open: 2, added: 0 });
  await end('crm/b');
  expect(await openPackages([], 'crm', { a: ['p', 'q'] })).toEqual({ open: 1, added: 0 });
});
