/** The points of an activity at which something may happen to its worker: each is told, and the activity goes on when the answer is there. */
import type { Connector } from '../../connectors/connector.ts';
import type { Store } from '../../store/contract.ts';

/**
 * `begin`, `end`: of the activity. `call`: before the n-th effect is asked for; `record`: before its outcomes are written down; `recorded`: when they are, and
 * the system may carry it out; `effect`: when it has ended, either way; `settle`: before it is written down that it took effect.
 */
export interface Point {
  at: 'begin' | 'call' | 'record' | 'recorded' | 'effect' | 'settle' | 'end';
  batch: number;
}

/** `diesAfterMs`: it goes on, and is killed so long afterwards. */
export type AtPoint = (point: Point) => Promise<void | { diesAfterMs: number }>;

export function watchedConnector(connector: Connector, at: AtPoint): Connector {
  let batch = 0;
  const watched = async <T>(effect: () => Promise<T>): Promise<T> => {
    batch += 1;
    await at({ at: 'call', batch });
    try {
      return await effect();
    } finally {
      await at({ at: 'effect', batch });
    }
  };
  return {
    ...connector,
    grant: (...args) => watched(() => connector.grant(...args)),
    revoke: (...args) => watched(() => connector.revoke(...args)),
    restore: (...args) => watched(() => connector.restore(...args)),
  };
}

/** What it records of an effect, the system carries out right afterwards. */
export function watchedStore(store: Store, at: AtPoint): Store {
  let batch = 0;
  const own = new Set<string>();
  return {
    ...store,
    append: async (facts, unlessClaimed) => {
      const transactions = facts.flatMap(({ fact }) => ('transaction' in fact && fact.transaction !== undefined ? [fact.transaction] : []));
      if (transactions.length === 0) return store.append(facts, unlessClaimed);
      batch += 1;
      transactions.forEach((transaction) => own.add(transaction));
      await at({ at: 'record', batch });
      await store.append(facts, unlessClaimed);
      await at({ at: 'recorded', batch });
    },
    settle: async (place, transaction, committed) => {
      if (own.has(transaction)) await at({ at: 'settle', batch });
      return store.settle(place, transaction, committed);
    },
  };
}
