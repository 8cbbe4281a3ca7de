import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { columnsOf } from './columns.ts';

test('a text takes as many columns as string-width says, in whatever script and color', () => {
  const letters = fc.oneof(fc.integer({ min: 0x20, max: 0x24f }), fc.integer({ min: 0x2000, max: 0x23ff }), fc.integer({ min: 0, max: 0xffff }));
  const text = fc.oneof(
    fc.array(letters).map((codes) => String.fromCharCode(...codes)),
    fc.string({ unit: 'grapheme' }),
  );
  fc.assert(
    fc.property(text, fc.boolean(), (plain, colored) => {
      const shown = colored ? `\u001b[32m${plain}\u001b[39m` : plain;
      expect(columnsOf(shown)).toBe(stringWidth(shown));
    }),
    { numRuns: 2_000 },
  );
});

test('each letter that is counted as one column takes one', () => {
  for (let code = 0; code < 0x3000; code += 1) {
    const letter = String.fromCharCode(code);
    expect(columnsOf(letter), `U+${code.toString(16)}`).toBe(stringWidth(letter));
  }
});
