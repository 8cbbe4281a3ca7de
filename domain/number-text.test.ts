import fc from 'fast-check';
import { expect, test } from 'vitest';
import { numberText } from './number-text.ts';

test('whole numbers are written as the language of the product writes them', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (number) => {
      expect(numberText(number)).toBe(number.toLocaleString('en'));
      expect(numberText(BigInt(number))).toBe(number.toLocaleString('en'));
    }),
  );
});

test.each([
  [0.0001, '0.0001'],
  [-1234.5678, '-1,234.5678'],
  [1e21, '1e+21'],
])('a fraction keeps its digits: %d is %s', (number, written) => {
  expect(numberText(number)).toBe(written);
});
