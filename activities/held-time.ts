/** How long one reading of a system may take, without what it waits for: its place among others, and the source of a cohort. */
import { tookTooLong } from './failures.ts';

/** A reading that takes longer is stuck. */
export const readingMs = 300_000;

export interface HeldTime {
  /** Aborts with the failure of `within`. */
  readonly signal: AbortSignal;
  runs(): void;
  pauses(): void;
  /** Rejects with a failure that is retried when the time has run for too long. The work itself ends at its next step: a client that does not answer cannot be stopped. */
  within<T>(work: Promise<T>): Promise<T>;
}

/** Does not run before `runs`. */
export function heldTime(system: string, mostMs: number): HeldTime {
  let leftMs = mostMs;
  let sinceMs: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  const late = new AbortController();
  const pauses = () => {
    clearTimeout(timer);
    if (sinceMs !== undefined) leftMs -= performance.now() - sinceMs;
    sinceMs = undefined;
  };
  return {
    signal: late.signal,
    runs: () => {
      pauses();
      sinceMs = performance.now();
      timer = setTimeout(() => late.abort(tookTooLong(system, mostMs)), Math.max(0, leftMs)).unref();
    },
    pauses,
    within: (work) => {
      const isLate = new Promise<never>((_, reject) => late.signal.addEventListener('abort', () => reject(late.signal.reason as Error), { once: true }));
      return Promise.race([work, isLate]).finally(pauses);
    },
  };
}
