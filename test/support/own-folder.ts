/** Folders for the servers of one test run; those of runs that were killed are cleared away by the next run. */
import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removePostgres } from '../../provision/postgres.ts';
import { endLeftover } from '../../provision/server-process.ts';

const PREFIX = 'rolewave-test-';
/** A folder without a server's record may be one that another run is just filling. */
const SURELY_LEFT_MS = 10 * 60_000;

/** Makes a new folder in the system's temporary one, which every user may pass through: as root, PostgreSQL runs as another one. */
export async function makeOwnFolder(): Promise<string> {
  await clearLeftovers();
  const folder = await mkdtemp(join(tmpdir(), PREFIX));
  await chmod(folder, 0o711);
  return folder;
}

async function clearLeftovers(): Promise<void> {
  const names = await readdir(tmpdir());
  for (const name of names.filter((each) => each.startsWith(PREFIX))) {
    const folder = join(tmpdir(), name);
    try {
      const changed = await stat(folder);
      if (Date.now() - changed.mtimeMs < SURELY_LEFT_MS) continue;
      // Each rejects when the run that owns the server is still alive: then the folder is left alone.
      await endLeftover('Temporal', join(folder, 'temporal', 'server.json'), 'SIGTERM');
      await removePostgres(join(folder, 'postgres'));
      await rm(folder, { recursive: true, force: true });
    } catch {
      // In use, or somebody else's.
    }
  }
}
