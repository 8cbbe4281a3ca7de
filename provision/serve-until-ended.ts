/** Servers that one command starts, kept running until Ctrl-C or until one of them ends although nobody asked for it; then all of them end. */
import { claimFolder, type Place, type Started } from './rolewave.ts';

export interface Lifetime {
  onStart: Place['onStart'];
  /** Keeps a second run out of the folder for as long as this one lasts. Throws when one is there. */
  claim(home: string): void;
}

/** Runs `start`, which resolves when everything serves, and ends the process. `others`: how those are called that are left when one has ended. */
export async function serveUntilEnded(start: (lifetime: Lifetime) => Promise<void>, others: string): Promise<never> {
  const running: { what: string; server: Started }[] = [];
  let release = () => {};
  let toldOfEnd: (what: string) => void = () => {};
  const endedByItself = new Promise<string>((resolve) => {
    toldOfEnd = resolve;
  });
  const interrupted = new Promise<'interrupted'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve('interrupted'));
  });
  const lifetime: Lifetime = {
    onStart: (what, server) => {
      running.push({ what, server });
      void server.ended.then(() => toldOfEnd(what));
    },
    claim: (home) => {
      release = claimFolder(home);
    },
  };

  const outcome = await Promise.race([start(lifetime).then(() => endedByItself), interrupted]).catch((error: unknown) => {
    console.error(`\n${error instanceof Error ? error.message : String(error)}`);
    return 'failed' as const;
  });
  if (outcome === 'interrupted') console.log('\nStopping …');
  else if (outcome !== 'failed') console.error(`\n${outcome} has ended by itself; the end of its log says why. Stopping ${others} …`);
  // Last started first: nothing loses what it stands on.
  for (const { what, server } of running.toReversed()) {
    await server.stop().catch((error: unknown) => console.error(`${what} did not end as it should: ${String(error)}`));
  }
  release();
  process.exit(outcome === 'interrupted' ? 0 : 1);
}
