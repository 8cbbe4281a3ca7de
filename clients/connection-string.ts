/** The connection string of a system: the site file names the worker's environment variable, or the file, that holds it. */
import { readFile } from 'node:fs/promises';
import type { Secret } from '../domain/site/schema.ts';

export type Environment = Record<string, string | undefined>;

/** Where the string is, for people. */
export const secretText = (secret: Secret): string => ('env' in secret ? `the environment variable ${secret.env}` : `the file ${secret.file}`);

/**
 * Read anew at each call, so that a file whose content has changed counts. Rejects with an Error that names system and variable or file when there is
 * nothing in it. `example`: what it looks like.
 */
export async function connectionStringOf(system: string, secret: Secret, env: Environment, example: string): Promise<string> {
  const found = 'env' in secret ? env[secret.env] : await readFile(secret.file, 'utf8').catch((error: NodeJS.ErrnoException) => missing(error));
  const why = found instanceof Unreadable ? found.why : 'env' in secret ? 'is not set for this worker; set it to' : 'is empty; it should hold';
  const text = typeof found === 'string' ? found.trim() : '';
  if (text === '') throw new Error(`system '${system}': ${secretText(secret)} ${why} the connection string of the system, such as ${example}`);
  return text;
}

class Unreadable {
  readonly why: string;
  constructor(why: string) {
    this.why = why;
  }
}

const missing = ({ code }: NodeJS.ErrnoException) =>
  new Unreadable(code === 'ENOENT' ? 'does not exist; it should hold' : `cannot be read (${code ?? 'unknown error'}); it should hold`);

/** Passes the string to `open`. Throws an Error that names system and variable or file, and never repeats the string (it contains a password), when `open` cannot read it. */
export function openWith<T>(system: string, secret: Secret, connectionString: string, example: string, open: (connectionString: string) => T): T {
  try {
    return open(connectionString);
  } catch {
    // Without the cause: it may repeat the password.
    throw new Error(`system '${system}': ${secretText(secret)} does not hold a connection string such as ${example}`);
  }
}
