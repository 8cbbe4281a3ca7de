/** Turns of plans at one system: a plan whose statements take long has some of the turns, and the others go on. */

export interface Turns {
  /** Resolves when it is the plan's turn, with the function that ends the turn. Rejects when the signal aborts first. */
  take(plan: string, signal?: AbortSignal): Promise<() => void>;
}

export function turns({ perPlan, inAll }: { perPlan: number; inAll: number }): Turns {
  const running = new Map<string, number>();
  const waiting: { plan: string; start: () => void }[] = [];
  let all = 0;

  const mayStart = (plan: string) => all < inAll && (running.get(plan) ?? 0) < perPlan;
  const begin = (plan: string) => {
    all += 1;
    running.set(plan, (running.get(plan) ?? 0) + 1);
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      all -= 1;
      const left = (running.get(plan) ?? 1) - 1;
      if (left === 0) running.delete(plan);
      else running.set(plan, left);
      const next = waiting.findIndex((each) => mayStart(each.plan));
      if (next !== -1) waiting.splice(next, 1)[0]?.start();
    };
  };

  return {
    take: async (plan, signal) => {
      signal?.throwIfAborted();
      if (mayStart(plan)) return begin(plan);
      const { promise, resolve, reject } = Promise.withResolvers<() => void>();
      const entry = { plan, start: () => resolve(begin(plan)) };
      const leave = () => {
        const index = waiting.indexOf(entry);
        if (index === -1) return;
        waiting.splice(index, 1);
        reject(signal?.reason instanceof Error ? signal.reason : new Error('it was not waited for'));
      };
      waiting.push(entry);
      signal?.addEventListener('abort', leave, { once: true });
      return promise.finally(() => signal?.removeEventListener('abort', leave));
    },
  };
}
