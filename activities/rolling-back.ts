/**
 * Undoes one release in one system: a decision per grant (domain/release/rollback.ts), the deed, and a receipt.
 *
 * Invariants:
 * 1. Before it touches a grant, the ledger says that this rollback is about to: what a killed run did is told apart from what others did (R4).
 * 2. The receipt comes from the ledger's outcomes, and once nothing is left over it is stored: the same answer however often it is asked.
 */
import { byPair, type Actual, type Held, type LedgerEntry } from '../domain/release/ledger.ts';
import type { PreviewContent } from '../domain/access/preview.ts';
import { claimantOf, isOfAnotherRelease } from '../domain/release/claims.ts';
import { receiptFrom, undo, type Undo } from '../domain/release/rollback.ts';
import type { Connector } from '../connectors/connector.ts';
import type { EntitlementActivities, ReleaseRef } from './contract.ts';
import { requireRollback } from './authority.ts';
import { forEach } from './effects.ts';
import { openSystem, type ActivityDeps } from './deps.ts';
import { asking } from './failures.ts';
import { keyOf, ledgerOf, snapshotOf } from './granting.ts';
import { contentOf } from './release.ts';
import { claimOfEarlier } from './release-change.ts';
import { neededBy } from './retiring.ts';

export function rollingBack(deps: ActivityDeps): Pick<EntitlementActivities, 'rollBackAccess'> {
  return {
    rollBackAccess: async (release, system, rollback) => {
      const loaded = await requireRollback(deps, release, rollback);
      const content = contentOf(loaded, system);
      const earlier = (await deps.store.receipts(keyOf(release))).find((receipt) => receipt.system === system);
      if (earlier) return earlier;
      const { connector } = await openSystem(deps, loaded.plan, system);
      const identity = await asking(system, () => connector.identity());
      const entries = await ledgerOf(deps, release, system);
      // The release before stands again: what it needs is its own before anything changes.
      await claimOfEarlier(deps, release, system);
      for (const kind of ['grant', 'retire'] as const)
        await undoAll(
          deps,
          release,
          connector,
          { content, identity, mark: `being undone by ${rollback.id}` },
          entries.filter((entry) => entry.kind === kind),
        );
      await deps.store.releaseClaims(release, system);

      const roles = content.roles.map(({ role }) => role);
      const claimed = (await deps.store.claimsOn({ system, roles })).filter((claim) => isOfAnotherRelease(claim, release));
      const receipt = receiptFrom(content, await ledgerOf(deps, release, system), await snapshotOf(connector, content), {
        claimed,
        check: connector.checkStatement(roles),
      });
      return receipt.failed.length > 0 ? receipt : deps.store.saveReceipt(keyOf(release), rollback.id, receipt);
    },
  };
}

export interface UndoScope {
  content: PreviewContent;
  identity: string;
  /** Stands as `why` of an entry from just before the deed until its outcome. */
  mark: string;
  /** Stands as `why` of what was revoked. */
  after?: string;
}

/** Undoes these entries; answers them as they stand afterwards. */
export async function undoAll(deps: ActivityDeps, release: ReleaseRef, connector: Connector, scope: UndoScope, entries: LedgerEntry[]): Promise<LedgerEntry[]> {
  const { content, identity, mark, after } = scope;
  const now = await snapshotOf(connector, content);
  const decide = decider(content, now, identity, mark);
  const claims = byPair(
    (await deps.store.claimsOn({ system: content.system, roles: content.roles.map(({ role }) => role) })).filter((claim) => isOfAnotherRelease(claim, release)),
  );
  // Decided on one reading for all; those that will be touched are marked, and only then does anything happen.
  const decided = entries.map((entry) => ({
    entry,
    what: decide(
      entry,
      claims(entry).map((claim) => claimantOf(claim, release)),
    ).do,
  }));
  const touching = decided.filter(({ entry, what }) => (what === 'revoke' || what === 'restore') && entry.why !== mark);
  await deps.store.settle(touching.map(({ entry }) => ({ ...entry, why: mark })));
  // Claims once more, right before each deed: one may have come meanwhile.
  const deed = async (entry: LedgerEntry) => {
    const done = await carriedOut(connector, entry, decide(entry, await neededBy(deps, release, entry, isOfAnotherRelease)));
    return after !== undefined && done.outcome === 'revoked' ? { ...done, why: after } : done;
  };
  return forEach(
    deps.store,
    decided.filter(({ what }) => what !== 'nothing').map(({ entry }) => entry),
    deed,
  );
}

export function decider(content: PreviewContent, now: Actual, identity: string, mark: string): (entry: LedgerEntry, claims: string[]) => Undo {
  const held = byPair(now.grants);
  const unknown = new Set(now.unknownAccounts);
  const roles = new Map(now.roles.map(({ role, exists }) => [role, exists]));
  const rejected = new Set(content.legacy.filter(({ design }) => design === 'rejected').map(({ role }) => role));
  const old = new Set(content.legacy.map(({ role }) => role));
  const people = new Set(content.people.map(({ account }) => account));
  return (entry, claims) =>
    undo(
      entry,
      held(entry),
      { role: roles.get(entry.role) ?? false, account: !unknown.has(entry.account) },
      { identity, claims, rejected: rejected.has(entry.role), begun: entry.why === mark, oursAlone: !old.has(entry.role) || !people.has(entry.account) },
    );
}

async function carriedOut(connector: Connector, entry: LedgerEntry, decision: Undo): Promise<LedgerEntry> {
  const { why: _, ...rest } = entry;
  switch (decision.do) {
    case 'nothing':
      return entry;
    case 'revoke':
      return revoked(connector, rest, decision.grant);
    case 'keep':
      return decision.wasThere ? { ...rest, outcome: 'preexisting' } : { ...rest, outcome: 'kept', why: decision.why };
    case 'gone':
      if (decision.byUs) return { ...rest, outcome: 'revoked' };
      // Intent without deed: there was nothing to revoke.
      return entry.outcome === 'intended' ? { ...rest, outcome: 'failed', why: 'was never given' } : { ...rest, outcome: 'gone' };
    case 'ask':
      return { ...rest, why: decision.why };
    case 'notRestored':
      return { ...rest, outcome: 'notRestored', why: decision.why };
    case 'restore':
      return restored(connector, rest, decision.grants);
  }
}

async function revoked(connector: Connector, entry: Omit<LedgerEntry, 'why'>, grant: Held): Promise<LedgerEntry> {
  const result = await asking(entry.system, () => connector.revoke(grant));
  // An intent that turned out to have been carried out is this release's: it counts as given, whether or not it could be taken.
  if (result.outcome === 'failed') return { ...entry, outcome: 'created', grant: seen(grant), why: result.why };
  return { ...entry, outcome: 'revoked', grant: seen(grant) };
}

async function restored(connector: Connector, entry: Omit<LedgerEntry, 'why'>, grants: Held[]): Promise<LedgerEntry> {
  const notes: string[] = [];
  for (const { role, account, grantor, options } of grants) {
    const result = await asking(entry.system, () => connector.restore({ role, account, ...(grantor === undefined ? {} : { grantor }), options }));
    if (result.outcome === 'failed') return { ...entry, outcome: 'revoked', why: result.why };
    if (result.note !== undefined) notes.push(result.note);
  }
  return { ...entry, outcome: 'restored', ...(notes.length > 0 ? { why: notes.join('; ') } : {}) };
}

const seen = ({ grantor, options }: Held) => ({ ...(grantor === undefined ? {} : { grantor }), options });
