import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dnKey, escapeDnValue, formatDn, isUnder, parseDn, type Rdn } from './names.ts';

const attribute = fc.constantFrom('cn', 'uid', 'ou', 'dc', '2.5.4.3');
/** Without half surrogate pairs, which are no text. */
const value = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => text.isWellFormed());
const dn: fc.Arbitrary<Rdn[][]> = fc.array(fc.array(fc.record({ attribute, value }), { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 4 });

test('a DN that was written is read as it was, whatever its values hold', () => {
  fc.assert(
    fc.property(dn, (parts) => {
      expect(parseDn(formatDn(parts))).toEqual(parts);
    }),
  );
});

test('the awkward characters are written so that they are read back', () => {
  for (const awkward of ['a,b', ' both ', '#x', 'a+b=c', String.raw`\2c`, '"q"', '<x;y>', 'Zoë 🙂', '\0', ' ', '\\', ',', 'a\\'])
    expect(parseDn(`cn=${escapeDnValue(awkward)},dc=x`)).toEqual([[{ attribute: 'cn', value: awkward }], [{ attribute: 'dc', value: 'x' }]]);
});

test('no value makes another DN of the one that it stands in', () => {
  fc.assert(
    fc.property(value, (text) => {
      expect(parseDn(`cn=${escapeDnValue(text)},ou=people,dc=x`)).toHaveLength(3);
    }),
  );
});

describe('spellings of one DN', () => {
  test.each([
    ['cn=Ann,DC=Example', 'CN=ann, dc=example'],
    ['cn=a\\2cb,dc=x', 'cn=a\\,b,dc=x'],
    ['cn=a  b,dc=x', 'cn=A b,dc=x'],
    ['cn=a+uid=b,dc=x', 'uid=B+cn=A,dc=x'],
    ['cn=Zo\\c3\\ab,dc=x', 'cn=zoë,dc=x'],
  ])('%s is %s', (one, other) => expect(dnKey(one)).toBe(dnKey(other)));

  test('case and spaces around commas make no difference, ever', () => {
    fc.assert(
      fc.property(dn, (parts) => {
        const text = formatDn(parts);
        expect(dnKey(formatDn(parts.map((part) => part.toReversed())))).toBe(dnKey(text));
        expect(dnKey(parts.map((part) => formatDn([part])).join(' , '))).toBe(dnKey(text));
      }),
    );
  });
});

test('a DN that is plain has the key that it has in every other spelling', () => {
  const plain = fc.string({ unit: fc.constantFrom(...`aZ09_.@'- éİKſß`), minLength: 1, maxLength: 12 }).filter((text) => text.trim() === text);
  fc.assert(
    fc.property(fc.array(plain, { minLength: 1, maxLength: 3 }), (values) => {
      const hex = (text: string) => [...Buffer.from(text)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
      expect(dnKey(values.map((text) => `Ou=${text}`).join(','))).toBe(dnKey(values.map((text) => `oU = ${hex(text)}`).join(' , ')));
    }),
    { numRuns: 1_000 },
  );
});

test('different people have different keys', () => {
  expect(new Set(['cn=a,dc=x', 'cn=b,dc=x', 'uid=a,dc=x', 'cn=a,dc=y', 'cn=a\\,dc=x', 'cn=a'].map(dnKey)).size).toBe(6);
});

test.each([
  ['cn=a  ,dc=x', 'a'],
  ['cn=a\\ ,dc=x', 'a '],
  ['cn=Zoë  ,dc=x', 'Zoë'],
  ['cn=a=b~[c]-!#*:?^ ,dc=x', 'a=b~[c]-!#*:?^'],
  ['cn=;dc=x', ''],
])('the name in %j is %j: spaces at the end count where they are escaped', (text, value) => {
  expect(parseDn(text)).toEqual([[{ attribute: 'cn', value }], [{ attribute: 'dc', value: 'x' }]]);
});

test('what is no DN is not taken for one', () => {
  for (const text of ['clerk', 'cn', '=x', 'cn="q",dc=x', 'cn=a\\', 'cn=a,', 'cn=a,clerk']) expect(parseDn(text)).toBeUndefined();
});

test('an entry is below its base, and not below one whose name ends alike', () => {
  const base = dnKey('ou=people,dc=x');
  expect([isUnder(dnKey('uid=ann,OU=People,dc=x'), base), isUnder(base, base), isUnder(dnKey('uid=ann,ou=otherpeople,dc=x'), dnKey('ou=people,dc=x'))]).toEqual(
    [true, true, false],
  );
});
