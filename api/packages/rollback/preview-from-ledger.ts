/** What a rollback would do according to the ledger, by the rules of domain/release/rollback-preview.ts. */
import { claimOn, keptText } from '../../../domain/authority/access-claims.ts';
import type { LedgerEntry } from '../../../domain/release/ledger.ts';
import type { ReleaseKey } from '../../../domain/release/releases.ts';
import { grantsToHandOn } from '../../../domain/release/rollback.ts';
import { rollbackPreviewFromLedger } from '../../../domain/release/rollback-preview.ts';
import type { RollbackPreviewPart } from '../../../domain/release/rollback-preview.ts';
import type { AccessClaimView } from '../../../domain/views/access-claim.ts';
import type { StoreReader } from '../../../store/contract.ts';
import { inParallel } from '../../in-parallel.ts';

/** One part for each system in the ledger. */
export async function previewFromLedger(
  store: StoreReader,
  release: ReleaseKey,
  ledger: LedgerEntry[],
  ofPeople: readonly AccessClaimView[] = [],
): Promise<RollbackPreviewPart[]> {
  const document = (await store.latestRevision(release.plan))?.document;
  const legacy = document?.packages.find(({ id }) => id === release.package)?.legacy ?? [];
  const bySystem = [...Map.groupBy(ledger, ({ system }) => system)].sort(([a], [b]) => (a < b ? -1 : 1));
  return inParallel(4, bySystem, async ([system, entries]) => {
    const claims = await store.claimsOn({ place: entries[0]?.place ?? '', grants: grantsToHandOn(entries) });
    const rejected = legacy.filter((entry) => entry.system === system && entry.design === 'rejected').map(({ role }) => role);
    return rollbackPreviewFromLedger(release, system, entries, { claims, claimOn: claimIn(ofPeople) }, new Set(rejected));
  });
}

/** As the package shows them, only those that keep something now; the one that lasts longest, as in the rollback. */
const claimIn =
  (standing: readonly AccessClaimView[]) =>
  (entry: LedgerEntry): { id: string; why: string } | undefined => {
    const claim = claimOn({ standing }, entry, 0, true);
    return claim && { id: claim.id, why: keptText(claim) };
  };
