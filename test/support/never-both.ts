/** For tests of switches: a connector over one in memory that looks at every change whether somebody holds both of two roles, or how many hold neither of them. */
import type { NoneConnector } from '../../connectors/none/connector.ts';
import type { BeforeCommit, Connector, GrantOutcome } from '../../connectors/connector.ts';

export interface WatchedForBoth {
  connector: Connector;
  /** People who held both at some time. */
  both(): string[];
  /** At one time, of those who had held one. */
  mostWithout(): number;
  refuseGrant(account: string, why: string | undefined): void;
  /** `role`: of this one only. */
  refuseRestore(account: string, why: string | undefined, role?: string): void;
  /** What was taken can never come back. */
  loseForGood(account: string, why: string): void;
  /** After the next revoke nothing is answered; undefined: it answers again. */
  unavailableAfterRevoke(error: Error | undefined): void;
  beforeGrant(account: string, act: () => void): void;
}

export function watchedForBoth(memory: NoneConnector, old: string | string[], other: string): WatchedForBoth {
  const both = new Set<string>();
  const ever = new Set<string>();
  const [refusedGrants, refusals] = [new Map<string, string>(), new Map<string, string>()];
  const lostForGood = new Set<string>();
  const before = new Map<string, () => void>();
  let mostWithout = 0;
  let lost: Error | undefined;
  let isLost = false;
  const look = () => {
    const held = Map.groupBy(
      memory.held().filter(({ role }) => old.includes(role) || role === other),
      ({ account }) => account,
    );
    for (const [account, grants] of held) {
      if (new Set(grants.map(({ role }) => role === other)).size > 1) both.add(account);
      ever.add(account);
    }
    mostWithout = Math.max(mostWithout, [...ever].filter((account) => !held.has(account)).length);
  };
  const asked =
    <A extends unknown[], T>(call: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      if (isLost && lost) throw lost;
      try {
        return await call(...args);
      } finally {
        look();
      }
    };
  look();
  // Two steps, as in a directory.
  const { switch: _atOnce, ...inSteps } = memory;
  const connector: Connector = {
    ...inSteps,
    atOnce: { grants: 1 },
    snapshot: asked((...args) => memory.snapshot(...args)),
    wasCommitted: asked((transaction) => memory.wasCommitted(transaction)),
    grant: asked((wanted, beforeCommit) => {
      for (const { account } of wanted) before.get(account)?.();
      return unlessRefused(refusedGrants, wanted, beforeCommit, () => memory.grant(wanted, beforeCommit));
    }),
    revoke: asked(async (grants, beforeCommit) => {
      const answers = await memory.revoke(grants, beforeCommit);
      isLost = lost !== undefined;
      return answers;
    }),
    restore: asked((grants, beforeCommit) => unlessRefused(refusals, grants, beforeCommit, () => memory.restore(grants, beforeCommit), lostForGood)),
  };
  return {
    connector,
    both: () => [...both],
    mostWithout: () => mostWithout,
    refuseGrant: (account, why) => void (why === undefined ? refusedGrants.delete(account) : refusedGrants.set(account, why)),
    refuseRestore: (account, why, role) => {
      const key = role === undefined ? account : `${account} ${role}`;
      if (why === undefined) refusals.delete(key);
      else refusals.set(key, why);
    },
    loseForGood: (account, why) => {
      refusals.set(account, why);
      lostForGood.add(account);
    },
    unavailableAfterRevoke: (error) => {
      lost = error;
      isLost = false;
    },
    beforeGrant: (account, act) => void before.set(account, act),
  };
}

/** One call is of one person here. */
async function unlessRefused(
  refusals: ReadonlyMap<string, string>,
  items: { account: string; role: string }[],
  beforeCommit: BeforeCommit<GrantOutcome>,
  work: () => Promise<GrantOutcome[]>,
  lostForGood: ReadonlySet<string> = new Set(),
): Promise<GrantOutcome[]> {
  const why = refusals.get(items[0]?.account ?? '') ?? refusals.get(`${items[0]?.account} ${items[0]?.role}`);
  if (why === undefined) return work();
  const outcomes = items.map((): GrantOutcome => ({ outcome: 'failed', why, ...(lostForGood.has(items[0]?.account ?? '') ? { nothingThere: true } : {}) }));
  await beforeCommit(outcomes);
  return outcomes;
}
