/** Retires old access, and takes what earlier releases of the package gave and this one drops: exactly the grants that the signed preview names (R1), and none that another package claims. */
import { byPair, pairKey, type Actual, type Held, type LedgerEntry } from '../domain/release/ledger.ts';
import type { ReleaseChange } from '../domain/release/release-change.ts';
import type { BeforeGrant, PreviewContent } from '../domain/access/preview.ts';
import { claimantOf, isOfAnotherPackage, keptFor } from '../domain/release/claims.ts';
import type { ReleaseKey } from '../domain/release/releases.ts';
import type { Connector } from '../connectors/connector.ts';
import type { EntitlementActivities, ReleaseRef } from './contract.ts';
import { requireRetirement } from './authority.ts';
import { forEach } from './effects.ts';
import { openSystem, type ActivityDeps } from './deps.ts';
import { asking } from './failures.ts';
import { keyOf, ledgerOf, snapshotOf } from './granting.ts';
import { releaseChangeOf, leaveToNobody } from './release-change.ts';
import { contentOf } from './release.ts';

export function retiring(deps: ActivityDeps): Pick<EntitlementActivities, 'retireLegacy'> {
  return {
    retireLegacy: async (release, system) => {
      const loaded = await requireRetirement(deps, release);
      const content = contentOf(loaded, system);
      const { connector } = await openSystem(deps, loaded.plan, system);
      const now = await snapshotOf(connector, content);
      const releaseChange = await releaseChangeOf(deps, loaded.section.change, release, system, content.pilot);
      const entries = await intendRetirements(deps, release, content, signedRetirements(content, releaseChange), now);
      await forEach(
        deps.store,
        entries.filter(({ outcome }) => outcome === 'intended' || outcome === 'failed'),
        retireEffect(deps, release, connector, (entry) => entry.before),
      );
      if (releaseChange) await leaveToNobody(deps, loaded, releaseChange, system);
      const ledger = (await ledgerOf(deps, release, system)).filter(({ kind }) => kind === 'retire');
      const number = (outcome: LedgerEntry['outcome']) => ledger.filter((entry) => entry.outcome === outcome).length;
      return { retired: number('revoked'), kept: number('kept'), failed: number('failed') };
    },
  };
}

/** The old grants of the signed preview, and of those that it drops the ones that the ledgers of earlier releases know as made by them. */
export function signedRetirements({ before, legacy, drop = [] }: PreviewContent, releaseChange: ReleaseChange | undefined): BeforeGrant[] {
  const old = new Set(legacy.map(({ role }) => role));
  const made = new Set(releaseChange?.earlier.filter(({ outcome }) => outcome === 'created').map(pairKey));
  return [...before.filter(({ role }) => old.has(role)), ...drop.filter((grant) => made.has(pairKey(grant)))];
}

/** One entry per (role, account) of the signed preview; what is kept of it is what is held at the first intent, to be restored exactly so. */
async function intendRetirements(
  deps: ActivityDeps,
  release: ReleaseRef,
  content: PreviewContent,
  retirements: BeforeGrant[],
  now: Actual,
): Promise<LedgerEntry[]> {
  const held = byPair(now.grants);
  const pairs = new Map<string, BeforeGrant[]>();
  for (const grant of retirements) pairs.set(pairKey(grant), [...(pairs.get(pairKey(grant)) ?? []), grant]);
  return deps.store.intend(
    [...pairs.values()].flatMap((signed) => {
      const [first] = signed;
      if (!first) return [];
      const { role, account, person } = first;
      const still = held({ role, account }).filter((grant) => signed.some(({ grantor }) => grantor === grant.grantor));
      return [
        { ...keyOf(release), system: content.system, kind: 'retire' as const, role, account, person, before: still.map((grant) => ({ ...grant, person })) },
      ];
    }),
  );
}

/** Takes the grants that `which` names, one after the other; the entry says what became of it. */
export function retireEffect(
  deps: ActivityDeps,
  release: ReleaseRef,
  connector: Connector,
  which: (entry: LedgerEntry) => Held[],
): (entry: LedgerEntry) => Promise<LedgerEntry> {
  return async (entry) => {
    const needed = await neededBy(deps, release, entry, isOfAnotherPackage);
    if (needed.length > 0) return { ...entry, outcome: 'kept', why: keptFor(needed) };
    const { why: _, ...rest } = entry;
    const grants = which(entry);
    // Held at the first intent and not now: an earlier run took it and died before it could write so.
    if (grants.length === 0 && entry.outcome === 'intended' && entry.before.length === 0) return { ...rest, outcome: 'gone' };
    const refusals: string[] = [];
    for (const { role, account, grantor, options } of grants) {
      const revoked = await asking(entry.system, () => connector.revoke({ role, account, ...(grantor === undefined ? {} : { grantor }), options }));
      if (revoked.outcome === 'failed') refusals.push(revoked.why);
    }
    return refusals.length > 0 ? { ...rest, outcome: 'failed', why: refusals.join('; ') } : { ...rest, outcome: 'revoked' };
  };
}

/** Who else needs this grant; asked right before each effect, because a claim may come at any moment. */
export async function neededBy(
  deps: ActivityDeps,
  release: ReleaseRef,
  { system, role, account }: LedgerEntry,
  isOther: (claim: ReleaseKey, release: ReleaseKey) => boolean,
): Promise<string[]> {
  const claims = await deps.store.claims({ system, role, account });
  return claims.filter((claim) => isOther(claim, release)).map((claim) => claimantOf(claim, release));
}
