/** Which systems need a worker. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { next } from '../domain/release/facts.ts';
import pg from 'pg';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { entry, grant } from '../test/support/ledger.ts';
import { plan, roles } from '../test/support/plan.ts';
import { knownSystems } from '../worker/known-systems.ts';
import type { Store } from './contract.ts';
import { openStore } from './open.ts';
import { newKey } from '../test/support/keys.ts';
import { revisionToSave } from '../test/support/revisions.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('in-use');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

/** The plan declares all of these systems, and its package has roles in the first. */
async function apply(expected: number, ...ids: string[]): Promise<void> {
  const document = plan({
    plan: 'used',
    systems: ids,
    packages: [{ entitlements: roles(ids[0]!, 'clerk'), legacy: roles(ids[0]!, 'old') }],
  });
  await store.saveRevision(await revisionToSave(document, newKey(), { expected }));
}
const of = { plan: 'used', wave: 'wave-1', package: 'clerks' };

test('those in which the latest revision grants, and those of releases that stand; what is only declared or was never released is not in use', async () => {
  const known = knownSystems(store);
  expect(await known()).toEqual({ planned: [], standing: [] });
  await apply(0, 'erp', 'declared');
  expect(await known()).toEqual({ planned: ['erp'], standing: [] });

  await store.beginRelease({ ...of, revision: 1, planDigest: 'p', previewDigest: 'v', change: 'release' });
  expect(await known()).toEqual({ planned: ['erp'], standing: ['erp'] });

  // The package moves, twice; nothing was granted by the revision in between.
  await apply(1, 'crm');
  await apply(2, 'lab');
  expect(await known()).toEqual({ planned: ['lab'], standing: ['erp'] });

  // A system in which the release did something, whatever its plan said.
  await store.append([next(entry({ ...of, system: 'ldap' }), 'release', { did: 'granted', grants: [grant('clerk', 'ann')] })]);
  await store.append([next(entry({ ...of, system: 'erp' }), 'release', { did: 'granted', grants: [grant('clerk', 'ann')] })]);
  expect(await store.systemsInUse()).toEqual({ planned: ['lab'], standing: ['erp', 'ldap'] });

  for (const id of ['erp', 'ldap']) {
    const receipt = { system: id, granted: 0, revoked: 1, kept: [], restored: 0, restoredNotes: [], notRestored: [], failed: [], check: '' };
    await store.saveReceipt(of, 'rollback-1', receipt, 1);
  }
  expect(await known()).toEqual({ planned: ['lab'], standing: [] });
});

test('no document is read for it, however many plans and releases there are; only of a release that an earlier version began', async () => {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    const begin = { ...of, revision: 3, planDigest: 'p', previewDigest: 'v', change: 'release' as const };
    await store.beginRelease({ ...begin, wave: 'wave-2', systems: ['lab'] });
    await client.query('alter table rolewave.revisions rename column document to unread');
    expect(await store.systemsInUse()).toEqual({ planned: ['lab'], standing: ['lab'] });
    await client.query('alter table rolewave.revisions rename column unread to document');
    await store.beginRelease({ ...begin, wave: 'wave-3', revision: 2 });
    expect(await store.systemsInUse()).toEqual({ planned: ['lab'], standing: ['crm', 'lab'] });
  } finally {
    await client.end();
  }
});
