/** Tokens for a demonstration: issued by this endpoint itself, for a quarter of an hour, signed by a key of its own. */
import { join } from 'node:path';
import { SignJWT, createLocalJWKSet, importJWK } from 'jose';
import { keyPairIn } from './key-files.ts';
import type { Issuer } from './identity.ts';

const issuerName = 'rolewave-demo';
const audience = 'rolewave';
const lifetimeMs = 15 * 60_000;

export interface DemoTokens {
  issuer: Issuer;
  /** `expiresAt`: ISO 8601, real time. */
  issue(person: string): Promise<{ token: string; expiresAt: string }>;
}

export async function openDemoTokens(home: string): Promise<DemoTokens> {
  const pair = await keyPairIn(join(home, 'demo-identity-key.json'), "the demo's identity key");
  const key = await importJWK(pair.privateJwk, 'EdDSA');
  return {
    issuer: { issuer: issuerName, audience, keys: createLocalJWKSet({ keys: [{ ...pair.publicJwk, alg: 'EdDSA' }] }) },
    async issue(person) {
      const now = Math.floor(Date.now() / 1_000);
      const expires = now + lifetimeMs / 1_000;
      const token = await new SignJWT({})
        .setProtectedHeader({ alg: 'EdDSA', kid: pair.kid, typ: 'JWT' })
        .setIssuer(issuerName)
        .setAudience(audience)
        .setSubject(person)
        .setIssuedAt(now)
        .setExpirationTime(expires)
        .sign(key);
      return { token, expiresAt: new Date(expires * 1_000).toISOString() };
    },
  };
}
