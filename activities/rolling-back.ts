/**
 * Undoes one release in one system: a decision per grant (domain/release/rollback.ts), the effect, and a receipt.
 *
 * Invariants:
 * 1. Before it changes a grant, the ledger records that this rollback is about to, which distinguishes what a killed run did from what others did (R4).
 * 2. The receipt comes from the ledger's outcomes. Once nothing is left, it is stored, and every later call returns the same.
 */
import { isOfAnotherRelease } from '../domain/release/claims.ts';
import { detailsOf, keyOf, type Held, type LedgerEntry } from '../domain/release/ledger.ts';
import { markOfRollback } from '../domain/release/marks.ts';
import { receiptFrom } from '../domain/release/receipt.ts';
import { afterDecision, afterRestore, afterRevoke, decided, markedBefore, undoing, type Undo } from '../domain/release/rollback.ts';
import type { PreviewContent } from '../domain/release/signed-preview.ts';
import type { Connector } from '../connectors/connector.ts';
import type { EntitlementActivities, ReleaseRef } from './contract.ts';
import { requireRollback } from './authority.ts';
import { forEach } from './effects.ts';
import { openSystem, type ActivityDeps } from './deps.ts';
import { asking } from './failures.ts';
import { contentOf } from './release.ts';
import { claimOfEarlier } from './release-change.ts';
import { neededBy } from './retiring.ts';
import { claimsOn, ledgerOf, snapshotOf } from './readings.ts';

export function rollingBack(deps: ActivityDeps): Pick<EntitlementActivities, 'rollBackAccess'> {
  return {
    rollBackAccess: async (release, system, rollback) => {
      const loaded = await requireRollback(deps, release, rollback);
      const content = contentOf(loaded, system);
      const earlier = (await deps.store.receipts(keyOf(release))).find((receipt) => receipt.system === system);
      if (earlier) return earlier;
      const connector = await openSystem(deps, loaded.plan, system);
      const identity = await asking(system, () => connector.identity());
      const entries = await ledgerOf(deps, release, system);
      // The release before takes effect again: it claims what it needs before anything changes.
      await claimOfEarlier(deps, release, system);
      for (const kind of ['grant', 'retire'] as const)
        await undoAll(
          deps,
          release,
          connector,
          { content, identity, mark: markOfRollback(rollback.id) },
          entries.filter((entry) => entry.kind === kind),
        );
      await deps.store.releaseClaims(release, system);

      const receipt = receiptFrom(content, await ledgerOf(deps, release, system), await snapshotOf(connector, content), {
        claimed: (await claimsOn(deps, content)).filter((claim) => isOfAnotherRelease(claim, release)),
        check: connector.checkStatement(content.roles.map(({ role }) => role)),
      });
      return receipt.failed.length > 0 ? receipt : deps.store.saveReceipt(keyOf(release), rollback.id, receipt);
    },
  };
}

export interface UndoScope {
  content: PreviewContent;
  identity: string;
  /** The `why` of an entry from just before the effect until its outcome. */
  mark: string;
  /** The `why` of what was revoked. */
  after?: string;
}

/** Undoes these entries; returns them as they are afterwards. */
export async function undoAll(deps: ActivityDeps, release: ReleaseRef, connector: Connector, scope: UndoScope, entries: LedgerEntry[]): Promise<LedgerEntry[]> {
  const { content, identity, mark, after } = scope;
  const decide = undoing(content, await snapshotOf(connector, content), identity, mark);
  // One reading decides all entries. Those that will change are marked first, and only then does anything change.
  const all = decided(release, entries, await claimsOn(deps, content), decide);
  await deps.store.settle(markedBefore(all, mark));
  // Read the claims again right before each effect: one may have come meanwhile.
  const effect = async (entry: LedgerEntry) => {
    const done = await carriedOut(connector, entry, decide(entry, await neededBy(deps, release, entry, isOfAnotherRelease)));
    return after !== undefined && done.outcome === 'revoked' ? { ...done, why: after } : done;
  };
  return forEach(
    deps.store,
    all.filter(({ decision }) => decision.do !== 'nothing').map(({ entry }) => entry),
    effect,
  );
}

async function carriedOut(connector: Connector, entry: LedgerEntry, decision: Undo): Promise<LedgerEntry> {
  switch (decision.do) {
    case 'revoke': {
      const result = await asking(entry.system, () => connector.revoke(decision.grant));
      return afterRevoke(entry, decision.grant, result.outcome === 'failed' ? result.why : undefined);
    }
    case 'restore':
      return restored(connector, entry, decision.grants);
    case 'nothing':
    case 'keep':
    case 'gone':
    case 'ask':
    case 'notRestored':
      return afterDecision(entry, decision);
  }
}

async function restored(connector: Connector, entry: LedgerEntry, grants: Held[]): Promise<LedgerEntry> {
  const notes: string[] = [];
  for (const grant of grants) {
    const result = await asking(entry.system, () => connector.restore({ role: grant.role, account: grant.account, ...detailsOf(grant) }));
    if (result.outcome === 'failed') return afterRestore(entry, notes, result.why);
    if (result.note !== undefined) notes.push(result.note);
  }
  return afterRestore(entry, notes);
}
