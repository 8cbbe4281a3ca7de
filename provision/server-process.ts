/**
 * One server that Rolewave starts for itself. It runs in its own process group, so that Ctrl-C reaches Rolewave first and the server
 * stops only after the worker has shut down. A record next to its files lets the next start find and stop a server that was left behind.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isStillRunning, type ProcessIdentity } from './process-identity.ts';

export interface ServerProcess {
  pid: number;
  /** Resolves when the process has ended, for any reason. */
  ended: Promise<void>;
  /** Asks it to end, waits, and kills it after `stopTimeoutMs`. May be called again. */
  stop(): Promise<void>;
}

export interface ServerProcessOptions {
  /** Name for people: 'PostgreSQL'. */
  name: string;
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  uid?: number | undefined;
  gid?: number | undefined;
  /** Both outputs are appended here. */
  logFile: string;
  /** File descriptors of ours that it gets as its 3, 4, …. */
  passOn?: number[];
  /** File that records the running process; `endLeftover` reads it. */
  recordFile: string;
  stopSignal: NodeJS.Signals;
  stopTimeoutMs?: number;
  /** True as soon as it serves; called repeatedly until then. May throw, which counts as 'not yet'. */
  isReady: () => Promise<boolean>;
  readyTimeoutMs?: number;
}

interface ServerRecord {
  server: ProcessIdentity;
  owner: ProcessIdentity;
}

/** Starts the server and waits until it serves. Rejects with the last lines of its log when it ends or does not serve in time. */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const { name, command, args, env, cwd, uid, gid, logFile, passOn = [], recordFile, stopSignal, stopTimeoutMs = 15_000, readyTimeoutMs = 60_000 } = options;
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', log, log, ...passOn],
    ...(env === undefined ? {} : { env }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  });
  closeSync(log);
  let running = true;
  let spawnError: Error | undefined;
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      running = false;
      resolve();
    };
    child.once('exit', end);
    child.once('error', (error) => {
      spawnError = error;
      end();
    });
  });
  const pid = child.pid;
  if (pid === undefined) {
    await ended;
    throw new Error(`${name} could not be started: ${spawnError?.message ?? 'no reason given'}`);
  }
  writeRecord(recordFile, pid);

  // When this process ends without calling stop (an uncaught error, process.exit), the server ends too.
  const onExit = () => void (running && signal(pid, stopSignal));
  process.once('exit', onExit);
  void ended.then(() => process.removeListener('exit', onExit));

  const stop = async () => {
    if (running) await endProcess(pid, stopSignal, stopTimeoutMs, ended);
    rmSync(recordFile, { force: true });
  };

  const deadline = Date.now() + readyTimeoutMs;
  while (running && Date.now() < deadline) {
    if (await options.isReady().catch(() => false)) return { pid, ended, stop };
    await sleep(100);
  }
  const why = running ? `did not serve within ${readyTimeoutMs / 1000} s` : 'ended while it started';
  await stop();
  throw new Error(`${name} ${why}. The end of its log (${logFile}):\n${lastLines(logFile)}`);
}

/**
 * Ends a server that an earlier Rolewave left behind because it was killed. Throws when that Rolewave still runs: two of
 * them on the same files would corrupt these.
 */
export async function endLeftover(name: string, recordFile: string, stopSignal: NodeJS.Signals): Promise<void> {
  const record = readRecord(recordFile);
  if (record === undefined) return;
  if (isStillRunning(record.server)) {
    if (isStillRunning(record.owner)) {
      throw new Error(
        `${name} of this folder is in use by another running Rolewave (process ${record.owner.pid}). Stop that one with Ctrl-C, ` +
          'or set ROLEWAVE_HOME to another folder to run a second one.',
      );
    }
    const gone = (async () => {
      while (isStillRunning(record.server)) await sleep(100);
    })();
    await endProcess(record.server.pid, stopSignal, 15_000, gone);
  }
  rmSync(recordFile, { force: true });
}

async function endProcess(pid: number, stopSignal: NodeJS.Signals, timeoutMs: number, ended: Promise<void>): Promise<void> {
  signal(pid, stopSignal);
  const late = new AbortController();
  const outcome = await Promise.race([ended.then(() => 'ended' as const), sleep(timeoutMs, 'late' as const, { signal: late.signal })]);
  late.abort();
  if (outcome === 'ended') return;
  signal(pid, 'SIGKILL');
  await ended;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by now.
  }
}

function writeRecord(recordFile: string, pid: number): void {
  const [server, owner] = [identify(pid), identify(process.pid)];
  if (server === undefined || owner === undefined) return;
  writeFileSync(recordFile, `${JSON.stringify({ server, owner } satisfies ServerRecord)}\n`, { mode: 0o600 });
}

function readRecord(recordFile: string): ServerRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(recordFile, 'utf8')) as Partial<ServerRecord>;
    return typeof record.server?.pid === 'number' && typeof record.owner?.pid === 'number' ? (record as ServerRecord) : undefined;
  } catch {
    return undefined;
  }
}

function lastLines(file: string): string {
  try {
    return readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .slice(-15)
      .map((line) => `  ${line}`)
      .join('\n');
  } catch {
    return '  (no log)';
  }
}
