/**
 * Gives what was signed, grant by grant, and reads it back.
 *
 * Invariants:
 * 1. Intent stands in the ledger before the first deed; a rerun finds it, with what was there before (R4).
 * 2. An intent without outcome is resolved by reading: ours, and not there before, was made by this release.
 * 3. The grant is claimed before it is given, so that no other package takes it away meanwhile.
 */
import { byPair, isOurs, type Actual, type Held, type LedgerEntry } from '../domain/release/ledger.ts';
import { stands } from '../domain/release/releases.ts';
import type { PreviewContent } from '../domain/access/preview.ts';
import type { Connector } from '../connectors/connector.ts';
import type { EntitlementActivities, GrantCounts, ReleaseRef } from './contract.ts';
import { requireRelease } from './authority.ts';
import { forEach } from './effects.ts';
import { openSystem, type ActivityDeps } from './deps.ts';
import { asking, isFailure, notCovered, stopped } from './failures.ts';
import { refuseWrongChange } from './release-change.ts';
import { contentOf, loadRelease, type LoadedRelease } from './release.ts';

export function granting(deps: ActivityDeps): Pick<EntitlementActivities, 'grantAccess' | 'verifyAccess'> {
  return {
    grantAccess: async (release, system) => {
      const loaded = await requireRelease(deps, release).catch((error: unknown) => stoppedIfBegun(deps, release, error));
      const content = contentOf(loaded, system);
      const { connector } = await openSystem(deps, loaded.plan, system);
      const now = await snapshotOf(connector, content);
      const wanted = pairsToGrant(content, now);
      await begin(deps, loaded, release);
      await deps.store.claim(
        release,
        wanted.map((pair) => ({ system, ...pair })),
      );
      const held = byPair(now.grants);
      const entries = await deps.store.intend(
        wanted.map(({ role, account, person }) => ({
          ...keyOf(release),
          system,
          kind: 'grant',
          role,
          account,
          person,
          before: held({ role, account }).map((grant) => ({ ...grant, person })),
        })),
      );
      const deed = grantEffect(connector, system);
      await forEach(
        deps.store,
        entries.filter(({ outcome }) => outcome === 'intended'),
        deed,
      );
      return counts(await ledgerOf(deps, release, system));
    },

    verifyAccess: async (release, system) => {
      const loaded = await loadRelease(deps, release);
      const content = contentOf(loaded, system);
      const { connector } = await openSystem(deps, loaded.plan, system);
      const [now, identity] = [await snapshotOf(connector, content), await asking(system, () => connector.identity())];
      const entries = await ledgerOf(deps, release, system);
      const held = byPair(now.grants);
      const left = new Set(now.unknownAccounts);
      await deps.store.settle(entries.flatMap((entry) => confirmed(entry, held(entry), left.has(entry.account), identity)));
      return counts(await ledgerOf(deps, release, system));
    },
  };
}

/** Stands before the first intent; the activity of another system may have written it already. What does not fit any more since it was signed is not covered. */
async function begin(deps: ActivityDeps, loaded: LoadedRelease, release: ReleaseRef): Promise<void> {
  await refuseWrongChange(deps, loaded).catch((error: unknown) => {
    throw isFailure(error, 'WrongChange') ? notCovered(`${error.message}; nothing was granted`) : error;
  });
  const { revision, planDigest, previewDigest } = release;
  await deps.store.beginRelease({ ...keyOf(release), revision, planDigest, previewDigest, change: loaded.section.change });
}

/** One grant; answers its entry with the outcome. Also used to give again what a tune found missing. */
export function grantEffect(connector: Connector, system: string): (entry: LedgerEntry) => Promise<LedgerEntry> {
  let identity: Promise<string> | undefined;
  return async (entry) => {
    identity ??= asking(system, () => connector.identity());
    const us = await identity;
    const granted = await asking(system, () => connector.grant(entry.role, entry.account));
    if (granted.outcome === 'failed') return { ...entry, outcome: 'failed', why: granted.why };
    const { grantor, options } = granted.grant;
    const grant = { ...(grantor === undefined ? {} : { grantor }), options };
    const madeByUs = granted.outcome === 'created' || (entry.before.length === 0 && isOurs(granted.grant, us));
    return { ...entry, outcome: madeByUs ? 'created' : 'preexisting', grant };
  };
}

/** Roles and people of the signed preview, as the system holds them now. */
export const snapshotOf = (connector: Connector, { system, roles, people, drop = [] }: PreviewContent): Promise<Actual> =>
  asking(system, () =>
    connector.snapshot(
      roles.map(({ role }) => role),
      [...new Set([...people, ...drop].map(({ account }) => account))],
    ),
  );

/** Every frozen person and every entitlement; not those who left meanwhile. */
export function pairsToGrant(content: PreviewContent, now: Actual): { role: string; account: string; person: string }[] {
  const left = new Set(now.unknownAccounts);
  return content.entitlements.flatMap(({ role }) =>
    content.people.filter(({ account }) => !left.has(account)).map(({ person, account }) => ({ role, account, person })),
  );
}

export const keyOf = ({ plan, wave, package: rolePackage }: ReleaseRef) => ({ plan, wave, package: rolePackage });

export const ledgerOf = (deps: ActivityDeps, { plan, wave, package: rolePackage }: ReleaseRef, system: string): Promise<LedgerEntry[]> =>
  deps.store.ledger({ plan, wave, package: rolePackage, system });

export function counts(ledger: LedgerEntry[]): GrantCounts {
  const granting = ledger.filter(({ kind }) => kind === 'grant');
  const number = (outcome: LedgerEntry['outcome']) => granting.filter((entry) => entry.outcome === outcome).length;
  return { created: number('created'), preexisting: number('preexisting'), failed: number('failed'), unknown: number('unknown') + number('intended') };
}

/** What reading back says about an entry; empty when it says what the entry says already. */
function confirmed(entry: LedgerEntry, held: Held[], hasLeft: boolean, identity: string): LedgerEntry[] {
  if (entry.kind !== 'grant' || !['created', 'preexisting', 'unknown', 'intended'].includes(entry.outcome)) return [];
  const ours = held.find((grant) => isOurs(grant, identity));
  const { why: _, ...rest } = entry;
  if (entry.outcome === 'preexisting') return held.length > 0 ? [] : [{ ...entry, outcome: 'unknown', why: 'was there before, and is not there any more' }];
  const isThere = ours !== undefined && !entry.before.some((grant) => isOurs(grant, identity));
  if (isThere)
    return entry.outcome === 'created'
      ? []
      : [{ ...rest, outcome: 'created', grant: { ...(ours.grantor === undefined ? {} : { grantor: ours.grantor }), options: ours.options } }];
  if (hasLeft && held.length === 0) return [{ ...entry, outcome: 'gone', why: 'the account is gone' }];
  return entry.outcome === 'unknown' ? [] : [{ ...entry, outcome: 'unknown', why: 'could not be confirmed when it was read back' }];
}

/** A release that has begun and is no longer covered is not the same as one that was never covered: it is on record, and only a rollback ends it. */
async function stoppedIfBegun(deps: ActivityDeps, release: ReleaseRef, error: unknown): Promise<never> {
  const begun = isFailure(error, 'NotCoveredBySignOffs') && (await deps.store.releases(keyOf(release))).some((one) => one.wave === release.wave && stands(one));
  throw begun ? stopped(`${error.message}; it had begun before: what was granted then is released`) : error;
}
