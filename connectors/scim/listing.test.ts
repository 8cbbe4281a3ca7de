import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { equals, listed } from './listing.ts';
import type { ScimSession } from './session.ts';

const listing = { of: 'Users', attributes: ['id', 'userName'] };
const long = 'x'.repeat(500_000);
const idsIn = async (session: ScimSession) => (await listed(session, listing))?.map(({ id }) => id);

/** What a server answers about this list: `page` sees what was asked for. */
function answering(page: (startIndex: number, count: number) => Record<string, unknown>): ScimSession {
  const get: ScimSession['get'] = async (_path, _what, query = {}) => ({ body: page(Number(query['startIndex']), Number(query['count'])), version: undefined });
  return { get } as ScimSession;
}

const resources = (ids: string[]) => ids.map((id) => ({ id }));
const numbered = (many: number) => Array.from({ length: many }, (_, at) => `u${at}`);
/** As RFC 7644 has it, with pages of at most `most`. */
const conforming = (ids: string[], most = 100) =>
  answering((start, count) => ({ totalResults: ids.length, startIndex: start, Resources: resources(ids.slice(start - 1, start - 1 + Math.min(count, most))) }));

describe('a list is complete', () => {
  test.each([0, 1, 2, 99, 100, 101, 350])('of %i resources', async (many) => {
    for (const most of [2, 7, 100]) expect(await idsIn(conforming(numbered(many), most))).toEqual(numbered(many));
  });

  test('of a server that has no pages, and answers everything at once', async () => {
    expect(await idsIn(answering(() => ({ totalResults: 350, Resources: resources(numbered(350)) })))).toEqual(numbered(350));
  });

  test('of a server whose names of attributes are written in another case', async () => {
    expect(await idsIn(answering(() => ({ TotalResults: 1, resources: [{ id: 'u0' }] })))).toEqual(['u0']);
  });
});

describe('a list is an error', () => {
  test.each([
    [
      'whose server counts more than it answers',
      answering((start) => ({ totalResults: 5, startIndex: start, Resources: start === 1 ? resources(numbered(3)) : [] })),
    ],
    ['whose server answers one at a time, so that nothing tells whether it has moved', conforming(numbered(2), 1)],
    ['whose server ignores where a page begins', answering(() => ({ totalResults: 5, Resources: resources(numbered(3)) }))],
    ['whose server says that it began elsewhere', answering(() => ({ totalResults: 5, startIndex: 1, Resources: resources(numbered(3)) }))],
    ['whose server answers more than it counts', answering(() => ({ totalResults: 2, Resources: resources(numbered(3)) }))],
    ['that has one twice', answering(() => ({ totalResults: 2, Resources: resources(['a', 'a']) }))],
    ['without a count', answering(() => ({ Resources: [] }))],
    ['whose resources are none', answering(() => ({ totalResults: 1, Resources: ['u0'] }))],
    ['whose resources have no ids', answering(() => ({ totalResults: 1, Resources: [{}] }))],
    ['with an id that leads elsewhere', answering(() => ({ totalResults: 1, Resources: [{ id: '..' }] }))],
    [
      'whose names are larger than anything',
      answering((start) => ({
        totalResults: 1_000,
        startIndex: start,
        Resources: resources(numbered(1_000).slice(start - 1, start + 99)).map(({ id }) => ({ id, userName: long })),
      })),
    ],
    ['longer than anything', answering(() => ({ totalResults: 1e9, Resources: resources(numbered(100)) }))],
  ])('%s', async (_what, session) => {
    await expect(listed(session, listing)).rejects.toThrow(SystemUnavailable);
  });

  test('that never holds still', async () => {
    let asked = 0;
    const moving = answering((start) => ({ totalResults: 100 + (asked += 1), startIndex: start, Resources: resources(numbered(50)) }));
    await expect(listed(moving, listing)).rejects.toThrow(/could not be read as a whole: it had \d+ resources, and then \d+/);
  });
});

test('a list that changes while it is read has everybody who was there all the time, or is an error', async () => {
  const change = fc.record({ at: fc.nat(40), remove: fc.boolean() });
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 12 }),
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.array(change, { maxLength: 3 }), { maxLength: 8 }),
      async (many, most, changes) => {
        const list = numbered(many);
        const stayed = new Set(list);
        let [turn, made] = [0, 0];
        const session = answering((start) => {
          const page = { totalResults: list.length, startIndex: start, Resources: resources(list.slice(start - 1, start - 1 + most)) };
          for (const { at, remove } of changes[turn] ?? []) {
            if (!remove) list.splice(at % (list.length + 1), 0, `new${(made += 1)}`);
            else if (list.length > 0) stayed.delete(list.splice(at % list.length, 1)[0] ?? '');
          }
          turn += 1;
          return page;
        });
        const found = await idsIn(session).catch((error: unknown) => error as Error);
        seen.add(found instanceof Error ? 'error' : turn > 1 && changes.length > 0 ? 'whole' : 'still');
        if (found instanceof Error) expect(found).toBeInstanceOf(SystemUnavailable);
        else expect([...stayed].filter((id) => !found?.includes(id))).toEqual([]);
      },
    ),
    { numRuns: 2_000 },
  );
  expect(seen).toEqual(new Set(['error', 'whole', 'still']));
});

test('of each resource, only what was asked for is kept, whatever else the server answers', async () => {
  const answers = (start: number) =>
    numbered(1_000)
      .slice(start - 1, start + 99)
      .map((id) => ({ id, UserName: 'ann', photos: [long], meta: { version: 'W/"1"' } }));
  const session = answering((start) => ({ totalResults: 1_000, startIndex: start, Resources: answers(start) }));
  const found = await listed(session, listing);
  expect(found).toHaveLength(1_000);
  expect(found?.[0]).toEqual({ id: 'u0', UserName: 'ann', meta: { version: 'W/"1"' } });
});

test('a list of more pages than are wanted is left after the first', async () => {
  let asked = 0;
  const session = answering((start, count) => {
    asked += 1;
    return { totalResults: 1_000, startIndex: start, Resources: resources(numbered(1_000).slice(start - 1, start - 1 + count)) };
  });
  expect([await listed(session, listing, undefined, 9), asked]).toEqual([undefined, 1]);
  expect(await listed(session, listing, undefined, 10)).toHaveLength(1_000);
});

test('no name says more in a filter than itself', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (name) => {
      const [, said] = /^userName eq (".*")$/s.exec(equals('userName', name)) ?? [];
      expect(JSON.parse(said ?? '')).toBe(name);
    }),
  );
});
