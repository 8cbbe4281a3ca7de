/** What of a retirement stays, because another package or the site needs it: asked by every retirement and switch, and by previews before people sign. */
import { stayingOf } from '../domain/access/staying.ts';
import type { LedgerFact } from '../domain/release/facts.ts';
import type { Actual, Held } from '../domain/release/ledger.ts';
import type { ReleaseChange } from '../domain/release/release-change.ts';
import type { ReleaseKey } from '../domain/release/releases.ts';
import { grantsToRetire, madeForOthers, ofOtherPackages, signedRetirements, sorted, toRetire, type Retirement } from '../domain/release/retiring.ts';
import type { PreviewContent, StayingAccess } from '../domain/release/signed-preview.ts';
import { neverEmpty } from '../domain/site/rights.ts';
import type { EffectScope } from './effects.ts';
import { asking } from './failures.ts';
import { placeOf } from './place-of-system.ts';
import { claimsOn } from './readings.ts';
import { rolesLeftEmpty, untouchedBySite } from './untouched.ts';

/** A release, or what would be one, that changes nothing yet. */
type Asking = Omit<EffectScope, 'release'> & { release: ReleaseKey };

/** Grants that Rolewave made for other packages, of these roles and accounts. */
export const madeByOthers = async ({ deps, release, place }: Asking, grants: Held[]): Promise<ReadonlySet<string>> =>
  madeForOthers(release, await deps.store.ledgerOn({ place, grants }));

/** Splits retirements by what other packages and the site need now. Changes nothing: a preview asks it, too. */
export async function staysOrGoes(scope: Asking, retirements: Retirement[]): Promise<{ settled: LedgerFact[]; revoke: Retirement[] }> {
  const claims = await claimsOn(scope, grantsToRetire(retirements));
  const { ofOthers, left } = ofOtherPackages(retirements, scope.release, claims, scope.by);
  const untouched = untouchedBySite(scope);
  const revoked = left.flatMap(({ grants }) => grants);
  const guarded = [...new Set(revoked.map(({ role }) => role))].filter(neverEmpty(scope.deps.site(), scope.system));
  const now = guarded.length === 0 ? { grants: [] } : await asking(scope.system, () => scope.connector.snapshot(guarded, [], undefined, [], true));
  const { settled, revoke } = sorted(left, scope.release, claims, scope.by, { untouched, leftEmpty: await rolesLeftEmpty(scope, now, revoked) });
  return { settled: [...ofOthers, ...settled], revoke };
}

/** What a release would leave that it is to retire or revoke, and why. `now`: what the content was read from. */
export async function stayingNow(
  by: Pick<EffectScope, 'deps' | 'connector'>,
  content: PreviewContent,
  now: Actual,
  releaseChange: ReleaseChange | undefined,
): Promise<StayingAccess[]> {
  const signed = signedRetirements(content, releaseChange);
  if (signed.length === 0) return [];
  const { plan, package: id, system } = content;
  // Only another package can keep it: of which wave this would be makes no difference.
  const release = { plan, wave: '', package: id };
  const scope = { ...by, release, system, place: await placeOf(by.deps, by.connector, system), by: 'preview' };
  const { settled } = await staysOrGoes(scope, toRetire(release, scope, signed, [], now, await madeByOthers(scope, signed)));
  return stayingOf(settled);
}
