/**
 * What a rollback would do as far as the ledger knows: the rollback's own decision (domain/release/rollback.ts), asked with what this release left
 * behind in place of what the system holds now. What others did since is seen only when the systems are asked.
 */
import type { Actual, LedgerEntry } from '../../../domain/release/ledger.ts';
import type { PreviewContent } from '../../../domain/access/preview.ts';
import { claimantOf, isOfAnotherRelease } from '../../../domain/release/claims.ts';
import type { ReleaseKey } from '../../../domain/release/releases.ts';
import { undo } from '../../../domain/release/rollback.ts';
import { rollbackPreview } from '../../../domain/release/rollback-preview.ts';
import type { RollbackPreviewPart } from '../../../domain/release/rollback-preview.ts';
import type { StoreReader } from '../../../store/contract.ts';
import { inParallel } from '../../in-parallel.ts';

/** One part for each system that the ledger knows of. */
export async function previewFromLedger(store: StoreReader, of: ReleaseKey, ledger: LedgerEntry[]): Promise<RollbackPreviewPart[]> {
  const rejected = await rejectedRoles(store, of);
  const bySystem = [...Map.groupBy(ledger, ({ system }) => system)].sort(([a], [b]) => (a < b ? -1 : 1));
  return inParallel(1, bySystem, async ([system, entries]) => {
    const decided = await inParallel(8, entries, async (entry) => ({
      entry,
      decision: undo(
        entry,
        asLeft(entry),
        { role: true, account: true },
        { identity: entry.grant?.grantor ?? '', claims: await otherClaims(store, of, entry), rejected: rejected.has(roleKey(entry)), begun: false },
      ),
    }));
    return rollbackPreview(nothingKnown(of, system), decided, leftBehind(entries), [], { uses: undefined, note: 'the system was not asked' });
  });
}

/** A grant that was given or was there is there; old access that was taken is not. */
const asLeft = ({ kind, role, account, grant, outcome }: LedgerEntry): Actual['grants'] => {
  const isThere = kind === 'grant' ? outcome !== 'failed' : outcome !== 'revoked';
  return isThere ? [{ role, account, options: grant?.options ?? {}, ...(grant?.grantor === undefined ? {} : { grantor: grant.grantor }) }] : [];
};

const leftBehind = (entries: LedgerEntry[]): Actual => ({ roles: [], grants: entries.flatMap(asLeft), unknownAccounts: [] });

const nothingKnown = ({ plan, package: rolePackage }: ReleaseKey, system: string): PreviewContent => ({
  plan,
  package: rolePackage,
  system,
  entitlements: [],
  legacy: [],
  people: [],
  before: [],
  others: [],
  roles: [],
  conflicts: [],
});

async function otherClaims(store: StoreReader, of: ReleaseKey, { kind, outcome, system, role, account }: LedgerEntry): Promise<string[]> {
  if (kind !== 'grant' || (outcome !== 'created' && outcome !== 'intended')) return [];
  const claims = await store.claims({ system, role, account });
  return claims.filter((claim) => isOfAnotherRelease(claim, of)).map((claim) => claimantOf(claim, of));
}

const roleKey = ({ system, role }: { system: string; role: string }) => `${system}\0${role}`;

async function rejectedRoles(store: StoreReader, of: ReleaseKey): Promise<Set<string>> {
  const revision = await store.latestRevision(of.plan);
  const rolePackage = revision?.document.packages.find(({ id }) => id === of.package);
  return new Set((rolePackage?.legacy ?? []).filter(({ design }) => design === 'rejected').map(roleKey));
}
