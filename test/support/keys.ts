/**
 * Signing keys, and messages sealed with them as the endpoint seals.
 *
 *   const key = newKey();                                       the endpoint's; `key.trusted` is what a worker trusts
 *   key.seal(message('note', 'olga', { wave: 'wave-1' }, { text: 'hello' }))
 *   newKey().seal(…)                                            forged: the same key id, but not trusted
 *   { ...newKey('phone').trusted, sub: 'olga' }                 trusted only for olga
 */
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import type { TrustedKey } from '../../domain/authority/keys.ts';
import { validFor, type MessageType } from '../../domain/messages.ts';

export interface SealingKey {
  trusted: TrustedKey;
  /** One compact JWS. */
  seal(payload: unknown): string;
}

export function newKey(kid = 'endpoint', curve: 'Ed25519' | 'P-256' = 'Ed25519'): SealingKey {
  const { publicKey, privateKey } = curve === 'Ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  return {
    trusted: curve === 'Ed25519' ? { kid, kty: 'OKP', crv: curve, x } : { kid, kty: 'EC', crv: curve, x, y },
    seal(payload) {
      const input = `${part({ alg: curve === 'Ed25519' ? 'EdDSA' : 'ES256', kid, typ: 'rolewave+jws' })}.${part(payload)}`;
      const signature = sign(curve === 'Ed25519' ? null : 'sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
      return `${input}.${signature.toString('base64url')}`;
    },
  };
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** What a message is about. By default the wave `wave-1` of the plan `test`. */
export interface About {
  plan?: string;
  wave?: string;
  package?: string;
}

/** A message before it is sealed. `atMs` and `expiresMs`: real time. It counts for a month, as one that waits for a worker. */
export function message(type: MessageType, by: string, about: About, body: unknown, more: { id?: string; atMs?: number; expiresMs?: number } = {}) {
  const { plan = 'test', wave = 'wave-1', package: rolePackage } = about;
  const { id = randomUUID(), atMs = Date.now() } = more;
  const { expiresMs = atMs + validFor.waiting } = more;
  return { id, type, plan, wave, ...(rolePackage === undefined ? {} : { package: rolePackage }), by, atMs, expiresMs, body };
}
