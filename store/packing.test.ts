import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Fact } from '../domain/release/facts.ts';
import type { Held } from '../domain/release/ledger.ts';
import { Packer, unpack } from './packing.ts';

const about = { role: 'clerk', account: 'ann' };
const text = fc.string({ maxLength: 4 });
const held: fc.Arbitrary<Held> = fc.record(
  {
    role: fc.constantFrom('clerk', 'officer'),
    account: fc.constantFrom('ann', 'ann.b'),
    grantor: fc.constantFrom('dba', 'us'),
    options: fc.dictionary(fc.constantFrom('admin', 'set'), fc.boolean(), { noNullPrototype: true }),
    id: text,
    roleId: text,
    accountId: text,
    grantorId: text,
  },
  { requiredKeys: ['role', 'account', 'options'], noNullPrototype: true },
);
const grants = fc.array(held, { maxLength: 4 });
const facts: fc.Arbitrary<Fact> = fc.oneof(
  fc.record({ did: fc.constant('granted' as const), grants }),
  fc.record({ did: fc.constant('restored' as const), grants, as: grants, notes: fc.array(text, { maxLength: 2 }) }),
  fc.record({ did: fc.constant('refused' as const), effect: fc.constant('grant' as const), why: fc.string({ unit: 'binary' }) }),
  fc.record({ did: fc.constant('handedOn' as const), grants, to: fc.constant({ plan: 'p', wave: 'w', package: 'x' }), name: text }),
  fc.constant<Fact>({ did: 'withdrawn' }),
);

test('facts are read back as they were written', () => {
  fc.assert(
    fc.property(fc.array(facts, { maxLength: 6 }), fc.option(fc.constant('42')), (all, transaction) => {
      const packer = new Packer();
      const packed = all.map((fact) => packer.pack({ ...fact, ...(transaction === null || fact.did !== 'granted' ? {} : { transaction }) }, about));
      const forms = JSON.parse(JSON.stringify(packer.forms)) as typeof packer.forms;
      const read = all.map((fact, at) => unpack(JSON.parse(packed[at] ?? ''), forms, about, fact.did === 'granted' ? transaction : null));
      expect(read).toEqual(all.map((fact) => (transaction === null || fact.did !== 'granted' ? fact : { ...fact, transaction })));
    }),
  );
});

test('thousands of grants of one role in one form take a few bytes each', () => {
  const packer = new Packer();
  const of = (account: string, id: string): Fact => ({
    did: 'granted',
    grants: [
      { role: 'clerk', account, grantor: 'rolewave', options: { admin: false, inherit: true, set: true }, id, roleId: '16384', accountId: id, grantorId: '10' },
    ],
  });
  expect(packer.pack(of('ann', '20001'), { role: 'clerk', account: 'ann' })).toBe('{"did":"granted","grants":[[0,"20001","20001"]]}');
  expect(packer.pack(of('ben', '20002'), { role: 'clerk', account: 'ben' })).toBe('{"did":"granted","grants":[[0,"20002","20002"]]}');
  expect(packer.forms).toHaveLength(1);
});

test('a fact that names a form which the store does not have is an error, not a grant', () => {
  expect(() => unpack({ did: 'granted', grants: [[3]] }, [], about, null)).toThrow("no form 3 for a grant of 'clerk' to 'ann'");
});
