/** What lists do with workflows that do not answer: the row says so, and the others do not wait for it. */
import { Problem } from '../errors.ts';

export type Asked<T> = { answered: T } | { unanswered: true };

/** A healthy workflow answers within milliseconds. `inAll`: how long one list waits for all that do not. */
const waits = { perRowMs: 3_000, inAllMs: 9_000 } as const;

/** Asks within the time that is left to the list. Only a workflow's silence is an answer: any other error is thrown. */
export function patience({ perRowMs, inAllMs }: { perRowMs: number; inAllMs: number } = waits): <T>(ask: () => Promise<T>) => Promise<Asked<T>> {
  let lostMs = 0;
  return async (ask) => {
    const withinMs = Math.min(perRowMs, inAllMs - lostMs);
    if (withinMs <= 0) return { unanswered: true };
    const start = performance.now();
    const { promise: late, resolve } = Promise.withResolvers<{ unanswered: true }>();
    const timer = setTimeout(() => resolve({ unanswered: true }), withinMs);
    const answer = ask().then(
      (answered) => ({ answered }),
      (error: unknown) => {
        if (error instanceof Problem && error.code === 'no-worker') return { unanswered: true as const };
        throw error;
      },
    );
    // After its time, nobody waits for the error any more.
    answer.catch(() => undefined);
    const found = await Promise.race([answer, late]).finally(() => clearTimeout(timer));
    if ('unanswered' in found) lostMs += performance.now() - start;
    return found;
  };
}
