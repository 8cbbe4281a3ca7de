/**
 * A real OpenID provider (the certified server of the npm package oidc-provider) on this machine, for both clients: the pages with a secret, and the command with
 * the device flow, refresh tokens that count once and JSON Web Tokens as access tokens. People sign in without being asked anything.
 *
 *   provider.next = { person: 'olga' }                  who signs in next, in whichever browser
 *   await provider.signInAt(address, 'olga')            in a browser of its own, to where the address leads
 */
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
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
  /** The subject of one of the access tokens that it gave to the command. Undefined: it is not one. */
  personOf(token: string): string | undefined;
  signInAt(address: string, person: string): Promise<void>;
  refuseAt(address: string): Promise<void>;
  /** On the page for codes of devices. */
  enterCode(code: string, person: string): Promise<void>;
  stop(): Promise<void>;
}

const ofCommand = { resource: 'urn:rolewave', audience: 'rolewave', scope: 'openid offline_access' } as const;

/** `publicUrl`: of the endpoint whose pages people sign in to. */
export async function startIdentityProvider({ publicUrl }: { publicUrl?: string } = {}): Promise<IdentityProvider> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const about = { kid: 'first', alg: 'RS256', use: 'sig' };
  const it: IdentityProvider = {
    issuer,
    client: { clientId: 'rolewave-web', clientSecret: 'a secret: with % and & in it' },
    jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), ...about }] },
    next: { person: 'olga' },
    people: new Map(),
    idTokenSeconds: 3_600,
    refreshes: true,
    personOf: (token) => subjectOf(token, issuer),
    async signInAt(address, person) {
      it.people.set(person, it.people.get(person) ?? {});
      it.next = { person };
      await visit(address);
    },
    async refuseAt(address) {
      it.next = { declines: true };
      await visit(address);
    },
    enterCode: (code, person) => it.signInAt(`${issuer}/device?user_code=${encodeURIComponent(code)}`, person),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  const provider = new Provider(issuer, configurationOf(it, [{ ...(privateKey.export({ format: 'jwk' }) as JWK), ...about }], publicUrl));
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (request.url?.startsWith('/interaction/')) void interact(provider, it, request, response);
    else void answer(request, response);
  });
  return it;
}

function configurationOf(it: IdentityProvider, keys: JWK[], publicUrl: string | undefined): Configuration {
  return {
    clients: [
      {
        client_id: 'rolewave-cli',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: ['http://127.0.0.1/signed-in'],
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        response_types: ['code'],
      },
      ...(publicUrl === undefined
        ? []
        : [
            {
              client_id: it.client.clientId,
              client_secret: it.client.clientSecret,
              grant_types: ['authorization_code', 'refresh_token'],
              redirect_uris: [`${publicUrl}/sign-in/callback`],
              post_logout_redirect_uris: [`${publicUrl}/sign-out`],
            },
          ]),
    ],
    jwks: { keys },
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
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: true },
      deviceFlow: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_context, client) => (client?.clientId === 'rolewave-cli' ? ofCommand.resource : []),
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope: ofCommand.scope, audience: ofCommand.audience, accessTokenFormat: 'jwt' }),
      },
    },
    ttl: {
      IdToken: () => it.idTokenSeconds,
      AccessToken: 3_600,
      AuthorizationCode: 60,
      DeviceCode: 600,
      Grant: 86_400,
      Interaction: 600,
      Session: 86_400,
      RefreshToken: 86_400,
    },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
  };
}

async function interact(provider: Provider, { next }: Pick<IdentityProvider, 'next'>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if ('declines' in next) return provider.interactionFinished(request, response, { error: 'access_denied', error_description: '<b>Call 555</b>' });
  if (prompt.name === 'login') return provider.interactionFinished(request, response, { login: { accountId: next.person } });
  const grant = new provider.Grant({ accountId: session?.accountId ?? '', clientId: String(params['client_id']) });
  grant.addOIDCScope(String(params['scope']));
  for (const [resource, scopes] of Object.entries((prompt.details['missingResourceScopes'] ?? {}) as Record<string, string[]>))
    grant.addResourceScope(resource, scopes.join(' '));
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
}

function subjectOf(token: string, issuer: string): string | undefined {
  try {
    const { iss, sub, aud } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, string>;
    return iss === issuer && aud === ofCommand.audience ? sub : undefined;
  } catch {
    return undefined;
  }
}

/** Follows where the address leads, with cookies as a browser does, and submits each form, until there is none. */
async function visit(address: string): Promise<void> {
  const cookies = new Map<string, string>();
  let [next, form]: [string, URLSearchParams | undefined] = [address, undefined];
  for (let step = 0; step < 30; step += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(next, { redirect: 'manual', headers: { cookie }, ...(form ? { method: 'POST', body: form } : {}) });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const [location, text] = [response.headers.get('location'), await response.text()];
    form = location === null ? fieldsOf(text) : undefined;
    if (location === null && form === undefined) return;
    next = new URL(location ?? /action="([^"]*)"/.exec(text)?.[1] ?? next, next).href;
  }
  throw new Error(`the provider sends the browser around: ${next}`);
}

function fieldsOf(page: string): URLSearchParams | undefined {
  const form = /<form[^>]*>[\s\S]*?<\/form>/.exec(page)?.[0];
  if (form === undefined) return undefined;
  const fields = new URLSearchParams();
  for (const [input] of form.matchAll(/<input[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(input)?.[1];
    if (name !== undefined) fields.set(name, /value="([^"]*)"/.exec(input)?.[1] ?? '');
  }
  return fields;
}
