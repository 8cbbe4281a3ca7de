/** Reads system, ledger and claims for one release. */
import type { Connector, SystemSnapshot } from '../connectors/connector.ts';
import type { Claim } from '../domain/release/claims.ts';
import { isOneOf, keyOf, type LedgerEntry, type PairOfIds } from '../domain/release/ledger.ts';
import type { ReleaseKey } from '../domain/release/releases.ts';
import type { PreviewContent } from '../domain/release/signed-preview.ts';
import type { ActivityDeps } from './deps.ts';
import { asking, onStandby } from './failures.ts';

/** As readingOf, for what is recorded or changed: fails while the system is a standby, to be tried again. */
export async function snapshotOf(connector: Connector, content: PreviewContent, grantsOnly = false): Promise<SystemSnapshot> {
  const now = await readingOf(connector, content, grantsOnly);
  if (now.standby) throw onStandby(content.system);
  return now;
}

/** As snapshotOf, without what the roles may do, which takes a system longer to tell. */
export const grantsNow = (connector: Connector, content: PreviewContent): Promise<SystemSnapshot> => snapshotOf(connector, content, true);

/** Everyone who holds the roles of the signed preview now: of the accounts themselves nothing is asked. */
export const holdersNow = (connector: Connector, content: PreviewContent): Promise<SystemSnapshot> =>
  grantsNow(connector, { ...content, people: [], drop: [] });

/** The system's current state for the roles and people of the signed preview; also what is held of a role that has another name by now. */
export const readingOf = (
  connector: Connector,
  { system, roles, people, drop = [] }: PreviewContent,
  grantsOnly = false,
  signal?: AbortSignal,
): Promise<SystemSnapshot> =>
  asking(system, () =>
    connector.snapshot(
      roles.map(({ role }) => role),
      [...new Set([...people, ...drop].map(({ account }) => account))],
      signal,
      roles.flatMap(({ id }) => id ?? []),
      grantsOnly,
    ),
  );

export const ledgerOf = (deps: ActivityDeps, release: ReleaseKey, system: string): Promise<LedgerEntry[]> => deps.store.ledger({ ...keyOf(release), system });

/** All claims on these grants of a place, under whatever names they were signed. */
export const claimsOn = ({ deps, place }: { deps: ActivityDeps; place: string }, grants: PairOfIds[]): Promise<Claim[]> =>
  grants.length === 0 ? Promise.resolve([]) : deps.store.claimsOn({ place, grants });

/**
 * What other releases claim of the roles of the signed preview, among what is held and was not known to the signers. What was signed to be dropped is asked for
 * too, where it is not held any more.
 */
export function claimedByOthers(
  { deps, release, place }: { deps: ActivityDeps; release: ReleaseKey; place: string },
  { others, drop = [] }: PreviewContent,
  now: SystemSnapshot,
): Promise<{ role: string; account: string; accountId?: string }[]> {
  const isSigned = isOneOf(others);
  const grants = [...now.grants, ...drop].filter((grant) => !isSigned(grant));
  return grants.length === 0 ? Promise.resolve([]) : deps.store.claimedByOthers({ place, grants, release: keyOf(release) });
}

export const rolesOf = ({ roles }: PreviewContent): string[] => roles.map(({ role }) => role);
