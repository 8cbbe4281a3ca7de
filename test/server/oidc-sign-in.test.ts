/** Signing in at a real OpenID provider, and what becomes of the session when something changes there. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createProvider } from '../../api/sign-in/provider.ts';
import { freePort } from '../../provision/free-port.ts';
import { Browser, type Page } from '../support/browser.ts';
import { startEndpoint, planText, type Endpoint } from '../support/endpoint.ts';
import { startIdentityProvider, type IdentityProvider } from '../support/identity-provider.ts';

let api: Endpoint;
let provider: IdentityProvider;
let publicUrl: string;
let jwks: string;

beforeAll(async () => {
  const port = await freePort();
  publicUrl = `http://127.0.0.1:${port}`;
  provider = await startIdentityProvider({ publicUrl });
  const folder = await mkdtemp(join(tmpdir(), 'rolewave-oidc-'));
  jwks = join(folder, 'jwks.json');
  await publish(provider.jwks);
  await writeFile(join(folder, 'index.html'), 'the board');
  api = await startEndpoint({
    port,
    publicUrl,
    pagesFolder: folder,
    identity: { jwks, issuer: provider.issuer, audience: 'rolewave', claim: 'sub', groupsClaim: 'groups' },
    signIn: { ...provider.client, scope: 'openid profile email' },
    trustedProxies: ['127.0.0.1'],
  });
  await api.send('ines', 'POST', '/v1/plans', planText());
});
afterAll(async () => {
  await api?.close();
  await provider?.stop();
});
beforeEach(() => {
  provider.people.clear();
  for (const person of ['olga', 'ines', 'ann']) provider.people.set(person, { name: `Name of ${person}`, groups: ['staff'] });
  Object.assign(provider, { next: { person: 'olga' }, idTokenSeconds: 3_600, refreshes: true });
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const publish = (keys: { keys: object[] }) => writeFile(jwks, JSON.stringify(keys));
/** On this machine's clock, for the endpoint and the provider alike; the store has one of its own. */
const pass = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1_000);

interface Visitor {
  here: Browser;
  /** The same browser, with the provider's cookies. */
  there: Browser;
}
const visitor = (): Visitor => ({ here: new Browser(publicUrl), there: new Browser(provider.issuer) });

/** Follows the provider's redirects, and returns the address to which it sends the browser back. */
async function atProvider({ there }: Visitor, location: string): Promise<string> {
  for (let steps = 0, next = location; steps < 12; steps++) {
    const page = await there.get(next);
    const to = page.headers.get('location');
    if (to === null) throw new Error(`the provider shows a page: ${page.status} ${page.text.slice(0, 500)}`);
    next = new URL(to, provider.issuer).href;
    if (next.startsWith(publicUrl)) return next;
  }
  throw new Error('the provider sends the browser around');
}
const begin = async (one: Visitor, to = '/') => (await one.here.get(`/sign-in?to=${encodeURIComponent(to)}`)).headers.get('location') ?? '';
async function signIn(one = visitor(), to = '/'): Promise<Visitor & { last: Page }> {
  const back = await one.here.get(await atProvider(one, await begin(one, to)));
  const location = back.headers.get('location');
  const last = location?.startsWith('/sign-in/done') ? await one.here.get(location) : back;
  return { ...one, last };
}
const me = async ({ here }: Pick<Visitor, 'here'>) => (await here.json('/v1/me')).body;

test('a person signs in with code, PKCE, state and nonce, and is to the API whom the provider names', async () => {
  const one = visitor();
  const asked = new URL(await begin(one, '/waves/test/wave-1?x=1'));
  expect(Object.fromEntries(asked.searchParams)).toEqual({
    client_id: 'rolewave-web',
    redirect_uri: `${publicUrl}/sign-in/callback`,
    response_type: 'code',
    scope: 'openid profile email',
    state: expect.stringMatching(/^.{40,}$/),
    nonce: expect.stringMatching(/^.{40,}$/),
    code_challenge: expect.stringMatching(/^.{43}$/),
    code_challenge_method: 'S256',
  });
  const { last } = await signIn(one, '/waves/test/wave-1?x=1');
  expect([last.status, last.headers.get('location')]).toEqual([303, '/waves/test/wave-1?x=1']);
  expect((await one.here.get('/waves/test/wave-1?x=1')).text).toBe('the board');
  expect(await me(one)).toEqual({ id: 'olga', name: expect.any(String), how: 'oidc', signOut: '/sign-out', canSwitch: false });
});

