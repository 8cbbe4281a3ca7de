/**
 * Finds Temporal's dev server on this machine, or gets it: on the PATH, from Rolewave's cache, by the SDK's own download, or built once with Go.
 */
import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cachePlace, fillOnce, isFile } from './cache.ts';
import { findOnPath, runCommand } from './command.ts';
import { createProgress, type Progress } from './progress.ts';
import { downloadWithSdk } from './sdk-download.ts';

/** Server 1.29.1 with UI 2.42.1. Newer tags have a replace directive in go.mod, which `go install` refuses. */
const CLI_VERSION = '1.5.1';
const GO_PACKAGE = `github.com/temporalio/cli/cmd/temporal@v${CLI_VERSION}`;
/** What `go list -deps` counts for this version; `go install -v` prints one line for each that it compiles. */
const GO_PACKAGES_TO_COMPILE = 1298;
/** The first version with update-with-start, which `apply` needs. */
const OLDEST_SERVER = [1, 28] as const;

/** Path of a `temporal` executable. Rejects with one line that says what to do when none can be provided. */
export async function findDevServer(progress: Progress = createProgress()): Promise<string> {
  const onPath = findOnPath('temporal');
  if (onPath !== undefined && (await isRecentEnough(onPath, progress))) return onPath;

  const place = cachePlace(`temporal-cli-${CLI_VERSION}`);
  const cached = join(place, process.platform === 'win32' ? 'temporal.exe' : 'temporal');
  if (await isFile(cached)) return cached;

  const waiting = () => progress.note("Another process is already getting Temporal's dev server: waiting for it …");
  await fillOnce(
    place,
    () => isFile(cached),
    waiting,
    async (draft) => {
      const target = join(draft, cached.slice(dirname(cached).length + 1));
      if (await downloadWithSdk('dev-server', "Temporal's dev server (the Temporal SDK's own download)", target, progress)) return;
      if (await buildWithGo(draft, target, progress)) return;
      throw new Error(
        "Temporal's dev server is not on this machine and could not be downloaded: install Go 1.25 or newer (Rolewave then builds it automatically, " +
          'once, in about five minutes), or put the `temporal` command on the PATH, or set TEMPORAL_ADDRESS to your own server.',
      );
    },
  );
  return cached;
}

async function isRecentEnough(executable: string, progress: Progress): Promise<boolean> {
  const answer = await runCommand(executable, ['--version'], { timeoutMs: 20_000 }).catch(() => '');
  const [, major, minor] = /Server (\d+)\.(\d+)/.exec(answer) ?? [];
  if (major !== undefined && minor !== undefined) {
    const newEnough = Number(major) > OLDEST_SERVER[0] || (Number(major) === OLDEST_SERVER[0] && Number(minor) >= OLDEST_SERVER[1]);
    if (newEnough) return true;
  }
  progress.note(`${executable} is older than Temporal Server ${OLDEST_SERVER.join('.')} (or does not say): looking for another one.`);
  return false;
}

async function buildWithGo(draft: string, target: string, progress: Progress): Promise<boolean> {
  const go = findOnPath('go', ['/usr/local/go/bin', '/usr/lib/go/bin']);
  if (go === undefined) return false;
  const step = progress.step(`Building Temporal's dev server ${CLI_VERSION} with Go, once for this machine`, 'three to seven minutes');
  const bin = join(draft, 'bin');
  await mkdir(bin, { recursive: true });
  let [modules, packages] = [0, 0];
  try {
    await runCommand(go, ['install', '-v', GO_PACKAGE], {
      env: { ...process.env, GOBIN: bin },
      timeoutMs: 30 * 60_000,
      onLine: (line) => {
        if (line.startsWith('go: downloading')) step.update(`fetching its source: ${++modules} modules`);
        else if (!line.startsWith('go:')) step.update(`${++packages} of ${GO_PACKAGES_TO_COMPILE} packages`, packages / GO_PACKAGES_TO_COMPILE);
      },
    });
    await rename(join(bin, process.platform === 'win32' ? 'temporal.exe' : 'temporal'), target);
    step.done();
    return true;
  } catch (error) {
    step.failed(error instanceof Error ? error.message : String(error));
    return false;
  }
}
