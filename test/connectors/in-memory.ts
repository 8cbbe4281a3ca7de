/** The system in memory as a peer of the contract suite. */
import type { AccessChange, Connector } from '../../connectors/connector.ts';
import { noneConnector, type NoneConnector } from '../../connectors/none/connector.ts';
import type { Peer } from './peer.ts';

/** `asRolewave`: what Rolewave uses in place of the connector; administrators go on using the system itself. */
export async function inMemory(asRolewave: (system: NoneConnector) => Connector = (system) => system): Promise<Peer> {
  const system = noneConnector();
  const canSignIn = new Set<string>();
  // A system in memory knows every name, so that only its peer can say how many accounts there are.
  const connector = asRolewave({ ...system, accountCount: async () => canSignIn.size, lastChange: lastChangesIn(system) });
  let count = 0;
  const next = (name: string) => `${name}_${(count += 1)}`;
  return {
    connector,
    // It is in this process, so every process of Rolewave has this one.
    another: () => ({ ...connector, close: async () => undefined }),
    role: async () => next('role'),
    accounts: async (many) => {
      const made = Array.from({ length: many }, () => next('person'));
      for (const account of made) canSignIn.add(account);
      return made;
    },
    grant: async (role, account) => system.grantAs('kim', role, account),
    revokeAll: async (role, account) => system.removeAll(role, account),
    rename: async (_what, name) => {
      const now = next(name);
      if (canSignIn.delete(name)) canSignIn.add(now);
      system.rename(name, now);
      return now;
    },
    drop: async (_what, name) => {
      canSignIn.delete(name);
      system.drop(name);
    },
    recreate: async (_what, name) => system.recreate(name),
    lock: async (account) => {
      canSignIn.delete(account);
      system.lockAccount(account);
    },
    widen: async (role) => system.changeRole(role, ['SELECT on table payments']),
    close: () => connector.close(),
  };
}

/** A change is noticed when somebody asks: nobody waits long for that here. */
function lastChangesIn(system: NoneConnector): NonNullable<Connector['lastChange']> {
  const known = new Map<string, AccessChange>();
  const key = (role: string, account: string) => JSON.stringify([role, account]);
  return async (pairs) => {
    const held = new Map(system.held().map((grant) => [key(grant.role, grant.account), grant]));
    const atMs = Date.now();
    for (const [pair, { grantor }] of held)
      if (known.get(pair)?.did !== 'granted') known.set(pair, { did: 'granted', atMs, ...(grantor === undefined ? {} : { by: grantor }) });
    for (const [pair, { did }] of known) if (did === 'granted' && !held.has(pair)) known.set(pair, { did: 'revoked', atMs });
    return pairs.map(({ role, account, roleId, accountId }) => {
      const grant = held.get(key(role, account));
      const isAnother = (roleId !== undefined && roleId !== grant?.roleId) || (accountId !== undefined && accountId !== grant?.accountId);
      return isAnother ? undefined : known.get(key(role, account));
    });
  };
}
