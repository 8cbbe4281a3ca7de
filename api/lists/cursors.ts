/**
 * Cursors of lists. What they hold is encrypted, because the place of a row in a list over all plans shows how much happens in plans that its reader does not
 * see. The key follows from the endpoint's signing key: a cursor survives a restart, and any endpoint with the same key reads it.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Sealer } from '../seal.ts';

export interface Cursors {
  /** `of`: the list and its filters. The text is as long for a row of the first page as for one of the last. */
  seal(key: unknown, of: unknown): string;
  /** Undefined where this is no cursor of it, or one that was altered. */
  open(cursor: string, of: unknown): unknown;
}

const algorithm = 'aes-256-gcm';
const [ivBytes, tagBytes, blockBytes] = [12, 16, 32];

export function openCursors({ secretFor }: Pick<Sealer, 'secretFor'>): Cursors {
  const secret = secretFor('cursors of lists');
  return {
    seal: (key, of) => {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv(algorithm, secret, iv, { authTagLength: tagBytes }).setAAD(Buffer.from(JSON.stringify(of)));
      const sealed = cipher.update(padded(JSON.stringify(key)));
      return Buffer.concat([iv, sealed, cipher.final(), cipher.getAuthTag()]).toString('base64url');
    },
    open: (cursor, of) => {
      const bytes = Buffer.from(cursor, 'base64url');
      // Some texts differ and are read as the same bytes.
      if (bytes.toString('base64url') !== cursor || bytes.length < ivBytes + tagBytes + blockBytes) return undefined;
      try {
        const decipher = createDecipheriv(algorithm, secret, bytes.subarray(0, ivBytes), { authTagLength: tagBytes })
          .setAAD(Buffer.from(JSON.stringify(of)))
          .setAuthTag(bytes.subarray(-tagBytes));
        const opened = Buffer.concat([decipher.update(bytes.subarray(ivBytes, -tagBytes)), decipher.final()]);
        return JSON.parse(opened.toString('utf8')) as unknown;
      } catch {
        return undefined;
      }
    },
  };
}

/** JSON may end with blanks. */
function padded(json: string): Buffer {
  const bytes = Buffer.from(json);
  return Buffer.concat([bytes, Buffer.alloc((blockBytes - (bytes.length % blockBytes)) % blockBytes, ' ')]);
}
