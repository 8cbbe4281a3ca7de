/** A file of settings that a process reads at its start and again whenever it changes. What cannot be taken leaves everything as it was. */
import { readFile, stat } from 'node:fs/promises';

export interface FollowedFile<T> {
  now(): T;
  /** Reads the file again if it has changed. Rejects when it cannot be taken. */
  reload(): Promise<void>;
  close(): void;
}

/** The file could not be read at this moment: a mount is switched, or too many files are open. The next look tries again. */
export class FileUnreadable extends Error {
  override readonly name = 'FileUnreadable';
}

/** `what`: as people call it; `missing`: what to do where it does not exist. */
export const readSettings = async (file: string, what: string, missing: string): Promise<Buffer> =>
  readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new FileUnreadable(error.code === 'ENOENT' ? `${what} ${file} does not exist: ${missing}` : `${what} ${file} cannot be read: ${error.message}`);
  });

/** By modification time and size; editors and mounted secrets replace the file, which watching it would miss. */
const lookEveryMs = 2_000;

/** `kept`: told once why a change was not taken. */
export async function followFile<T>(file: string, read: () => Promise<T>, told: { changed(now: T): void; kept(why: string): void }): Promise<FollowedFile<T>> {
  const version = async () => {
    const found = await stat(file).catch(() => undefined);
    return found && `${found.mtimeMs} ${found.size} ${found.ino}`;
  };
  // Before it is read: a file that is replaced in between is read again.
  let seen = await version();
  let now = await read();
  let reported: string | undefined;
  const reload = async () => {
    const latest = await version();
    if (latest === seen) return;
    try {
      now = await read();
    } catch (error) {
      // A version with a mistake has it the next time, too.
      if (!(error instanceof FileUnreadable)) seen = latest;
      throw error;
    }
    seen = latest;
    told.changed(now);
  };
  const look = async () => {
    try {
      await reload();
      reported = undefined;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (why !== reported) told.kept(why);
      reported = why;
    }
  };
  const timer = setInterval(() => void look(), lookEveryMs);
  timer.unref();
  return { now: () => now, reload, close: () => clearInterval(timer) };
}