test('the groups of the session are those of its token', async () => {
  await api.changeSite({
    administrators: { people: ['root'] },
    plans: [{ plan: '*', read: { groups: ['audit'] }, apply: { people: ['ines'] }, systems: [{ system: 'erp' }] }],
  });
  provider.people.set('vera', { groups: ['audit'] });
  provider.people.set('mallory', { groups: ['staff'] });
  for (const [person, plans] of [
    ['vera', 1],
    ['mallory', 0],
  ] as const) {
    provider.next = { person };
    expect((await (await signIn()).here.json('/v1/plans')).body).toHaveLength(plans);
  }
  await api.changeSite({});
});

test('the ID token of a session is not accepted as a token of the API', async () => {
  const tokens: string[] = [];
  const fetching = globalThis.fetch;
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (...asked) => {
    const answered = await fetching(...asked);
    const { id_token } = (await answered
      .clone()
      .json()
      .catch(() => ({}))) as { id_token?: string };
    if (id_token !== undefined) tokens.push(id_token);
    return answered;
  });
  await signIn();
  vi.restoreAllMocks();
  expect(tokens).toHaveLength(1);
  const sent = await fetch(`${publicUrl}/v1/me`, { headers: { authorization: `Bearer ${tokens[0]}` } });
  expect([sent.status, ((await sent.json()) as { detail: string }).detail]).toEqual([401, "The token's claim 'aud' is not the expected one."]);
});

test('the store has neither the secret of the browser nor a token', async () => {
  const one = await signIn();
  const secret = one.here.cookieHeader().split('=')[1] ?? '';
  const { Client } = (await import('pg')).default;
  const client = new Client({ connectionString: api.config.databaseUrl });
  await client.connect();
  const { rows } = await client.query('select * from rolewave.sessions');
  await client.end();
  expect(secret).toMatch(/^[\w-]{43}$/);
  expect(rows.length).toBeGreaterThan(0);
  expect(JSON.stringify(rows)).not.toContain(secret);
  expect(JSON.stringify(rows)).not.toMatch(/eyJ[\w-]+\./);
});

test('the token is renewed before it expires, again and again, and the groups with it', async () => {
  provider.idTokenSeconds = 300;
  const one = await signIn();
  for (let times = 0; times < 3; times++) {
    pass(250);
    expect((await Promise.all([me(one), me(one), me(one)])).map(({ id }) => id)).toEqual(['olga', 'olga', 'olga']);
  }
});

test('a person who left the organization is signed out when the token would be renewed', async () => {
  provider.idTokenSeconds = 300;
  const one = await signIn();
  provider.people.delete('olga');
  expect((await me(one)).id).toBe('olga');
  pass(250);
  expect(await me(one)).toMatchObject({ code: 'session-over', detail: 'Your identity provider does not renew it.' });
  expect((await one.here.get('/')).headers.get('location')).toBe('/sign-in?to=%2F');
});

test('without a refresh token, the session ends with the token', async () => {
  Object.assign(provider, { refreshes: false, idTokenSeconds: 300 });
  const one = await signIn();
  pass(299);
  expect((await me(one)).id).toBe('olga');
  pass(10);
  expect(await me(one)).toMatchObject({ code: 'session-over', detail: 'The token has expired.' });
});

test('a session ends when the provider no longer publishes the key of its token', async () => {
  const one = await signIn();
  await publish({ keys: [] });
  pass(2);
  expect(await me(one)).toMatchObject({ code: 'session-over', detail: 'The key that signed the token is not trusted.' });
  await publish(provider.jwks);
  pass(2);
  // It does not come back with the key.
  expect((await me(one)).code).toBe('session-over');
});

test('somebody who declines reads so, and nothing that a link could have put there', async () => {
  provider.next = { declines: true };
  const { last, here } = await signIn();
  expect([last.status, last.headers.get('content-type'), here.cookieHeader()]).toEqual([403, 'text/html; charset=utf-8', '']);
  expect(last.text).toContain('You were not signed in');
  expect(last.text).not.toContain('555');
});

