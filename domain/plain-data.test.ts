import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { hasDigest, sha256Hex } from './canonical.ts';
import { plainMistake, shortened, storable, storableData } from './plain-data.ts';

const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);

describe('plain data', () => {
  it.each<[what: string, value: unknown, mistake: string]>([
    ['a NUL in a text', { body: { reason: 'a\0b' } }, 'body.reason holds a NUL character: send it without'],
    [
      'the first half of a pair',
      { body: { actions: [{ what: '\ud83d' }] } },
      'body.actions.0.what holds half of a surrogate pair, which is no character: send it as UTF-8',
    ],
    ['the second half', '\udca9', 'it holds half of a surrogate pair, which is no character: send it as UTF-8'],
    ['a NUL in a key', { body: { '\0': 1 } }, 'a key of body holds a NUL character: send it without'],
    ['a number beyond what JSON knows', { n: Number.POSITIVE_INFINITY }, 'n is not a number'],
    ['a hundred lists in each other', nested(100), '0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 is nested more than 24 levels deep'],
    [
      'a hundred thousand lists in each other',
      JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)),
      '0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 is nested more than 24 levels deep',
    ],
  ])('with %s is refused with the place', (_what, value, mistake) => {
    expect(plainMistake(value)).toBe(mistake);
  });

  it.each<[what: string, value: unknown]>([
    ['emoji', { text: '💩 休み' }],
    ['line breaks', 'a\nb\tc'],
    ['ids that are names of properties', JSON.parse('{"__proto__": {"constructor": ["toString"]}}')],
    ['24 lists in each other', nested(24)],
  ])('with %s is plain', (_what, value) => {
    expect(plainMistake(value)).toBeUndefined();
  });

  test('what is plain has a digest, and what was made storable is plain', () => {
    fc.assert(
      fc.property(fc.jsonValue({ depthSize: 'small', noUnicodeString: false }), fc.string({ unit: 'binary' }), (value, text) => {
        if (plainMistake(value) === undefined) expect(sha256Hex(value)).toHaveLength(64);
        expect(plainMistake(storable(text))).toBeUndefined();
        expect(hasDigest(storableData({ value, text: `${text}\ud800\0` }), 'x')).toBe(false);
        expect(plainMistake(storableData({ text: `${text}\ud800\0`, list: [text] }))).toBeUndefined();
      }),
    );
  });

  test('keys that are names of properties survive', () => {
    const value = JSON.parse('{"__proto__": "a", "constructor": {"toString": "b"}}') as unknown;
    expect(JSON.stringify(storableData(value))).toBe(JSON.stringify(value));
  });
});

test('a text is shortened without leaving half of a character', () => {
  expect(shortened('abc💩def', 4)).toBe('abc…');
  expect(shortened('abc💩def', 5)).toBe('abc💩…');
  expect(shortened('abc', 3)).toBe('abc');
});

test('what cannot be digested has no digest', () => {
  for (const value of [undefined, '\ud800', { a: Number.NaN }, () => 1]) expect(hasDigest(value, 'x')).toBe(false);
  expect(hasDigest({ a: 1 }, sha256Hex({ a: 1 }))).toBe(true);
});
