/** One statement reads what the separate reads would have answered, of one moment. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recordBatch } from '../domain/records.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { message, newKey } from '../test/support/keys.ts';
import { previewContent } from '../test/support/ledger.ts';
import { people, plan, type PlanChange } from '../test/support/plan.ts';
import type { Store } from './contract.ts';
import { openStore } from './open.ts';
import { isDecided } from '../domain/authority/applied.ts';
import { decidersDigest, decidersIn } from '../domain/plan/digest.ts';
import { revisionToSave } from '../test/support/revisions.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('basis');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const key = newKey();
const apply = async (change: PlanChange, expected: number) => {
  const document = plan({ plan: 'basis', people: people('olga', 'otto', 'ines', 'hugo', 'ann', 'ben', 'cem', 'dora'), ...change });
  const saved = await store.saveRevision(await revisionToSave(document, key, { expected }));
  if ('conflict' in saved) throw new Error('not saved');
  return saved.revision;
};
const of = { plan: 'basis', wave: 'wave-1', package: 'one', revision: 1, planDigest: 'p', previewDigest: 'q', previews: [] as string[] };

test('of nothing there is nothing, and no error', async () => {
  expect(await store.effectBasis({ ...of, plan: 'nobody', previews: ['a'] })).toEqual({
    revision: undefined,
    latest: 0,
    previews: new Map(),
    messages: [],
    releases: [],
    receipts: [],
    readable: undefined,
    compared: new Map(),
    verdicts: [],
  });
});

test('it answers what the separate reads answer', async () => {
  const released = await apply({ packages: [{ id: 'one' }, { id: 'two' }] }, 0);
  const blackouts = [{ id: 'close', reason: 'Month end', from: '2027-05-01', until: '2027-05-03' }];
  await apply(
    {
      packages: [{ id: 'one', owner: 'otto' }, { id: 'two' }],
      operators: ['hugo'],
      delegates: [{ of: 'otto', to: 'dora', until: '2027-06-01', packages: ['one'] }],
      blackouts,
    },
    1,
  );
  // The wave has the package no more.
  await apply({ packages: [{ id: 'one' }, { id: 'two' }], waves: [{ packages: [{ package: 'two' }] }, { id: 'wave-2', packages: [{ package: 'one' }] }] }, 2);
  const [digest, other] = [await store.savePreview(previewContent()), await store.savePreview({ ...previewContent(), system: 'crm' })];
  const sealed = (type: 'note' | 'holdBack' | 'abort', at: object) =>
    key.seal(message(type, 'ines', { plan: 'basis', wave: 'wave-1', ...at }, type === 'note' ? { text: 't' } : { reason: 'r' }));
  await store.record(
    recordBatch({
      messages: [
        { jws: sealed('holdBack', {}) },
        { jws: sealed('note', {}) },
        { jws: sealed('abort', { package: 'one' }) },
        { jws: sealed('holdBack', { package: 'two' }) },
        { jws: sealed('holdBack', { wave: 'wave-2' }) },
      ],
    }),
  );
  const begin = { plan: 'basis', revision: 1, planDigest: 'p', previewDigest: 'q', change: 'release' as const };
  for (const at of [
    { wave: 'wave-1', package: 'one' },
    { wave: 'wave-1', package: 'two' },
    { wave: 'wave-2', package: 'one' },
  ])
    await store.beginRelease({ ...begin, ...at });

  const basis = await store.effectBasis({ ...of, previews: [digest, 'missing'] });
  expect(basis.revision).toEqual(await store.revision('basis', 1));
  expect(basis.revision).toEqual(released);
  // Of the package and of its wave as a whole, without what decides nothing.
  const all = await store.messages({ plan: 'basis', wave: 'wave-1' });
  expect(basis.messages).toEqual(all.filter((one) => one.type !== 'note' && one.package !== 'two'));
  expect(basis.messages.map(({ type }) => type)).toEqual(['holdBack', 'abort']);
  expect(basis.after).toBeUndefined();
  expect(await store.effectMessages(of)).toEqual({ messages: basis.messages });
  expect(basis.releases).toEqual(await store.releases({ plan: 'basis', package: 'one' }));
  expect(basis.releases).toHaveLength(2);
  expect(basis.receipts).toEqual([]);
  expect([...basis.previews]).toEqual([[digest, await store.preview(digest)]]);
  expect(basis.latest).toBe(3);
  const known = { revision: released, previews: basis.previews };
  expect(await store.effectBasis({ ...of, previews: [digest] }, known)).toEqual(basis);
  expect((await store.effectBasis({ ...of, previews: [digest, other] }, known)).previews.size).toBe(2);
});

test('who decides by a revision is what its seal covers, and of that only what concerns the wave is kept', async () => {
  const now = Date.now() + 60_000;
  const [third, again] = await store.revisionsAt('basis', [now, now]);
  expect([third?.number, again]).toEqual([3, third]);
  const [second, none] = await store.revisionsAt('basis', [now, 0], 3);
  expect([second?.number, none]).toEqual([2, undefined]);
  expect(await store.revisionsAt('basis', [Infinity], 1)).toEqual([undefined]);
  expect(await store.revisionsAt('basis', [])).toEqual([]);
  // At its own instant a revision counts, and a moment before it the one before.
  const at = second!.appliedAtMs;
  const before = (await store.revisionsAt('basis', [at - 0.5, at], 3)).map((one) => one?.number);
  expect(before[1]).toBe(2);
  expect([1, undefined]).toContain(before[0]);
  const sealed = [third, second];
  expect(await store.waveDeciders({ plan: 'basis', number: 9, wave: 'wave-1' })).toBeUndefined();
  for (const one of sealed) {
    const { document } = (await store.revision('basis', one!.number))!;
    const deciders = (await store.waveDeciders({ plan: 'basis', number: one!.number, wave: 'wave-1' }))!;
    expect(deciders.digest).toBe(decidersDigest(decidersIn(document)));
    expect(isDecided({ plan: 'basis', ...one! }, deciders.digest, [key.trusted])).toBe(true);
  }
  expect(await store.waveDeciders({ plan: 'basis', number: 2, wave: 'wave-1' })).toMatchObject({
    owners: [
      { id: 'one', owner: 'otto' },
      { id: 'two', owner: 'olga' },
    ],
    operators: ['hugo'],
    delegates: [{ of: 'otto', to: 'dora', packages: ['one'] }],
  });
  expect(await store.revisionTerms({ plan: 'basis', number: 2 })).toMatchObject({ blackouts: [{ id: 'close' }] });
  expect((await store.revisionTerms({ plan: 'basis', number: 2 }))?.deciders).toBe(decidersDigest(decidersIn((await store.revision('basis', 2))!.document)));
  expect(await store.waveDeciders({ plan: 'basis', number: 3, wave: 'wave-1' })).toMatchObject({ owners: [{ id: 'two' }], delegates: [] });
});

test('thousands of messages are read in pages, each of them once and in order, and notes beside them are not read', async () => {
  const at = { plan: 'basis', wave: 'many', package: 'one' };
  const sealed = (index: number) =>
    key.seal(message(index % 3 === 0 ? 'note' : 'holdBack', 'ines', at, index % 3 === 0 ? { text: 't' } : { reason: 'r' }, { id: `message-${index}` }));
  const jws = Array.from({ length: 1_500 }, (_, index) => ({ jws: sealed(index) }));
  await store.record(recordBatch({ messages: jws }));
  const first = await store.effectBasis({ ...of, wave: 'many' });
  const read = [...first.messages];
  let pages = 1;
  for (let after = first.after; after !== undefined; pages += 1) {
    const page = await store.effectMessages(at, { after });
    expect(page.messages.length).toBeLessThanOrEqual(200);
    read.push(...page.messages);
    after = page.after;
  }
  expect(read.map(({ id }) => id)).toEqual(
    Array.from({ length: 1_500 }, (_, index) => index).flatMap((index) => (index % 3 === 0 ? [] : [`message-${index}`])),
  );
  expect(pages).toBe(6);
});

test('names and reasons of a revision are read without its document, and a draft is found by its digest', async () => {
  const names = { one: (await store.revision('basis', 1))!.document.packages[0]!.name, two: (await store.revision('basis', 1))!.document.packages[1]!.name };
  expect(await store.texts('basis', 1)).toEqual({ names, holds: {} });
  expect(await store.texts('basis', 99)).toEqual({ names: {}, holds: {} });
  const held = await apply({ waves: [{ status: 'on-hold', hold: { reason: 'Rejected “as is”', liftedBy: ['ines', 'hugo'] } }] }, 3);
  expect((await store.texts('basis', held.number)).holds).toEqual({ 'wave-1': 'Rejected “as is”' });
  const digest = await store.saveDraft(held.document);
  expect(await store.saveDraft(held.document)).toBe(digest);
  expect(await store.draft(digest)).toEqual(held.document);
  expect(await store.draft('another')).toBeUndefined();
});
