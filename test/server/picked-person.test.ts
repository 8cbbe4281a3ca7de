/** Signing in without an identity provider: the page on this machine, the session that it begins, and what others can do with it. */
import { request as httpRequest } from 'node:http';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planText, startEndpoint, type Endpoint } from '../support/endpoint.ts';
import { Browser } from '../support/browser.ts';
import { operatorsApply } from '../support/site.ts';

let api: Endpoint;
let pagesFolder: string;
beforeAll(async () => {
  pagesFolder = await mkdtemp(join(tmpdir(), 'rolewave-pages-'));
  await mkdir(join(pagesFolder, 'assets'));
  await writeFile(join(pagesFolder, 'index.html'), '<!doctype html><title>the board</title>');
  await writeFile(join(pagesFolder, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  await writeFile(join(pagesFolder, 'assets', 'main-d41d8c.js'), 'export {};');
  api = await startEndpoint({ answerWithinMs: 300, pagesFolder, temporalUiUrl: 'http://127.0.0.1:8233' });
  await api.send('ines', 'POST', '/v1/plans', planText());
});
afterAll(() => api?.close());

const browser = () => new Browser(api.url);
const signedIn = async (person = 'olga') => {
  const one = browser();
  await one.post('/sign-in', { person, to: '/' });
  return one;
};
/** Headers that a browser would not let a script set: DNS rebinding, and a proxy in front. */
const raw = (path: string, headers: Record<string, string>, body?: string) =>
  new Promise<{ status: number; location: string | undefined; cookies: string[]; text: string }>((resolve, reject) => {
    const asked = httpRequest(`${api.url}${path}`, { method: body === undefined ? 'GET' : 'POST', headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, location: response.headers.location, cookies: response.headers['set-cookie'] ?? [], text }),
      );
    });
    asked.on('error', reject);
    asked.end(body);
  });

test('a page sends anyone without a session to sign in, and brings them back', async () => {
  const one = browser();
  const first = await one.get('/packages/test/wave-1/clerk?tab=people');
  expect([first.status, first.headers.get('location')]).toEqual([302, '/sign-in?to=%2Fpackages%2Ftest%2Fwave-1%2Fclerk%3Ftab%3Dpeople']);
  const picker = await one.get(first.headers.get('location') ?? '');
  expect(picker.text).toMatch(/name="person" value="olga"[^<]*<b>olga<\/b><span>owner of/);
  expect(picker.text).toContain('operator');
  expect(picker.text).not.toMatch(/<script|style=|https?:/);
  const picked = await one.post('/sign-in', { person: 'olga', to: '/packages/test/wave-1/clerk?tab=people' });
  expect([picked.status, picked.headers.get('location')]).toEqual([303, '/packages/test/wave-1/clerk?tab=people']);
  const page = await one.get(picked.headers.get('location') ?? '');
  expect([page.status, page.text, page.headers.get('content-type')]).toEqual([200, '<!doctype html><title>the board</title>', 'text/html; charset=utf-8']);
});

test('the cookie is for scripts out of reach, for no other site, and named for plain http on loopback', async () => {
  const { headers } = await browser().post('/sign-in', { person: 'olga' });
  const { port } = new URL(api.url);
  expect(headers.getSetCookie().join()).toMatch(new RegExp(`^rolewave-${port}=[\\w-]{43}; Max-Age=43200; Path=/; Expires=[^;]+; HttpOnly; SameSite=Lax$`));
});

test('the session is accepted by the API as a token of that person', async () => {
  const one = await signedIn();
  const me = await one.json('/v1/me');
  expect(me.body).toEqual({
    id: 'olga',
    name: expect.any(String),
    how: 'loopback',
    signOut: '/sign-out',
    canSwitch: true,
    temporalUi: `http://127.0.0.1:8233/namespaces/${api.config.temporal.namespace}/workflows`,
  });
  expect([me.headers.get('x-rolewave-person'), me.headers.get('cache-control')]).toEqual(['olga', 'no-store']);
  expect((await one.json('/v1/plans')).body).toHaveLength(1);
  expect((await api.send('olga', 'GET', '/v1/me')).body).toMatchObject({ id: 'olga', how: 'token', canSwitch: false });
});

test('one can act as someone else, and the session of before is over', async () => {
  const one = await signedIn('olga');
  const before = one.copy();
  expect((await one.get('/sign-in')).text).toMatch(/Act as someone else[^]*value="olga"\s+aria-current="true"/);
  await one.post('/sign-in', { person: 'ines' });
  expect((await one.json('/v1/me')).body.id).toBe('ines');
  expect((await before.json('/v1/me')).body.code).toBe('session-over');
});

