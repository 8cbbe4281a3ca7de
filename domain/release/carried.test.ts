import fc from 'fast-check';
import { expect, test } from 'vitest';
import { entry, grant, us } from '../../test/support/ledger.ts';
import { CarriedEntries } from './carried.ts';
import { entriesFrom, inOrder, next, type Fact, type LedgerFact } from './facts.ts';

const of = { plan: 'p', wave: 'w', package: 'clerks', system: 'erp' };
const accounts = ['ann', 'ben', 'cem'];
const fresh = (account: string) => entry({ ...of, account, person: account });

const facts = (account: string): fc.Arbitrary<Fact> =>
  fc.constantFrom<Fact>(
    { did: 'granted', grants: [grant('clerk', account, us)] },
    { did: 'revoked', grants: [grant('clerk', account, us)] },
    { did: 'found', grants: [grant('clerk', account)] },
    { did: 'refused', effect: 'grant', why: 'no' },
    { did: 'unconfirmed', why: 'not seen' },
    { did: 'withdrawn' },
  );
/** In the order in which they were written. */
const written = fc
  .array(
    fc.constantFrom(...accounts).chain((account) => facts(account).map((fact) => ({ account, fact }))),
    { maxLength: 12 },
  )
  .map((all) => {
    const numbers = new Map<string, number>();
    return all.map(({ account, fact }): LedgerFact => {
      const known = numbers.get(account) ?? 0;
      numbers.set(account, known + 1);
      return next({ ...fresh(account), facts: known }, 'release', fact);
    });
  });
const sorted = (all: LedgerFact[]) => all.toSorted((a, b) => (a.account === b.account ? a.number - b.number : a.account < b.account ? -1 : 1));
const read = (all: LedgerFact[]) => entriesFrom(sorted(all).map((fact) => ({ ...fact, atMs: 0 })));

test('entries that are carried forward are those that would be read again', () => {
  fc.assert(
    fc.property(written, fc.nat(12), (all, cut) => {
      const carried = new CarriedEntries(of, read(all.slice(0, cut)));
      for (const fact of all.slice(cut)) carried.add([fact]);
      expect(carried.all()).toEqual(read(all));
    }),
  );
});

test('facts of other releases and of other systems are left out', () => {
  const carried = new CarriedEntries(of, []);
  const fact: Fact = { did: 'granted', grants: [grant('clerk', 'ann', us)] };
  carried.add([next({ ...fresh('ann'), wave: 'later' }, 'release', fact), next({ ...fresh('ann'), system: 'crm' }, 'release', fact)]);
  expect(carried.all()).toEqual([]);
});

test('what was read again replaces what was carried', () => {
  const carried = new CarriedEntries(of, read([next(fresh('ann'), 'release', { did: 'withdrawn' })]));
  const again = read(inOrder(fresh('ben'), 'release', [{ did: 'unconfirmed', why: 'not seen' }, { did: 'withdrawn' }]));
  carried.replace(again);
  expect(carried.all()).toEqual(again);
});
