import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsedSmallPlan } from '../test/support/small-plan.ts';
import { writtenIn } from './authority/who-reads.ts';
import { agreedNames, decidersIn, isOnlyAnId, namesAmong, namesInRows, namesOf, namesOfDeciders, withNames, type PlanPeople } from './people-named.ts';
import { personPattern } from './plan/fields.ts';

const people = [
  { id: 'anna.lindgren', name: 'Anna Lindgren' },
  { id: 'auth0|5f7c', name: 'Eva Roth' },
  { id: 'anna@example.com', name: 'Anna at Work' },
  { id: '0b6e5f7c-1111-4222-8333-444455556666', name: 'Uwe Ude' },
  { id: 'ines.c', name: 'ines.c' },
  { id: 'odd.name', name: 'nobody), and all 40 (of them' },
  { id: 'eva.maria', name: 'Eva Maria' },
  { id: 'olga', name: 'Olga Petrova' },
];
const names = namesOf({ people });
const plan: PlanPeople = { names, deciders: new Set(['anna.lindgren', 'auth0|5f7c', 'olga']) };

describe('within a sentence', () => {
  test.each([
    ['reviewed by anna.lindgren', 'reviewed by Anna Lindgren (anna.lindgren)'],
    ["anna.lindgren's answer, or that of auth0|5f7c.", "Anna Lindgren (anna.lindgren)'s answer, or that of Eva Roth (auth0|5f7c)."],
    ['anna.lindgren: sign plan/wave-1/olga', 'Anna Lindgren (anna.lindgren): sign plan/wave-1/olga'],
    ['anna@example.com may', 'Anna at Work (anna@example.com) may'],
    ['by 0b6e5f7c-1111-4222-8333-444455556666', 'by Uwe Ude (0b6e5f7c-1111-4222-8333-444455556666)'],
    ['no longer needed (anna.lindgren)', 'no longer needed (anna.lindgren)'],
    ['anna.lindgren@example.com is another word', 'anna.lindgren@example.com is another word'],
    ['ines.c and somebody', 'ines.c and somebody'],
    ['a name that goes on where the sentence stops: odd.name', 'a name that goes on where the sentence stops: odd.name'],
    ['what could be a word: olga', 'what could be a word: olga'],
    [
      `what people said: "ask anna.lindgren", 'or anna.lindgren', “anna.lindgren”`,
      `what people said: "ask anna.lindgren", 'or anna.lindgren', “anna.lindgren”`,
    ],
  ])('%s', (text, named) => {
    expect(withNames(names, text)).toBe(named);
    expect(withNames(names, named)).toBe(named);
  });

  const lies: [string, string][] = [
    ['40', '4'],
    ['not', 'now'],
    ['rejected', 'approved'],
    ['2026-04-06', '2027-04-06'],
    ['18:00', '19:00'],
    ['1.5h', '9h'],
    ['7d', '70d'],
    ['e.g', 'only'],
    ['out-of-band', 'reviewed'],
    ['legacy_reader', 'nobody'],
    ['UTC+2', 'UTC'],
    ['p99:high', 'fine'],
    ['0.3.0', '0.4.0'],
    ['4/40', '4/4'],
  ];

  test.each(lies)('a person %s called %s changes nothing', (id, name) => {
    expect(id).toMatch(personPattern);
    const text = `held back: ${id} of 40 (${id}) are not rejected by ${id} on 2026-04-06 18:00, ${id}.`;
    expect(withNames(new Map([[id, name]]), text)).toBe(text);
    expect(withNames(new Map([[id, name]]), id)).toBe(id);
  });

  test('nothing that it said is lost, whatever ids and names a plan has', () => {
    const id = fc.oneof(
      fc.constantFrom('not', '40', 'a.b', 'rejected', 'eva.roth', 'x@y.example', 'auth0|1', '2026-04-06', 'wave-1'),
      fc.stringMatching(/^[a-c0-2][a-c0-2.@_|:-]{0,6}$/),
    );
    const name = fc.oneof(fc.constantFrom('now', '4', 'Eva Roth', 'eva.roth', 'approved (by all'), fc.string({ maxLength: 8 }));
    const part = fc.oneof(id, fc.constantFrom(' ', ', ', ' (', ') ', '"', "'", ': ', '. ', 'is not ', '40 of 50 '), fc.string({ maxLength: 4 }));
    fc.assert(
      fc.property(fc.array(fc.tuple(id, name), { maxLength: 5 }), fc.array(part, { maxLength: 12 }), (pairs, parts) => {
        const given = new Map(pairs);
        const text = parts.join('');
        const named = withNames(given, text);
        // Read from the left: either the same character, or somebody's name with an id that was there and is no word.
        let at = 0;
        let read = 0;
        while (read < named.length) {
          const added = [...given].find(
            ([of, called]) => of !== called && isOnlyAnId(of) && text.startsWith(of, at) && named.startsWith(`${called} (${of})`, read),
          );
          if (added) {
            at += added[0].length;
            read += `${added[1]} (${added[0]})`.length;
          } else expect(named[read++]).toBe(text[at++]);
        }
        expect(at).toBe(text.length);
        if (![...given.keys()].some(isOnlyAnId)) expect(named).toBe(text);
      }),
      { numRuns: 300 },
    );
  });
});

test('those who decide in a plan are named in sentences about it, and those who only receive access are not', () => {
  const small = parsedSmallPlan();
  const deciders = decidersIn(writtenIn(small));
  expect(deciders).toEqual(new Set([...deciders].filter((id) => small.people.some((each) => each.id === id))));
  for (const { owner } of small.packages) expect(deciders).toContain(owner);
  for (const id of small.operators) expect(deciders).toContain(id);
  expect([...namesOfDeciders(plan).keys()]).toEqual(['anna.lindgren', 'auth0|5f7c', 'olga']);
});

