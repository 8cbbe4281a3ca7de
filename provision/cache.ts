/** The cache of downloads and builds, outside the project, so that every clone shares it. */
import { mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Folder of one versioned thing for this kind of machine, e.g. `~/.cache/rolewave/temporal-cli-1.5.1-linux-x64`. Not created. */
export function cachePlace(nameAndVersion: string): string {
  const base = process.env['XDG_CACHE_HOME'] || (process.platform === 'win32' && process.env['LOCALAPPDATA']) || join(homedir(), '.cache');
  return join(base, 'rolewave', `${nameAndVersion}-${process.platform}-${process.arch}`);
}

export async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/**
 * Fills `place` through `fill(draft)`: a new folder next to it, which is renamed when complete, so that a reader never sees an incomplete one.
 * One process works at a time; the others wait. `onWait` is called once when this one has to wait.
 */
export async function fillOnce(place: string, isComplete: () => Promise<boolean>, onWait: () => void, fill: (draft: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(place), { recursive: true });
  await withLock(`${place}.lock`, onWait, async () => {
    if (await isComplete()) return;
    const draft = `${place}.draft-${process.pid}`;
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { recursive: true });
    try {
      await fill(draft);
      await rm(place, { recursive: true, force: true });
      await rename(draft, place);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  });
}

const HEARTBEAT_MS = 2_000;
const STALE_MS = 15_000;

/** Holds a lock file while `work` runs. A holder that was killed stops touching the file; after fifteen seconds the next one takes over. */
async function withLock(path: string, onWait: () => void, work: () => Promise<void>): Promise<void> {
  let notified = false;
  while (!(await tryCreate(path))) {
    if (!notified) onWait();
    notified = true;
    const age = await stat(path).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    );
    // Two waiters may both take over and fill twice; thanks to the rename at the end that only wastes time.
    if (age > STALE_MS) await rm(path, { force: true });
    await sleep(300);
  }
  const heartbeat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => {}), HEARTBEAT_MS);
  try {
    await work();
  } finally {
    clearInterval(heartbeat);
    await rm(path, { force: true });
  }
}

async function tryCreate(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
