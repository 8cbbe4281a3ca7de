/**
 * A real OpenID Connect provider on loopback (the package oidc-provider), with the device flow, refresh tokens that count once, and JSON Web Tokens as
 * access tokens. Its pages are its own; `signInAt` and `enterCode` do what a person does on them.
 */
import { createServer, type Server } from 'node:http';
import { Provider } from 'oidc-provider';

export interface TestProvider {
  issuer: string;
  /** The subject of one of its access tokens. Undefined: it is not one. */
  personOf(token: string): string | undefined;
  /** Signs in as `person` on the pages that begin at this address, and agrees. */
  signInAt(address: string, person: string): Promise<void>;
  refuseAt(address: string): Promise<void>;
  enterCode(code: string, person: string): Promise<void>;
  close(): Promise<void>;
}

export async function startProvider(): Promise<TestProvider> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'rolewave-cli',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: ['http://127.0.0.1/signed-in'],
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        response_types: ['code'],
      },
    ],
    features: {
      devInteractions: { enabled: true },
      deviceFlow: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'urn:rolewave',
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope: 'openid offline_access', audience: 'rolewave', accessTokenFormat: 'jwt' }),
      },
    },
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
    cookies: { keys: ['only in tests'] },
    findAccount: (_context: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
  } as never);
  server.on('request', (provider as unknown as { callback: () => Parameters<Server['on']>[1] }).callback() as never);
  const personOf = (token: string): string | undefined => {
    try {
      const { iss, sub, aud } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, string>;
      return iss === issuer && aud === 'rolewave' ? sub : undefined;
    } catch {
      return undefined;
    }
  };
  return {
    issuer,
    personOf,
    signInAt: (address, person) => visit(address, person),
    refuseAt: async (address) => {
      const browser = createBrowser();
      const page = await browser.get(address);
      const abort = /href="([^"]*\/abort)"/.exec(page.text)?.[1] ?? '';
      await browser.get(new URL(abort, page.address).href);
    },
    enterCode: async (code, person) => {
      await visit(`${issuer}/device?user_code=${encodeURIComponent(code)}`, person);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Follows the pages and submits each form, until there is none. */
async function visit(address: string, person: string): Promise<void> {
  const browser = createBrowser();
  let page = await browser.get(address);
  for (let step = 0; step < 8; step += 1) {
    const form = /<form[^>]*>[\s\S]*?<\/form>/.exec(page.text)?.[0];
    if (form === undefined) return;
    const action = /action="([^"]*)"/.exec(form)?.[1] ?? page.address;
    const fields = new URLSearchParams();
    for (const [input] of form.matchAll(/<input[^>]*>/g)) {
      const name = /name="([^"]*)"/.exec(input)?.[1];
      if (name === undefined) continue;
      const value = /value="([^"]*)"/.exec(input)?.[1] ?? '';
      fields.set(name, name === 'login' ? person : name === 'password' ? 'any' : value);
    }
    page = await browser.post(new URL(action, page.address).href, fields);
  }
}

interface Page {
  address: string;
  text: string;
}

/** Keeps cookies and follows redirects, as a browser does. */
function createBrowser(): { get(address: string): Promise<Page>; post(address: string, fields: URLSearchParams): Promise<Page> } {
  const cookies = new Map<string, string>();
  const go = async (address: string, fields?: URLSearchParams): Promise<Page> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(address, { redirect: 'manual', headers: { cookie }, ...(fields ? { method: 'POST', body: fields } : {}) });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null) return { address, text: await response.text() };
    return go(new URL(location, address).href);
  };
  return { get: (address) => go(address), post: (address, fields) => go(address, fields) };
}
