/**
 * PostgreSQL as a system: an entitlement is a role, or a privilege on a table or schema; an account is a login role, and a grant is a membership in
 * pg_auth_members, or an entry in the access list of the table or schema (`privileges/`).
 *
 * A grant counts when the account holds the role itself; access through a group role is the group's, and comes and goes with it.
 * From version 16 on the server keeps grants of the same (role, account) by different grantors apart and gives each a row with an oid, and so
 * a grant is known by that oid, under whatever names its role, account and grantor have. On older servers there is one grant of a pair at most,
 * and its grantor is looked at before anything is revoked.
 */
import { randomUUID } from 'node:crypto';
import type { Connector, ConnectorKind, Opening } from '../connector.ts';
import { exampleString, loginOf, openPgSession, type PgSessionOptions } from '../../clients/postgres/session.ts';
import { openStatements } from '../../clients/postgres/statements.ts';
import { refuseStore, storeRoles } from '../../clients/postgres/store-database.ts';
import { answeredByStatement } from './cohort.ts';
import { checkLines } from './check.ts';
import { effect, rehearsal } from './effect.ts';
import { grantEntitlements, restoreEntitlements, revokeEntitlements } from './entitlements.ts';
import { rolesToGrant } from './granting.ts';
import { lastChanges } from './last-change.ts';
import { isName, loginCount, namesOf, together } from './names.ts';
import { addressOf, isStandby, placeOf, serverNumber, statusOf } from './place.ts';
import { privilegeOptions } from './privileges/holdings.ts';
import { postgresProbe } from './probe.ts';
import { rolesOfGrants } from './revoking.ts';
import type { Protection } from './protected.ts';
import { runningJobs } from './running.ts';
import { openSessions } from './sessions.ts';
import { switchPerson } from './switching.ts';
import { usedByStatement } from './usage.ts';
import { entitlementsOf, statementForPeople } from './reading.ts';
import { grantOptionsOf } from './statements.ts';

export const postgres: ConnectorKind<{ readOnly: boolean; breakGlass: string[]; limits: { connections: number } }> = {
  connectionString: exampleString,
  open: ({ readOnly, breakGlass, limits }, connectionString, { store, logins = [], ...opening } = {}) =>
    postgresConnector(
      {
        connectionString,
        readOnly,
        breakGlass,
        connections: limits.connections,
        ownLogins: new Set(logins),
        ...(store === undefined ? {} : { refuse: refuseStore(store), storeRoles: storeRoles(store, connectionString) }),
      },
      opening,
    ),
};

/** Of connectors that are opened without the store: they exclude each other in this process only. */
const ownSecret = randomUUID();

/** Of one worker process, in addition to those that grant and revoke. */
const asideConnections = 4;

/** Throws when a connection string cannot be read; connects at the first use. */
export function postgresConnector(settings: PgSessionOptions & Partial<Protection>, opening: Omit<Opening, 'store'> = {}): Connector {
  const simulating = () => connectorWith({ ...settings, connections: asideConnections, applicationName: 'rolewave simulations' }, opening, true);
  if (opening.aside === 'simulations') return simulating();
  let aside: Connector | undefined;
  const connector = connectorWith(settings, opening, false);
  return {
    ...connector,
    // Other readings have fewer places than there are connections (activities/system-places.ts).
    aside: (work) => (work === 'simulations' ? (aside ??= simulating()) : undefined),
    close: async () => {
      await Promise.all([connector.close(), aside?.close()]);
    },
  };
}

function connectorWith(
  { breakGlass = [], storeRoles: ofStore, ownLogins: others = new Set(), ...options }: PgSessionOptions & Partial<Protection>,
  { measure = options.connectionString, lockSecret = ownSecret }: Omit<Opening, 'store'>,
  givesWay: boolean,
): Connector {
  const session = openPgSession(options);
  const locking = { session, lockSecret, givesWay };
  const { readOnly = false, refuse } = options;
  const statements = openStatements({ connectionString: measure, readOnly, refuse, applicationName: 'rolewave usage' });
  const ownLogins = new Set([...others, ...[options.connectionString, measure].flatMap((connectionString) => loginOf(connectionString) ?? [])]);
  const protection: Protection = { breakGlass, storeRoles: ofStore, ownLogins };
  return {
    kind: 'postgres',
    place: () => session.transaction('read only', (client) => placeOf(client, options.connectionString)),
    address: addressOf(options.connectionString),
    check: (roles, retired) =>
      session.transaction('read only', (client) =>
        checkLines(client, { roles, retired: retired ?? roles, legacy: retired ?? [], onlyReading: options.readOnly ?? false, protection }),
      ),
    snapshot: (roles, accounts, signal, roleIds = [], grantsOnly = false) =>
      session.transaction(
        'read only',
        async (client) => {
          await client.query('set local search_path = pg_catalog, pg_temp');
          const version = await serverNumber(client);
          const held = await entitlementsOf(client, { roles, roleIds, grantsOnly, version });
          const names = await namesOf(client, { names: accounts, oids: [] });
          const known = accounts.flatMap((account) => {
            const found = names.named(account);
            return found?.login ? [{ account, id: found.oid }] : [];
          });
          const knows = new Set(known.map(({ account }) => account));
          return {
            grantOptions: { ...grantOptionsOf(version), ...privilegeOptions },
            ...held,
            accounts: known,
            unknownAccounts: accounts.filter((account) => !knows.has(account)),
            ...((await isStandby(client)) ? { standby: true as const } : {}),
          };
        },
        signal,
      ),
    grant: (wanted, beforeCommit) => effect(locking, rolesToGrant(wanted), (turn) => grantEntitlements(turn, wanted, protection), beforeCommit),
    revoke: (grants, beforeCommit) => effect(locking, rolesOfGrants(grants), (turn) => revokeEntitlements(turn, grants, protection), beforeCommit),
    restore: (grants, beforeCommit) => effect(locking, rolesOfGrants(grants), (turn) => restoreEntitlements(turn, grants, protection), beforeCommit),
    switch: (person, beforeCommit) => switchPerson(locking, person, protection, beforeCommit),
    rehearse: async ({ grant, revoke, restore }, signal) => {
      signal?.throwIfAborted();
      return rehearsal(
        locking,
        together(rolesToGrant(grant), rolesOfGrants(revoke), rolesOfGrants(restore)),
        async (turn) => ({
          grant: await grantEntitlements(turn, grant, protection),
          revoke: await revokeEntitlements(turn, revoke, protection),
          restore: await restoreEntitlements(turn, restore, protection),
        }),
        signal,
      );
    },
    wasCommitted: (transaction) => statusOf(session, transaction),
    accountCount: (signal) => session.transaction('read only', (client) => loginCount(client), signal),
    running: (accounts) => session.transaction('read only', (client) => runningJobs(client, accounts.filter(isName))),
    cohort: (query, signal) => answeredByStatement(statements, query, signal),
    usage: (query, signal) => usedByStatement(statements, query, signal),
    lastChange: (pairs, signal) => session.transaction('read only', (client) => lastChanges(client, pairs), signal),
    lastUse: (_roles, accounts, sinceMs) => session.transaction('read only', (client) => openSessions(client, accounts.filter(isName), sinceMs)),
    checkStatement: statementForPeople,
    probe: postgresProbe((work) => session.transaction('read only', work)),
    close: async () => {
      await Promise.all([session.close(), statements.close()]);
    },
  };
}