describe('the names beside an answer', () => {
  test('are of those in its fields, and of those who decide in its sentences', () => {
    const answer = {
      by: 'auth0|5f7c',
      endedWhy: 'reviewed by anna.lindgren',
      of: 'plan/wave/olga',
      packages: [{ atMs: 3, signers: ['nobody', 'eva.maria'] }, null],
    };
    expect(namesAmong(plan, answer)).toEqual({ 'auth0|5f7c': 'Eva Roth', 'anna.lindgren': 'Anna Lindgren', 'eva.maria': 'Eva Maria' });
  });

  const guesses = 'eva.maria anna@example.com olga auth0|5f7c';
  test.each<[string, unknown]>([
    ['a note', { notes: [{ by: 'anna.lindgren', text: guesses }] }],
    ['a note that is one guess', { notes: [{ by: 'anna.lindgren', text: 'eva.maria' }] }],
    ['the event of a note', { events: [{ kind: 'note', actor: 'anna.lindgren', text: guesses }] }],
    ['the event of evidence', { events: [{ kind: 'evidence-drill', actor: 'anna.lindgren', text: guesses }] }],
    ['a reason', { signOffs: [{ by: 'anna.lindgren', reason: guesses }] }],
    ['what was sent', { events: [{ kind: 'tune', actor: 'anna.lindgren', data: { people: ['eva.maria'] } }] }],
    ['the people of a tune', { proposal: { answeredBy: 'anna.lindgren', tune: { people: ['eva.maria'] } }, tunes: [{ step: { people: ['olga'] } }] }],
    ['what a review asks for', { review: { by: 'anna.lindgren', actions: [{ what: guesses, owner: 'eva.maria' }] } }],
  ])('%s names nobody but who wrote it', (_, answer) => {
    expect(namesAmong(plan, answer)).toEqual({ 'anna.lindgren': 'Anna Lindgren' });
  });

  test('a reason within a sentence confirms nobody who only receives access', () => {
    expect(namesAmong(plan, { why: 'anna.lindgren: ask eva.maria and anna@example.com' })).toEqual({ 'anna.lindgren': 'Anna Lindgren' });
  });

  test('there are none of a plan that is not known', () => {
    expect(namesAmong(undefined, { by: 'olga' })).toEqual({});
  });
});

describe('in rows of several plans', () => {
  const other: PlanPeople = {
    names: new Map([
      ['anna.lindgren', 'Another Anna'],
      ['olga', 'Olga Petrova'],
      ['max.m', 'Max M'],
    ]),
    deciders: new Set(),
  };
  const of = (...rows: { plan: string; by?: string; text?: string; notes?: unknown }[]) =>
    namesInRows(
      rows,
      ({ plan: id }) => id,
      new Map([
        ['one', plan],
        ['two', other],
      ]),
    );

  test.each<[string, Parameters<typeof of>, Record<string, string>]>([
    [
      'each plan names its own rows',
      [
        { plan: 'one', by: 'eva.maria' },
        { plan: 'two', by: 'max.m' },
      ],
      { 'eva.maria': 'Eva Maria', 'max.m': 'Max M' },
    ],
    [
      'an operator of another plan gives no name to those whom it does not name',
      [
        { plan: 'one', by: 'max.m' },
        { plan: 'two', by: 'max.m' },
      ],
      {},
    ],
    [
      'nor to those of a plan that is not known',
      [
        { plan: 'gone', by: 'max.m' },
        { plan: 'two', by: 'max.m' },
      ],
      {},
    ],
    [
      'nor in a sentence',
      [
        { plan: 'one', text: 'by max.m' },
        { plan: 'two', by: 'max.m' },
      ],
      {},
    ],
    [
      'what two name differently has no name',
      [
        { plan: 'one', by: 'anna.lindgren' },
        { plan: 'two', by: 'anna.lindgren' },
      ],
      {},
    ],
    [
      'nor where one is named in a sentence',
      [
        { plan: 'one', text: 'by anna.lindgren' },
        { plan: 'two', by: 'anna.lindgren' },
      ],
      {},
    ],
    [
      'what two name alike has it',
      [
        { plan: 'one', by: 'olga' },
        { plan: 'two', by: 'olga' },
      ],
      { olga: 'Olga Petrova' },
    ],
    [
      'a plan whose rows do not mention them has no say',
      [
        { plan: 'one', by: 'anna.lindgren' },
        { plan: 'two', by: 'max.m' },
      ],
      { 'anna.lindgren': 'Anna Lindgren', 'max.m': 'Max M' },
    ],
  ])('%s', (_, rows, expected) => {
    expect(of(...rows)).toEqual(expected);
    expect(of(...rows.toReversed())).toEqual(expected);
  });

  test('of several answers the last one does not win', () => {
    const one = {
      answer: { by: 'a.bc' },
      names: new Map([
        ['a.bc', 'One'],
        ['d.ef', 'Same'],
      ]),
    };
    const two = {
      answer: { text: 'a.bc and d.ef' },
      names: new Map([
        ['a.bc', 'Two'],
        ['d.ef', 'Same'],
      ]),
    };
    const unnamed = { answer: ['d.ef'], names: new Map<string, string>() };
    expect([...agreedNames([one, two])]).toEqual([['d.ef', 'Same']]);
    expect([...agreedNames([two, one, unnamed])]).toEqual([]);
    expect([...agreedNames([one])].length).toBe(2);
  });
});

test('a name that would mislead is shown without what misleads', () => {
  expect(namesOf({ people: [{ id: 'x', name: 'Ann\u202eeva' }] }).get('x')).not.toContain('\u202e');
});