test('the site file’s administrator can be picked, before a plan is applied and afterwards, and administers', async () => {
  const other = await startEndpoint({ answerWithinMs: 300, pagesFolder }, operatorsApply);
  try {
    const one = new Browser(other.url);
    const before = await one.get('/sign-in');
    expect(before.text).toMatch(/value="root"[^<]*<b>root<\/b><span>administrator of the site/);
    expect(before.text).toContain('npx rolewave --as PERSON apply plan.yaml');
    await other.send('ines', 'POST', '/v1/plans', planText());
    expect((await one.get('/sign-in')).text).not.toContain('No plan is applied');
    expect((await one.post('/sign-in', { person: 'root', to: '/' })).status).toBe(303);
    expect((await one.json('/v1/plans')).body).toHaveLength(1);
  } finally {
    await other.close();
  }
});

test('only people of an applied plan or of the site file can be picked', async () => {
  for (const person of ['mallory', '', '<b>olga</b>']) {
    const answered = await browser().post('/sign-in', { person });
    expect([answered.status, answered.headers.getSetCookie()]).toEqual([422, []]);
    expect(answered.text).not.toMatch(/'<b>|&#39;<b>/);
  }
});

test('a page elsewhere cannot sign anyone in or out, or send anything with their session', async () => {
  const one = await signedIn();
  const secret = one.cookieHeader();
  const elsewhere = [
    { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' },
    { origin: 'null', 'sec-fetch-site': 'cross-site' },
    // Another port of this machine is the same site, and gets the same cookies.
    { origin: 'http://127.0.0.1:3000', 'sec-fetch-site': 'same-site' },
    { origin: 'https://elsewhere.example' },
    { 'sec-fetch-site': 'cross-site' },
    {},
  ];
  for (const from of elsewhere) {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', cookie: secret, ...from } as Record<string, string>;
    const host = { host: new URL(api.url).host };
    for (const [path, body] of [
      ['/sign-in', 'person=ines'],
      ['/sign-out', ''],
    ] as const) {
      const answered = await raw(path, { ...host, ...headers }, body);
      expect([path, answered.status, answered.cookies, JSON.stringify(from)]).toEqual([path, 403, [], JSON.stringify(from)]);
    }
    for (const type of ['text/plain', 'application/json', 'application/x-www-form-urlencoded']) {
      const answered = await raw(
        '/v1/waves/test/wave-1/notes',
        { ...host, ...headers, 'content-type': type, 'x-requested-with': 'rolewave' },
        '{"text":"a note"}',
      );
      expect([answered.status, JSON.parse(answered.text).code]).toEqual([403, 'cross-site']);
    }
  }
  expect((await one.json('/v1/me')).body.id).toBe('olga');
});

test('our own page needs the header that a form cannot send', async () => {
  const one = await signedIn('ines');
  const ours = { origin: api.url, 'sec-fetch-site': 'same-origin' };
  const without = await one.json('/v1/waves/test/wave-1/notes', { method: 'POST', body: { text: 'a note' }, headers: ours });
  expect([without.status, without.body.code]).toEqual([403, 'cross-site']);
  const accepted = await one.json('/v1/waves/test/wave-1/notes', {
    method: 'POST',
    body: { text: 'a note' },
    headers: { ...ours, 'x-requested-with': 'rolewave' },
  });
  expect([200, 202]).toContain(accepted.status);
});

test('a session is not read for another site either', async () => {
  const one = await signedIn();
  for (const site of ['cross-site', 'same-site']) {
    const answered = await one.json('/v1/me', { headers: { 'sec-fetch-site': site } });
    expect([answered.status, answered.body.code]).toEqual([403, 'cross-site']);
  }
  expect((await one.json('/v1/me', { headers: { 'sec-fetch-site': 'same-origin' } })).status).toBe(200);
});

test('a name that only resolves to this machine, and a proxy in front, get neither page nor session', async () => {
  const one = await signedIn();
  const rebound = {
    host: `rebound.example:${new URL(api.url).port}`,
    origin: `http://rebound.example:${new URL(api.url).port}`,
    'sec-fetch-site': 'same-origin',
  };
  expect((await raw('/sign-in', rebound)).status).toBe(403);
  const posted = await raw('/sign-in', { ...rebound, 'content-type': 'application/x-www-form-urlencoded' }, 'person=olga');
  expect([posted.status, posted.cookies]).toEqual([403, []]);
  expect(JSON.parse((await raw('/v1/me', { ...rebound, cookie: one.cookieHeader() })).text).code).toBe('no-token');
  const proxied = { host: new URL(api.url).host, 'x-forwarded-for': '203.0.113.7' };
  expect((await raw('/sign-in', proxied)).status).toBe(403);
  expect(JSON.parse((await raw('/v1/me', { ...proxied, cookie: one.cookieHeader() })).text).code).toBe('session-over');
});

test('a cookie that was stolen is worth nothing after the sign-out', async () => {
  const one = await signedIn();
  const thief = one.copy();
  expect((await thief.json('/v1/me')).status).toBe(200);
  const out = await one.post('/sign-out', {});
  expect([out.status, out.headers.get('location'), one.cookieHeader()]).toEqual([303, '/sign-in', '']);
  expect((await thief.json('/v1/me')).body.code).toBe('session-over');
  expect((await thief.get('/')).headers.get('location')).toBe('/sign-in?to=%2F');
});

test('a session that somebody else chose is never the one that begins', async () => {
  const one = browser();
  const planted = 'A'.repeat(43);
  one.set(`rolewave-${new URL(api.url).port}`, planted);
  await one.post('/sign-in', { person: 'olga' });
  expect(one.cookieHeader()).not.toContain(planted);
  const attacker = browser();
  attacker.set(`rolewave-${new URL(api.url).port}`, planted);
  expect((await attacker.json('/v1/me')).body.code).toBe('session-over');
});

test.each(['//elsewhere.example', 'https://elsewhere.example', '/\\elsewhere.example', '/.//elsewhere.example'])('signing in never leads to %s', async (to) => {
  const one = browser();
  expect((await one.get(`/sign-in?to=${encodeURIComponent(to)}`)).text).toContain('name="to" value="/"');
  expect((await one.post('/sign-in', { person: 'olga', to })).headers.get('location')).toBe('/');
  const slashes = await raw(`//elsewhere.example/..`, { host: new URL(api.url).host });
  expect(slashes.location ?? '/sign-in').toMatch(/^\/sign-in/);
});

test('files of the pages are served with their type; those named by their digest for good', async () => {
  const script = await browser().get('/assets/main-d41d8c.js');
  expect([script.status, script.headers.get('content-type'), script.headers.get('cache-control')]).toEqual([
    200,
    'text/javascript; charset=utf-8',
    'public, max-age=31536000, immutable',
  ]);
  const icon = await browser().get('/icon.svg');
  expect([icon.status, icon.headers.get('content-type'), icon.headers.get('cache-control')]).toEqual([200, 'image/svg+xml', 'no-cache']);
  expect((await (await signedIn()).get('/')).headers.get('cache-control')).toBe('no-store');
});

test('everything else is not found: JSON for programs and below /v1, a page for people', async () => {
  for (const path of ['/v1/nothing', '/v1/assets/main-d41d8c.js'])
    expect((await browser().get(path)).headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  for (const path of ['/nothing', '/assets/gone.js', '/packages/p/w', '/assets/..%2f..%2fsite.yaml', '/.env', '/assets/']) {
    const answered = await browser().get(path);
    expect([path, answered.status, answered.headers.get('content-type')]).toEqual([path, 404, 'text/html; charset=utf-8']);
  }
  expect((await fetch(`${api.url}/nothing`)).headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
});

test('browsers run and load only files of this endpoint, and show it in no frame', async () => {
  const one = await signedIn();
  for (const path of ['/', '/sign-in', '/assets/main-d41d8c.js', '/v1/me', '/nothing']) {
    const { headers } = await one.get(path);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none';script-src 'self';style-src 'self';img-src 'self';font-src 'self';connect-src 'self';manifest-src 'self';form-action 'self';base-uri 'none';frame-ancestors 'none'",
    );
    expect(
      ['cross-origin-opener-policy', 'cross-origin-resource-policy', 'referrer-policy', 'x-content-type-options'].map((name) => headers.get(name)),
    ).toEqual(['same-origin', 'same-origin', 'same-origin', 'nosniff']);
  }
});

// Last, because it uses up what this address may ask for.
test('sign-ins are counted by address, and those who are signed in notice nothing', async () => {
  const one = await signedIn();
  const limits = { readsPerMinute: 100_000, writesPerMinute: 100_000, plansPerMinute: 100_000, unauthenticatedPerMinute: 3 };
  await api.changeSite({ limits });
  const answers: Awaited<ReturnType<Browser['post']>>[] = [];
  for (let times = 0; times < 5; times++) answers.push(await browser().post('/sign-in', { person: 'olga' }));
  const last = answers.at(-1);
  expect([last?.status, last?.headers.get('content-type'), Number(last?.headers.get('retry-after'))]).toEqual([
    429,
    'text/html; charset=utf-8',
    expect.toSatisfy((seconds: number) => seconds > 0 && seconds <= 60),
  ]);
  const guesser = browser();
  guesser.set(`rolewave-${new URL(api.url).port}`, 'B'.repeat(43));
  expect((await guesser.get('/')).status).toBe(429);
  expect((await one.json('/v1/me')).status).toBe(200);
  expect((await one.get('/')).status).toBe(200);
});
