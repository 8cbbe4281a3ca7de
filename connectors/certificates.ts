/** The authorities that a system's certificate is checked by, where the site file names a file with them. Read at each new connection: a file is replaced before its certificates end. */
import { readFile } from 'node:fs/promises';
import { SystemUnavailable } from '../domain/system-unavailable.ts';

/** PEM. Rejects with SystemUnavailable, which names the file. */
export async function certificatesIn(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new SystemUnavailable(
      `the file of certificates ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}): fix caFile in the site file`,
    );
  }
}
