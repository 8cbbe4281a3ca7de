/**
 * Verifies who callers are: a bearer JWT, or the one of their session, verified against the keys of its issuer, whose `sub` (or another claim, by setting) is a person's id in the plan. This module only establishes
 * who the caller is. What they may do is decided in the reducer of the wave or the package.
 */
import { readFile } from 'node:fs/promises';
import { createLocalJWKSet, createRemoteJWKSet, customFetch, decodeJwt, errors, jwtVerify } from 'jose';
import type { FetchImplementation, JSONWebKeySet, JWTVerifyGetKey } from 'jose';
import { Problem } from './errors.ts';
import type { Caller } from '../domain/site/caller.ts';
import { isPersonId, personIdForm } from '../domain/plan/fields.ts';

export interface Issuer {
  issuer: string;
  audience: string;
  keys: JWTVerifyGetKey;
  /** The claim that holds the person's id; `sub` where none is named. */
  claim?: string;
  /** The claim that holds the person's groups, a list of names; `groups` where none is named. */
  groupsClaim?: string;
}
export interface Identity {
  /** The person of the `Authorization` header, with their groups; throws `no-token` or `bad-token`. */
  callerOf(authorization: string | undefined): Promise<Caller>;
  /** The person of a token. Throws `bad-token`; `identity-unreachable` while its keys cannot be fetched. */
  verified(token: string): Promise<Verified>;
}

export interface Verified {
  caller: Caller;
  issuer: string;
  /** How the provider writes their name; plans have names of their own. */
  name?: string;
}

const algorithms = ['EdDSA', 'ES256', 'RS256'];
const clockToleranceSeconds = 5;

export function createIdentity(issuers: Issuer[]): Identity {
  const identity: Identity = {
    callerOf: async (authorization) => (await identity.verified(bearer(authorization))).caller,
    async verified(token) {
      const issuer = issuers.find(({ issuer: name }) => name === unverifiedIssuer(token));
      if (!issuer)
        throw new Problem('bad-token', `The token's issuer is not one that this endpoint trusts (${issuers.map(({ issuer: name }) => name).join(', ')}).`);
      const { claim = 'sub', groupsClaim = 'groups' } = issuer;
      const { payload } = await jwtVerify(token, issuer.keys, {
        algorithms,
        issuer: issuer.issuer,
        audience: issuer.audience,
        requiredClaims: ['exp', claim],
        clockTolerance: clockToleranceSeconds,
      }).catch((error: unknown) => {
        throw asProblem(error);
      });
      const person = payload[claim];
      if (typeof person !== 'string' || !isPersonId(person))
        throw new Problem('bad-token', `The token's claim '${claim}' is not an id of a person: ${personIdForm}.`);
      // Anyone who may write any address into a profile could become someone else.
      if (claim === 'email' && payload['email_verified'] !== true)
        throw new Problem('bad-token', "The token's claim 'email' is not verified: its claim 'email_verified' is not true.");
      const { name } = payload;
      return {
        caller: { id: person, groups: groupsIn(payload[groupsClaim]) },
        issuer: issuer.issuer,
        ...(typeof name === 'string' && name !== '' ? { name: name.slice(0, 200) } : {}),
      };
    },
  };
  return identity;
}

/** Providers write one group as a text, and several as a list. What is neither is no group. */
const groupsIn = (claim: unknown): string[] =>
  (Array.isArray(claim) ? (claim as unknown[]) : [claim]).filter((group): group is string => typeof group === 'string' && group !== '');

/** A key that the provider no longer publishes is refused after this long at most; a new one is fetched at once, though not more often than this. */
export const keysKeptMs = 30_000;
const fetchedEveryMs = 5_000;
const fileReadEveryMs = 1_000;

/**
 * Keys from a file (JWKS) or an https URL. Both are read again: the file when it has changed, the URL every half minute and when a token names an unknown key.
 * Throws for a source that cannot be used; a file that becomes unusable later verifies nothing.
 */
export async function identityKeys(source: string, fetchKeys?: FetchImplementation): Promise<JWTVerifyGetKey> {
  if (source.startsWith('https://'))
    return createRemoteJWKSet(new URL(source), {
      timeoutDuration: 3_000,
      cacheMaxAge: keysKeptMs,
      cooldownDuration: fetchedEveryMs,
      ...(fetchKeys ? { [customFetch]: fetchKeys } : {}),
    });
  if (/^[a-z]+:\/\//.test(source)) throw new Error(`ROLEWAVE_IDENTITY_JWKS is '${source}', but must be a file or an https URL`);
  let keys = await keysIn(source);
  let lookedAtMs = Date.now();
  return async (header, token) => {
    // A clock that is set back must not keep a key alive.
    if (Math.abs(Date.now() - lookedAtMs) >= fileReadEveryMs) {
      keys = await keysIn(source);
      lookedAtMs = Date.now();
    }
    return keys(header, token);
  };
}

async function keysIn(file: string): Promise<JWTVerifyGetKey> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Error(`ROLEWAVE_IDENTITY_JWKS names the file ${file}, which cannot be read`);
  });
  try {
    return createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
  } catch {
    throw new Error(`ROLEWAVE_IDENTITY_JWKS names the file ${file}, which is not a set of public keys ({"keys":[…]})`);
  }
}

function bearer(authorization: string | undefined): string {
  if (!authorization) throw new Problem('no-token', 'The request has no Authorization header.');
  const match = /^Bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*)$/i.exec(authorization);
  if (!match) throw new Problem('bad-token', 'The Authorization header is not `Bearer` followed by a JSON Web Token.');
  return String(match[1]);
}

function unverifiedIssuer(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    throw new Problem('bad-token', 'The token cannot be read as a JSON Web Token.');
  }
}

/** Says what is wrong with the token without revealing its content. */
function asProblem(error: unknown): Problem {
  if (error instanceof errors.JWTExpired) return new Problem('bad-token', 'The token has expired.');
  if (error instanceof errors.JWTClaimValidationFailed)
    return new Problem('bad-token', `The token's claim '${error.claim}' is ${error.reason === 'missing' ? 'missing' : 'not the expected one'}.`);
  if (error instanceof errors.JOSEAlgNotAllowed) return new Problem('bad-token', `The token's algorithm is not allowed: use ${algorithms.join(', ')}.`);
  if (error instanceof errors.JWKSNoMatchingKey) return new Problem('bad-token', 'The key that signed the token is not trusted.');
  if (error instanceof errors.JWSSignatureVerificationFailed) return new Problem('bad-token', "The token's signature is not valid.");
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid || error instanceof errors.JOSENotSupported)
    return new Problem('bad-token', 'The token cannot be verified.');
  return new Problem('identity-unreachable', 'The keys that verify tokens could not be fetched, so the token was not checked.');
}
