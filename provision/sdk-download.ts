/**
 * The Temporal SDK's own download of its servers. It has no time limit and waits forever where a firewall drops
 * packets, so it runs in a child process that is killed when nothing arrives for a while. This file is both the function and the child.
 */
import { readdirSync, statSync } from 'node:fs';
import { chmod, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from './command.ts';
import type { Progress } from './progress.ts';

export type SdkServer = 'dev-server' | 'time-skipping';

const NOTHING_ARRIVES_MS = 20_000;
const AT_MOST_MS = 10 * 60_000;

/** Puts the SDK's own download of a server at `target`. False when it is unavailable; `progress` shows the reason. */
export async function downloadWithSdk(server: SdkServer, title: string, target: string, progress: Progress): Promise<boolean> {
  const step = progress.step(`Downloading ${title}`, 'under a minute; given up after 20 s without data');
  const draft = await mkdtemp(`${dirname(target)}/download-`);
  const patience = new AbortController();
  let [bytes, lastGrowth] = [0, Date.now()];
  const watch = setInterval(() => {
    const size = sizeOf(draft);
    if (size > bytes) [bytes, lastGrowth] = [size, Date.now()];
    step.update(bytes === 0 ? 'connecting' : `${Math.round(bytes / 1e6)} MB`);
    if (Date.now() - lastGrowth > NOTHING_ARRIVES_MS) patience.abort();
  }, 500);
  try {
    await runCommand(process.execPath, [fileURLToPath(import.meta.url), server, draft], { timeoutMs: AT_MOST_MS, signal: patience.signal });
    const downloaded = largestFile(draft);
    if (downloaded === undefined) throw new Error('the SDK left no file');
    await chmod(downloaded, 0o755);
    await rename(downloaded, target);
    step.done();
    return true;
  } catch (error) {
    step.skipped(`unavailable here, ${patience.signal.aborted ? 'nothing arrived in 20 s' : shortReason(error)}`);
    return false;
  } finally {
    clearInterval(watch);
    await rm(draft, { recursive: true, force: true });
  }
}

/** Files of a folder with their sizes; one that vanishes meanwhile (the SDK renames its draft) counts as not there. */
function filesOf(folder: string): { path: string; size: number }[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    const found = statSync(path, { throwIfNoEntry: false });
    return found === undefined ? [] : [{ path, size: found.size }];
  });
}

function sizeOf(folder: string): number {
  return filesOf(folder).reduce((sum, file) => sum + file.size, 0);
}

function largestFile(folder: string): string | undefined {
  return filesOf(folder).toSorted((a, b) => b.size - a.size)[0]?.path;
}

/** The last cause in the SDK's error, without addresses: 'dns error: failed to lookup address information'. */
function shortReason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const failure = /DOWNLOAD FAILED: ([^\n]*)/.exec(text)?.[1] ?? text.split('\n')[0] ?? '';
  return (/client error \(\w+\): (.*)$/.exec(failure)?.[1] ?? failure.replaceAll(/https?:\S+/g, '…')).slice(0, 120);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [server, downloadDir] = process.argv.slice(2);
  if (downloadDir === undefined) throw new Error('usage: sdk-download.ts dev-server|time-skipping FOLDER');
  const { TestWorkflowEnvironment } = await import('@temporalio/testing');
  const executable = { type: 'cached-download' as const, downloadDir };
  try {
    // The SDK starts what it has downloaded: a file that does not run on this machine fails here and is not kept.
    const environment = await (server === 'dev-server'
      ? TestWorkflowEnvironment.createLocal({ server: { executable } })
      : TestWorkflowEnvironment.createTimeSkipping({ server: { executable } }));
    await environment.teardown();
    process.exit(0);
  } catch (error) {
    console.error(`DOWNLOAD FAILED: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}
