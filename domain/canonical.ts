/** One canonical form (RFC 8785) and one digest (SHA-256, lower-case hex) for everything that is signed or compared. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import canonicalize from 'canonicalize';

export function sha256Hex(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('nothing to digest: the value has no JSON form');
  return bytesToHex(sha256(utf8ToBytes(text)));
}

/** Whether a digest can be made of it: half a surrogate pair or a number beyond what JSON knows has no canonical form. */
export function hasCanonicalForm(value: unknown): boolean {
  try {
    return canonicalize(value) !== undefined;
  } catch {
    return false;
  }
}

/** Whether both are the same data, in whatever order its fields are. Never throws: what has no canonical form is the same as nothing. */
export const isSameData = (one: unknown, other: unknown): boolean =>
  hasCanonicalForm(one) && hasCanonicalForm(other) && canonicalize(one) === canonicalize(other);

/** Whether the value has this digest. Never throws: what cannot be digested has none. */
export const hasDigest = (value: unknown, digest: string): boolean => hasCanonicalForm(value) && sha256Hex(value) === digest;
