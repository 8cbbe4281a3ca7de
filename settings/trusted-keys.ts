/**
 * The public keys that may seal messages, and the file that lists them: read at the start and again whenever it changes. A changed file with a mistake is not
 * taken: the keys stay as they were, and the mistake is logged.
 */
import { z } from 'zod';
import type { TrustedKey } from '../domain/authority/keys.ts';
import { followFile, readSettings } from './followed-file.ts';

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
  const text = await readSettings(file, 'the trusted keys file', 'start the API once to create it, or set ROLEWAVE_TRUSTED_KEYS_FILE');
  let json: unknown;
  try {
    json = JSON.parse(text.toString('utf8'));
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

/** `refusal`: why this process cannot use such keys, as a sentence. */
export async function openTrustedKeys(file: string, log?: Log, refusal: (keys: TrustedKey[]) => string | undefined = () => undefined): Promise<CurrentKeys> {
  const usable = async () => {
    const read = await readTrustedKeys(file);
    const why = refusal(read);
    if (why !== undefined) throw new Error(why);
    return read;
  };
  return followFile(file, usable, {
    changed: (keys) => log?.info({ file, keys: keys.map(({ kid }) => kid) }, 'the trusted keys have changed and are read again'),
    kept: (why) => log?.error({ file }, `the trusted keys stay as they were: ${why}`),
  });
}
