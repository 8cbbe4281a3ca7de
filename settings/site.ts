/**
 * The site file of a process (ROLEWAVE_SITE), read at the start and again whenever it changes. A changed file with a mistake is not taken: the site stays as
 * it was, and the mistake is logged.
 */
import { readFile, stat } from 'node:fs/promises';
import { loadSite } from '../domain/site/load.ts';
import { mistakeLine } from '../domain/plan/mistakes.ts';
import type { Site } from '../domain/site/schema.ts';

export interface CurrentSite {
  /** The site as it is now. Callers do not keep it: every decision asks again. */
  now(): Site;
  /** Reads the file again if it has changed. Rejects with its mistakes, and keeps the site as it was. */
  reload(): Promise<void>;
  close(): void;
}

interface Log {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** By modification time and size; editors and mounted secrets replace the file, which watching it would miss. */
const lookEveryMs = 2_000;

/** Throws with a sentence that names the file, and the lines of its mistakes. */
export async function readSite(file: string): Promise<Site> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      error.code === 'ENOENT'
        ? `the site file ${file} does not exist: write it (see docs/site.md), or set ROLEWAVE_SITE to where it is`
        : `the site file ${file} cannot be read: ${error.message}`,
    );
  });
  const loaded = loadSite(bytes, file);
  if (loaded.ok) return loaded.site;
  throw new Error(`the site file has mistakes:\n${loaded.mistakes.map(mistakeLine).join('\n')}`);
}

export async function openSite(file: string, log: Log): Promise<CurrentSite> {
  const version = async () => {
    const found = await stat(file).catch(() => undefined);
    return found && `${found.mtimeMs} ${found.size} ${found.ino}`;
  };
  let read = await version();
  let site = await readSite(file);
  const reload = async () => {
    const now = await version();
    if (now === read) return;
    // A version with a mistake is reported once.
    read = now;
    site = await readSite(file);
    log.info({ file, site: site.site }, 'the site file has changed and is read again');
  };
  const timer = setInterval(() => {
    reload().catch((error: unknown) => log.error({ file }, `the site stays as it was: ${error instanceof Error ? error.message : String(error)}`));
  }, lookEveryMs);
  timer.unref();
  return { now: () => site, reload, close: () => clearInterval(timer) };
}

/** A site that is not in a file: for tests, and for what runs one plan on this machine. */
export const fixedSite = (site: Site): CurrentSite => ({ now: () => site, reload: async () => undefined, close: () => undefined });
