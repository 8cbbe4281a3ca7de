/**
 * The tokens of a session, under a key that is made from the secret in the browser's cookie. The store has the secret's digest only: anyone who reads or writes it
 * finds no token and cannot sign in as anyone.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { z } from 'zod';

const tokens = z.strictObject({
  /** A JWT of the provider, verified at every request. */
  identity: z.string(),
  /** To renew it with. */
  refresh: z.string().optional(),
});
export type Tokens = z.output<typeof tokens>;

export const newSecret = (): string => randomBytes(32).toString('base64url');
export const isSecret = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text);

/** Under which the store has the session. */
export const sessionId = (secret: string): string => createHash('sha256').update(secret).digest('hex');

const keyOf = (secret: string) => Buffer.from(hkdfSync('sha256', secret, '', 'rolewave tokens of a session', 32));

export function sealTokens(secret: string, content: Tokens): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyOf(secret), iv);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(content), 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
}

/** Undefined when it was not sealed with this secret. */
export function openTokens(secret: string, sealed: string): Tokens | undefined {
  const bytes = Buffer.from(sealed, 'base64url');
  try {
    const decipher = createDecipheriv('aes-256-gcm', keyOf(secret), bytes.subarray(0, 12), { authTagLength: 16 }).setAuthTag(bytes.subarray(12, 28));
    return tokens.parse(JSON.parse(Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')));
  } catch {
    return undefined;
  }
}
