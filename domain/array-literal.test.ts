import fc from 'fast-check';
import { types } from 'pg';
import { expect, test } from 'vitest';
import { arrayLiteral } from './array-literal.ts';

const ofTexts = types.getTypeParser(1009 as never) as unknown as (literal: string) => string[];
const value = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  // PostgreSQL also reads a null in small letters; the driver's own reader does not.
  fc.constantFrom('', 'NULL', 'null', '{', '}', ',', '"', '\\', "'", ' a ', 'a\nb', '\0', '\ud800'),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

test('a list is written as PostgreSQL reads it, or left to the driver', () => {
  fc.assert(
    fc.property(fc.array(value), (values) => {
      const written = arrayLiteral(values);
      if (typeof written === 'string') expect(ofTexts(written)).toEqual(values.map((each) => (typeof each === 'number' ? JSON.stringify(each) : each)));
      else expect(written).toBe(values);
    }),
  );
});

test.each([
  ['thousands of plain names', ['person_1', 'Zoë', 'auth0|7'], '{"person_1","Zoë","auth0|7"}'],
  ['numbers and nothing', [1, null], '{1,null}'],
  ['an empty list', [], '{}'],
])('%s', (_what, values, literal) => {
  expect(arrayLiteral(values)).toBe(literal);
});

test.each([
  ['not a number', [1, Number.NaN]],
  ['too large', [Number.POSITIVE_INFINITY]],
  ['a date', [new Date(0)]],
  ['an object', [{ a: 1 }]],
  ['a list in a list', [['a']]],
  ['nothing at all', [undefined]],
  ['a backslash', ['a\\b']],
])('%s is left to the driver, which refuses or escapes it', (_what, values) => {
  expect(arrayLiteral(values)).toBe(values);
});
