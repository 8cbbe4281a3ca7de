/** Tells whether a recorded process id still means the same process: the system reuses ids, but not start times. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface ProcessIdentity {
  pid: number;
  /** Opaque: equal for the same process, different for another one with the same id. Empty where the system does not report it. */
  startedAt: string;
}

/** The running process with this id, or undefined. A zombie (ended, not yet collected by its parent) counts as not running. */
export function identify(pid: number): ProcessIdentity | undefined {
  if (!isThere(pid)) return undefined;
  if (process.platform === 'linux') return identifyByProc(pid);
  if (process.platform === 'win32') return { pid, startedAt: '' };
  const startedAt = ps(pid, 'lstart=');
  return startedAt === '' || ps(pid, 'stat=').startsWith('Z') ? undefined : { pid, startedAt };
}

export function isStillRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startedAt === identity.startedAt;
}

/** The command line of a running process, or '' when it cannot be read. */
export function commandLine(pid: number): string {
  if (process.platform === 'linux') return readProc(pid, 'cmdline').replaceAll('\0', ' ').trim();
  return process.platform === 'win32' ? '' : ps(pid, 'command=');
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function identifyByProc(pid: number): ProcessIdentity | undefined {
  const stat = readProc(pid, 'stat');
  // The second field is the program's name in parentheses and may contain spaces and parentheses: count from the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTime] = [fields[0], fields[19]];
  return startTime === undefined || state === 'Z' || state === 'X' ? undefined : { pid, startedAt: startTime };
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

function ps(pid: number, column: string): string {
  try {
    return execFileSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}
