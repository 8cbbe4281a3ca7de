/**
 * Signs a person in with their organization's OpenID Connect provider: by the browser with a redirect to this machine and PKCE (RFC 8252), or by a code that
 * is entered on another device (RFC 8628). Loaded only by commands that need a token.
 */
import type { Server, ServerResponse } from 'node:http';
import * as oidc from 'openid-client';
import { CommandFailure, badInput, exitCodes } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { printable, sentence } from '../printable.ts';
import { isLoopback } from './loopback.ts';
import { readCredentials, writeCredentials, type Credentials, type Profile } from './config-file.ts';

export type Method = 'browser' | 'device';

/** What identifies the person: the fields of Credentials without the endpoint. */
type Signed = Omit<Credentials, 'url'>;

/** A browser gets this long to come back. */
const browserMs = 5 * 60_000;
/** A token is renewed before it ends on its way. */
const renewedBeforeMs = 30_000;

/** Throws bad input where the profile does not say how, and a refusal where the provider says no. */
export async function signIn(io: Io, profile: Profile, method: Method | undefined): Promise<Signed> {
  const provider = await providerOf(profile);
  const { device_authorization_endpoint: device, authorization_endpoint: browser } = provider.serverMetadata();
  const chosen = method ?? (browser !== undefined && io.canBrowse ? 'browser' : device === undefined ? 'browser' : 'device');
  if ((chosen === 'device' ? device : browser) === undefined)
    throw badInput(`The provider ${printable(profile.issuer ?? '')} offers no sign-in by ${chosen}. Use --${chosen === 'device' ? 'browser' : 'device'}.`);
  const tokens = await refusable(profile, chosen === 'device' ? byDevice(io, provider, profile) : byBrowser(io, provider, profile));
  return signedBy(tokens, profile);
}

async function byDevice(io: Io, provider: oidc.Configuration, profile: Profile): Promise<Tokens> {
  const started = await oidc.initiateDeviceAuthorization(provider, asked(profile));
  io.err(
    [
      `On any device, open ${printable(started.verification_uri)} and enter the code ${printable(started.user_code)}`,
      ...(started.verification_uri_complete === undefined ? [] : [`or open ${printable(started.verification_uri_complete)}`]),
      'Waiting for the sign-in there; Ctrl-C ends it.',
    ].join('\n'),
  );
  return oidc.pollDeviceAuthorizationGrant(provider, started, undefined, { signal: io.ended });
}

async function byBrowser(io: Io, provider: oidc.Configuration, profile: Profile): Promise<Tokens> {
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const expectedState = oidc.randomState();
  const { redirect, answered, close } = await waitingHere(io);
  try {
    const address = oidc.buildAuthorizationUrl(provider, {
      ...asked(profile),
      redirect_uri: redirect,
      state: expectedState,
      code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    });
    io.err(`${(await io.openBrowser(address.href)) ? 'Your browser opens' : 'Open in a browser on this machine'}: ${address.href}`);
    return await oidc.authorizationCodeGrant(provider, await answered, { pkceCodeVerifier, expectedState });
  } finally {
    close();
  }
}

/** A server on this machine that takes one redirect. */
async function waitingHere(io: Io): Promise<{ redirect: string; answered: Promise<URL>; close: () => void }> {
  const { promise: answered, resolve, reject } = Promise.withResolvers<URL>();
  answered.catch(() => undefined);
  let redirect = '';
  // In the bundle, a static import would be loaded by every command.
  const { createServer } = await import('node:http');
  const server = createServer((request, response) => {
    const at = URL.parse(request.url ?? '', redirect);
    if (request.method !== 'GET' || at?.pathname !== '/signed-in' || !(at.searchParams.has('code') || at.searchParams.has('error')))
      return said(response, 404, 'Nothing is here.');
    said(
      response,
      200,
      at.searchParams.has('code') ? 'You can close this page and return to the terminal.' : 'The sign-in was refused. The terminal says why.',
    );
    resolve(at);
  });
  redirect = `http://127.0.0.1:${await listening(server)}/signed-in`;
  const end = () => reject(new CommandFailure(exitCodes.refused, 'Nobody signed in. Nothing was changed.', { code: 'not-signed-in' }));
  const late = setTimeout(end, browserMs);
  io.ended.addEventListener('abort', end, { once: true });
  const close = () => {
    clearTimeout(late);
    server.close();
    server.closeAllConnections();
  };
  return { redirect, answered, close };
}

function said(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', connection: 'close' }).end(`${text}\n`);
}

const listening = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });

