/** What a rollback would do according to the ledger, by the rules of domain/release/rollback-preview.ts. */
import type { LedgerEntry } from '../../../domain/release/ledger.ts';
import type { ReleaseKey } from '../../../domain/release/releases.ts';
import { rollbackPreviewFromLedger } from '../../../domain/release/rollback-preview.ts';
import type { RollbackPreviewPart } from '../../../domain/release/rollback-preview.ts';
import type { StoreReader } from '../../../store/contract.ts';
import { inParallel } from '../../in-parallel.ts';

/** One part for each system in the ledger. */
export async function previewFromLedger(store: StoreReader, release: ReleaseKey, ledger: LedgerEntry[]): Promise<RollbackPreviewPart[]> {
  const document = (await store.latestRevision(release.plan))?.document;
  const legacy = document?.packages.find(({ id }) => id === release.package)?.legacy ?? [];
  const bySystem = [...Map.groupBy(ledger, ({ system }) => system)].sort(([a], [b]) => (a < b ? -1 : 1));
  return inParallel(4, bySystem, async ([system, entries]) => {
    const claims = await store.claimsOn({ place: entries[0]?.place ?? '', roles: [...new Set(entries.map(({ role }) => role))] });
    const rejected = legacy.filter((entry) => entry.system === system && entry.design === 'rejected').map(({ role }) => role);
    return rollbackPreviewFromLedger(release, system, entries, claims, new Set(rejected));
  });
}
