/**
 * Who is signed in with a browser. A session is worth what its token is worth: the token of the identity provider is kept with it, and verified at every
 * request exactly as one that is sent. So a session ends when the token expires and cannot be renewed, and when the provider no longer publishes its key.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeJwt } from 'jose';
import type { SessionStore } from '../../store/contract.ts';
import { Problem } from '../errors.ts';
import type { Identity, Verified } from '../identity.ts';
import { isSecret, newSecret, openTokens, sealTokens, sessionId, type Tokens } from './sealed-tokens.ts';

export interface Sessions {
  /** Returns the secret that the browser keeps. `before`: the session that it had; the new one replaces it. Throws when the tokens are not accepted. */
  begin(tokens: Tokens, before?: string): Promise<string>;
  /** `counts`: as a request of the person, as it does unless it is false. Throws `session-over`; `identity-unreachable` while keys or new tokens cannot be fetched. */
  verified(secret: string, counts?: boolean): Promise<Verified>;
  /** Returns its tokens, if there was one. */
  end(secret: string): Promise<Tokens | undefined>;
  lifetimeMs: number;
}

export interface SessionLimits {
  /** How long a session lives without a request; milliseconds. */
  idleMs: number;
  lifetimeMs: number;
  /** Of one person, at a time. */
  most: number;
}
export const usualSessionLimits: SessionLimits = { idleMs: 2 * 3_600_000, lifetimeMs: 12 * 3_600_000, most: 10 };

/** New tokens, or undefined when the provider refuses; rejects when it cannot be reached. */
export type Renew = (refresh: string) => Promise<Tokens | undefined>;

const renewedBeforeMs = 60_000;
const waitMs = 5_000;

export function createSessions(store: SessionStore, identity: Identity, renew: Renew | undefined, limits: SessionLimits = usualSessionLimits): Sessions {
  const renewing = new Map<string, Promise<Tokens>>();

  async function current(secret: string, counts?: boolean): Promise<{ id: string; tokens: Tokens; person: string }> {
    const id = sessionId(secret);
    const stored = isSecret(secret) ? await store.session(id, counts) : undefined;
    const tokens = stored && openTokens(secret, stored.sealed);
    if (!stored || !tokens) throw new Problem('session-over', 'It was ended, or was not used for too long.');
    return { id, tokens, person: stored.person };
  }

  async function renewed(secret: string, id: string, person: string, old: Tokens): Promise<Tokens> {
    if (!renew || old.refresh === undefined) return old;
    const over = new Problem('session-over', 'Your identity provider does not renew it.');
    if (!(await store.claimRenewal(id))) return awaited(secret, old);
    const found = await renew(old.refresh).catch(async (error: unknown) => {
      // The next request tries again.
      await store.renewSession(id, sealTokens(secret, old));
      throw error;
    });
    if (!found) {
      await store.endSession(id);
      throw over;
    }
    const tokens = { refresh: old.refresh, ...found };
    if (decodeJwt(tokens.identity).sub !== decodeJwt(old.identity).sub) {
      await store.endSession(id);
      throw over;
    }
    // Kept before they are verified: a provider may take a refresh token only once, and its keys may not be there at this moment.
    await store.renewSession(id, sealTokens(secret, tokens));
    const verified = await identity.verified(tokens.identity).catch((error: unknown) => {
      if (error instanceof Problem && error.code === 'bad-token') return undefined;
      throw error;
    });
    if (verified?.caller.id !== person) {
      await store.endSession(id);
      throw over;
    }
    return tokens;
  }

  /** Another process renews it. Meanwhile the old token may do. */
  async function awaited(secret: string, old: Tokens): Promise<Tokens> {
    for (let waited = 0; isOver(old) && waited < waitMs; waited += 250) {
      await sleep(250);
      const { tokens } = await current(secret, false);
      if (tokens.identity !== old.identity) return tokens;
    }
    if (isOver(old)) throw new Problem('identity-unreachable', 'The session is being renewed, and the identity provider has not answered yet.');
    return old;
  }

  return {
    lifetimeMs: limits.lifetimeMs,
    async begin(tokens, before) {
      const { caller } = await identity.verified(tokens.identity);
      if (before !== undefined && isSecret(before)) await store.endSession(sessionId(before));
      const secret = newSecret();
      await store.beginSession({ id: sessionId(secret), person: caller.id, sealed: sealTokens(secret, tokens), ...limits });
      return secret;
    },
    async verified(secret, counts) {
      const { id, tokens, person } = await current(secret, counts);
      let latest = tokens;
      if (isDue(tokens)) {
        const work = renewing.get(id) ?? renewed(secret, id, person, tokens).finally(() => renewing.delete(id));
        renewing.set(id, work);
        // A provider that cannot be reached ends nothing before the token itself has expired.
        latest = await work.catch((error: unknown) => {
          if (isOver(tokens) || (error instanceof Problem && error.code === 'session-over')) throw error;
          return tokens;
        });
      }
      try {
        return await identity.verified(latest.identity);
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== 'bad-token') throw error;
        await store.endSession(id);
        throw new Problem('session-over', error.message);
      }
    },
    async end(secret) {
      if (!isSecret(secret)) return undefined;
      const id = sessionId(secret);
      const stored = await store.session(id, false);
      await store.endSession(id);
      return stored && openTokens(secret, stored.sealed);
    },
  };
}

/** A token of less than four minutes is renewed when three quarters of its time have passed. */
function isDue({ identity, refresh }: Tokens): boolean {
  if (refresh === undefined) return false;
  const { exp = 0, iat = 0 } = decodeJwt(identity);
  return exp * 1_000 - Date.now() < Math.min(renewedBeforeMs, (exp - iat) * 250);
}
const isOver = ({ identity }: Tokens): boolean => (decodeJwt(identity).exp ?? 0) * 1_000 <= Date.now();