test('an answer of the provider counts once, and only in the browser that began', async () => {
  const one = visitor();
  const answer = await atProvider(one, await begin(one));
  // Login CSRF: the attacker's own answer, in the browser of somebody who began another sign-in.
  const other = visitor();
  await begin(other);
  const forged = await other.here.get(answer);
  expect([forged.status, forged.text]).toEqual([400, expect.stringContaining('This sign-in cannot be finished')]);
  const nobody = await visitor().here.get(answer);
  expect(nobody.status).toBe(400);
  expect((await one.here.get(answer)).status).toBe(303);
  const twice = await one.here.get(answer);
  expect([twice.status, twice.text]).toEqual([400, expect.stringContaining('Start again')]);
});

test('a code of another sign-in of the same browser is refused by PKCE', async () => {
  const one = visitor();
  const first = new URL(await atProvider(one, await begin(one)));
  const second = new URL(await atProvider(one, await begin(one)));
  second.searchParams.set('code', first.searchParams.get('code') ?? '');
  expect((await one.here.get(second.href)).status).toBe(400);
});

test('a provider that names nobody whom a plan could name is told apart from one that fails', async () => {
  provider.people.set('a person', {});
  provider.next = { person: 'a person' };
  const { last } = await signIn();
  expect([last.status, last.text]).toEqual([403, expect.stringContaining('Rolewave cannot tell who you are')]);
});

test('a browser that keeps no cookie is not sent around for ever', async () => {
  const page = await visitor().here.get('/sign-in/done?to=%2F');
  expect([page.status, page.text]).toEqual([400, expect.stringContaining('Your browser did not keep the session')]);
});

test('another name of this machine leads to the one that the provider knows', async () => {
  const { port } = new URL(publicUrl);
  const page = await new Browser(`http://localhost:${port}`).get('/sign-in?to=%2Fleadership');
  expect(page.headers.get('location')).toBe(`${publicUrl}/sign-in?to=%2Fleadership`);
});

test('signing in again replaces the session, and nobody picks a person here', async () => {
  const one = await signIn();
  const before = one.here.copy();
  await signIn(one);
  expect([(await me(one)).id, (await before.json('/v1/me')).body.code]).toEqual(['olga', 'session-over']);
  expect((await one.here.post('/sign-in', { person: 'ines' })).status).toBe(404);
});

test('signing out ends the session here, and leads on to the provider', async () => {
  const one = await signIn();
  const thief = one.here.copy();
  const out = await one.here.post('/sign-out', {});
  expect([out.status, one.here.cookieHeader(), (await thief.json('/v1/me')).body.code]).toEqual([200, '', 'session-over']);
  const there = new URL(/^0; url=(.+)$/.exec(out.headers.get('refresh') ?? '')?.[1] ?? '');
  expect([there.origin, there.pathname, there.searchParams.get('post_logout_redirect_uri')]).toEqual([
    provider.issuer,
    '/session/end',
    `${publicUrl}/sign-out`,
  ]);
  const asks = await one.there.get(there.href);
  expect([asks.status, asks.text]).toEqual([200, expect.stringContaining('/session/end/confirm')]);
  expect((await one.here.get('/sign-out')).text).toContain('You are signed out');
});

test('a secret that is not the provider’s is the matter of those who run Rolewave, who find the cause in the log', async () => {
  const wrong = createProvider({ issuer: provider.issuer, clientId: provider.client.clientId, clientSecret: 'wrong', scope: 'openid', publicUrl });
  const { url, begun } = await wrong.begin();
  const back = new URL(await atProvider(visitor(), url));
  await expect(wrong.finish(back.search.slice(1), begun)).rejects.toMatchObject({
    status: 502,
    title: 'Your identity provider does not accept Rolewave',
    said: expect.stringContaining('invalid_client'),
  });
});

