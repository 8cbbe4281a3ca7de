import * as fc from 'fast-check';
import type { Entry } from 'ldapts';
import { describe, expect, test } from 'vitest';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { guidBytes, guidText, isId, isLocked } from './accounts.ts';
import { givenUp, markerOf, newNonce, nonceIn, outdated, readTransaction, transactionText } from './marker.ts';
import { changedMs } from './log.ts';
import { allValues } from './ranges.ts';
import { exampleString, readConnectionString } from './settings.ts';

describe("Active Directory's ranges", () => {
  const members = Array.from({ length: 3_700 }, (_, at) => `cn=${at},dc=x`);
  const most = 1_500;
  const rangeFrom = (first: number, all = members): Entry => {
    const last = first + most >= all.length ? '*' : first + most - 1;
    return { dn: 'cn=g', [`member;range=${first}-${last}`]: all.slice(first, first + most) };
  };

  test('are read to the end', async () => {
    const read = async ([asked = '']: string[]) => rangeFrom(Number(/range=(\d+)/.exec(asked)?.[1]));
    expect(await allValues({ ...rangeFrom(0), member: [] }, 'member', read)).toEqual(members);
  });

  test('that do not follow each other are an error, not a shorter list', async () => {
    await expect(allValues(rangeFrom(0), 'member', async () => ({ dn: 'cn=g' }))).rejects.toThrow(SystemUnavailable);
    await expect(allValues(rangeFrom(0), 'member', async () => rangeFrom(3_000))).rejects.toThrow(SystemUnavailable);
    await expect(allValues(rangeFrom(0), 'member', async () => undefined)).rejects.toThrow(SystemUnavailable);
  });

  test('are not asked for where the list is whole', async () => {
    expect(await allValues({ dn: 'cn=g', Member: ['cn=a'] }, 'member', () => Promise.reject(new Error('asked')))).toEqual(['cn=a']);
  });
});

test('an objectGUID is written as Windows writes it, and read back', () => {
  expect(guidText(Buffer.from('00112233445566778899aabbccddeeff', 'hex'))).toBe('33221100-5544-7766-8899-aabbccddeeff');
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const text = guidText(Buffer.from(bytes));
      expect(isId(text)).toBe(true);
      expect(guidBytes(text)).toEqual(Buffer.from(bytes));
    }),
  );
});

describe('an account', () => {
  const now = 20_000 * 86_400_000;
  test.each<[Record<string, string>, boolean]>([
    [{}, false],
    [{ pwdAccountLockedTime: '000001010000Z' }, true],
    [{ userAccountControl: '512' }, false],
    [{ userAccountControl: '514' }, true],
    [{ shadowExpire: '-1' }, false],
    [{ shadowExpire: '1' }, true],
    [{ shadowExpire: '20001' }, false],
    [{ nsAccountLock: 'TRUE' }, true],
    [{ loginDisabled: 'false' }, false],
  ])('with %j is locked: %s', (attributes, locked) => expect(isLocked({ dn: 'uid=ann', ...attributes }, now)).toBe(locked));
});

describe('a marker', () => {
  test('is of one change, whose transaction can be written down', () => {
    const [nonce, groupId] = [newNonce(), '7eeaf966-7e0d-1041-9191-5520be89ace8'];
    expect(readTransaction(transactionText({ groupId, nonce }))).toEqual({ groupId, nonce });
    expect([nonceIn(markerOf(nonce)), nonceIn(givenUp(nonce)), nonceIn('rolewave:x')]).toEqual([nonce, undefined, undefined]);
    expect([readTransaction('1234'), readTransaction(`${groupId}/x`)]).toEqual([undefined, undefined]);
  });

  test('is removed when nobody asks about it any more, and nothing else is', () => {
    const [old, young] = [newNonce(Date.UTC(2026, 0, 1)), newNonce(Date.UTC(2026, 3, 1))];
    const values = ['Clerks of the office', 'rolewave:mine', markerOf(old), givenUp(old), markerOf(young)];
    expect(outdated(values, Date.UTC(2026, 3, 2))).toEqual([markerOf(old), givenUp(old)]);
  });
});

test('the time of a change is in its CSN', () => {
  expect(changedMs('20261126181118.864096Z#000000#000#000000')).toBe(Date.UTC(2026, 10, 26, 18, 11, 18));
  expect(changedMs('no csn')).toBeNaN();
});

describe('a connection string', () => {
  test('has a DN and a password, whatever these hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string({ unit: 'grapheme', minLength: 1 }), (dn, password) => {
        fc.pre(dn.isWellFormed() && password.isWellFormed());
        const text = `ldaps://${encodeURIComponent(dn)}:${encodeURIComponent(password)}@ldap.example.com`;
        expect(readConnectionString(text, 'required')).toEqual({ host: 'ldap.example.com', port: 636, security: 'ldaps', bindDn: dn, password });
      }),
    );
  });

  test('is encrypted unless the site says otherwise of an ldap:// address', () => {
    const of = (scheme: string, tls: 'required' | 'none') => readConnectionString(`${scheme}://cn=a:b@h`, tls);
    expect([of('ldap', 'required'), of('ldap', 'none'), of('ldaps', 'none')].map(({ security, port }) => [security, port])).toEqual([
      ['startTls', 389],
      ['none', 389],
      ['ldaps', 636],
    ]);
    expect(readConnectionString('ldaps://cn=a:b@[::1]:1636', 'required')).toMatchObject({ host: '::1', port: 1636 });
    expect(readConnectionString(exampleString.replace('host', 'h'), 'required').bindDn).toBe('cn=rolewave,dc=example,dc=com');
  });

  test.each([
    'ldaps://host',
    'ldaps://cn=a@host',
    'ldaps://cn=a:@host',
    'http://cn=a:b@host',
    'ldaps://cn=a:se/cret@host',
    'ldaps://cn=a:b@',
    // The client would say these in its own error.
    'ldaps://cn=a:b@se cret',
    'ldaps://cn=a:b@se\0cret',
    'ldaps://cn=a:b@se<cret',
    'ldaps://cn=a:b@secret:65536',
    'ldaps://cn=a:b@host?secret',
    'ldaps://cn=a:b@host#secret',
  ])('%s is refused, and not repeated', (text) => {
    const refused = (() => {
      try {
        return readConnectionString(text, 'required');
      } catch (error) {
        return String(error);
      }
    })();
    expect(refused).toMatch(/^Error: /);
    expect(refused).not.toContain('cret');
  });
});
