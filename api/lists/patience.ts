/** What lists do with workflows that do not answer: the row says so, and the others do not wait for it. */
import { Problem } from '../errors.ts';

export type Asked<T> = { answered: T } | { unanswered: true };

export interface Patience {
  perRowMs: number;
  /** How long one list waits for all that do not answer, however many it asks at a time. */
  inAllMs: number;
  /** Afterwards: long enough for a workflow that answers, and a short wait for each that does not. */
  afterwards: { perRowMs: number; inAllMs: number };
}

/** A healthy workflow answers within milliseconds. */
const usual: Patience = { perRowMs: 3_000, inAllMs: 9_000, afterwards: { perRowMs: 200, inAllMs: 2_000 } };

/** Asks within the time that is left to the list. Only a workflow's silence is an answer: any other error is thrown. */
export function patience({ perRowMs, inAllMs, afterwards }: Patience = usual): <T>(ask: () => Promise<T>) => Promise<Asked<T>> {
  /** Of the clock: what is waited for at the same time is lost once. */
  let lostMs = 0;
  let countedUntil = 0;
  const lose = (from: number) => {
    const now = performance.now();
    lostMs += now - Math.max(from, countedUntil);
    countedUntil = now;
  };
  const left = () => {
    const first = Math.min(perRowMs, inAllMs - lostMs);
    return Math.max(first, Math.min(afterwards.perRowMs, inAllMs + afterwards.inAllMs - lostMs));
  };
  return async (ask) => {
    const withinMs = left();
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
    if ('unanswered' in found) lose(start);
    return found;
  };
}
