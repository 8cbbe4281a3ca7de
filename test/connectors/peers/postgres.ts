/** PostgreSQL as a peer of the contract suite. */
import { inject } from 'vitest';
import type {} from '../../support/provided.ts';
import type { Connector } from '../../../connectors/connector.ts';
import { postgresConnector } from '../../../connectors/postgres/connector.ts';
import { startOlderServer } from '../../support/older-postgres.ts';
import { openPgSystem, type PgSystem } from '../../support/pg-system.ts';
import { wrongPassword, type Peer } from '../peer.ts';

type Open = (connectionString: string) => Connector;

/** `binaries`: of the version; undefined: the server of the tests. `open`: how the connector is opened. */
export const postgresPeer = async (binaries?: string, open?: Open): Promise<Peer> => (await openPostgresPeer(binaries, open)).peer;

/** With the system, for what else is granted there. */
export async function openPostgresPeer(
  binaries?: string,
  open: Open = (connectionString) => postgresConnector({ connectionString }),
): Promise<{ peer: Peer; system: PgSystem }> {
  const server = binaries === undefined ? undefined : await startOlderServer(binaries, { more: ['track_commit_timestamp=on'] });
  const system = await openPgSystem(server?.url ?? inject('postgresUrl'));
  const { logins, svc, kim, accounts } = system;
  // From 16 on, what another administrator granted is revoked by those who have their privileges.
  await logins.admin(`grant "${kim}" to "${svc}"`);
  const connector = open(logins.url(svc));
  const address = new URL(logins.url(svc));
  const at = (host: string, port: number) => {
    const elsewhere = new URL(address);
    [elsewhere.hostname, elsewhere.port] = [host, String(port)];
    return open(elsewhere.href);
  };
  let count = 0;
  const create = async (what: 'role' | 'account', name: string) =>
    what === 'account'
      ? logins.admin(`create role "${name}" login`)
      : logins.admin(`create role "${name}"; grant "${name}" to "${svc}", "${kim}" with admin option`);
  const drop = (name: string) => logins.admin(`drop owned by "${name}" cascade; drop role "${name}"`);
  /** Names by which the test's end finds what it made. */
  const first = new Map<string, string>();
  const missing = new Set<string>();
  const peer: Peer = {
    connector,
    another: () => open(logins.url(svc)),
    unreachable: () => at(address.hostname, 1),
    refused: () => {
      const other = new URL(address);
      other.password = wrongPassword;
      return open(other.href);
    },
    network: { host: address.hostname, port: Number(address.port), at },
    role: async () => (await system.pair()).role,
    accounts,
    grant: (role, account) => logins.as(kim, `grant "${role}" to "${account}"`),
    revokeAll: async (role, account) => {
      const holds = await system.heldBy(role, account);
      for (const { grantor } of holds) await logins.admin(`revoke "${role}" from "${account}" granted by "${grantor ?? ''}"`);
    },
    rename: async (_what, name) => {
      const now = `${name}_${(count += 1)}`;
      await logins.admin(`alter role "${name}" rename to "${now}"`);
      first.set(now, first.get(name) ?? name);
      first.delete(name);
      return now;
    },
    drop: async (_what, name) => {
      await drop(name);
      missing.add(name);
    },
    recreate: async (what, name) => {
      await drop(name);
      await create(what, name);
    },
    lock: async (account) => void (await logins.admin(`alter role "${account}" nologin`)),
    widen: async (role) => void (await logins.admin(`grant pg_read_all_settings to "${role}"`)),
    close: async () => {
      await connector.close();
      for (const name of missing) await logins.admin(`create role "${name}"`);
      for (const [now, name] of first) await logins.admin(`alter role "${now}" rename to "${name}"`);
      await system.close();
      await server?.stop();
    },
  };
  return { peer, system };
}
