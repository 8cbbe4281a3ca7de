import { expect, test } from 'vitest';
import { readsNothing } from '../domain/authority/who-reads.ts';
import { outlineOf } from '../domain/plan/outline.ts';
import { people, plan } from '../test/support/plan.ts';
import { site } from '../test/support/site.ts';
import { openPlanned } from './planned-waves.ts';
import { nameAmong, readerName } from './reader-name.ts';

const rights = site({
  plans: [
    { plan: 'theirs*', apply: { people: ['ines'] }, systems: [] },
    { plan: 'mine', apply: { people: ['otto'] }, systems: [] },
    { plan: 'third', apply: { people: ['cem'] }, systems: [] },
  ],
});
const named = (id: string, name: string) =>
  plan({
    plan: id,
    people: people('olga', 'otto', 'dora', 'ines', 'hugo', 'sam', 'ann', 'ben', 'cem', 'dea').map((each) => (each.id === 'olga' ? { ...each, name } : each)),
  });
const called = (documents: ReturnType<typeof named>[], signedInAs?: string, caller = { id: 'olga', groups: [] as string[] }) =>
  readerName(
    {
      site: { now: () => rights } as never,
      planned: openPlanned({
        appliedOutline: async () => undefined,
        latestOutline: async (id) => {
          const document = documents.find((each) => each.plan === id);
          return document && { plan: id, number: 1, appliedAtMs: 1, outline: outlineOf(document) };
        },
      }),
    },
    caller,
    new Map(documents.map((each) => [each.plan, { ...readsNothing(each.plan), sees: true }])),
    signedInAs,
  );

test('the name of the sign-in comes before what any plan says', async () => {
  expect(await called([named('theirs-1', 'Somebody else')], 'Olga Own')).toBe('Olga Own');
});

test('a plan that gives a person another name does not rename them, however many of its kind there are', async () => {
  const spam = Array.from({ length: 200 }, (_, at) => named(`theirs-${at}`, 'Somebody else'));
  expect(await called([...spam, named('mine', 'Olga'), named('third', 'Olga')])).toBe('Olga');
  expect(await called([...spam, named('mine', 'Olga')])).toBe('olga');
  expect(await called([named('mine', 'Olga')])).toBe('Olga');
});

test('a plan that the site lets them apply says who they are', () => {
  expect(
    nameAmong([
      { right: 'mine', own: true, name: 'Olga' },
      { right: 'a', own: false, name: 'X' },
      { right: 'b', own: false, name: 'X' },
    ]),
  ).toBe('Olga');
});
