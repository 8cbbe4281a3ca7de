/** The doctor says when a system is another server than the one in which packages of the plan were released. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noneConnector } from '../connectors/none/connector.ts';
import { claimedPlaces } from '../store/check.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/contract.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { plan } from '../test/support/plan.ts';
import { site, siteSystem } from '../test/support/site.ts';
import { checkSystem } from './systems.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('another_place');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

test('what releases claim in another server than the one that the system is now is an error, with what to do', async () => {
  const release = { plan: 'test', wave: 'wave-1', package: 'clerks' };
  const grant = [{ role: 'clerk', account: 'ann' }];
  const lines = async () => {
    const found = await checkSystem(plan(), 'erp', site({ systems: [siteSystem('erp')] }), {}, claimedPlaces(database.url, 'test', 5_000), 5_000);
    return found.filter(({ text }) => text.includes('another server'));
  };
  expect(await lines()).toEqual([]);
  const here = await noneConnector({ place: 'none:erp' }).place();
  await store.claim(release, { place: here, system: 'erp' }, grant);
  await store.claim({ ...release, plan: 'other' }, { place: 'elsewhere', system: 'erp' }, grant);
  await store.claim(release, { place: 'elsewhere', system: 'crm' }, grant);
  expect(await lines()).toEqual([]);
  await store.claim({ ...release, wave: 'wave-0' }, { place: 'postgres:1', system: 'erp' }, grant);
  expect(await lines()).toEqual([
    {
      about: 'system erp',
      state: 'wrong',
      text: 'this is another server (none:erp) than the one in which packages of this plan were released (postgres:1)',
      fix: expect.stringContaining("'A system moves to another server' in docs/operating.md"),
    },
  ]);
});
