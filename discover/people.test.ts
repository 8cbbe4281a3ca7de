import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { personPattern } from '../domain/plan/fields.ts';
import { idOf, nameOf, peopleOf } from './people.ts';

test.each([
  ['amara.okafor', 'amara.okafor', 'Amara Okafor'],
  ['Bruno.K', 'bruno.k', 'Bruno K'],
  ['Anna Müller', 'anna-muller', 'Anna Müller'],
  ['CORP\\kim', 'corp-kim', 'CORP\\kim'],
  ['lee@example.com', 'lee', 'Lee'],
  ['_svc', 'svc', 'Svc'],
  ['山田', 'someone', '山田'],
])('account %s is person %s, %s', (account, id, name) => {
  expect([idOf(account), nameOf(account)]).toEqual([id, name]);
});

describe('people made from accounts', () => {
  test('an account that is a valid id keeps it, wherever it is in the list; the others get a different one', () => {
    expect(peopleOf(['Ann', 'ann', 'ANN', 'ann-2'])).toEqual([
      { id: 'ann-3', name: 'Ann', account: 'Ann' },
      { id: 'ann', name: 'Ann' },
      { id: 'ann-4', name: 'ANN', account: 'ANN' },
      { id: 'ann-2', name: 'Ann 2' },
    ]);
  });

  test('an e-mail address and mixed case are ids as they are, where nobody else has them in another case', () => {
    expect(peopleOf(['Ann@Example.com', 'CORP\\kim'])).toEqual([
      { id: 'Ann@Example.com', name: 'Ann' },
      { id: 'corp-kim', name: 'CORP\\kim', account: 'CORP\\kim' },
    ]);
  });

  test('are as many as the accounts, with unique valid ids', () => {
    const account = fc.oneof(
      fc.string({ minLength: 1, maxLength: 63, unit: 'binary' }),
      fc.constantFrom('ann', 'Ann', 'ÄNN', 'ann-2', 'a'.repeat(63), 'A'.repeat(63), 'auth0|5f7c', 'Kim@x'),
    );
    fc.assert(
      fc.property(fc.uniqueArray(account, { maxLength: 30 }), (accounts) => {
        const people = peopleOf(accounts);
        for (const { id } of people) expect(id).toMatch(personPattern);
        expect(new Set(people.map(({ id }) => id.toLowerCase())).size).toBe(accounts.length);
        expect(people.map(({ id, account: given }) => given ?? id)).toEqual(accounts);
      }),
    );
  });
});
