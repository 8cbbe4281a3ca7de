/** Folders for the servers of one test run. The next run removes the folders of runs that were killed. */
import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removePostgres } from '../../provision/postgres.ts';
import { endLeftover } from '../../provision/server-process.ts';

const PREFIX = 'rolewave-test-';
/** A folder without a server's record may belong to another run that is just starting. */
const SURELY_LEFT_MS = 10 * 60_000;

/** Makes a new temporary folder that every user may enter, because as root PostgreSQL runs as another user. */
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
      // Each rejects when the run that owns the server is still alive. The folder is then left as it is.
      await endLeftover('Temporal', join(folder, 'temporal', 'server.json'), 'SIGTERM');
      await endLeftover('Keycloak', join(folder, 'keycloak.json'), 'SIGTERM');
      await removePostgres(join(folder, 'postgres'));
      await rm(folder, { recursive: true, force: true });
    } catch {
      // In use, or owned by another user.
    }
  }
}
