/** Signing in at the organization's OIDC provider: authorization code with PKCE, state and nonce, by openid-client. */
import * as oidc from 'openid-client';
import { Problem } from '../errors.ts';
import { ownName } from '../loopback.ts';
import type { Tokens } from '../sessions/sealed-tokens.ts';
import type { Renew } from '../sessions/sessions.ts';
import { lostTrack, refusedByProvider, unreachable, wronglySet, SignInFailure } from './failure.ts';

export interface ProviderSettings {
  issuer: string;
  clientId: string;
  /** Undefined for a public client, which PKCE alone protects. */
  clientSecret?: string;
  /** Separated by spaces; has `openid`. */
  scope: string;
  /** Where browsers find this endpoint; no slash at its end. */
  publicUrl: string;
}

/** What the browser keeps between leaving for the provider and coming back. */
export interface Begun {
  state: string;
  nonce: string;
  verifier: string;
}

export interface Provider {
  /** Its host, for people. */
  name: string;
  publicUrl: string;
  /** Where to send the browser. Throws a SignInFailure, as `finish` does. */
  begin(): Promise<{ url: string; begun: Begun }>;
  /** `query`: of the address to which the browser came back. */
  finish(query: string, begun: Begun): Promise<Tokens>;
  renew: Renew;
  /** Where to sign out there too; undefined where it offers none or does not answer. */
  signOutUrl(tokens: Tokens): Promise<string | undefined>;
}

export const callbackPath = '/sign-in/callback';
const keptForMs = 3_600_000;
const timeoutSeconds = 5;

export function createProvider(settings: ProviderSettings): Provider {
  const { issuer, clientId, clientSecret, scope, publicUrl } = settings;
  const redirectUri = `${publicUrl}${callbackPath}`;
  let known: { configuration: Promise<oidc.Configuration>; atMs: number } | undefined;

  function configuration(): Promise<oidc.Configuration> {
    if (known && Date.now() - known.atMs < keptForMs) return known.configuration;
    const found = discover(issuer, clientId, clientSecret);
    known = { configuration: found, atMs: Date.now() };
    // One that failed is asked again by the next person.
    found.catch(() => {
      if (known?.configuration === found) known = undefined;
    });
    return found;
  }

  return {
    name: new URL(issuer).host,
    publicUrl,
    async begin() {
      const found = await configuration().catch(failing);
      const begun = { state: oidc.randomState(), nonce: oidc.randomNonce(), verifier: oidc.randomPKCECodeVerifier() };
      const url = oidc.buildAuthorizationUrl(found, {
        redirect_uri: redirectUri,
        scope,
        state: begun.state,
        nonce: begun.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(begun.verifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, begun };
    },
    async finish(query, { state, nonce, verifier }) {
      try {
        const answer = await oidc.authorizationCodeGrant(await configuration(), new URL(`${redirectUri}?${query}`), {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        return tokensOf(answer) ?? failing(wronglySet('It sent no ID token.'));
      } catch (error) {
        return failing(error);
      }
    },
    async renew(refresh) {
      try {
        return tokensOf(await oidc.refreshTokenGrant(await configuration(), refresh));
      } catch (error) {
        if (error instanceof oidc.ResponseBodyError && error.status < 500) return undefined;
        throw new Problem('identity-unreachable', 'The identity provider did not answer, so the session was not renewed.');
      }
    },
    async signOutUrl(tokens) {
      const found = await configuration().catch(() => undefined);
      if (found?.serverMetadata().end_session_endpoint === undefined) return undefined;
      return oidc.buildEndSessionUrl(found, { id_token_hint: tokens.identity, post_logout_redirect_uri: `${publicUrl}/sign-out` }).href;
    },
  };
}

function discover(issuer: string, clientId: string, clientSecret: string | undefined): Promise<oidc.Configuration> {
  const url = new URL(issuer);
  return oidc.discovery(url, clientId, clientSecret, clientSecret === undefined ? oidc.None() : withSecret(clientSecret), {
    timeout: timeoutSeconds,
    // A provider on this machine, to try things out.
    ...(url.protocol === 'http:' && ownName(url.host) ? { execute: [oidc.allowInsecureRequests] } : {}),
  });
}

/** Basic is what a provider expects where nothing else was agreed; some have it turned off. */
function withSecret(secret: string): oidc.ClientAuth {
  const basic = oidc.ClientSecretBasic(secret);
  const post = oidc.ClientSecretPost(secret);
  return (server, ...rest) =>
    ((server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']).includes('client_secret_basic') ? basic : post)(server, ...rest);
}

const tokensOf = ({ id_token: identity, refresh_token: refresh }: { id_token?: string; refresh_token?: string }): Tokens | undefined =>
  identity === undefined ? undefined : { identity, ...(refresh === undefined ? {} : { refresh }) };

function failing(error: unknown): never {
  const failure = failureOf(error);
  if (failure instanceof SignInFailure) failure.said = saidIn(error);
  throw failure;
}

/** Without the bodies of answers, in which tokens could be. */
function saidIn(error: unknown): string {
  const { message, error: code, error_description: description, cause } = (error ?? {}) as Record<string, unknown>;
  const challenges =
    error instanceof oidc.WWWAuthenticateChallengeError ? error.cause.flatMap(({ parameters }) => [parameters.error, parameters.error_description]) : [];
  const parts = [message, code, description, cause instanceof Error ? cause.message : undefined, ...challenges];
  return parts
    .filter((part) => typeof part === 'string' && part !== '')
    .join(': ')
    .slice(0, 500);
}

function failureOf(error: unknown): SignInFailure | Error {
  if (error instanceof oidc.AuthorizationResponseError) return refusedByProvider(error.error);
  // The code was used, is too old, or belongs to another browser.
  if (error instanceof oidc.ResponseBodyError)
    return error.error === 'invalid_grant' ? lostTrack() : error.status >= 500 ? unreachable() : refusedByProvider(error.error);
  if (error instanceof SignInFailure) return error;
  const { code } = (error ?? {}) as { code?: unknown };
  if (error instanceof oidc.WWWAuthenticateChallengeError) return wronglySet(`It answered ${error.status}.`);
  if (code === 'OAUTH_INVALID_RESPONSE') return lostTrack();
  if (error instanceof oidc.ClientError) return code === 'OAUTH_TIMEOUT' ? unreachable() : wronglySet(`It sent an invalid response (${String(code)}).`);
  if (error instanceof TypeError) return unreachable();
  return error instanceof Error ? error : new Error(String(error));
}
