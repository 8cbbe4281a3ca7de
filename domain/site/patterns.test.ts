import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matches } from './patterns.ts';

test.each([
  ['fin_close', 'fin_close', true],
  ['fin_close', 'fin_closer', false],
  ['fin_*', 'fin_close', true],
  ['fin_*', 'fin_', true],
  ['fin_*', 'afin_close', false],
  ['*_read', 'gl_read', true],
  ['*_read', 'gl_reader', false],
  ['*', '', true],
  ['a*a', 'a', false],
  ['a*b*a', 'aba', true],
  ['a*b*a', 'aa', false],
  ['FIN_*', 'fin_close', false],
  ['a.c', 'abc', false],
  ['', 'a', false],
])("'%s' and '%s': %s", (pattern, name, expected) => {
  expect(matches(pattern, name)).toBe(expected);
});

test('a pattern means what the same regular expression means', () => {
  const parts = fc.array(fc.constantFrom('a', 'b', '*', 'ab'), { maxLength: 6 }).map((all) => all.join(''));
  const names = fc.array(fc.constantFrom('a', 'b'), { maxLength: 8 }).map((all) => all.join(''));
  fc.assert(
    fc.property(parts, names, (pattern, name) => {
      expect(matches(pattern, name)).toBe(new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name));
    }),
  );
});
