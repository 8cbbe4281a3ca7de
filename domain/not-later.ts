/** For work that may ignore its signal: it goes on, and nobody waits for it. */
export async function notLater<T>(signal: AbortSignal, why: () => Error, work: () => Promise<T>): Promise<T> {
  if (signal.aborted) throw why();
  let onAbort: (() => void) | undefined;
  const late = new Promise<never>((_, reject) => {
    onAbort = () => reject(why());
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}
