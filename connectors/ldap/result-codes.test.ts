import { BusyError, InvalidAsn1Error, InsufficientAccessError, InvalidCredentialsError, UnknownStatusCodeError } from 'ldapts';
import { describe, expect, test } from 'vitest';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { LdapRefused, LostRace, meaningOf, resultCodes, sorted } from './result-codes.ts';

test('what is tried again is what may succeed later, and nothing else', () => {
  const codes = Object.keys(resultCodes).map(Number);
  const of = (meaning: string) => codes.filter((code) => meaningOf(code) === meaning);
  expect(of('again')).toEqual([1, 3, 7, 8, 11, 13, 48, 49, 51, 52, 80]);
  expect(of('race')).toEqual([122]);
  expect(of('refused')).toEqual([2, 4, 10, 12, 16, 17, 18, 19, 20, 21, 32, 34, 50, 53, 64, 65, 67, 68, 69, 71]);
});

test('a refusal has the code, its name, the words of the server and what to do', () => {
  const refused = sorted(new InsufficientAccessError('no write access to parent'));
  expect(refused).toBeInstanceOf(LdapRefused);
  expect((refused as Error).message).toBe(
    "the directory answered insufficientAccessRights (50): no write access to parent. Let Rolewave's login write the members and the marker of this group",
  );
});

test('a referral is refused with what to do', () => {
  expect(sorted(new UnknownStatusCodeError(10, ''))).toMatchObject({ name: 'LdapRefused', message: expect.stringContaining('follows no referral') });
});

describe('what is tried again', () => {
  test.each([
    [new BusyError('later'), 'the directory answered busy (51): later'],
    [
      new Error('Connection closed before message response was received. Message type: SearchRequest (0x63)'),
      'the directory could not be reached: the connection was lost',
    ],
    [new Error('ModifyRequest: Operation timed out'), 'the directory could not be reached: it did not answer in time'],
    [
      Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:389'), { code: 'ECONNREFUSED' }),
      'the directory could not be reached: nothing listens at its address',
    ],
    [new InvalidAsn1Error('Encoding too long'), "the directory's answer could not be read: Encoding too long"],
    [Object.assign(new RangeError('index out of range'), { messageDetails: { messageId: 4 } }), "the directory's answer could not be read: index out of range"],
  ])('%s', (error, words) => {
    const found = sorted(error);
    expect(found).toBeInstanceOf(SystemUnavailable);
    expect((found as Error).message).toBe(words);
  });

  test('whatever is answered to a login', () => {
    expect(sorted(new InvalidCredentialsError(''), true)).toMatchObject({
      name: 'SystemUnavailable',
      message: expect.stringContaining('did not let Rolewave in'),
    });
    expect(sorted(new UnknownStatusCodeError(53, 'unauthenticated bind'), true)).toBeInstanceOf(SystemUnavailable);
  });
});

test('a lost race is one, and a mistake stays as it is', () => {
  const mistake = new TypeError('undefined is not a function');
  expect(sorted(new UnknownStatusCodeError(122, ''))).toBeInstanceOf(LostRace);
  expect(sorted(mistake)).toBe(mistake);
});
