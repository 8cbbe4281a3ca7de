/** Runs what it is given, at most so much at a time; the rest waits in the order in which it came. What is given must not throw. */
export function inTurn(atOnce: number): (work: () => Promise<void>) => Promise<void> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      await work();
    } finally {
      // The place goes on to the next one.
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
