/**
 * The site file of a process (ROLEWAVE_SITE), read at the start and again whenever it changes. A changed file with a mistake is not taken: the site stays as
 * it was, and the mistake is logged.
 */
import { loadSite } from '../domain/site/load.ts';
import { mistakeLine } from '../domain/plan/mistakes.ts';
import type { Site } from '../domain/site/schema.ts';
import { followFile, readSettings } from './followed-file.ts';

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

/** Throws with a sentence that names the file, and the lines of its mistakes. */
export async function readSite(file: string): Promise<Site> {
  const bytes = await readSettings(file, 'the site file', 'write it (see docs/site.md), or set ROLEWAVE_SITE to where it is');
  const loaded = loadSite(bytes, file);
  if (loaded.ok) return loaded.site;
  throw new Error(`the site file has mistakes:\n${loaded.mistakes.map(mistakeLine).join('\n')}`);
}

export const openSite = (file: string, log: Log): Promise<CurrentSite> =>
  followFile(file, () => readSite(file), {
    changed: (site) => log.info({ file, site: site.site }, 'the site file has changed and is read again'),
    kept: (why) => log.error({ file }, `the site stays as it was: ${why}`),
  });

/** A site that is not in a file: for tests, and for what runs one plan on this machine. */
export const fixedSite = (site: Site): CurrentSite => ({ now: () => site, reload: async () => undefined, close: () => undefined });
