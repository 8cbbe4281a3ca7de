/**
 * When something is asked again after a change: once for all changes that come together, never while the last question is still being answered, and after a
 * pause as long as that answer took. However fast changes come, and however large the answer is, what is shown goes on, and half of the time is left.
 */
export interface Pace {
  /** Something changed. */
  changed(): void;
  /** Nothing is asked any more. */
  stop(): void;
}

/** A release changes twenty things within a second. */
export const usualGatherMs = 250;
const longestPauseMs = 10_000;

/** `ask`: resolves when it is answered, or failed. `gatherMs`: longer for what is large and read slowly. */
export function pace(ask: () => Promise<void>, gatherMs = usualGatherMs): Pace {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking = false;
  let waiting = false;
  let stopped = false;
  let tookMs = 0;

  function schedule(): void {
    if (stopped || timer !== undefined) return;
    timer = setTimeout(() => void askNow(), Math.min(Math.max(gatherMs, tookMs), longestPauseMs));
  }

  async function askNow(): Promise<void> {
    timer = undefined;
    [asking, waiting] = [true, false];
    const from = performance.now();
    await ask().catch(() => undefined);
    tookMs = performance.now() - from;
    asking = false;
    if (waiting) schedule();
  }

  return {
    changed() {
      if (asking) waiting = true;
      else schedule();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
