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
    earlier: [],
    later: [],
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
  const sealed = (type: 'note' | 'abort', at: object) =>
    key.seal(message(type, 'ines', { plan: 'basis', wave: 'wave-1', ...at }, type === 'note' ? { text: 't' } : { reason: 'r' }));
  await store.record(
    recordBatch({
      messages: [{ jws: sealed('note', {}) }, { jws: sealed('abort', { package: 'one' }) }, { jws: sealed('note', { wave: 'wave-2' }) }],
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
  expect(basis.messages).toEqual(await store.messages({ plan: 'basis', wave: 'wave-1' }));
  expect(basis.messages.map(({ type }) => type)).toEqual(['note', 'abort']);
  expect(basis.releases).toEqual(await store.releases({ plan: 'basis', package: 'one' }));
  expect(basis.releases).toHaveLength(2);
  expect(basis.receipts).toEqual(await store.receipts(of));
  expect([...basis.previews]).toEqual([[digest, await store.preview(digest)]]);
  const [second, third] = [(await store.revision('basis', 2))!, (await store.revision('basis', 3))!];
  expect(basis.later).toEqual(
    [second, third].map(({ number, appliedBy, appliedAtMs, seal, document }) => ({ number, appliedBy, appliedAtMs, seal, deciders: decidersIn(document) })),
  );
  // What is read covers what was sealed.
  for (const terms of basis.later) expect(isDecided({ plan: 'basis', ...terms }, decidersDigest(terms.deciders), [key.trusted])).toBe(true);

  const known = { revision: released, previews: basis.previews, terms: basis.later };
  expect(await store.effectBasis({ ...of, previews: [digest] }, known)).toEqual(basis);
  expect((await store.effectBasis({ ...of, previews: [digest, other] }, known)).previews.size).toBe(2);
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
