/** Runs work one after the other, in the order in which it was asked for. */
export function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>) => {
    const now = last.then(work, work);
    last = now.catch(() => undefined);
    return now;
  };
}