test('nobody who asks without a token keeps people of the same address from signing in and out', async () => {
  const limits = { readsPerMinute: 100_000, writesPerMinute: 100_000, plansPerMinute: 100_000, unauthenticatedPerMinute: 3 };
  await api.changeSite({ limits });
  onTestFinished(() => api.changeSite({}));
  // What the tests before asked, some of them in the future, counts no more.
  pass(900);
  const { port } = new URL(publicUrl);
  const stranger = (name: string, value: string) => {
    const one = new Browser(publicUrl);
    one.set(name, value);
    return one;
  };
  const guesser = () => stranger(`rolewave-${port}`, 'B'.repeat(43));
  const five = async (ask: () => Promise<Page>) => {
    const statuses: number[] = [];
    for (let times = 0; times < 5; times++) statuses.push((await ask()).status);
    return statuses;
  };
  expect(await five(() => visitor().here.get('/v1/waves'))).toContain(429);
  // Pages have a count of their own.
  expect((await guesser().get('/')).status).toBe(302);
  expect(await five(() => guesser().get('/sign-in/done'))).toEqual([401, 401, 429, 429, 429]);
  const made = Buffer.from(JSON.stringify({ state: 's', nonce: 'n', verifier: 'v', to: '/', atMs: Date.now() })).toString('base64url');
  expect((await stranger(`rolewave-sign-in-${port}`, made).get('/sign-in/callback?code=x&state=s')).status).toBe(429);
  expect((await guesser().post('/sign-out', {})).status).toBe(429);

  const one = visitor();
  const back = await atProvider(one, await begin(one));
  const copy = one.here.copy();
  expect((await one.here.get(back)).headers.get('location')).toMatch(/^\/sign-in\/done/);
  expect((await one.here.get('/sign-in/done')).status).toBe(303);
  expect((await one.here.get('/')).status).toBe(200);
  // The same sign-in again does count.
  expect((await copy.get(back)).status).toBe(429);
  expect((await one.here.post('/sign-out', {})).status).toBe(200);
  expect((await one.here.post('/sign-out', {})).status).toBe(429);
});

describe('what is asked of the provider with made-up codes', () => {
  /** Counts what reaches its token endpoint, which refuses every code from now on. */
  function refusing(): { asked: number } {
    const heard = { asked: 0 };
    const fetching = globalThis.fetch;
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (...given) => {
      const address = given[0] instanceof Request ? given[0].url : String(given[0]);
      if (address !== `${provider.issuer}/token`) return fetching(...given);
      heard.asked += 1;
      return Response.json({ error: 'invalid_grant' }, { status: 400 });
    });
    onTestFinished(() => void vi.restoreAllMocks());
    return heard;
  }
  /** In front of the endpoint, a proxy says that they come from there: no other test shares their counts. */
  const from = (address: string) => ({ 'x-forwarded-for': address });
  async function made(address: string): Promise<{ browser: Browser; path: string }> {
    const browser = new Browser(publicUrl);
    const { headers } = await browser.get('/sign-in', from(address));
    const state = new URL(headers.get('location') ?? '').searchParams.get('state') ?? '';
    return { browser, path: `/sign-in/callback?${new URLSearchParams({ code: 'made-up', state, iss: provider.issuer }).toString()}` };
  }

  test('it is asked once about each sign-in that began, and never about an answer with another state', async () => {
    const heard = refusing();
    const { browser, path } = await made('198.51.100.1');
    const again = [browser.copy(), browser.copy()];
    const other = (await made('198.51.100.1')).browser;
    expect((await other.get(path, from('198.51.100.1'))).status).toBe(400);
    expect(heard.asked).toBe(0);
    const first = await browser.get(path, from('198.51.100.1'));
    expect([first.status, heard.asked]).toEqual([400, 1]);
    for (const copy of again) {
      const answered = await copy.get(path, from('198.51.100.1'));
      expect([answered.status, answered.text]).toEqual([400, expect.stringContaining('Start again')]);
    }
    expect(heard.asked).toBe(1);
  });

  test('of one address, it is asked 300 times a minute at most, and others go on', async () => {
    const heard = refusing();
    let [tries, status] = [0, 0];
    for (; status !== 429 && tries < 400; tries++) {
      const { browser, path } = await made('198.51.100.2');
      ({ status } = await browser.get(path, from('198.51.100.2')));
    }
    expect([tries, status, heard.asked]).toEqual([301, 429, 300]);
    const { browser, path } = await made('198.51.100.3');
    expect([(await browser.get(path, from('198.51.100.3'))).status, heard.asked]).toEqual([400, 301]);
  });
});

// Last, because it stops the provider.
test('a provider that does not answer is said so, and ends no session before its token', async () => {
  provider.idTokenSeconds = 300;
  const one = await signIn();
  await provider.stop();
  pass(250);
  expect((await me(one)).id).toBe('olga');
  const answer = await visitor().here.get('/sign-in/callback?code=x&state=y');
  expect(answer.status).toBe(400);
  pass(60);
  const late = await one.here.json('/v1/me');
  expect([late.status, late.body.code]).toEqual([503, 'identity-unreachable']);
  pass(3_600);
  const page = await visitor().here.get('/sign-in');
  expect([page.status, page.text]).toEqual([503, expect.stringContaining('Your identity provider does not answer')]);
});
