/** Retires legacy access, and revokes what earlier releases granted and this one drops. domain/release/retiring.ts decides what is revoked and what stays. */
import { keyOf, type Held, type LedgerEntry } from '../domain/release/ledger.ts';
import { markOfRelease } from '../domain/release/marks.ts';
import {
  grantsToRetire,
  keepsLegacy,
  madeForOthers,
  ofOtherPackages,
  retirementCounts,
  signedRetirements,
  sorted,
  toRetire,
  withoutProof,
  type Retirement,
} from '../domain/release/retiring.ts';
import type { PreviewContent } from '../domain/release/signed-preview.ts';
import { neverEmpty } from '../domain/site/rights.ts';
import type { EntitlementActivities, ReleaseRef } from './contract.ts';
import { requireRetirement } from './authority.ts';
import { asSigned } from './cohort.ts';
import { placeOf, record, revokeAll, withLedger, type EffectScope, type LedgerScope } from './effects.ts';
import { openSystem, type ActivityDeps } from './deps.ts';
import { asking, incomplete } from './failures.ts';
import { releaseChangeOf, leaveToNobody } from './release-change.ts';
import { contentOf, type LoadedRelease } from './release.ts';
import { rolePairs } from './role-pairs.ts';
import { claimsOn, grantsNow } from './readings.ts';
import { rolesLeftEmpty, untouchedBySite } from './untouched.ts';

export function retiring(deps: ActivityDeps): Pick<EntitlementActivities, 'retireLegacy'> {
  return {
    retireLegacy: async (release, system) => {
      const loaded = await requireRetirement(deps, release);
      const content = contentOf(loaded, system);
      const connector = await openSystem(deps, loaded.plan, system);
      const scope = { deps, release, connector, system, place: await placeOf(connector, system), by: markOfRelease };
      const releaseChange = await releaseChangeOf(deps, loaded.section.change, release, system, content.pilot);
      const effects = await withLedger(scope);
      const isLeft = await legacyLeft(deps, loaded, release, content);
      const now = await grantsNow(connector, content);
      const signed = signedRetirements(content, releaseChange);
      await retireAll(effects, toRetire(release, scope, signed, effects.ledger.all(), now, await madeByOthers(scope, signed), isLeft));
      if (releaseChange) await leaveToNobody(scope, asSigned(loaded, content), releaseChange);
      const result = retirementCounts(effects.ledger.all());
      if (result.failed > 0) throw incomplete(system, result.refusals, result);
      return result;
    },
  };
}

/**
 * People whose legacy access is no drift while nothing was done about it: those for whom it stays for now, and those who joined, of whose legacy access nobody
 * has signed anything. `content`: with the people of now. `ledger`: of the release, in all of its systems.
 */
export function keepLegacy(loaded: LoadedRelease, system: string, content: PreviewContent, ledger: LedgerEntry[]): ReadonlySet<string> {
  if (loaded.section.change === 'observe' || content.legacy.length === 0) return nobody;
  const signed = new Set(contentOf(loaded, system).people.map(({ person }) => person));
  const joined = content.people.flatMap(({ person }) => (signed.has(person) ? [] : [person]));
  return new Set([...withoutProof(loaded.contents.values(), ledger), ...joined]);
}

const nobody: ReadonlySet<string> = new Set();

/**
 * Legacy access that stays for now (R3): of people who left the cohort before it was granted, and of those whose grants are not proven. By the ledgers of all
 * systems, so that it holds in a system with nothing but legacy access too.
 */
export async function legacyLeft(
  deps: ActivityDeps,
  loaded: LoadedRelease,
  release: ReleaseRef,
  content: PreviewContent,
): Promise<(entry: LedgerEntry) => boolean> {
  if (content.legacy.length === 0) return () => false;
  const switched = new Set(rolePairs(loaded, content.system).map(({ old }) => old));
  return keepsLegacy(content, withoutProof(loaded.contents.values(), await deps.store.ledger(keyOf(release))), switched);
}

/** Grants that Rolewave made for other packages, of these roles and accounts. */
export const madeByOthers = async ({ deps, release, place }: EffectScope, grants: Held[]): Promise<ReadonlySet<string>> =>
  madeForOthers(release, await deps.store.ledgerOn({ place, grants }));

/** Revokes what no other package needs, and records the rest. */
export async function retireAll(scope: LedgerScope, retirements: Retirement[]): Promise<void> {
  const claims = await claimsOn(scope, grantsToRetire(retirements));
  const { ofOthers, left } = ofOtherPackages(retirements, scope.release, claims, scope.by);
  const untouched = untouchedBySite(scope);
  const revoked = left.flatMap(({ grants }) => grants);
  const guarded = [...new Set(revoked.map(({ role }) => role))].filter(neverEmpty(scope.deps.site(), scope.system));
  const now = guarded.length === 0 ? { grants: [] } : await asking(scope.system, () => scope.connector.snapshot(guarded, [], undefined, [], true));
  const { settled, revoke } = sorted(left, scope.release, claims, scope.by, { untouched, leftEmpty: await rolesLeftEmpty(scope, now, revoked) });
  await record(scope, [...ofOthers, ...settled]);
  await revokeAll(scope, revoke, 'package');
}
