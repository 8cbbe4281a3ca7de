/** The token that is sent with each request: the one of the connection string, or one that a client gets for itself (OAuth 2.0 client credentials, RFC 6749, 4.4). */
import * as oauth from 'openid-client';
import type { Agent } from 'undici';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { boundedFetch, notReached } from './exchange.ts';
import { isHeaderText, type ScimSettings } from './settings.ts';

export interface Tokens {
  current(): Promise<string>;
  /** The server did not take it. Whether another can be had. */
  refused(token: string): boolean;
}

/** A token is renewed so long before its end, so that it does not end on its way. */
const marginMs = 30_000;
/** Where the server does not say how long it lasts. */
const usualMs = 300_000;
const longestMs = 3_600_000;
const answerMs = 15_000;
/** A Response with one of these takes no body. */
const bodiless = new Set([204, 205, 304]);
/** RFC 6749, 5.2. */
const errorCodes = new Set(['invalid_request', 'invalid_client', 'invalid_grant', 'unauthorized_client', 'unsupported_grant_type', 'invalid_scope']);

export function tokensOf({ credentials: { clientId, secret }, oauth: from }: ScimSettings, dispatcher: Agent): Tokens {
  if (clientId === undefined || !from) return { current: async () => secret, refused: () => false };
  let known: { token: string; untilMs: number } | undefined;
  let asking: Promise<string> | undefined;

  const ask = async (): Promise<string> => {
    const config = new oauth.Configuration(
      { issuer: new URL(from.tokenUrl).origin, token_endpoint: from.tokenUrl },
      clientId,
      undefined,
      oauth.ClientSecretBasic(secret),
    );
    if (from.tokenUrl.startsWith('http:')) oauth.allowInsecureRequests(config);
    // The library would call it a wrong answer.
    let notThere: SystemUnavailable | undefined;
    config[oauth.customFetch] = async (url, { method, headers, body }) => {
      try {
        const { response, text } = await boundedFetch(new URL(url), { method, headers, body: body as string, dispatcher }, answerMs);
        return new Response(bodiless.has(response.status) ? null : text, { status: response.status, headers: [...response.headers] });
      } catch (error) {
        notThere = notReached(error, 'the token endpoint');
        throw notThere;
      }
    };
    const { access_token: token, expires_in: seconds } = await oauth
      .clientCredentialsGrant(config, from.scope === undefined ? {} : { scope: from.scope })
      .catch((error: unknown) => {
        throw notThere ?? notGiven(error);
      });
    if (!isHeaderText(token)) throw new SystemUnavailable('the token endpoint answered a token that no header can carry');
    const lastsMs = seconds === undefined || !Number.isFinite(seconds) ? usualMs : Math.min(seconds * 1_000, longestMs);
    known = { token, untilMs: Date.now() + lastsMs - marginMs };
    return token;
  };

  return {
    current: async () => {
      if (known && known.untilMs > Date.now()) return known.token;
      asking ??= ask().finally(() => (asking = undefined));
      return asking;
    },
    refused: (token) => {
      if (known?.token === token) known = undefined;
      return true;
    },
  };
}

/** Neither the client's secret nor the answer is repeated. */
function notGiven(error: unknown): SystemUnavailable {
  if (error instanceof oauth.ResponseBodyError)
    return new SystemUnavailable(
      `the token endpoint gave no token: it answered status ${error.status}${errorCodes.has(error.error) ? ` (${error.error})` : ''}. Check the client's id and secret in the connection string, and oauth.scope in the site file`,
    );
  return new SystemUnavailable('the token endpoint gave no token: its answer is not the one of RFC 6749. Check oauth.tokenUrl in the site file');
}
