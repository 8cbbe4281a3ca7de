import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { commented, inComment, list, value } from './yaml-text.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('yes', 'null', 'on', '1e3', 'a: b', '- x', '# y', 'it’s', "it's", '2026-01-01', 'x ', '~', 'a #b'),
);

test('any text is read back as it was written: alone, in a list and as a value', () => {
  fc.assert(
    fc.property(anyText, anyText, (one, other) => {
      fc.pre(one.isWellFormed() && other.isWellFormed());
      expect(parse(`a: ${value(one)}\nb: ${list([one, other])}\nc: { d: ${value(other)} } # e`)).toEqual({ a: one, b: [one, other], c: { d: other } });
    }),
  );
});

test('a name stays inside its comment', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      expect(parse(`a: 1 # ${inComment(`x${name}`)}\nb: 2`)).toEqual({ a: 1, b: 2 });
    }),
  );
  expect(parse(`a: 1 # ${inComment('x\nb: 3\u2028c: 4\u0085d: 5')}`)).toEqual({ a: 1 });
});

test('comments have their marks in one column, and no trailing blanks', () => {
  expect(commented(['a:', '', '  - b'], '  ')).toEqual(['  # a:', '  #', '  #   - b']);
});
