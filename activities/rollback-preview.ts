/**
 * What a rollback would do in one system now: it reads and decides as the rollback does (domain/release/rollback.ts), and changes nothing.
 * Usage comes from the plan's usage statement; where there is none, or it fails, from the system's open sessions.
 */
import { Context } from '@temporalio/activity';
import type { LedgerEntry } from '../domain/release/ledger.ts';
import { isOfAnotherRelease } from '../domain/release/claims.ts';
import { markOfRollback, rollbackId } from '../domain/release/marks.ts';
import { decided, undoing } from '../domain/release/rollback.ts';
import { rollbackPreview, type Usage } from '../domain/release/rollback-preview.ts';
import { packageWorkflowId } from '../domain/messages.ts';
import type { EntitlementActivities, ReleaseRef } from './contract.ts';
import { nowMs, openSystem, type ActivityDeps, type OpenSystem } from './deps.ts';
import { asking } from './failures.ts';
import { contentOf, loadRelease } from './release.ts';
import { claimsOn, ledgerOf, snapshotOf } from './readings.ts';

const usageMs = 10_000;

export function rollbackPreviewing(deps: ActivityDeps): Pick<EntitlementActivities, 'previewRollback'> {
  return {
    previewRollback: async (release, system, sinceMs) => {
      const loaded = await loadRelease(deps, release);
      const content = contentOf(loaded, system);
      const opened = await openSystem(deps, loaded.plan, system);
      const identity = await asking(system, () => opened.connector.identity());
      const entries = await ledgerOf(deps, release, system);
      const now = await snapshotOf(opened.connector, content);
      const claims = await claimsOn(deps, content);
      const all = decided(release, entries, claims, undoing(content, now, identity, markOf(release)));
      const losing = all.filter(({ decision }) => decision.do === 'revoke').map(({ entry }) => entry);
      const statement = loaded.plan.systems.find(({ id }) => id === system)?.usage;
      return rollbackPreview(
        content,
        all,
        now,
        claims.filter((claim) => isOfAnotherRelease(claim, release)),
        await usageOf(deps, opened, statement, losing, sinceMs),
      );
    },
  };
}

/** The mark of a rollback of this release on entries that it was about to undo when it died. */
const markOf = ({ plan, wave, package: rolePackage }: ReleaseRef) => markOfRollback(rollbackId(packageWorkflowId(plan, wave, rolePackage)));

/** Usage is optional: an error here becomes a note on the preview and does not fail it. */
async function usageOf(
  deps: ActivityDeps,
  { connector, source }: OpenSystem,
  statement: string | undefined,
  losing: LedgerEntry[],
  sinceMs: number,
): Promise<Usage> {
  if (losing.length === 0) return { uses: [] };
  const roles = [...new Set(losing.map(({ role }) => role))].sort();
  const accounts = [...new Set(losing.map(({ account }) => account))].sort();
  const signal = () => AbortSignal.any([AbortSignal.timeout(usageMs), Context.current().cancellationSignal]);
  const notes: string[] = [];
  if (statement !== undefined) {
    try {
      return { uses: await source.uses({ sql: statement, roles, accounts, fromMs: sinceMs, toMs: nowMs(deps) }, signal()), from: 'usageStatement' };
    } catch (error) {
      Context.current().cancellationSignal.throwIfAborted();
      notes.push(`the plan's usage statement failed: ${words(error)}`);
    }
  }
  try {
    const uses = await connector.lastUse(roles, accounts, sinceMs);
    if (uses) {
      // A session does not say which role it uses, and ended sessions are not listed.
      notes.push('only current connections can be seen, not earlier ones, nor which role they use');
      return { uses, from: 'openSessions', note: notes.join('; ') };
    }
    notes.push("this system does not show Rolewave's login who is connected (PostgreSQL: grant it pg_monitor), and the plan has no usage statement for it");
  } catch (error) {
    Context.current().cancellationSignal.throwIfAborted();
    notes.push(`the current connections could not be read: ${words(error)}`);
  }
  return { uses: undefined, note: notes.join('; ') };
}

const words = (error: unknown) => (error instanceof Error ? error.message : String(error)).slice(0, 300);
