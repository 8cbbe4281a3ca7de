/**
 * What one workflow records is recorded one after the other, so that the store has it in its order. In runs that began before 0.4.0 these are local activities: of
 * two that end within one task, the first run hears one by one and a replay may hear at once, so what follows them would come in another order.
 */
export class LocalTurns {
  private last: Promise<unknown> = Promise.resolve();

  take<T>(act: () => Promise<T>): Promise<T> {
    const taken = this.last.then(act);
    this.last = taken.catch(() => undefined);
    return taken;
  }
}
