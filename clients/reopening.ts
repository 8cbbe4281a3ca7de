/**
 * One open connection per id, which is opened anew when what it was opened with has changed. What was open before is closed later, because work that has
 * begun still uses it; an evaluation or a transaction that takes longer than that is tried again.
 */

const usualGraceMs = 10 * 60_000;

export interface Reopening<T> {
  /** `key`: everything that `open` depends on. */
  get(id: string, key: string, open: () => T): T;
  closeAll(): Promise<void>;
}

export function reopening<T extends { close(): Promise<void> }>(graceMs: number = usualGraceMs): Reopening<T> {
  const current = new Map<string, { key: string; opened: T }>();
  const leaving = new Map<T, NodeJS.Timeout>();
  const leave = (opened: T) => {
    const timer = setTimeout(() => {
      leaving.delete(opened);
      opened.close().catch(() => undefined);
    }, graceMs);
    timer.unref();
    leaving.set(opened, timer);
  };
  return {
    get(id, key, open) {
      const found = current.get(id);
      if (found?.key === key) return found.opened;
      const opened = open();
      current.set(id, { key, opened });
      if (found) leave(found.opened);
      return opened;
    },
    async closeAll() {
      const all = [...[...current.values()].map(({ opened }) => opened), ...leaving.keys()];
      for (const timer of leaving.values()) clearTimeout(timer);
      current.clear();
      leaving.clear();
      await Promise.all(all.map((opened) => opened.close()));
    },
  };
}
