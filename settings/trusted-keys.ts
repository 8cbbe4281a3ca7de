/**
 * The public keys that may seal messages, and the file that lists them: read at the start and again whenever it changes. A changed file with a mistake is not
 * taken: the keys stay as they were, and the mistake is logged.
 */
import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import type { TrustedKey } from '../domain/authority/keys.ts';

const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/, 'is not base64url');
const keysSchema = z.strictObject({
  keys: z
    .array(
      z.strictObject({
        kid: z.string().min(1),
        kty: z.enum(['OKP', 'EC']),
        crv: z.enum(['Ed25519', 'P-256']),
        x: base64url,
        y: base64url.optional(),
        sub: z.string().optional(),
        until: z.iso.datetime({ offset: true, error: 'is not an instant, such as 2026-05-01T00:00:00Z' }).optional(),
      }),
    )
    .min(1),
});

/** Throws with one sentence that names the file and what to do. */
export async function readTrustedKeys(file: string): Promise<TrustedKey[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      error.code === 'ENOENT'
        ? `the trusted keys file ${file} does not exist: start the API once to create it, or set ROLEWAVE_TRUSTED_KEYS_FILE`
        : `the trusted keys file ${file} cannot be read: ${error.message}`,
    );
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error(`the trusted keys file ${file} is not JSON`);
  }
  return trustedKeysIn(json, file);
}

/** Throws in the same way. */
export function trustedKeysIn(json: unknown, file: string): TrustedKey[] {
  const parsed = keysSchema.safeParse(json);
  if (!parsed.success)
    throw new Error(`the trusted keys file ${file} is not a set of public keys ({"keys":[{kid, kty, crv, x}]}): ${z.prettifyError(parsed.error)}`);
  return parsed.data.keys.map(({ y, sub, until, ...key }) => ({
    ...key,
    ...(y === undefined ? {} : { y }),
    ...(sub === undefined ? {} : { sub }),
    ...(until === undefined ? {} : { untilMs: Date.parse(until) }),
  }));
}

export interface CurrentKeys {
  /** The keys as they are now, retired ones included. Callers do not keep them. */
  now(): TrustedKey[];
  /** Reads the file again if it has changed. Rejects when it cannot be used, and keeps the keys as they were. */
  reload(): Promise<void>;
  close(): void;
}

interface Log {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Editors and mounted secrets replace the file, which watching it would miss. */
const lookEveryMs = 2_000;

/** `refusal`: why this process cannot use such keys, as a sentence. */
export async function openTrustedKeys(file: string, log?: Log, refusal: (keys: TrustedKey[]) => string | undefined = () => undefined): Promise<CurrentKeys> {
  const version = async () => {
    const { mtimeMs, size, ino } = await stat(file);
    return `${mtimeMs} ${size} ${ino}`;
  };
  const usable = async () => {
    const read = await readTrustedKeys(file);
    const why = refusal(read);
    if (why !== undefined) throw new Error(why);
    return read;
  };
  let keys = await usable();
  let seen = await version();
  const reload = async () => {
    const now = await version();
    if (now === seen) return;
    // A version that cannot be used is reported once.
    seen = now;
    keys = await usable();
    log?.info({ file, keys: keys.map(({ kid }) => kid) }, 'the trusted keys have changed and are read again');
  };
  const timer = setInterval(() => {
    reload().catch((error: unknown) => log?.error({ file }, `the trusted keys stay as they were: ${error instanceof Error ? error.message : String(error)}`));
  }, lookEveryMs);
  timer.unref();
  return { now: () => keys, reload, close: () => clearInterval(timer) };
}
