/** Keeps the servers of one command running until Ctrl-C or until one of them ends unexpectedly; then stops all of them. */
import { claimFolder, type Place, type Started } from './rolewave.ts';

export interface Lifetime {
  onStart: Place['onStart'];
  /** Locks the folder for the duration of this run. Throws when another run has it. */
  claim(home: string): void;
}

/** Runs `start`, which resolves when everything serves, and ends the process. `others`: what messages call the remaining servers when one has ended. */
export async function serveUntilEnded(start: (lifetime: Lifetime) => Promise<void>, others: string): Promise<never> {
  const running: { what: string; server: Started }[] = [];
  let release = () => {};
  let folder = '';
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
      folder = home;
      release = claimFolder(home);
    },
  };

  const outcome = await Promise.race([start(lifetime).then(() => endedByItself), interrupted]).catch((error: unknown) => {
    console.error(`\n${error instanceof Error ? error.message : String(error)}`);
    return 'failed' as const;
  });
  if (outcome === 'interrupted') console.log('\nStopping …');
  else if (outcome !== 'failed')
    console.error(
      `\n${outcome.charAt(0).toUpperCase()}${outcome.slice(1)} ended unexpectedly; the end of its log${folder && ` in ${folder}`} says why. Stopping ${others} …`,
    );
  // Last started first, so that no server loses one that it depends on.
  for (const { what, server } of running.toReversed()) {
    await server.stop().catch((error: unknown) => console.error(`${what} did not stop cleanly: ${String(error)}`));
  }
  release();
  process.exit(outcome === 'interrupted' ? 0 : 1);
}
