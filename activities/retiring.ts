/** Retires legacy access, and revokes what earlier releases granted and this one drops. domain/release/retiring.ts decides what is revoked and what stays. */
import { settledPeople, withoutLegacyOf } from '../domain/access/cohort.ts';
import { keyOf } from '../domain/release/ledger.ts';
import { markOfRelease } from '../domain/release/marks.ts';
import { madeForOthers, ofOtherPackages, retirementCounts, signedRetirements, sorted, toRetire, type Retirement } from '../domain/release/retiring.ts';
import { neverEmpty } from '../domain/site/rights.ts';
import type { EntitlementActivities } from './contract.ts';
import { requireRetirement } from './authority.ts';
import { asSigned } from './cohort.ts';
import { placeOf, record, revokeAll, withLedger, type EffectScope, type LedgerScope } from './effects.ts';
import { openSystem, type ActivityDeps } from './deps.ts';
import { asking, incomplete } from './failures.ts';
import { releaseChangeOf, leaveToNobody } from './release-change.ts';
import { contentOf } from './release.ts';
import { claimsOn, grantsNow } from './readings.ts';
import { rolesLeftEmpty, untouchedBySite } from './untouched.ts';

export function retiring(deps: ActivityDeps): Pick<EntitlementActivities, 'retireLegacy'> {
  return {
    retireLegacy: async (release, system) => {
      const loaded = await requireRetirement(deps, release);
      const signedContent = contentOf(loaded, system);
      const connector = await openSystem(deps, loaded.plan, system);
      const scope = { deps, release, connector, system, place: await placeOf(connector, system), by: markOfRelease };
      const releaseChange = await releaseChangeOf(deps, loaded.section.change, release, system, signedContent.pilot);
      const effects = await withLedger(scope);
      // People who left the cohort before it was granted keep what they had, in systems with nothing but legacy access too: the others know who they are.
      const settled = loaded.rolePackage.cohortQuery ? settledPeople(await deps.store.ledger(keyOf(release))) : new Set<string>();
      const content = withoutLegacyOf(signedContent, settled);
      const now = await grantsNow(connector, content);
      const signed = signedRetirements(content, releaseChange);
      await retireAll(effects, toRetire(release, scope, signed, effects.ledger.all(), now, await madeByOthers(scope, signed)));
      if (releaseChange) await leaveToNobody(scope, asSigned(loaded, content), releaseChange);
      const result = retirementCounts(effects.ledger.all());
      if (result.failed > 0) throw incomplete(system, result.refusals, result);
      return result;
    },
  };
}

/** Grants of these roles that Rolewave made for other packages. */
export const madeByOthers = async ({ deps, release, place }: EffectScope, grants: { role: string }[]): Promise<ReadonlySet<string>> =>
  madeForOthers(release, grants.length === 0 ? [] : await deps.store.ledgerOn({ place, roles: [...new Set(grants.map(({ role }) => role))] }));

/** Revokes what no other package needs, and records the rest. */
export async function retireAll(scope: LedgerScope, retirements: Retirement[]): Promise<void> {
  const roles = [...new Set(retirements.map(({ entry }) => entry.role))];
  const roleIds = [...new Set(retirements.flatMap(({ grants, ofOthers = [] }) => [...grants, ...ofOthers].flatMap(({ roleId }) => roleId ?? [])))];
  const claims = await claimsOn(scope, roles, roleIds);
  const { ofOthers, left } = ofOtherPackages(retirements, scope.release, claims, scope.by);
  const untouched = untouchedBySite(scope);
  const revoked = left.flatMap(({ grants }) => grants);
  const guarded = [...new Set(revoked.map(({ role }) => role))].filter(neverEmpty(scope.deps.site(), scope.system));
  const now = guarded.length === 0 ? { grants: [] } : await asking(scope.system, () => scope.connector.snapshot(guarded, [], undefined, [], true));
  const { settled, revoke } = sorted(left, scope.release, claims, scope.by, { untouched, leftEmpty: await rolesLeftEmpty(scope, now, revoked) });
  await record(scope, [...ofOthers, ...settled]);
  await revokeAll(scope, revoke, 'package');
}
