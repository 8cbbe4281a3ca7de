/** Running a program of the machine to its end, and finding one on the PATH. */
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Full path of a program on the PATH (or in `alsoIn`), or undefined. */
export function findOnPath(program: string, alsoIn: string[] = []): string | undefined {
  const names = process.platform === 'win32' ? [`${program}.exe`, `${program}.cmd`] : [program];
  const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''), ...alsoIn];
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

export interface CommandOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  uid?: number | undefined;
  gid?: number | undefined;
  /** Ended with SIGKILL after this many milliseconds. */
  timeoutMs?: number;
  /** Ended with SIGKILL as soon as this signal is aborted. */
  signal?: AbortSignal;
  /** Sees every line of stdout and stderr as it comes. */
  onLine?: (line: string) => void;
}

/** Runs a program to its end and returns its stdout. Rejects with the last lines of its output when it fails, hangs or cannot start. */
export function runCommand(program: string, args: string[], options: CommandOptions = {}): Promise<string> {
  const { cwd, env, uid, gid, timeoutMs, signal, onLine } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      killSignal: 'SIGKILL',
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env }),
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
      ...(signal === undefined ? {} : { signal }),
    });
    const lastLines: string[] = [];
    let stdout = '';
    const collect = (line: string) => {
      if (line.trim() === '') return;
      lastLines.push(line);
      if (lastLines.length > 12) lastLines.shift();
      onLine?.(line);
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    readLines(child.stdout, collect);
    readLines(child.stderr, collect);
    child.on('error', (error) => reject(new Error(`${program}: ${error.message}`, { cause: error })));
    child.on('close', (code, killedBy) => {
      if (code === 0) return resolve(stdout);
      // Ctrl-C: there is nothing to look into.
      if (killedBy === 'SIGINT') return reject(new Error(`${program} was interrupted`));
      const how = killedBy ? `was ended by ${killedBy}${timeoutMs ? ` (limit ${timeoutMs / 1000} s)` : ''}` : `ended with code ${code}`;
      reject(new Error([`${program} ${how}`, ...lastLines].join('\n  ')));
    });
  });
}

function readLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(onLine);
  });
  stream.on('end', () => onLine(rest));
}