/** The token of the profile, renewed where it is about to end. Throws where it cannot be. */
export async function freshToken(io: Io, name: string, profile: Profile, credentials: Credentials): Promise<string> {
  if (!endsSoon(credentials)) return credentials.token;
  const again = new CommandFailure(exitCodes.refused, `Your sign-in has expired. Run 'rolewave login --profile ${name}'.`, { code: 'sign-in-expired' });
  if (credentials.refreshToken === undefined) throw again;
  try {
    const tokens = await oidc.refreshTokenGrant(await providerOf(profile), credentials.refreshToken);
    const signed = signedBy(tokens, profile);
    writeCredentials(io.env, name, { refreshToken: credentials.refreshToken, ...signed, url: credentials.url });
    return signed.token;
  } catch (error) {
    // A command that ran at the same time may have renewed it first: a refresh token often counts once.
    const now = readCredentials(io.env)[name];
    if (now && now.url === credentials.url && !endsSoon(now)) return now.token;
    if (error instanceof oidc.ResponseBodyError) throw again;
    throw asFailure(error, profile);
  }
}

const endsSoon = ({ expiresMs }: Credentials): boolean => expiresMs !== undefined && expiresMs - Date.now() < renewedBeforeMs;

/** Tells the provider that the sign-in has ended. Whether it listens or not, this machine forgets it. */
export async function endSignIn(profile: Profile, { refreshToken }: Credentials): Promise<void> {
  if (refreshToken === undefined) return;
  await oidc.tokenRevocation(await providerOf(profile), refreshToken);
}

type Tokens = oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers;

/** An access token counts at the endpoint where it is a JSON Web Token; providers that issue others identify people by the ID token. */
function signedBy(tokens: Pick<Tokens, 'access_token' | 'id_token' | 'refresh_token' | 'expires_in'>, { token }: Profile): Signed {
  const isJwt = (text: string) => text.split('.').length === 3;
  const usesId = token === 'id' || (token !== 'access' && !isJwt(tokens.access_token));
  const chosen = usesId ? tokens.id_token : tokens.access_token;
  if (chosen === undefined)
    throw new CommandFailure(exitCodes.refused, "The provider gave no ID token. Add openid to the profile's scope.", { code: 'no-id-token' });
  const ends = endOf(chosen) ?? (tokens.expires_in === undefined ? undefined : Date.now() + tokens.expires_in * 1_000);
  return {
    token: chosen,
    ...(ends === undefined ? {} : { expiresMs: ends }),
    ...(tokens.refresh_token === undefined ? {} : { refreshToken: tokens.refresh_token }),
  };
}

/** As the token itself says; only to know when to renew it. */
function endOf(token: string): number | undefined {
  try {
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { exp?: unknown };
    return typeof exp === 'number' ? exp * 1_000 : undefined;
  } catch {
    return undefined;
  }
}

function asked({ scope, audience }: Profile): Record<string, string> {
  return {
    scope: scope ?? 'openid offline_access',
    ...(audience === undefined ? {} : { audience, ...(URL.canParse(audience) ? { resource: audience } : {}) }),
  };
}

async function providerOf(profile: Profile): Promise<oidc.Configuration> {
  const { issuer, 'client-id': clientId } = profile;
  if (issuer === undefined || clientId === undefined)
    throw badInput("The profile does not say where to sign in: add --issuer and --client-id. Those who run Rolewave know both ('rolewave login --help').");
  const address = URL.parse(issuer);
  if (!address || !(address.protocol === 'https:' || (address.protocol === 'http:' && isLoopback(issuer))))
    throw badInput(`--issuer ${printable(issuer)} is not the https address of a provider.`);
  const execute = address.protocol === 'http:' ? [oidc.allowInsecureRequests] : [];
  return refusable(profile, oidc.discovery(address, clientId, undefined, oidc.None(), { execute }));
}

const refusable = <T>(profile: Profile, doing: Promise<T>): Promise<T> =>
  doing.catch((error: unknown) => {
    throw asFailure(error, profile);
  });

/** The provider's own words, where it gave some. */
function asFailure(error: unknown, { issuer = '' }: Profile): unknown {
  if (error instanceof CommandFailure) return error;
  if (error instanceof oidc.ResponseBodyError || error instanceof oidc.AuthorizationResponseError) {
    const why = error.error_description ?? error.error;
    return new CommandFailure(exitCodes.refused, `The provider refused the sign-in: ${sentence(printable(why))} Nothing was changed.`, { code: error.error });
  }
  if (error instanceof Error && error.name === 'AbortError')
    return new CommandFailure(exitCodes.refused, 'Nobody signed in. Nothing was changed.', { code: 'not-signed-in' });
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : error instanceof Error ? error.message : String(error);
  return new CommandFailure(
    exitCodes.unreachable,
    `The provider ${printable(issuer)} does not answer as an OpenID Connect provider (${printable(cause)}). Check --issuer.`,
    {
      code: 'provider-unreachable',
    },
  );
}
