import { expect, test } from 'vitest';
import { namesAmong, namesOf, withNames } from './people-named.ts';

const names = namesOf({
  people: [
    { id: 'anna.lindgren', name: 'Anna Lindgren' },
    { id: 'auth0|5f7c', name: 'Eva Roth' },
    { id: 'ines', name: 'ines' },
    { id: 'clerk', name: 'Carl Clerk' },
  ],
});

test.each([
  ['reviewed by anna.lindgren', 'reviewed by Anna Lindgren'],
  ["anna.lindgren's answer, or that of auth0|5f7c.", "Anna Lindgren's answer, or that of Eva Roth."],
  ['anna.lindgren: sign plan/wave-1/clerk', 'Anna Lindgren: sign plan/wave-1/clerk'],
  ['anna.lindgren@example.com is another word', 'anna.lindgren@example.com is another word'],
  ['ines and somebody', 'ines and somebody'],
])('%s: a sentence with ids becomes one with names', (text, named) => {
  expect(withNames(names, text)).toBe(named);
});

test('an answer is accompanied by the names of those whom it mentions, in lists, in fields and within sentences', () => {
  const answer = { by: 'auth0|5f7c', endedWhy: 'reviewed by anna.lindgren', of: 'plan/wave/clerk', packages: [{ atMs: 3, signers: ['nobody'] }, null] };
  expect(namesAmong(names, answer)).toEqual({ 'auth0|5f7c': 'Eva Roth', 'anna.lindgren': 'Anna Lindgren' });
});

test('an id that two plans give to different people names nobody', () => {
  const other = namesOf({ people: [{ id: 'anna.lindgren', name: 'Another Anna' }] });
  expect(namesAmong([names, other], ['anna.lindgren', 'auth0|5f7c'])).toEqual({ 'auth0|5f7c': 'Eva Roth' });
});

test('a name that would mislead is shown without what misleads', () => {
  expect(namesOf({ people: [{ id: 'x', name: 'Ann\u202eeva' }] }).get('x')).not.toContain('\u202e');
});
