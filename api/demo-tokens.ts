/** Tokens for a demonstration: issued by this endpoint itself, for a quarter of an hour, signed by a key of its own. */
import { join } from 'node:path';
import { SignJWT, createLocalJWKSet, importJWK } from 'jose';
import { keyPairIn } from './key-files.ts';
import type { Issuer } from './identity.ts';

export const demoIssuer = 'rolewave-demo';
const audience = 'rolewave';
/** Of tokens that stay with the session of a browser: nobody can send one. */
const sessionAudience = 'rolewave-session';
const lifetimeMs = 15 * 60_000;

export interface DemoTokens {
  issuer: Issuer;
  /** Of the tokens of sessions. */
  sessionIssuer: Issuer;
  /** `expiresAt`: ISO 8601, real time. */
  issue(person: string): Promise<{ token: string; expiresAt: string }>;
  /** For a session that lives as long. */
  issueForSession(person: string, forMs: number): Promise<string>;
}

export async function openDemoTokens(home: string): Promise<DemoTokens> {
  const pair = await keyPairIn(join(home, 'demo-identity-key.json'), "the demo's identity key");
  const key = await importJWK(pair.privateJwk, 'EdDSA');
  const issuer = { issuer: demoIssuer, audience, keys: createLocalJWKSet({ keys: [{ ...pair.publicJwk, alg: 'EdDSA' }] }) };
  const signed = (person: string, to: string, now: number, expires: number) =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'EdDSA', kid: pair.kid, typ: 'JWT' })
      .setIssuer(demoIssuer)
      .setAudience(to)
      .setSubject(person)
      .setIssuedAt(now)
      .setExpirationTime(expires)
      .sign(key);
  const seconds = () => Math.floor(Date.now() / 1_000);
  return {
    issuer,
    sessionIssuer: { ...issuer, audience: sessionAudience },
    async issue(person) {
      const now = seconds();
      const expires = now + lifetimeMs / 1_000;
      return { token: await signed(person, audience, now, expires), expiresAt: new Date(expires * 1_000).toISOString() };
    },
    issueForSession: (person, forMs) => signed(person, sessionAudience, seconds(), seconds() + Math.ceil(forMs / 1_000)),
  };
}
