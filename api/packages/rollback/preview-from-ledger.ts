/**
 * What a rollback would do according to the ledger, by the rules of domain/release/rollback-preview.ts: for the systems that were not read. A release may have
 * hundreds of thousands of entries, of which only the first lines are shown, so they are read and decided on a few accounts at a time, each time in a turn of its own.
 */
import { setImmediate as pause } from 'node:timers/promises';
import { claimOn, keptText } from '../../../domain/authority/access-claims.ts';
import type { LedgerEntry } from '../../../domain/release/ledger.ts';
import type { ReleaseKey } from '../../../domain/release/releases.ts';
import { grantsToHandOn } from '../../../domain/release/rollback.ts';
import { rollbackPreviewFromLedger, together } from '../../../domain/release/rollback-preview.ts';
import type { RollbackPreviewPart } from '../../../domain/release/rollback-preview.ts';
import type { AccessClaimView } from '../../../domain/views/access-claim.ts';
import type { Take } from './preview-turns.ts';
import type { StoreReader } from '../../../store/contract.ts';

/** One part for each of these systems that is in the ledger. */
export async function previewFromLedger(
  store: Pick<StoreReader, 'eachOfLedger' | 'latestRevision' | 'claimsOn'>,
  release: ReleaseKey,
  systems: readonly string[],
  take: Take,
  ofPeople: readonly AccessClaimView[] = [],
): Promise<RollbackPreviewPart[]> {
  if (systems.length === 0) return [];
  let end = await take();
  try {
    const document = (await store.latestRevision(release.plan))?.document;
    const legacy = document?.packages.find(({ id }) => id === release.package)?.legacy ?? [];
    const parts: RollbackPreviewPart[] = [];
    for (const system of [...systems].sort()) {
      const rejected = new Set(legacy.filter((entry) => entry.system === system && entry.design === 'rejected').map(({ role }) => role));
      let part: RollbackPreviewPart | undefined;
      await store.eachOfLedger({ ...release, system }, async (entries) => {
        const claims = await store.claimsOn({ place: entries[0]?.place ?? '', grants: grantsToHandOn(entries) });
        const these = rollbackPreviewFromLedger(release, system, entries, { claims, claimOn: claimIn(ofPeople) }, rejected);
        part = part ? together(part, these) : these;
        end();
        await pause();
        end = await take();
      });
      if (part) parts.push(part);
    }
    return parts;
  } finally {
    end();
  }
}

/** As the package shows them, only those that keep something now; the one that lasts longest, as in the rollback. */
const claimIn =
  (standing: readonly AccessClaimView[]) =>
  (entry: LedgerEntry): { id: string; why: string } | undefined => {
    const claim = claimOn({ standing }, entry, 0, true);
    return claim && { id: claim.id, why: keptText(claim) };
  };
