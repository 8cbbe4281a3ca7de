/** What system, ledger and claims say now of what one release is about. */
import type { Connector } from '../connectors/connector.ts';
import type { Claim } from '../domain/release/claims.ts';
import { keyOf, type Actual, type LedgerEntry } from '../domain/release/ledger.ts';
import type { ReleaseKey } from '../domain/release/releases.ts';
import type { PreviewContent } from '../domain/release/signed-preview.ts';
import type { ActivityDeps } from './deps.ts';
import { asking } from './failures.ts';

/** Roles and people of the signed preview, as the system holds them now. */
export const snapshotOf = (connector: Connector, { system, roles, people, drop = [] }: PreviewContent): Promise<Actual> =>
  asking(system, () =>
    connector.snapshot(
      roles.map(({ role }) => role),
      [...new Set([...people, ...drop].map(({ account }) => account))],
    ),
  );

export const ledgerOf = (deps: ActivityDeps, release: ReleaseKey, system: string): Promise<LedgerEntry[]> => deps.store.ledger({ ...keyOf(release), system });

/** Everybody's claims on the roles of the signed preview. */
export const claimsOn = (deps: ActivityDeps, { system, roles }: PreviewContent): Promise<Claim[]> =>
  deps.store.claimsOn({ system, roles: roles.map(({ role }) => role) });
