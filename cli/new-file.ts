/** Writes files completely or not at all, and replaces an existing file only when asked to. */
import { link, rename, rm, stat, writeFile } from 'node:fs/promises';
import { badInput } from './exit-codes.ts';
import { printable } from './printable.ts';

/** Throws bad input when the file already exists. Called first, so that nobody answers questions for nothing. */
export async function refuseExisting(file: string, force: boolean): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory()) throw badInput(`'${printable(file)}' is a directory. Name a file in it.`, { code: 'is-directory', file });
  if (found && !force) throw thereAlready(file);
}

/** Throws bad input when the file cannot be written, and then leaves nothing behind. */
export async function writeNewFile(file: string, text: string, force: boolean): Promise<void> {
  // In the same directory, so that one step puts it in place.
  const draft = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(draft, text, { flag: 'wx' });
    // Unlike a rename, a link does not replace a file that someone created in the meantime.
    await (force ? rename(draft, file) : link(draft, file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw thereAlready(file);
    const why = error instanceof Error ? error.message : String(error);
    throw badInput(`'${printable(file)}' could not be written (${printable(why)}). Name another file.`, { file });
  } finally {
    await rm(draft, { force: true });
  }
}

const thereAlready = (file: string) =>
  badInput(`'${printable(file)}' already exists, and nothing was written. Name another file, or add --force to overwrite it.`, {
    code: 'file-exists',
    file,
  });
