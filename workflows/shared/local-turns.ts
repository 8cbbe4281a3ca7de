/**
 * The local activities of one workflow run one after the other. Of two that end within one task, the first run hears one by one and a replay may hear at once,
 * so what follows them would come in another order, and the replay would fail.
 */
export class LocalTurns {
  private last: Promise<unknown> = Promise.resolve();

  take<T>(act: () => Promise<T>): Promise<T> {
    const taken = this.last.then(act);
    this.last = taken.catch(() => undefined);
    return taken;
  }
}
