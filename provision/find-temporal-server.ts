/** The real Temporal server and the tool that creates its tables: from Rolewave's cache, or built once with Go. There is no download: Temporal publishes only images. */
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { cachePlace, fillOnce, isFile } from './cache.ts';
import { findOnPath, runCommand } from './command.ts';
import { createProgress, type Progress } from './progress.ts';

/** The version of docker-compose.yml's image and of the server in the dev server; a test keeps them equal. */
export const TEMPORAL_SERVER_VERSION = '1.29.1';
const GO_MODULE = 'go.temporal.io/server';
/** What `go list -deps` counts for both programs of this version; `go install -v` prints one line for each that it compiles. */
const GO_PACKAGES_TO_COMPILE = 1259;

export interface TemporalServer {
  /** Folder of the two programs, with their names in Temporal's images: for the PATH of scripts. */
  folder: string;
  server: string;
}

/** Rejects with one line that says what to do when there is no Go. */
export async function findTemporalServer(progress: Progress = createProgress()): Promise<TemporalServer> {
  const folder = cachePlace(`temporal-server-${TEMPORAL_SERVER_VERSION}`);
  const [server, sqlTool] = [join(folder, 'temporal-server'), join(folder, 'temporal-sql-tool')];
  const isComplete = async () => (await isFile(server)) && (await isFile(sqlTool));
  if (!(await isComplete())) {
    const waiting = () => progress.note('Another process is already building the Temporal server: waiting for it …');
    await fillOnce(folder, isComplete, waiting, (draft) => buildWithGo(draft, progress));
  }
  return { folder, server };
}

async function buildWithGo(draft: string, progress: Progress): Promise<void> {
  const go = findOnPath('go', ['/usr/local/go/bin', '/usr/lib/go/bin']);
  if (go === undefined) {
    throw new Error(
      'The Temporal server is built with Go, which is not on this machine: install Go 1.25 or newer, or run `docker compose up` with Docker; ' +
        '`npm start` needs neither.',
    );
  }
  const step = progress.step(`Building the Temporal server ${TEMPORAL_SERVER_VERSION} with Go, once for this machine`, 'three to seven minutes');
  const bin = join(draft, 'bin');
  await mkdir(bin, { recursive: true });
  let [modules, packages] = [0, 0];
  try {
    const programs = ['cmd/server', 'cmd/tools/sql'].map((path) => `${GO_MODULE}/${path}@v${TEMPORAL_SERVER_VERSION}`);
    await runCommand(go, ['install', '-v', ...programs], {
      env: { ...process.env, GOBIN: bin },
      timeoutMs: 30 * 60_000,
      onLine: (line) => {
        if (line.startsWith('go: downloading')) step.update(`fetching its source: ${++modules} modules`);
        else if (!line.startsWith('go:')) step.update(`${++packages} of ${GO_PACKAGES_TO_COMPILE} packages`, packages / GO_PACKAGES_TO_COMPILE);
      },
    });
    await rename(join(bin, 'server'), join(draft, 'temporal-server'));
    await rename(join(bin, 'sql'), join(draft, 'temporal-sql-tool'));
  } catch (error) {
    step.failed('see the error below');
    throw error;
  }
  step.done();
}
