/** Files that a command writes: never over another one without being told to, and whole or not at all. */
import { link, rename, rm, stat, writeFile } from 'node:fs/promises';
import { badInput } from './exit-codes.ts';
import { printable } from './printable.ts';

/** Throws bad input when the file is there already: asked before anything else is, so that nobody answers questions in vain. */
export async function refuseExisting(file: string, force: boolean): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory()) throw badInput(`'${printable(file)}' is a directory: name a file in it.`, { code: 'is-directory', file });
  if (found && !force) throw thereAlready(file);
}

/** Throws bad input, and leaves nothing behind, when it cannot be written. */
export async function writeNewFile(file: string, text: string, force: boolean): Promise<void> {
  // Beside the file, so that it comes to its place in one step.
  const draft = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(draft, text, { flag: 'wx' });
    // A link, unlike a rename, does not take the place of a file that somebody made meanwhile.
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
  badInput(`'${printable(file)}' is there already, and nothing was written. Name another file, or add --force to write over it.`, {
    code: 'file-exists',
    file,
  });
