/** What the page says of a rollback where no system could be read: by the ledger, and by the claims that the package shows. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { claimOn } from '../../../domain/authority/access-claims.ts';
import type { AccessClaimView } from '../../../domain/views/access-claim.ts';
import type { LedgerEntry } from '../../../domain/release/ledger.ts';
import { created, entry, grant, happened } from '../../../test/support/ledger.ts';
import { linesShown } from '../../../domain/release/rollback-preview.ts';
import { turns } from '../../../domain/turns.ts';
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
const free = async () => () => undefined;
const release = { plan: 'test', wave: 'wave-1', package: 'clerks' };

test.each([
  ['first', [claim('otto', 2_000), claim('sam', 1_000)]],
  ['last', [claim('sam', 1_000), claim('otto', 2_000)]],
])('of two claims on one access it shows the one that lasts longest, as the rollback records it, also where that was made %s', async (_, standing) => {
  const [part] = await previewFromLedger(storeOf([[created('clerk', 'ann'), created('clerk', 'ben')]]), release, ['erp'], free, standing);
  expect(part?.loses.map(({ person }) => person)).toEqual(['ben']);
  expect(part?.stays).toEqual([{ person: 'ann', account: 'ann', role: 'clerk', why: expect.stringContaining('kept for otto until') }]);
  expect(claimOn({ standing }, clerkOfAnn, 0, false)?.by).toBe('otto');
});

test('systems that were read are not asked of the ledger', async () => {
  const store = storeOf([[created('clerk', 'ann')]]);
  expect(await previewFromLedger({ ...store, latestRevision: () => Promise.reject(new Error('asked')) }, release, [], free)).toEqual([]);
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
      const [inParts] = await previewFromLedger(storeOf(parts), release, ['erp'], free);
      const [whole] = await previewFromLedger(storeOf([some.flatMap(entriesOf)]), release, ['erp'], free);
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
  await previewFromLedger(store, release, ['erp'], free);
  expect(seen).toBe(1);
});

test('a long ledger ends its turn after each part, so that a short one does not wait for the whole of it', async () => {
  const { take } = turns({ perPlan: 1, perRight: 1, inAll: 1 });
  const seen: string[] = [];
  const long = Array.from({ length: 5 }, (_, at) => entriesOf(`p${at}`));
  const read = async (name: string, parts: LedgerEntry[][]) => {
    await previewFromLedger(storeOf(parts), release, ['erp'], () => take({ plan: 'test', right: 'test' }));
    seen.push(name);
  };
  await Promise.all([read('long', long), read('short', long.slice(0, 1))]);
  expect(seen).toEqual(['short', 'long']);
});

test('where a part cannot be read, the turn ends all the same', async () => {
  const { take } = turns({ perPlan: 1, perRight: 1, inAll: 1 });
  const share = { plan: 'test', right: 'test' };
  const store = { ...storeOf([]), eachOfLedger: () => Promise.reject(new Error('the store is away')) };
  await expect(previewFromLedger(store, release, ['erp'], () => take(share))).rejects.toThrow('the store is away');
  expect(await take(share)).toBeTypeOf('function');
});
