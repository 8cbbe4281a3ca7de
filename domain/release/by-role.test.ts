/** Role by role it is the same as of all at once, whatever roles are called by now. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accounts, entry, happened, previewContent } from '../../test/support/ledger.ts';
import { atOnce } from '../slices.ts';
import { RoleParts } from './by-role.ts';
import type { Fact } from './facts.ts';
import { readBack, readingBack } from './granting.ts';
import type { Actual, Held, LedgerEntry } from './ledger.ts';
import { makingReceipt, receiptFrom } from './receipt.ts';
import { decided, decisionsByRole } from './rollback.ts';
import { previewingRollback, rollbackPreview, type Usage } from './rollback-preview.ts';

const names = ['clerk', 'reader', 'old_reader', 'old_admin', 'new_name'];
const name = fc.constantFrom(...names);
const account = fc.constantFrom(...accounts);
const maybe = (text: fc.Arbitrary<string>) => fc.option(text, { nil: undefined });

/** As systems tell them: with ids, with some of them, or with none; a role may have had every name. */
const held: fc.Arbitrary<Held> = fc
  .record({
    role: name,
    account,
    grantor: fc.constantFrom('dba', 'rolewave'),
    id: maybe(fc.constantFrom('g1', 'g2', 'g3', 'g4')),
    roleId: maybe(fc.constantFrom('r1', 'r2', 'r3', 'r4')),
    accountId: maybe(fc.constantFrom('a1', 'a2', 'a3')),
  })
  .map((grant) => ({ ...Object.fromEntries(Object.entries(grant).filter(([, value]) => value !== undefined)), options: {} }) as unknown as Held);

const fact: fc.Arbitrary<Fact> = fc
  .array(held, { minLength: 1, maxLength: 2 })
  .chain((grants) =>
    fc.constantFrom<Fact>(
      { did: 'granted', grants },
      { did: 'granted', grants, transaction: 't1' },
      { did: 'found', grants },
      { did: 'revoked', grants },
      { did: 'unconfirmed', why: 'not seen' },
      { did: 'kept', why: 'kept for buyers' },
    ),
  );
/**
 * Any role may have had every name, so that one name or id soon makes one part of all. `apart`: ids are of one role each, and what happened to a role is about it
 * alone, so that there are several parts.
 */
const ofOneRole = (grant: Held, role = grant.role): Held => ({
  ...grant,
  role,
  ...(grant.roleId === undefined ? {} : { roleId: `of ${role}` }),
  ...(grant.id === undefined ? {} : { id: `${grant.id} of ${role}` }),
});
const factOf = (one: Fact, role: string): Fact => ('grants' in one ? { ...one, grants: one.grants.map((grant) => ofOneRole(grant, role)) } : one);

const ledgersWhere = (apart: boolean): fc.Arbitrary<LedgerEntry[]> =>
  fc
    .uniqueArray(fc.record({ kind: fc.constantFrom('grant' as const, 'retire' as const), role: name, account }), {
      selector: (key) => JSON.stringify(key),
      maxLength: 12,
    })
    .chain((keys) =>
      fc.tuple(
        ...keys.map((key) =>
          fc
            .array(fact, { maxLength: 3 })
            .map((facts) => happened(entry({ ...key, person: key.account }), ...(apart ? facts.map((one) => factOf(one, key.role)) : facts))),
        ),
      ),
    );
const readingsWhere = (apart: boolean): fc.Arbitrary<Actual> =>
  fc.record({
    roles: fc.constant([]),
    grants: fc.array(apart ? held.map((grant) => ofOneRole(grant)) : held, { maxLength: 16 }),
    accounts: fc.constant([]),
    unknownAccounts: fc.subarray(accounts),
  });
