/** Sessions in memory, for tests of what is above the store; store/sessions.pg.test.ts tests the real one, with its times and limits. */
import type { SessionStore, StoredSession } from '../../store/contract.ts';

export function sessionsInMemory(): SessionStore & { rows: Map<string, StoredSession> } {
  const rows = new Map<string, StoredSession>();
  const claimed = new Set<string>();
  return {
    rows,
    beginSession: async ({ id, person, sealed }) => void rows.set(id, { person, sealed, beganAtMs: Date.now() }),
    session: async (id) => rows.get(id),
    claimRenewal: async (id) => {
      if (claimed.has(id)) return false;
      claimed.add(id);
      return rows.has(id);
    },
    renewSession: async (id, sealed) => {
      claimed.delete(id);
      const row = rows.get(id);
      if (row) rows.set(id, { ...row, sealed });
    },
    endSession: async (id) => void rows.delete(id),
  };
}
