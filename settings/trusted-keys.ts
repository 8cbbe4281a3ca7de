/** Reads the public keys that may seal messages. */
import { readFile } from 'node:fs/promises';
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
  return parsed.data.keys.map(({ y, sub, ...key }) => ({ ...key, ...(y === undefined ? {} : { y }), ...(sub === undefined ? {} : { sub }) }));
}
