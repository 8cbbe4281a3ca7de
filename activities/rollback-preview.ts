/**
 * What a rollback would do in one system now: read as the rollback reads, decided as it decides (domain/release/rollback.ts), and nothing done.
 * Who used the access comes from the plan's usage statement, and where there is none, or it fails, from what the system itself shows.
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

/** What a rollback of this release that died half-way has written on the entries that it was about to undo. */
const markOf = ({ plan, wave, package: rolePackage }: ReleaseRef) => markOfRollback(rollbackId(packageWorkflowId(plan, wave, rolePackage)));

/** Whether somebody uses it is good to know, and no reason to show nothing at all: what goes wrong here is said beside the preview. */
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
      return { uses: await source.uses({ sql: statement, roles, accounts, fromMs: sinceMs, toMs: nowMs(deps) }, signal()), from: 'usage statement' };
    } catch (error) {
      Context.current().cancellationSignal.throwIfAborted();
      notes.push(`the plan's usage statement failed: ${words(error)}`);
    }
  }
  try {
    const uses = await connector.lastUse(roles, accounts, sinceMs);
    if (uses) {
      // A session does not say which role it uses, and one that has ended is not there any more.
      notes.push('only who is connected now can be seen, not who has disconnected, nor which role is used');
      return { uses, from: 'open sessions', note: notes.join('; ') };
    }
    notes.push("this system does not show Rolewave's login who is connected (PostgreSQL: grant it pg_monitor), and the plan has no usage statement for it");
  } catch (error) {
    Context.current().cancellationSignal.throwIfAborted();
    notes.push(`who is connected could not be read: ${words(error)}`);
  }
  return { uses: undefined, note: notes.join('; ') };
}

const words = (error: unknown) => (error instanceof Error ? error.message : String(error)).slice(0, 300);
