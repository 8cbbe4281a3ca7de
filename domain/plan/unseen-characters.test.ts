import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withoutMisleading } from '../misleading-text.ts';
import { unseenCharacter } from './unseen-characters.ts';

const found = (name: string) => unseenCharacter(name, true);
const at = (place: number, code: string) => `its character ${place} is ${code}, which nobody sees or which turns what follows; write it without`;

describe('a name is refused with the place and the character', () => {
  test.each([
    ['a direction that is overridden', 'Payroll \u202egnol', 9, 'U+202E'],
    ['a direction that is isolated', '\u2067Payroll', 1, 'U+2067'],
    ['a mark of direction', 'Payroll\u200e', 8, 'U+200E'],
    ['an Arabic mark of direction', 'Payroll\u061c', 8, 'U+061C'],
    ['a control of C1', 'Pay\u009broll', 4, 'U+009B'],
    ['a control of C0', 'Pay\u001broll', 4, 'U+001B'],
    ['a delete', 'Pay\u007froll', 4, 'U+007F'],
    ['a space without width', 'Pay\u200broll', 4, 'U+200B'],
    ['a word joiner', 'Pay\u2060roll', 4, 'U+2060'],
    ['a byte-order mark', 'Pay\ufeffroll', 4, 'U+FEFF'],
    ['a soft hyphen', 'Pay\u00adroll', 4, 'U+00AD'],
    ['a filler of Hangul', '\u3164', 1, 'U+3164'],
    ['a tag', 'Pay\u{e0041}', 4, 'U+E0041'],
    ['a joiner alone', '\u200d', 1, 'U+200D'],
    ['a joiner at the end of a word', 'Payroll\u200c now', 8, 'U+200C'],
    ['a form of nothing', '\ufe0f', 1, 'U+FE0F'],
    ['a separator of lines', 'Pay\u2028roll', 4, 'U+2028'],
    ['a line break in a name', 'Pay\nroll', 4, 'U+000A'],
    ['one after characters of two units', '𝐏𝐚\u202e', 3, 'U+202E'],
  ])('that is %s', (_what, name, place, code) => {
    expect(found(name)).toBe(at(place, code));
    expect(code === 'U+000A' || withoutMisleading(name).includes(`[${code}]`)).toBe(true);
  });
});

test.each(['Zahlungen für Käufer', 'می‌خواهم', 'क्‍ष', 'فرق', 'חשבונות', '👩‍💻 people', '☎️ desk', '葛󠄀', 'Ünïcode', 'ไทย', '한국어', "d'Oro – 100 %"])(
  'names of all scripts are allowed: %s',
  (name) => {
    expect(found(name)).toBe(undefined);
  },
);

test('line breaks and tabs are allowed in texts', () => {
  expect(unseenCharacter('First\n\tsecond\r\n', false)).toBe(undefined);
});

test('no text of letters, digits and spaces is refused', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[\p{L}\p{Nd} ]{1,40}$/u), (name) => {
      fc.pre(!/\p{Default_Ignorable_Code_Point}/u.test(name));
      expect(found(name)).toBe(undefined);
    }),
  );
});
