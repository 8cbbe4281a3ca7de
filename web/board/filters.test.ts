import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packageStates } from '../../domain/states.ts';
import type { BoardPackage } from '../../domain/views/board.ts';
import { addressOfView, everything, shown, sortKeys, viewIn, viewOfPart, type View } from './filters.ts';

const row = (over: Partial<BoardPackage> = {}): BoardPackage => ({
  plan: 'small',
  wave: 'first',
  package: 'closing',
  number: 1,
  name: 'Closing',
  team: 'finance',
  risk: 'low',
  state: 'Monitoring',
  released: true,
  nextAction: 'Monitor',
  when: { status: 'released', atMs: 1 },
  people: 6,
  telemetry: { days: 14, day: 3, watched: ['close-adoption'], evaluations: 3 },
  action: { name: 'Monitor', kind: 'open' },
  ...over,
});
const rows = [
  row(),
  row({
    package: 'intake',
    name: 'HR Intake',
    number: 2,
    state: 'Stable',
    risk: 'high',
    owner: { id: 'eva', name: 'Eva Novak' },
    telemetry: { days: 7, watched: [], evaluations: 9 },
  }),
  row({
    package: 'poster',
    name: 'Poster',
    number: 3,
    wave: 'second',
    state: 'Rollback ready',
    released: false,
    risk: 'medium',
    when: { status: 'on hold' },
    note: 'Stock-taking on Saturday',
  }),
];
const ids = (over: Partial<View>) => shown(rows, { ...everything, ...over }).map((each) => each.package);

describe('the table shows', () => {
  test.each([
    [{}, ['closing', 'intake', 'poster']],
    [{ state: ['Monitoring'] }, ['closing']],
    [{ state: ['Monitoring', 'Stable'] }, ['closing', 'intake']],
    [{ state: ['Rollback ready'], released: 'yes' }, []],
    [{ released: 'no' }, ['poster']],
    [{ wave: 'small/second' }, ['poster']],
    [{ wave: 'second' }, []],
    [{ risk: 'high' }, ['intake']],
    [{ owner: 'eva' }, ['intake']],
    [{ text: 'novak' }, ['intake']],
    [{ text: 'STOCK saturday' }, ['poster']],
    [{ text: 'adoption' }, ['closing', 'poster']],
    [{ plan: 'other' }, []],
    [{ sort: 'name', descending: true }, ['poster', 'intake', 'closing']],
    [{ sort: 'risk' }, ['closing', 'poster', 'intake']],
    [{ sort: 'state' }, ['poster', 'closing', 'intake']],
    [{ sort: 'wave' }, ['closing', 'intake', 'poster']],
    [{ sort: 'telemetry' }, ['closing', 'poster', 'intake']],
  ] as [Partial<View>, string[]][])('%j: %j', (view, expected) => {
    expect(ids(view)).toEqual(expected);
  });
});

test('the address has the whole view, and nothing that is as usual', () => {
  expect(addressOfView(everything)).toBe('/');
  expect(addressOfView({ ...everything, state: ['Needs tuning', 'Stable'], sort: 'risk', descending: true })).toBe('/?state=Needs+tuning,Stable&sort=-risk');
  const word = fc.string({ maxLength: 12 });
  const view = fc.record({
    plan: word,
    state: fc.uniqueArray(fc.constantFrom(...packageStates)),
    released: fc.constantFrom('', 'yes', 'no'),
    wave: word,
    owner: word,
    only: word,
    risk: word,
    text: word,
    sort: fc.constantFrom(...sortKeys),
    descending: fc.boolean(),
    page: fc.integer({ min: 1, max: 1_000 }),
  });
  fc.assert(
    fc.property(view, (each) => {
      expect(viewIn(new URL(addressOfView(each), 'http://x').searchParams)).toEqual(each);
    }),
  );
});

test.each(['?page=0', '?page=-1', '?page=x', '?sort=secret', '?sort=-secret', '?released=maybe'])(
  'an address that says it wrongly is as usual: %s',
  (query) => {
    expect(viewIn(new URLSearchParams(query))).toEqual(everything);
  },
);

test('a count of the headline leads to its packages', () => {
  expect(viewOfPart({ text: 'x' })).toBeUndefined();
  expect(viewOfPart({ text: 'x', filter: { state: ['Monitoring'], released: true } })).toEqual({ ...everything, state: ['Monitoring'], released: 'yes' });
});

test('sorting does not change the order of what was given', () => {
  const given = [...rows].toReversed();
  shown(given, everything);
  expect(given.map((each) => each.package)).toEqual(['poster', 'intake', 'closing']);
});
