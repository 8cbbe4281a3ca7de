import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase } from '../test/support/database.ts';
import { newKey } from '../test/support/keys.ts';
import { plan } from '../test/support/plan.ts';
import { saveRevision } from '../test/support/revisions.ts';
import type { Store } from './contract.ts';
import { openStore } from './open.ts';

let database: Awaited<ReturnType<typeof createDatabase>>;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('revisions');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

test('new revisions of some plans since an instant are counted, with what they take in the store', async () => {
  const key = newKey();
  const hex = Array.from({ length: 110 }, () => crypto.randomUUID()).join(' ');
  const large = await saveRevision(store, plan({ plan: 'one', description: hex.slice(0, 4_000) }), key);
  await saveRevision(store, plan({ plan: 'one', description: 'the next' }), key);
  await saveRevision(store, plan({ plan: 'two' }), key);
  await saveRevision(store, plan({ plan: 'other' }), key);
  const all = await store.revisionsSince(['one', 'two'], large.appliedAtMs);
  expect(all.revisions).toBe(3);
  expect(all.bytes).toBeGreaterThan(2_000);
  expect(await store.revisionsSince(['one', 'two'], large.appliedAtMs + 86_400_000)).toEqual({ revisions: 0, bytes: 0 });
  expect(await store.revisionsSince([], 0)).toEqual({ revisions: 0, bytes: 0 });
});
