/** What happens to a worker in the middle of an activity: it dies, it sleeps, or an administrator is at work. */
import type { Connector } from '../../connectors/connector.ts';
import type { Store } from '../../store/contract.ts';
import type { During, Kill } from './scenario.ts';

export interface Disturbance {
  kill?: Kill;
  pause?: Pause;
  during?: Omit<During, 'acts'> & { play: () => Promise<void> };
}

export class Killed extends Error {}

/** A worker that stops at its first effect, and goes on when somebody wakes it. */
export class Pause {
  readonly at: 'call' | 'settle';
  readonly reached: Promise<void>;
  isReached = false;
  readonly #woken: Promise<void>;
  #reach: () => void = () => undefined;
  wake: () => void = () => undefined;

  constructor(at: 'call' | 'settle') {
    this.at = at;
    this.reached = new Promise((resolve) => (this.#reach = resolve));
    this.#woken = new Promise((resolve) => (this.wake = resolve));
  }

  async stop(): Promise<void> {
    if (this.isReached) return;
    this.isReached = true;
    this.#reach();
    await this.#woken;
  }
}

/** The connector of one attempt. `afterEffect`: when its transaction has ended, either way. */
export function disturbedConnector(connector: Connector, { pause, during }: Disturbance, afterEffect: () => Promise<void>): Connector {
  let calls = 0;
  const disturbed = async <T>(effect: () => Promise<T>): Promise<T> => {
    calls += 1;
    if (during?.at === 'call' && during.batch === calls) await during.play();
    if (pause?.at === 'call') await pause.stop();
    try {
      return await effect();
    } finally {
      await afterEffect();
    }
  };
  return {
    ...connector,
    grant: (...args) => disturbed(() => connector.grant(...args)),
    revoke: (...args) => disturbed(() => connector.revoke(...args)),
    restore: (...args) => disturbed(() => connector.restore(...args)),
  };
}

/** The store of one attempt. What it records, the system commits right afterwards. */
export function disturbedStore(store: Store, { kill, pause, during }: Disturbance): Store {
  let records = 0;
  const own = new Set<string>();
  return {
    ...store,
    append: async (facts, unlessClaimed) => {
      const transactions = facts.flatMap(({ fact }) => ('transaction' in fact && fact.transaction !== undefined ? [fact.transaction] : []));
      if (transactions.length === 0) return store.append(facts, unlessClaimed);
      records += 1;
      transactions.forEach((transaction) => own.add(transaction));
      if (during?.at === 'record' && during.batch === records) await during.play();
      if (kill?.batch === records && kill.at === 'before the record') throw new Killed('killed');
      await store.append(facts, unlessClaimed);
      if (kill?.batch === records && kill.at === 'after the record') throw new Killed('killed');
    },
    settle: async (place, transaction, committed) => {
      if (own.has(transaction)) {
        if (kill?.batch === records && kill.at === 'after the commit') throw new Killed('killed');
        if (pause?.at === 'settle') await pause.stop();
      }
      return store.settle(place, transaction, committed);
    },
  };
}
