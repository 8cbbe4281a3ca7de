/**
 * Grants what was signed, grant by grant, and reads it back. domain/release/granting.ts decides what is wanted and what the outcome is.
 *
 * Invariants:
 * 1. The ledger has the intent before the first effect; a rerun finds it, with what was there before (R4).
 * 2. An intent without outcome is resolved by reading: a grant that is ours and was not there before was made by this release.
 * 3. The grant is claimed before it is made, so that no other package revokes it meanwhile.
 */
import { afterGrant, grantCounts, grantIntents, readBack, wantedGrants } from '../domain/release/granting.ts';
import { keyOf, type LedgerEntry } from '../domain/release/ledger.ts';
import { stands } from '../domain/release/releases.ts';
import type { Connector } from '../connectors/connector.ts';
import type { EntitlementActivities, ReleaseRef } from './contract.ts';
import { requireRelease } from './authority.ts';
import { forEach } from './effects.ts';
import { openSystem, type ActivityDeps } from './deps.ts';
import { asking, isFailure, notCovered, stopped } from './failures.ts';
import { refuseWrongChange } from './release-change.ts';
import { contentOf, loadRelease, type LoadedRelease } from './release.ts';
import { ledgerOf, snapshotOf } from './readings.ts';

export function granting(deps: ActivityDeps): Pick<EntitlementActivities, 'grantAccess' | 'verifyAccess'> {
  return {
    grantAccess: async (release, system) => {
      const loaded = await requireRelease(deps, release).catch((error: unknown) => stoppedIfBegun(deps, release, error));
      const content = contentOf(loaded, system);
      const connector = await openSystem(deps, loaded.plan, system);
      const now = await snapshotOf(connector, content);
      const wanted = wantedGrants(content, now);
      await begin(deps, loaded, release);
      await deps.store.claim(
        release,
        wanted.map((pair) => ({ system, ...pair })),
      );
      const entries = await deps.store.intend(grantIntents(release, system, wanted, now));
      await forEach(
        deps.store,
        entries.filter(({ outcome }) => outcome === 'intended'),
        grantEffect(connector, system),
      );
      return grantCounts(await ledgerOf(deps, release, system));
    },

    verifyAccess: async (release, system) => {
      const loaded = await loadRelease(deps, release);
      const content = contentOf(loaded, system);
      const connector = await openSystem(deps, loaded.plan, system);
      const [now, identity] = [await snapshotOf(connector, content), await asking(system, () => connector.identity())];
      await deps.store.settle(readBack(await ledgerOf(deps, release, system), now, identity));
      return grantCounts(await ledgerOf(deps, release, system));
    },
  };
}

/** Written before the first intent; the activity of another system may already have written it. A change that is no longer possible since it was signed is not covered. */
async function begin(deps: ActivityDeps, loaded: LoadedRelease, release: ReleaseRef): Promise<void> {
  await refuseWrongChange(deps, loaded).catch((error: unknown) => {
    throw isFailure(error, 'WrongChange') ? notCovered(`${error.message}; nothing was granted`) : error;
  });
  const { revision, planDigest, previewDigest } = release;
  await deps.store.beginRelease({ ...keyOf(release), revision, planDigest, previewDigest, change: loaded.section.change });
}

/** Makes one grant; returns its entry with the outcome. */
export function grantEffect(connector: Connector, system: string): (entry: LedgerEntry) => Promise<LedgerEntry> {
  let identity: Promise<string> | undefined;
  return async (entry) => {
    identity ??= asking(system, () => connector.identity());
    const us = await identity;
    return afterGrant(entry, await asking(system, () => connector.grant(entry.role, entry.account)), us);
  };
}

/** A release that has begun and is no longer covered differs from one that was never covered: it is on record, and only a rollback ends it. */
async function stoppedIfBegun(deps: ActivityDeps, release: ReleaseRef, error: unknown): Promise<never> {
  const begun = isFailure(error, 'NotCoveredBySignOffs') && (await deps.store.releases(keyOf(release))).some((one) => one.wave === release.wave && stands(one));
  throw begun ? stopped(`${error.message}; this release had already begun: what it granted then stays granted`) : error;
}
