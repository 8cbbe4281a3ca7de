/**
 * What a rollback would do in one system now: it reads and decides as the rollback does (domain/release/rollback.ts), and changes nothing.
 * Histories hold the counts alone: who loses what is kept in the store, under a digest, for the endpoint.
 * Usage comes from the system's usage statement; where there is none, or it fails, from the system's open sessions.
 */
import { setImmediate as pause } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { numberText } from '../domain/number-text.ts';
import { grantKey, keyOf, type LedgerEntry } from '../domain/release/ledger.ts';
import { RoleParts } from '../domain/release/by-role.ts';
import { decisionsByRole, grantsToHandOn, type Decided, type UndoFacts } from '../domain/release/rollback.ts';
import { eachOf, withPauses, type Sliced } from '../domain/slices.ts';
import { afterHandOver, previewingRollback, withoutPeople, type Usage } from '../domain/release/rollback-preview.ts';
import { SystemUnavailable } from '../domain/system-unavailable.ts';
import { notLater } from '../domain/not-later.ts';
import { asTried, mostTried, toTry } from '../domain/release/rollback-rehearsal.ts';
import { systemOf } from '../domain/site/rights.ts';
import { timeZoneOf, usageStatement } from '../domain/site/system-kinds.ts';
import type { Connector } from '../connectors/connector.ts';
import { claimOnEntry, claimsOfPeople } from './access-claims.ts';
import { effectContext } from './authorized-messages.ts';
import type { EntitlementActivities } from './contract.ts';
import { deniedReturn, absentByNow } from './cohort.ts';
import { asideOf, nowMs, openToUndo, type ActivityDeps } from './deps.ts';
import { placeOf } from './place-of-system.ts';
import { words } from './failures.ts';
import { contentOf } from './release.ts';
import { leftEmptyBy, takenBy } from './rolling-back.ts';
import { logRefusal } from './server-texts.ts';
import { claimedByOthers, claimsOn, ledgerOf, readingOf } from './readings.ts';
import { othersRefused, withoutOthers } from './site-refusals.ts';
import { untouchedBySite } from './untouched.ts';

const usageMs = 10_000;
/** Of the 15 s in which the whole preview must be there. */
const tryMs = 4_000;

export function rollbackPreviewing(deps: ActivityDeps): Pick<EntitlementActivities, 'previewRollback'> {
  return {
    previewRollback: async (release, system, sinceMs) => {
      const loaded = await effectContext(deps, release);
      const content = contentOf(loaded, system);
      const opened = await openToUndo(deps, loaded.plan, system);
      const connector = asideOf(opened, 'comparisons');
      const now = await readingOf(connector, content, true, Context.current().cancellationSignal);
      const place = await placeOf(deps, connector, system);
      const ledger = await ledgerOf(deps, release, system);
      const claims = await claimsOn({ deps, place }, grantsToHandOn(ledger));
      const entries = afterHandOver(release, ledger, claims, now);
      const madeByOthers = await deps.store.ledgerOn({ place, grants: takenBy(entries) });
      const facts: UndoFacts = {
        content,
        now,
        place,
        madeByRolewave: new Set(madeByOthers.flatMap(({ made }) => made.map(grantKey))),
        deniedRestore: deniedReturn(deps, content, await absentByNow(deps, loaded, release)),
        claimOn: claimOnEntry(claimsOfPeople(loaded, release), loaded.planNowMs),
        untouched: untouchedBySite({ deps, system }),
      };
      const parts = await sliced(RoleParts.of(entries, now, content));
      const decide = decisionsByRole({ ...facts, leftEmpty: await leftEmptyBy({ deps, connector, system }, facts, entries) }, parts);
      const meant: Decided[] = [];
      await sliced(eachOf(entries, (entry) => void meant.push({ entry, decision: decide(entry) })));
      // What is refused in the try is used all the same.
      const losing = meant.filter(({ decision }) => decision.do === 'revoke').map(({ entry }) => entry);
      const [{ all, notTried }, usage, claimed] = await Promise.all([
        tried(asideOf(opened, 'simulations'), meant, { plan: release.plan, system }),
        usageOf(deps, release.plan, system, connector, losing, sinceMs),
        claimedByOthers({ deps, release, place }, content, now),
      ]);
      const othersNotShown = othersRefused(deps.site(), content);
      const part = {
        ...(await sliced(previewingRollback(content, all, withoutOthers(deps.site(), content, now, entries), claimed, usage))),
        ...(notTried === undefined ? {} : { notTried }),
        ...(othersNotShown === undefined ? {} : { othersNotShown }),
      };
      return withoutPeople(part, await deps.store.saveRollbackPreview(keyOf(release), part));
    },
  };
}

