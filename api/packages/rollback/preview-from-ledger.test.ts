/** What the page says of a rollback where no system could be read: by the ledger, and by the claims that the package shows. */
import { expect, test } from 'vitest';
import { claimOn } from '../../../domain/authority/access-claims.ts';
import type { AccessClaimView } from '../../../domain/views/access-claim.ts';
import { created } from '../../../test/support/ledger.ts';
import { previewFromLedger } from './preview-from-ledger.ts';

const clerkOfAnn = { system: 'erp', role: 'clerk', person: 'ann' };
const claim = (by: string, untilMs: number): AccessClaimView => ({ id: `claim-of-${by}`, by, grants: [clerkOfAnn], atMs: 0, untilMs, reason: 'the close' });
const store = { latestRevision: async () => undefined, claimsOn: async () => [] } as unknown as Parameters<typeof previewFromLedger>[0];
const release = { plan: 'test', wave: 'wave-1', package: 'clerks' };

test.each([
  ['first', [claim('otto', 2_000), claim('sam', 1_000)]],
  ['last', [claim('sam', 1_000), claim('otto', 2_000)]],
])('of two claims on one access it shows the one that lasts longest, as the rollback records it, also where that was made %s', async (_, standing) => {
  const [part] = await previewFromLedger(store, release, [created('clerk', 'ann'), created('clerk', 'ben')], standing);
  expect(part?.loses.map(({ person }) => person)).toEqual(['ben']);
  expect(part?.stays).toEqual([{ person: 'ann', account: 'ann', role: 'clerk', why: expect.stringContaining('kept for otto until') }]);
  expect(claimOn({ standing }, clerkOfAnn, 0, false)?.by).toBe('otto');
});
