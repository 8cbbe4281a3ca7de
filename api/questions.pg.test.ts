import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { limitsSchema, usualLimits } from '../domain/limits.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { createQuestions } from './questions.ts';

let database: TestDatabase;
/** Of two endpoints. */
let stores: [Store, Store];
let limits = usualLimits;
beforeAll(async () => {
  database = await createDatabase('questions');
  stores = [await openStore(database.url, { migrate: true }), await openStore(database.url, { migrate: false })];
});
afterEach(() => {
  limits = usualLimits;
});
afterAll(async () => {
  await Promise.all(stores?.map((each) => each.close()) ?? []);
  await database?.drop();
});

const endpoints = (withinMs = 60_000) => stores.map((store) => createQuestions(store, () => limits, withinMs).ask) as [Ask, Ask];
type Ask = ReturnType<typeof createQuestions>['ask'];

/** Begins so many, by several people and at both endpoints; resolves when all of them have their place. */
async function waitFor(answered: Promise<unknown>, count: number, right: string): Promise<Promise<unknown>[]> {
  const both = endpoints();
  const asking: Promise<unknown>[] = [];
  for (let at = 0; at < count; at++) {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    asking.push(
      both[at % 2 === 0 ? 0 : 1]({ person: `person-${at}`, right }, () => {
        begin();
        return answered;
      }),
    );
    await begun;
  }
  return asking;
}

test('those who ask under one right wait for so many answers together, at whichever endpoint, and nobody of another right waits for them', async () => {
  const { promise: answered, resolve: answer } = Promise.withResolvers<string>();
  const asking = await waitFor(answered, 8, 'theirs*');
  let drafts = 0;
  const draft = async () => (drafts += 1);
  for (const ask of endpoints())
    await expect(ask({ person: 'one-more', right: 'theirs*' }, draft)).rejects.toMatchObject({
      code: 'too-many-requests',
      message: expect.stringContaining("under 'theirs*' wait for 8 simulations"),
    });
  expect(drafts).toBe(0);
  const [ask] = endpoints();
  expect(await ask({ person: 'olga', right: 'mine' }, draft)).toBe(1);
  answer('here');
  await Promise.all(asking);
  expect(await ask({ person: 'one-more', right: 'theirs*' }, draft)).toBe(2);
});

test('of all that ask at the same moment, no more begin than the site lets, and a change of the site counts for the next', async () => {
  limits = limitsSchema.parse({ simulationsPerRightAtOnce: 3 });
  const { promise: answered, resolve: answer } = Promise.withResolvers<string>();
  const { promise: sevenRefused, resolve: refused } = Promise.withResolvers<void>();
  const said: string[] = [];
  let begun = 0;
  const both = endpoints();
  const asking = Array.from({ length: 10 }, async (_, at) => {
    try {
      return await both[at % 2 === 0 ? 0 : 1]({ person: `p-${at}`, right: 'theirs*' }, () => {
        begun += 1;
        return answered;
      });
    } catch (error) {
      if (said.push(String(error)) === 7) refused();
      return undefined;
    }
  });
  await sevenRefused;
  limits = limitsSchema.parse({ simulationsPerRightAtOnce: 4 });
  expect(await both[0]({ person: 'q', right: 'theirs*' }, async () => 'one more')).toBe('one more');
  answer('here');
  expect((await Promise.all(asking)).filter((each) => each === 'here')).toHaveLength(3);
  expect(begun).toBe(3);
  expect(said.filter((each) => each.includes('wait for 3 simulations'))).toHaveLength(7);
});

test('one person waits for two answers at a time, whatever the rights, and a failure is one', async () => {
  const [here, there] = endpoints();
  const asker = { person: 'ines', right: 'theirs*' };
  const { promise, reject } = Promise.withResolvers<never>();
  const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  const asking = [here, there].map((ask, at) =>
    ask({ ...asker, right: `right-${at}` }, () => {
      begun[at === 0 ? 0 : 1].resolve();
      return promise;
    }),
  );
  await Promise.all(begun.map((each) => each.promise));
  await expect(here(asker, async () => 1)).rejects.toMatchObject({ code: 'too-many-requests', message: expect.stringContaining("'ines' waits for 2") });
  reject(new Error('no worker'));
  await Promise.allSettled(asking);
  expect(await there(asker, async () => 1)).toBe(1);
});

test('the places of an endpoint that died are free when no answer can come any more', async () => {
  limits = limitsSchema.parse({ simulationsPerPersonAtOnce: 1 });
  // Nobody ends it.
  expect(await stores[0].takeQuestion({ person: 'ines', right: 'r', most: { ofPerson: 1, ofRight: 1 }, withinMs: 0 })).toHaveProperty('place');
  const [, there] = endpoints();
  expect(await there({ person: 'ines', right: 'r' }, async () => 1)).toBe(1);
});
