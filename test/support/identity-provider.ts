/** A real OpenID provider (the certified server of the npm package oidc-provider) on this machine, whose people sign in without being asked anything. */
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Provider, type Configuration, type JWK } from 'oidc-provider';

export interface IdentityProvider {
  issuer: string;
  client: { clientId: string; clientSecret: string };
  /** Its public keys, as it publishes them. */
  jwks: { keys: object[] };
  /** Who signs in next, or that they decline. Anyone who is signed in there stays signed in until they sign out. */
  next: { person: string } | { declines: true };
  /** Claims of people beside `sub`. A person who is not here does not exist. */
  people: Map<string, Record<string, unknown>>;
  /** Of tokens from now on. */
  idTokenSeconds: number;
  refreshes: boolean;
  stop(): Promise<void>;
}

export async function startIdentityProvider(port: number, publicUrl: string): Promise<IdentityProvider> {
  const issuer = `http://127.0.0.1:${port}`;
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const about = { kid: 'first', alg: 'RS256', use: 'sig' };
  const client = { clientId: 'rolewave-web', clientSecret: 'a secret: with % and & in it' };
  const it: Omit<IdentityProvider, 'stop'> = {
    issuer,
    client,
    jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), ...about }] },
    next: { person: 'olga' },
    people: new Map(),
    idTokenSeconds: 3_600,
    refreshes: true,
  };
  const configuration: Configuration = {
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: [`${publicUrl}/sign-in/callback`],
        post_logout_redirect_uris: [`${publicUrl}/sign-out`],
      },
    ],
    jwks: { keys: [{ ...(privateKey.export({ format: 'jwk' }) as JWK), ...about }] },
    cookies: { keys: ['of a test'] },
    claims: { openid: ['sub', 'groups'], profile: ['name'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    findAccount: async (_context, id) => {
      const claims = it.people.get(id);
      return claims && { accountId: id, claims: async () => ({ sub: id, ...claims }) };
    },
    issueRefreshToken: async () => it.refreshes,
    rotateRefreshToken: true,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
    ttl: {
      IdToken: () => it.idTokenSeconds,
      AccessToken: 3_600,
      AuthorizationCode: 60,
      Grant: 86_400,
      Interaction: 600,
      Session: 86_400,
      RefreshToken: 86_400,
    },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
  };
  const provider = new Provider(issuer, configuration);
  const answer = provider.callback();
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/interaction/')) void interact(provider, it, request, response);
    else void answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return Object.assign(it, { stop: () => stopped(server) });
}

async function interact(provider: Provider, { next }: Pick<IdentityProvider, 'next'>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if ('declines' in next) return provider.interactionFinished(request, response, { error: 'access_denied', error_description: '<b>Call 555</b>' });
  if (prompt.name === 'login') return provider.interactionFinished(request, response, { login: { accountId: next.person } });
  const grant = new provider.Grant({ accountId: session?.accountId ?? '', clientId: String(params['client_id']) });
  grant.addOIDCScope(String(params['scope']));
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
}

const stopped = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
