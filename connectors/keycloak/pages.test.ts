import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { allPages } from './pages.ts';

interface Entry {
  id: string;
}
const entries = (count: number): Entry[] => Array.from({ length: count }, (_, at) => ({ id: String(at).padStart(4, '0') }));
const long = 'x'.repeat(3_000_000);
const limits = { size: 10, most: 100 };
/** As Keycloak answers of this list, and what `meanwhile` does to it before each page. */
const pagesOf =
  (list: Entry[], meanwhile: (list: Entry[], asked: number) => void = () => undefined) =>
  (first: number, max: number): Promise<Entry[]> => {
    meanwhile(list, first);
    return Promise.resolve(list.slice(first, first + max));
  };

describe('a list in pages', () => {
  test.each([0, 1, 9, 10, 11, 19, 20, 55, 100])('of %i entries is whole', async (count) => {
    expect(await allPages('it', pagesOf(entries(count)), limits)).toEqual(entries(count));
  });

  test('is whole where a page is shorter than it was asked for', async () => {
    const list = entries(33);
    expect(await allPages('it', (first) => Promise.resolve(list.slice(first, first + 4)), limits)).toEqual(list);
  });

  test('has everyone who was there all the time, no matter who comes and goes meanwhile', async () => {
    const change = fc.record({ at: fc.nat(39), leaves: fc.boolean(), when: fc.nat(8) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 4 }), async (changes) => {
        const list = entries(40);
        const stay = new Set(list.map(({ id }) => id));
        let page = 0;
        const meanwhile = (now: Entry[]) => {
          for (const { at, leaves } of changes.filter(({ when }) => when === page)) {
            if (leaves) for (const { id } of now.splice(at % now.length, 1)) stay.delete(id);
            else now.splice(at % now.length, 0, { id: `new ${page} ${at} ${Math.random()}` });
          }
          page += 1;
        };
        const found = new Set((await allPages('it', pagesOf(list, meanwhile), limits)).map(({ id }) => id));
        expect([...stay].filter((id) => !found.has(id))).toEqual([]);
      }),
    );
  });

  test.each<[string, (first: number, max: number) => Promise<Entry[]>]>([
    ['that never ends', (first, max) => Promise.resolve(Array.from({ length: max }, (_, at) => ({ id: String(first + at) })))],
    ['whose pages are longer than they were asked for', () => Promise.resolve(entries(11))],
    ['that changes all the time', pagesOf(entries(40), (list) => void list.splice(2, 1, { id: String(Math.random()) }, { id: String(Math.random()) }))],
    [
      'whose entries are larger than anything',
      (first, max) =>
        Promise.resolve(
          entries(100)
            .slice(first, first + max)
            .map(({ id }) => ({ id, name: long })),
        ),
    ],
    ['that says the same again and again', (first) => Promise.resolve(first === 0 ? entries(10) : [entries(10)[9]!, ...entries(9)])],
  ])('%s is an error that can be tried again', async (_what, page) => {
    await expect(allPages('who holds it cannot be read', page, limits)).rejects.toThrow(SystemUnavailable);
    await expect(allPages('who holds it cannot be read', page, limits)).rejects.toThrow(/^who holds it cannot be read: /);
  });
});
