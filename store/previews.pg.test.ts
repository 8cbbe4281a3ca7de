import { setImmediate as others } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sha256Hex } from '../domain/canonical.ts';
import type { PreviewContent } from '../domain/release/signed-preview.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { grant, previewContent } from '../test/support/ledger.ts';
import type { Store } from './contract.ts';
import { openStore } from './open.ts';
import { previews } from './previews.ts';
import { remembering } from './remembering.ts';
import { openSession, type Session } from './session.ts';

let database: TestDatabase;
let store: Store;
let session: Session;
let client: Client;
beforeAll(async () => {
  database = await createDatabase('previews');
  store = await openStore(database.url, { migrate: true });
  session = openSession(database.url);
  client = new Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await session?.close();
  await store?.close();
  await database?.drop();
});

const large = (holders: number): PreviewContent =>
  previewContent({
    people: Array.from({ length: 1_001 }, (_, n) => ({ person: `p${n}`, account: `é"${n}\\` })),
    before: Array.from({ length: 2_000 }, (_, n) => ({ ...grant('clerk', `p${n}`), person: `p${n}` })),
    others: Array.from({ length: holders }, (_, n) => ({ role: 'clerk', account: `other ${n}`, accountId: `${n}` })),
    roles: [{ role: 'clerk', exists: true, id: '1', digest: 'd' }],
    cohort: { people: ['p1', 'p2'], joiners: 'granted' },
    conflicts: ['one', 'two'],
  });

test('a large preview is read as it was written, and its digest is that of all of it', async () => {
  const content = large(20_000);
  const digest = await store.savePreview(content);
  expect(digest).toBe(sha256Hex(content));
  expect(await store.preview(digest)).toEqual(content);
  expect(await store.preview('not there')).toBeUndefined();
});

test('also one that was written in one piece, by an earlier version', async () => {
  const content = large(20_001);
  const digest = sha256Hex(content);
  await client.query('insert into rolewave.previews (digest, plan, package, system, content, taken_at) values ($1, $2, $3, $4, $5::json, 0)', [
    digest,
    content.plan,
    content.package,
    content.system,
    JSON.stringify(content),
  ]);
  expect(await store.preview(digest)).toEqual(content);
});

test('no row that is read of it is large, however many hold the entitlement', async () => {
  const digest = await store.savePreview(large(100_000));
  const read: number[] = [];
  const watched: Session = {
    ...session,
    rows: async <R extends Record<string, unknown>>(sql: string, values?: unknown[]) => {
      const rows = await session.rows<R>(sql, values);
      read.push(...rows.map((row) => JSON.stringify(row).length));
      return rows;
    },
  };
  expect((await previews(watched).preview(digest))?.others).toHaveLength(100_000);
  expect(Math.max(...read)).toBeLessThan(600_000);
});

test('others have their turn while a large preview is made the same for all who read it', async () => {
  const content = large(100_000);
  const behind = remembering({ ...store, preview: () => Promise.resolve(structuredClone(content)) });
  let [turns, isRead] = [0, false];
  const reading = behind.preview('any').finally(() => (isRead = true));
  while (!isRead) {
    await others();
    turns += 1;
  }
  expect(turns).toBeGreaterThan(100);
  expect(Object.isFrozen((await reading)?.others.at(-1))).toBe(true);
});

test('a preview of the largest that there are stays for the next page, and those who ask at once wait for one reading', async () => {
  const content = large(100_000);
  let times = 0;
  const behind = remembering({ ...store, preview: () => Promise.resolve((times += 1) > 0 ? structuredClone(content) : undefined) });
  const [one, other] = await Promise.all([behind.preview('any'), behind.preview('any')]);
  expect(one).toBe(other);
  await behind.preview('another');
  expect(await behind.preview('any')).toBe(one);
  expect(times).toBe(2);
});

test('the checks before an effect have a large preview whole, without a cache, too', async () => {
  const content = large(20_002);
  const digest = await store.savePreview(content);
  const of = { plan: 'test', wave: 'wave-1', package: 'clerks', revision: 1, planDigest: 'p', previewDigest: 'q', previews: [digest, 'not there'] };
  const basis = await store.effectBasis(of);
  expect([...basis.previews]).toEqual([[digest, content]]);
});
