/** Retires legacy access, and revokes what earlier releases granted and this one drops. domain/release/retiring.ts decides what is revoked and what stays. */
import { claimantOf, isOfAnotherPackage } from '../domain/release/claims.ts';
import { detailsOf, type Held, type LedgerEntry } from '../domain/release/ledger.ts';
import type { ReleaseKey } from '../domain/release/releases.ts';
import { afterRetiring, retire, retirementCounts, retirementIntents, signedRetirements, unfinished } from '../domain/release/retiring.ts';
import type { Connector } from '../connectors/connector.ts';
import type { EntitlementActivities, ReleaseRef } from './contract.ts';
import { requireRetirement } from './authority.ts';
import { forEach } from './effects.ts';
import { openSystem, type ActivityDeps } from './deps.ts';
import { asking } from './failures.ts';
import { releaseChangeOf, leaveToNobody } from './release-change.ts';
import { contentOf } from './release.ts';
import { ledgerOf, snapshotOf } from './readings.ts';

export function retiring(deps: ActivityDeps): Pick<EntitlementActivities, 'retireLegacy'> {
  return {
    retireLegacy: async (release, system) => {
      const loaded = await requireRetirement(deps, release);
      const content = contentOf(loaded, system);
      const connector = await openSystem(deps, loaded.plan, system);
      const now = await snapshotOf(connector, content);
      const releaseChange = await releaseChangeOf(deps, loaded.section.change, release, system, content.pilot);
      const entries = await deps.store.intend(retirementIntents(release, system, signedRetirements(content, releaseChange), now));
      await forEach(
        deps.store,
        unfinished(entries),
        retireEffect(deps, release, connector, (entry) => entry.before),
      );
      if (releaseChange) await leaveToNobody(deps, loaded, releaseChange, system);
      return retirementCounts(await ledgerOf(deps, release, system));
    },
  };
}

/** Revokes the grants that `which` names, one after the other; returns the entry with the outcome. */
export function retireEffect(
  deps: ActivityDeps,
  release: ReleaseRef,
  connector: Connector,
  which: (entry: LedgerEntry) => Held[],
): (entry: LedgerEntry) => Promise<LedgerEntry> {
  return async (entry) => {
    const retirement = retire(entry, which(entry), await neededBy(deps, release, entry, isOfAnotherPackage));
    if (retirement.do === 'settle') return retirement.settled;
    const refusals: string[] = [];
    for (const grant of retirement.grants) {
      const revoked = await asking(entry.system, () => connector.revoke({ role: grant.role, account: grant.account, ...detailsOf(grant) }));
      if (revoked.outcome === 'failed') refusals.push(revoked.why);
    }
    return afterRetiring(entry, refusals);
  };
}

/** Who else needs this grant. Read right before each effect, because a claim may come at any moment. */
export async function neededBy(
  deps: ActivityDeps,
  release: ReleaseRef,
  { system, role, account }: LedgerEntry,
  isOther: (claim: ReleaseKey, release: ReleaseKey) => boolean,
): Promise<string[]> {
  const claims = await deps.store.claims({ system, role, account });
  return claims.filter((claim) => isOther(claim, release)).map((claim) => claimantOf(claim, release));
}
