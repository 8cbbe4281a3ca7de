/** How long one reading of a system may take, without what it waits for: its place among others, and the source of a cohort. */
import { tookTooLong } from './failures.ts';

/** A reading that takes longer is stuck. */
export const readingMs = 300_000;

export interface HeldTime {
  runs(): void;
  pauses(): void;
  /** Rejects with a failure that is retried when the time has run for too long. The work itself may go on: a client that does not answer cannot be stopped. */
  within<T>(work: Promise<T>): Promise<T>;
}

/** Does not run before `runs`. */
export function heldTime(system: string, mostMs: number): HeldTime {
  let leftMs = mostMs;
  let sinceMs: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  const late = Promise.withResolvers<never>();
  late.promise.catch(() => undefined);
  const pauses = () => {
    clearTimeout(timer);
    if (sinceMs !== undefined) leftMs -= performance.now() - sinceMs;
    sinceMs = undefined;
  };
  return {
    runs: () => {
      pauses();
      sinceMs = performance.now();
      timer = setTimeout(() => late.reject(tookTooLong(system, mostMs)), Math.max(0, leftMs)).unref();
    },
    pauses,
    within: (work) => Promise.race([work, late.promise]).finally(pauses),
  };
}
