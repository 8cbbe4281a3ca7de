import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { previewContent } from '../test/support/ledger.ts';
import { plan, type PlanChange } from '../test/support/plan.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { knownDigest, planDocumentDigest } from '../domain/plan/digest.ts';
import type { Revision, Store } from './contract.ts';
import { openStore } from './open.ts';
import { remembering } from './remembering.ts';
import { newKey } from '../test/support/keys.ts';
import { revisionToSave } from '../test/support/revisions.ts';

let database: TestDatabase;
let store: Store;
/** Calls that reached the store behind the cache. */
const asked: string[] = [];

beforeAll(async () => {
  database = await createDatabase('remembering');
  const behind = await openStore(database.url, { migrate: true });
  const counted = Object.entries(behind).map(([name, call]: [string, (...args: unknown[]) => unknown]) => [
    name,
    (...args: unknown[]) => {
      asked.push(name);
      return call(...args);
    },
  ]);
  store = remembering(Object.fromEntries(counted));
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const key = newKey();
const apply = async (change: PlanChange, expected: number) => store.saveRevision(await revisionToSave(plan(change), key, { expected }));

test('a revision is read once, and a newer one is the latest from the moment that it is written', async () => {
  await apply({}, 0);
  const first = await store.latestRevision('test');
  expect(await store.latestRevision('test')).toBe(first);
  expect(await store.revision('test', 1)).toBe(first);
  expect(asked.filter((name) => name === 'revision')).toHaveLength(1);
  await apply({ packages: [{ owner: 'otto' }] }, 1);
  expect((await store.latestRevision('test'))?.number).toBe(2);
  expect((await store.revision('test', 1))?.document.packages[0]?.owner).toBe('olga');
});

test('a missing row is read again: it may have been written meanwhile', async () => {
  expect(await store.revision('test', 3)).toBeUndefined();
  expect(await store.latestRevision('nobody')).toBeUndefined();
  await apply({ packages: [{ owner: 'hugo' }] }, 2);
  expect((await store.revision('test', 3))?.document.packages[0]?.owner).toBe('hugo');
});

test('a preview is read once under its digest, and no caller can change the shared value', async () => {
  expect(await store.preview('not there')).toBeUndefined();
  const digest = await store.savePreview(previewContent());
  const found = await store.preview(digest);
  expect(await store.preview(digest)).toBe(found);
  expect(() => found?.people.push({ person: 'eve', account: 'eve' })).toThrow(TypeError);
});

test('previews with few rows of megabytes are not kept all: what they take counts, and not only how many rows they have', async () => {
  const megabytes = (n: number) => ({ ...previewContent(), conflicts: Array.from({ length: 10 }, () => `${n}${'x'.repeat(1_000_000)}`) });
  const digests: string[] = [];
  for (let n = 0; n < 10; n += 1) digests.push(await store.savePreview(megabytes(n)));
  asked.length = 0;
  for (let round = 0; round < 2; round += 1) for (const digest of digests) await store.preview(digest);
  expect(asked.filter((name) => name === 'preview').length).toBeGreaterThan(digests.length);
});

test('what the checks before an effect rest on is asked in one call, after each preview that is not known', async () => {
  const digest = await store.savePreview(previewContent());
  const of = { plan: 'test', wave: 'wave-1', package: 'clerks', revision: 1, planDigest: 'p', previewDigest: 'q', previews: [digest] };
  asked.length = 0;
  const first = await store.effectBasis(of);
  const again = await store.effectBasis(of);
  expect(asked).toEqual(['preview', 'effectBasis', 'effectBasis']);
  expect(first).toEqual(again);
  expect(again.revision).toBe(first.revision);
  expect(again.previews.get(digest)).toBe(first.previews.get(digest));
  expect(first.latest).toBe(3);
  await apply({ packages: [{ owner: 'olga' }] }, 3);
  expect((await store.effectBasis(of)).latest).toBe(4);
});

test('who decides by a revision is read once for each wave, and what is kept of all revisions is bounded by its bytes', async () => {
  asked.length = 0;
  const of = { plan: 'test', number: 2, wave: 'wave-1' };
  const [first, second] = await Promise.all([store.waveDeciders(of), store.waveDeciders(of)]);
  expect(first?.owners).toMatchObject([{ owner: 'otto' }]);
  expect(second).toBe(first);
  expect(await store.waveDeciders(of)).toBe(first);
  expect(asked).toEqual(['waveDeciders']);
  let reads = 0;
  const behind = {
    waveDeciders: async () => {
      reads += 1;
      return { digest: 'd', operators: [], owners: [], delegates: [{ of: 'x'.repeat(1_000_000), to: 'dora', until: 0 }] };
    },
  } as unknown as Store;
  const large = remembering(behind);
  for (let round = 0; round < 2; round += 1) for (let number = 1; number <= 40; number += 1) await large.waveDeciders({ plan: 'test', number, wave: 'wave-1' });
  expect(reads).toBe(80);
});

test('what stops releases by a revision is read once for all of its waves, without what else is on record with it', async () => {
  asked.length = 0;
  const of = { plan: 'test', number: 2 };
  const first = await store.revisionTerms(of);
  expect(await store.revisionTerms(of)).toBe(first);
  expect(asked).toEqual(['revisionTerms']);
  expect(Object.keys(first ?? {}).toSorted()).toEqual(['appliedBy', 'blackouts', 'deciders', 'number', 'record', 'seal']);
});

test('those who ask for a revision at the same time wait for one reading, and a plan has one reading at a time', async () => {
  const first = 'one';
  const waiting: { key: string; go: () => void }[] = [];
  const revisionOf = (id: string, number: number) => ({ plan: id, number, document: plan({}) }) as unknown as Revision;
  const behind = {
    revision: (id: string, number: number) =>
      new Promise<Revision>((resolve) => waiting.push({ key: `${id}/${number}`, go: () => resolve(revisionOf(id, number)) })),
  } as unknown as Store;
  const asking = remembering(behind);
  const answers = [asking.revision(first, 1), asking.revision(first, 1), asking.revision(first, 2), asking.revision('two', 1)];
  await expect.poll(() => waiting.map(({ key }) => key)).toEqual(['one/1', 'two/1']);
  for (const { go } of waiting.splice(0)) go();
  await expect.poll(() => waiting.map(({ key }) => key)).toEqual(['one/2']);
  for (const { go } of waiting.splice(0)) go();
  const [a, b] = await Promise.all(answers);
  expect(a).toBe(b);
});

test('a document that is read again from the store is not digested again, and one that says something else is', async () => {
  await apply({ packages: [{ owner: 'otto' }] }, (await store.latestRevision('test'))?.number ?? 0);
  const number = (await store.latestRevision('test'))?.number ?? 0;
  const direct = await openStore(database.url, { migrate: true });
  try {
    const first = await direct.revision('test', number);
    expect(first && knownDigest(first.document)).toBeUndefined();
    const digest = first && planDocumentDigest(first.document);
    expect(digest).toBe(first?.digest);
    const again = await direct.revision('test', number);
    expect(again?.document).not.toBe(first?.document);
    expect(again && knownDigest(again.document)).toBe(digest);
    const writer = new pg.Client({ connectionString: database.url });
    await writer.connect();
    await writer.query('set session_replication_role = replica');
    try {
      await writer.query("update rolewave.revisions set document = replace(document::text, 'otto', 'olga')::json where plan = 'test' and number = $1", [
        number,
      ]);
    } finally {
      await writer.end();
    }
    const changed = await direct.revision('test', number);
    expect(changed && knownDigest(changed.document)).toBeUndefined();
  } finally {
    await direct.close();
  }
});

test('a draft is read once, however many parts of it are simulated at once', async () => {
  const digest = await store.saveDraft(plan({}));
  asked.length = 0;
  const drafts = await Promise.all(Array.from({ length: 60 }, () => store.draft(digest)));
  expect(new Set(drafts).size).toBe(1);
  expect(drafts[0]).toEqual(plan({}));
  expect(await store.draft(digest)).toBe(drafts[0]);
  expect(asked).toEqual(['draft']);
});
