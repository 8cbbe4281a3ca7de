/** What the page says of a rollback where no system could be read: by the ledger, and by the claims that the package shows. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { claimOn } from '../../../domain/authority/access-claims.ts';
import type { AccessClaimView } from '../../../domain/views/access-claim.ts';
import type { LedgerEntry } from '../../../domain/release/ledger.ts';
import { created, entry, grant, happened } from '../../../test/support/ledger.ts';
import { linesShown } from '../../../domain/release/rollback-preview.ts';
import { previewFromLedger } from './preview-from-ledger.ts';

const clerkOfAnn = { system: 'erp', role: 'clerk', person: 'ann' };
const claim = (by: string, untilMs: number): AccessClaimView => ({ id: `claim-of-${by}`, by, grants: [clerkOfAnn], atMs: 0, untilMs, reason: 'the close' });

/** `parts`: the entries, as the store hands them out one part after the other. */
const storeOf = (parts: LedgerEntry[][]): Parameters<typeof previewFromLedger>[0] => ({
  latestRevision: async () => undefined,
  claimsOn: async () => [],
  eachOfLedger: async (_, visit) => {
    for (const part of parts) await visit(part);
  },
});
const release = { plan: 'test', wave: 'wave-1', package: 'clerks' };

test.each([
  ['first', [claim('otto', 2_000), claim('sam', 1_000)]],
  ['last', [claim('sam', 1_000), claim('otto', 2_000)]],
])('of two claims on one access it shows the one that lasts longest, as the rollback records it, also where that was made %s', async (_, standing) => {
  const [part] = await previewFromLedger(storeOf([[created('clerk', 'ann'), created('clerk', 'ben')]]), release, ['erp'], standing);
  expect(part?.loses.map(({ person }) => person)).toEqual(['ben']);
  expect(part?.stays).toEqual([{ person: 'ann', account: 'ann', role: 'clerk', why: expect.stringContaining('kept for otto until') }]);
  expect(claimOn({ standing }, clerkOfAnn, 0, false)?.by).toBe('otto');
});

test('systems that were read are not asked of the ledger', async () => {
  const store = storeOf([[created('clerk', 'ann')]]);
  expect(await previewFromLedger({ ...store, latestRevision: () => Promise.reject(new Error('asked')) }, release, [])).toEqual([]);
});

const entriesOf = (account: string): LedgerEntry[] => [
  created('clerk', account),
  happened(entry({ account, person: account, role: 'reader' }), { did: 'found', grants: [grant('reader', account, 'kim')] }),
  happened(entry({ kind: 'retire', account, person: account, role: 'old_reader' }), { did: 'revoked', grants: [grant('old_reader', account)] }),
];

test('lists are cut, counts are whole, and it is the same in whichever parts the accounts come', async () => {
  const accounts = Array.from({ length: linesShown + 50 }, (_, at) => `p${at}`);
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(accounts, { minLength: linesShown + 10 }), fc.integer({ min: 1, max: 400 }), async (some, atOnce) => {
      const parts: LedgerEntry[][] = [];
      for (let from = 0; from < some.length; from += atOnce) parts.push(some.slice(from, from + atOnce).flatMap(entriesOf));
      const [inParts] = await previewFromLedger(storeOf(parts), release, ['erp']);
      const [whole] = await previewFromLedger(storeOf([some.flatMap(entriesOf)]), release, ['erp']);
      expect(inParts).toEqual(whole);
      expect([whole?.loses.length, whole?.losesCount, whole?.comesBackCount]).toEqual([linesShown, some.length, some.length]);
    }),
    { numRuns: 20 },
  );
});

test('between two parts others are answered', async () => {
  let turns = 0;
  setImmediate(() => (turns += 1));
  let seen = -1;
  const store = storeOf([]);
  store.eachOfLedger = async (_, visit) => {
    await visit(entriesOf('ann'));
    seen = turns;
    await visit(entriesOf('ben'));
  };
  await previewFromLedger(store, release, ['erp']);
  expect(seen).toBe(1);
});
