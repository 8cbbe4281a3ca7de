/**
 * Milliseconds for which this thread had the processor during `work`, as it ends. What other processes and threads do meanwhile does not count, so a bound holds
 * on a busy machine too.
 */
export function workMs(): () => number {
  const start = process.threadCpuUsage();
  return () => {
    const { user, system } = process.threadCpuUsage(start);
    return (user + system) / 1_000;
  };
}
