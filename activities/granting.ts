/** Grants what was signed, and reads it back. domain/release/granting.ts decides what is wanted and what the outcome is. */
import { setImmediate as pause } from 'node:timers/promises';
import { withPeople } from '../domain/access/cohort.ts';
import {
  countingUnsettled,
  grantCounts,
  leftBeforeGranting,
  readingBack,
  signedGrants,
  toGrant,
  wantedGrants,
  type GrantCounts,
  type WantedGrant,
} from '../domain/release/granting.ts';
import { keyOf } from '../domain/release/ledger.ts';
import { markOfRelease } from '../domain/release/marks.ts';
import { withPauses } from '../domain/slices.ts';
import { stands } from '../domain/release/releases.ts';
import type { EntitlementActivities, ReleaseRef } from './contract.ts';
import { requireRelease } from './authority.ts';
import { believedCohort } from './cohort.ts';
import { refuseOtherWorkflows } from './caller.ts';
import { record, withLedger, type LedgerScope } from './effects.ts';
import { placeOf } from './place-of-system.ts';
import { openSystem, openToUndo, type ActivityDeps } from './deps.ts';
import { incomplete, isFailure, stopped } from './failures.ts';
import { begin, releaseChangeOf } from './release-change.ts';
import { reviewedNow } from './role-contents.ts';
import { contentOf, hasBegun, loadRelease } from './release.ts';
import { grantsNow, snapshotOf } from './readings.ts';
import { rolePairs } from './role-pairs.ts';
import { alarmIfOverdue, endAfterFailure, endOpenSwitches } from './open-switches.ts';
import { grantOrSwitch } from './switching.ts';

export function granting(deps: ActivityDeps): Pick<EntitlementActivities, 'grantAccess' | 'verifyAccess'> {
  return {
    grantAccess: async (release, system) => {
      try {
        return await granted(deps, release, system);
      } catch (error) {
        await endAfterFailure(deps, release, system, error);
        throw error;
      }
    },

    verifyAccess: async (release, system) => {
      refuseOtherWorkflows(keyOf(release));
      const loaded = await loadRelease(deps, release);
      const content = contentOf(loaded, system);
      const connector = await openToUndo(deps, loaded.plan, system);
      const scope = { deps, release, connector, system, place: await placeOf(deps, connector, system), by: markOfRelease };
      const effects = await withLedger(scope);
      const now = await grantsNow(connector, content);
      await record(effects, await withPauses(readingBack(effects.ledger.all(), now, scope.by), pause));
      const begun = (await deps.store.releases(keyOf(release))).some(({ wave }) => wave === release.wave);
      return await counts(effects, begun ? wantedGrants(content, now) : []);
    },
  };
}

async function granted(deps: ActivityDeps, release: ReleaseRef, system: string): Promise<GrantCounts> {
  const loaded = await requireRelease(deps, release, system).catch((error: unknown) => stoppedIfBegun(deps, release, error));
  await alarmIfOverdue(deps, loaded, release, system);
  // Before the system is reached: one that is down may come back when the window is over, and what has begun may finish.
  if (!hasBegun(loaded, release)) await begin(deps, loaded, release);
  const signed = contentOf(loaded, system);
  const left = (await believedCohort(deps, loaded, release))?.left ?? nobody;
  const content = withPeople(signed, left);
  const connector = await openSystem(deps, loaded.plan, system);
  const scope = { deps, release, connector, system, place: await placeOf(deps, connector, system), by: markOfRelease };
  const now = await snapshotOf(connector, content);
  const wanted = wantedGrants(await reviewedNow(deps, content, now.roles), now);
  // Claimed before it is granted, so that no other package revokes it first.
  await deps.store.claim(release, scope, wanted);
  const effects = await withLedger(scope);
  // They are granted nothing, now or later: what was granted to them by an earlier attempt is drift.
  if (left.size > 0)
    await record(effects, leftBeforeGranting({ release, at: effects, content: signed, ledger: effects.ledger.all(), now, left, by: scope.by }));
  await endOpenSwitches(effects, { pairs: rolePairs(loaded, system), signed: signedGrants(signed), wanted });
  const releaseChange = await releaseChangeOf(deps, loaded.section.change, release, system, signed.pilot);
  await grantOrSwitch({ scope: effects, loaded, content, releaseChange, now }, toGrant(wanted, effects.ledger.all()));
  const result = await counts(effects, wanted);
  if (result.failed > 0) throw incomplete(system, result.refusals, result);
  return result;
}

const nobody: ReadonlySet<string> = new Set();

const counts = async ({ ledger }: LedgerScope, wanted: WantedGrant[]) =>
  grantCounts(ledger.all(), await withPauses(countingUnsettled(wanted, ledger.all()), pause));

/** A release that has begun and is no longer covered differs from one that was never covered: it is on record, and only a rollback ends it. */
async function stoppedIfBegun(deps: ActivityDeps, release: ReleaseRef, error: unknown): Promise<never> {
  const begun = isFailure(error, 'NotCoveredBySignOffs') && (await deps.store.releases(keyOf(release))).some((one) => one.wave === release.wave && stands(one));
  throw begun ? stopped(`${error.message}; this release had already begun: what it granted then stays granted`) : error;
}
