import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { attributeRefusal, FilterMistake, mistakeInFilter, readDirectoryFilter, readScimFilter } from './filters.ts';

describe('a filter of a directory', () => {
  test.each([
    ['(departmentNumber=7)', ['departmentnumber']],
    [' (&(objectClass=person)(|(title=clerk)(title=cl\\2ark*))(!(employeeType=*))) ', ['objectclass', 'title', 'employeetype']],
    ['(cn;lang-de>=M\u00fcller)', ['cn']],
  ])('%s chooses by %j', (filter, attributes) => {
    expect([...readDirectoryFilter(filter).attributes]).toEqual(attributes);
  });

  test.each([
    ['title=clerk', 'a filter of a directory is in brackets, such as (departmentNumber=7)'],
    ['(title=clerk', 'it opens a bracket that it does not close'],
    ['(title=clerk))', 'it closes a bracket that it did not open, or goes on after its last one'],
    ['(title=a)(title=b)', 'it closes a bracket that it did not open, or goes on after its last one'],
    ['(&)', 'it puts nothing together by & or |'],
    ['(!title=a)', 'it lacks an opening bracket'],
    ['(:caseExactMatch:=a)', 'it has a condition that is not attribute, =, ~=, >= or <=, and value'],
    ['(memberOf:1.2.840.113556.1.4.1941:=cn=a)', 'it has a condition that is not attribute, =, ~=, >= or <=, and value'],
    ['(2.5.4.35=x)', 'it has a condition that is not attribute, =, ~=, >= or <=, and value'],
    ['()', 'it has a condition that is not attribute, =, ~=, >= or <=, and value'],
    [`${'(!'.repeat(50)}(a=b)${')'.repeat(50)}`, 'it has more than 40 levels of brackets'],
  ])('%s is refused: %s', (filter, why) => {
    expect(() => readDirectoryFilter(filter)).toThrow(new FilterMistake(why));
  });
});

describe('a filter of a SCIM server', () => {
  test.each([
    ['title eq "clerk"', ['title'], 'title eq "clerk"'],
    ['Title EQ "cl\\u0065rk" AND active eq true', ['title', 'active'], 'Title eq "clerk" and active eq true'],
    [
      'not (title pr) or (name.familyName sw "O") and meta.version gt 3',
      ['title', 'name.familyname', 'meta.version'],
      'not (title pr) or (name.familyName sw "O") and meta.version gt 3',
    ],
    ['emails[type eq "work" and value ew "@example.com"]', ['emails.type', 'emails.value'], 'emails[type eq "work" and value ew "@example.com"]'],
    [
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "7"',
      ['urn:ietf:params:scim:schemas:extension:enterprise:2.0:user:department'],
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "7"',
    ],
  ])('%s chooses by %j', (filter, attributes, text) => {
    const read = readScimFilter(filter);
    expect([[...read.attributes], read.text]).toEqual([attributes, text]);
    expect(readScimFilter(read.text)).toEqual(read);
  });

  test.each([
    ['title', 'it ends too early'],
    ['title is "clerk"', "it compares by 'is', and there are pr, eq, ne, co, sw, ew, gt, ge, lt, le"],
    ['title eq clerk', "it compares with 'clerk', which is no number: put text into double quotes"],
    ['title eq "clerk', `it has '"clerk', which is no part of a filter`],
    ['(title pr', 'it lacks )'],
    ['title pr title pr', "it goes on after its end, with 'title'"],
    ['emails[a[b pr]]', 'it has [ ] within [ ]'],
    ['"a" eq "b"', `it has '"a"' where the name of an attribute belongs`],
    [`${'('.repeat(60)}title pr${')'.repeat(60)}`, 'it has more than 40 levels of brackets'],
  ])('%s is refused: %s', (filter, why) => {
    expect(() => readScimFilter(filter)).toThrow(new FilterMistake(why));
  });
});

test('no text makes a reader fail otherwise than by saying what is wrong', () => {
  const pieces = fc.constantFrom('(', ')', '[', ']', '&', '|', '!', '=', '"', '\\', ' eq ', ' and ', 'not', 'pr', 'a', 'title', '*', '\0', ':', ';', '1', 'é');
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (some) => {
      for (const read of [readDirectoryFilter, readScimFilter]) {
        const said = mistakeInFilter(read, some.join(''), []);
        expect(typeof said).toBe('string');
      }
    }),
  );
});

test('a filter chooses by what the site lists, and an attribute stands for its parts', () => {
  expect(attributeRefusal(['title', 'emails.type', 'emails'], ['Title', 'emails'])).toBeUndefined();
  expect(attributeRefusal(['name.familyname'], ['name.familyName'])).toBeUndefined();
  expect(attributeRefusal(['userpassword', 'title'], ['title'])).toBe(
    "it chooses by 'userpassword', and the site lets plans filter by title (accounts.filterBy)",
  );
  expect(attributeRefusal(['title'], [])).toBe(
    "it chooses by 'title', and the site lets plans filter by no attribute: accounts.filterBy in the site file lists those that they may",
  );
});
