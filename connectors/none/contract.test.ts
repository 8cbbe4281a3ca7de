/** The system in memory does as every other system does. */
import { describe } from 'vitest';
import { connectorContract } from '../../test/connectors/contract.ts';
import type { Peer } from '../../test/connectors/peer.ts';
import { noneConnector } from './connector.ts';

describe('the contract of a connector', () => {
  connectorContract(inMemory, { keepsGrantorsApart: true });
});

async function inMemory(): Promise<Peer> {
  const connector = noneConnector();
  let count = 0;
  const next = (name: string) => `${name}_${(count += 1)}`;
  return {
    connector,
    // It is in this process, so every process of Rolewave has this one.
    another: () => ({ ...connector, close: async () => undefined }),
    role: async () => next('role'),
    accounts: async (many) => Array.from({ length: many }, () => next('person')),
    grant: async (role, account) => connector.grantAs('kim', role, account),
    revokeAll: async (role, account) => connector.removeAll(role, account),
    rename: async (_what, name) => {
      const now = next(name);
      connector.rename(name, now);
      return now;
    },
    drop: async (_what, name) => connector.drop(name),
    recreate: async (_what, name) => connector.recreate(name),
    lock: async (account) => connector.lockAccount(account),
    widen: async (role) => connector.changeRole(role, ['SELECT on table payments']),
    close: () => connector.close(),
  };
}