const pairs = fc.array(fc.record({ role: name, account }), { maxLength: 4 });
const contentsWhere = (apart: boolean) =>
  fc
    .record({
      before: fc.array(apart ? held.map((grant) => ofOneRole(grant)) : held, { maxLength: 6 }),
      others: fc.array(apart ? held.map((grant) => ofOneRole(grant)) : held, { maxLength: 6 }),
      roles: fc.array(fc.record({ role: name, id: fc.constantFrom('r1', 'r2', 'r3') }), { maxLength: 3 }),
      legacy: fc.subarray(['old_reader', 'old_admin']),
    })
    .map(({ before, others, roles, legacy }) =>
      previewContent({
        entitlements: ['clerk', 'reader'].map((role) => ({ system: 'erp', role })),
        legacy: legacy.map((role) => ({ system: 'erp', role, design: 'superseded' as const })),
        people: accounts.slice(0, 3).map((one) => ({ person: one, account: one })),
        before: before.map((grant) => ({ ...grant, person: grant.account })),
        others,
        roles: roles.map((role) => ({ ...role, ...(apart ? { id: `of ${role.role}` } : {}), exists: true, digest: 'd' })),
      }),
    );

const cases = fc.boolean().chain((apart) => fc.record({ ledger: ledgersWhere(apart), now: readingsWhere(apart), content: contentsWhere(apart) }));

const inOrder = (facts: unknown[]) => facts.map((each) => JSON.stringify(each)).sort();

test('the ledgers below are often of several parts', () => {
  const several = fc.sample(cases, { numRuns: 200, seed: 7 }).filter(({ ledger, now, content }) => {
    const parts = atOnce(RoleParts.of(ledger, now, content)).all();
    return parts.filter((part) => part.ledger.length > 0).length > 1;
  });
  expect(several.length).toBeGreaterThan(60);
});

describe('role by role it is the same as of all at once', () => {
  test('what is read back', () => {
    fc.assert(
      fc.property(cases, ({ ledger, now }) => {
        expect(inOrder(atOnce(readingBack(ledger, now, 'test')))).toEqual(inOrder(readBack(ledger, now, 'test')));
      }),
    );
  });

  test('what a rollback decides', () => {
    fc.assert(
      fc.property(cases, ({ ledger, now, content }) => {
        const facts = { content, now, place: 'place', madeByRolewave: new Set<string>() };
        const decide = decisionsByRole(facts, atOnce(RoleParts.of(ledger, now, content)));
        expect(ledger.map(decide)).toEqual(decided(ledger, facts).map(({ decision }) => decision));
      }),
    );
  });

  test('its receipt', () => {
    fc.assert(
      fc.property(cases, pairs, ({ ledger, now, content }, claimed) => {
        const about = { claimed, lastHolders: ['reader', 'clerk'], check: 'select 1' };
        const [whole, parts] = [receiptFrom(content, ledger, now, about), atOnce(makingReceipt(content, ledger, now, about))];
        expect(parts).toEqual(whole);
      }),
    );
  });

  test('its preview', () => {
    const usages = fc.constantFrom<Usage>(
      { uses: undefined, note: 'not seen' },
      {
        uses: [
          { account: 'ann', atMs: 4 },
          { role: 'clerk', account: 'ben', atMs: 7 },
        ],
        from: 'usageStatement',
      },
    );
    fc.assert(
      fc.property(cases, pairs, usages, ({ ledger, now, content }, claimed, usage) => {
        const all = decided(ledger, { content, now, place: 'place', madeByRolewave: new Set<string>() });
        expect(atOnce(previewingRollback(content, all, now, claimed, usage))).toEqual(rollbackPreview(content, all, now, claimed, usage));
      }),
    );
  });
});

test('the grants of many roles are in parts of their own', () => {
  const grants = Array.from({ length: 3_000 }, (_, at): Held => ({ role: `r${at % 30}`, account: `a${at}`, roleId: `id${at % 30}`, options: {} }));
  const parts = atOnce(RoleParts.of([], { roles: [], grants, accounts: [], unknownAccounts: [] }));
  expect(parts.all().map(({ now }) => now.grants.length)).toEqual(Array<number>(30).fill(100));
});
