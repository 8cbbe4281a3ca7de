/** Who sends a request: by its token, or by the session of its browser, which is accepted exactly as a token of that person. */
import type { IncomingMessage } from 'node:http';
import type { Caller } from '../../domain/site/caller.ts';
import { demoIssuer } from '../demo-tokens.ts';
import { Problem } from '../errors.ts';
import type { Identity } from '../identity.ts';
import { fromThisMachine } from '../loopback.ts';
import { cookieOf, type PublicAddress } from './public-address.ts';
import { checkOrigin } from './same-origin.ts';
import type { Sessions } from './sessions.ts';

export interface SignedIn {
  caller: Caller;
  how: 'oidc' | 'loopback' | 'token';
  /** As their identity provider writes it. */
  name?: string;
}

export interface Authentication {
  /** `counts`: as a request of the person, from which a session is idle; unless it is false, it does. Throws `no-token`, `bad-token`, `session-over`, `cross-site` or `identity-unreachable`. A token counts before a cookie. */
  of(request: IncomingMessage & { method: string }, counts?: boolean): Promise<SignedIn>;
  /** Of a request for a page, which may come from a link of another site; undefined where nobody is signed in. Throws `session-over` and `identity-unreachable`. */
  ofPage(request: IncomingMessage): Promise<SignedIn | undefined>;
}

export function createAuthentication(identity: Identity, sessions: Sessions, address: PublicAddress): Authentication {
  async function bySession(request: IncomingMessage, secret: string, counts?: boolean): Promise<SignedIn> {
    const { caller, issuer, name } = await sessions.verified(secret, counts);
    if (issuer !== demoIssuer) return { caller, how: 'oidc', ...(name === undefined ? {} : { name }) };
    if (!fromThisMachine(request)) throw new Problem('session-over', 'Sessions without an identity provider are for this machine only.');
    return { caller, how: 'loopback' };
  }
  const secretOf = (request: IncomingMessage) => cookieOf(request, address.cookieName(request));
  return {
    async of(request, counts) {
      const { authorization } = request.headers;
      const secret = authorization === undefined ? secretOf(request) : undefined;
      if (secret === undefined) return { caller: await identity.callerOf(authorization), how: 'token' };
      checkOrigin(request, address);
      return bySession(request, secret, counts);
    },
    async ofPage(request) {
      const secret = secretOf(request);
      return secret === undefined ? undefined : bySession(request, secret);
    },
  };
}