/** As it would end where the system lets it be tried. A preview is not late for it, and no change waits for it. */
async function tried(connector: Connector, meant: Decided[], of: { plan: string; system: string }): Promise<{ all: Decided[]; notTried?: string }> {
  const { revoke, restore } = toTry(meant);
  const many = revoke.length + restore.length;
  if (many === 0) return { all: meant };
  if (many > mostTried) return { all: meant, notTried: `${numberText(many)} changes are too many to be tried for a preview` };
  const signal = AbortSignal.any([AbortSignal.timeout(tryMs), Context.current().cancellationSignal]);
  try {
    const late = () => new SystemUnavailable(`the system did not answer within ${tryMs / 1_000} s`);
    return { all: asTried(meant, await notLater(signal, late, () => connector.rehearse({ grant: [], revoke, restore }, signal))) };
  } catch (error) {
    Context.current().cancellationSignal.throwIfAborted();
    // As of usage: nobody goes without the preview for it.
    logRefusal(error, of);
    return { all: meant, notTried: words(error) };
  }
}

/** With turns for the others, and no longer than somebody waits for it. */
const sliced = <T>(work: Sliced<T>): Promise<T> => {
  const { cancellationSignal } = Context.current();
  return withPauses(work, async () => {
    await pause();
    cancellationSignal.throwIfAborted();
  });
};

/** Usage is optional: an error here becomes a note on the preview and does not fail it. */
async function usageOf(deps: ActivityDeps, plan: string, system: string, connector: Connector, losing: LedgerEntry[], sinceMs: number): Promise<Usage> {
  if (losing.length === 0) return { uses: [] };
  const roles = [...new Set(losing.map(({ role }) => role))].sort();
  const accounts = [...new Set(losing.map(({ account }) => account))].sort();
  const found = systemOf(deps.site(), system);
  const statement = found && usageStatement(found);
  const notes: string[] = [];
  if (statement !== undefined && connector.usage) {
    const signal = AbortSignal.any([AbortSignal.timeout(usageMs), Context.current().cancellationSignal]);
    try {
      return {
        uses: await connector.usage({ plan, statement, timeZone: found && timeZoneOf(found), roles, accounts, fromMs: sinceMs, toMs: nowMs(deps) }, signal),
        from: 'usageStatement',
      };
    } catch (error) {
      Context.current().cancellationSignal.throwIfAborted();
      logRefusal(error, { plan, system });
      notes.push(`the site's usage statement failed: ${words(error)}`);
    }
  }
  if (!connector.lastUse) {
    notes.push('systems of this kind do not show who uses what');
    return { uses: undefined, note: notes.join('; ') };
  }
  try {
    const uses = await connector.lastUse(roles, accounts, sinceMs);
    if (!('notPermitted' in uses)) {
      // A session does not say which role it uses, and ended sessions are not listed.
      notes.push('only current connections can be seen, not earlier ones, nor which role they use');
      return { uses, from: 'openSessions', note: notes.join('; ') };
    }
    notes.push(statement === undefined ? `${uses.notPermitted}, or write a usage statement into the site file` : uses.notPermitted);
  } catch (error) {
    Context.current().cancellationSignal.throwIfAborted();
    notes.push(`the current connections could not be read: ${words(error)}`);
  }
  return { uses: undefined, note: notes.join('; ') };
}
