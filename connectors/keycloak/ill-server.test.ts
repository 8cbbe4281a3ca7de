/** Keycloak that is not well, or something else that answers in its place: bounded, and sorted into what can be tried again and what not. */
import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { scratchOf } from '../../domain/access/server-probe.ts';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { keycloakConnector } from './connector.ts';
import type { KeycloakSettings } from './settings.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

const secret = 'a secret of the client';
const jwt = (claims: object) => ['e30', Buffer.from(JSON.stringify(claims)).toString('base64url'), 'x'].join('.');
const token = { access_token: jwt({ sub: 'us', preferred_username: 'rolewave', exp: Math.floor(Date.now() / 1_000) + 300 }), expires_in: 300 };

interface Answers {
  signIn?: RequestListener;
  rest?: RequestListener;
}
const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

async function connectorTo(
  { signIn = json(token), rest = json([]) }: Answers,
  change: Partial<KeycloakSettings> = {},
  limits = { withinMs: 300, mostBytes: 100_000 },
) {
  const server = createServer((request, response) => (request.url?.endsWith('/token') ? signIn : rest)(request, response));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const settings: KeycloakSettings = {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    signInRealm: 'company',
    credentials: { grant: 'client', client: 'rolewave', secret },
    realm: 'company',
    tls: 'none',
    accountsBy: 'username',
    soleWriter: false,
    lockGroup: 'rolewave-locks',
    breakGlass: [],
    ...change,
  };
  return keycloakConnector(settings, { limits });
}

/** What reading one person says. */
async function said(answers: Answers, change: Partial<KeycloakSettings> = {}): Promise<Error> {
  const connector = await connectorTo(answers, change);
  const error = await connector.snapshot([], ['ann']).catch((each: unknown) => each);
  await connector.close();
  if (!(error instanceof Error)) throw new Error(`no error, and ${JSON.stringify(error)}`);
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(secret);
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(token.access_token);
  return error;
}

const again: [string, Answers, RegExp][] = [
  ['refuses the secret', { signIn: json({ error: 'unauthorized_client' }, 401) }, /does not accept the secret of client 'rolewave'/],
  ['does not accept the token, also a new one', { rest: json({ error: 'HTTP 401 Unauthorized' }, 401) }, /does not accept Rolewave's token.*401/],
  ['fails', { rest: json({ error: 'unknown_error' }, 500) }, /its log says why \(500, 'unknown_error'\)/],
  ['is overloaded', { rest: json('', 503) }, /overloaded \(503\)/],
  ['limits the rate for longer than Rolewave waits', { rest: json('', 429, { 'retry-after': '600' }) }, /limits the rate of requests \(429\)/],
  ['sends something else', { rest: (_request, response) => response.end('<html>Welcome</html>') }, /not what Keycloak answers/],
  ['sends users without an id', { rest: json([{ username: 'ann' }]) }, /not what Keycloak answers \(at 0.id\)/],
  ['sends no token', { signIn: json({ expires_in: 3 }) }, /not what Keycloak answers/],
  ['sends a token that is none', { signIn: json({ access_token: 'x', expires_in: 3 }) }, /not what Keycloak answers/],
  ['never answers', { rest: () => undefined }, /did not answer within 0.3 seconds/],
  ['answers without end', { rest: (_request, response) => void setInterval(() => response.write('[ '), 10).unref() }, /did not answer within/],
  ['answers more than fits', { rest: json(['x'.repeat(200_000)]) }, /longer than/],
  [
    'ends in the middle',
    { rest: (_request, response) => response.writeHead(200, { 'content-length': '100' }).write('[{', () => response.destroy()) },
    /connection was lost/,
  ],
  ['forbids it', { rest: json({ error: 'HTTP 403 Forbidden' }, 403) }, /may not do this: it needs manage-users, .*403/],
];
test.each(again)('one that %s is tried again', async (_what, answers, words) => {
  const error = await said(answers);
  expect(error).toBeInstanceOf(SystemUnavailable);
  expect(error.message).toMatch(words);
});

const final: [string, Answers, RegExp][] = [
  ['has no such realm to sign in to', { signIn: json({ error: 'Realm does not exist' }, 404) }, /there is no realm 'company'.*Fix the connection string/],
  ['has no such realm', { rest: json({ error: 'Realm not found.' }, 404) }, /404, 'Realm not found.'/],
  ['leads elsewhere', { rest: json('', 302, { location: 'http://127.0.0.1:1/' }) }, /a redirect, which Rolewave does not follow/],
  ['gives tokens of nobody', { signIn: json({ ...token, access_token: jwt({ exp: 1 }) }) }, /client scope 'basic'/],
];
test.each(final)('one that %s is an error that says what to do', async (_what, answers, words) => {
  const error = await said(answers);
  expect(error).not.toBeInstanceOf(SystemUnavailable);
  expect(error.message).toMatch(words);
});

test('what it says is one line, and a short one', async () => {
  const { message } = await said({ rest: json({ errorMessage: `no\n${'x'.repeat(10_000)}` }, 500) });
  expect(message.length).toBeLessThan(400);
  expect(message).not.toContain('\n');
});

test('nothing is sent over http:// unless the site file says so', async () => {
  let asked = 0;
  const count: RequestListener = (request, response) => {
    asked += 1;
    json(token)(request, response);
  };
  expect((await said({ signIn: count, rest: count }, { tls: 'required' })).message).toContain('use https://');
  expect(asked).toBe(0);
});

test('a token that was refused is renewed once', async () => {
  let signedIn = 0;
  const connector = await connectorTo({
    signIn: (request, response) => {
      signedIn += 1;
      json(token)(request, response);
    },
    rest: (request, response) => json(signedIn === 1 ? '' : [], signedIn === 1 ? 401 : 200)(request, response),
  });
  expect((await connector.snapshot([], ['ann'])).unknownAccounts).toEqual(['ann']);
  expect(signedIn).toBe(2);
  await connector.close();
});

test('one that is busy for a moment is waited for', async () => {
  let asked = 0;
  const connector = await connectorTo({
    rest: (request, response) => {
      asked += 1;
      (asked === 1 ? json('', 429, { 'retry-after': '0' }) : json([]))(request, response);
    },
  });
  expect((await connector.snapshot([], ['ann'])).unknownAccounts).toEqual(['ann']);
  await connector.close();
});

test('a reading that is cancelled ends at once, with the reason', async () => {
  const connector = await connectorTo({ rest: () => undefined }, {}, { withinMs: 60_000, mostBytes: 1_000 });
  const stop = new AbortController();
  const reading = connector.snapshot([], ['ann'], stop.signal);
  setTimeout(() => stop.abort(new Error('not wanted any more')), 50);
  await expect(reading).rejects.toThrow('not wanted any more');
  await connector.close();
});

test('one that does not answer the removal of a scratch group is not waited for, and the group is told by name', async () => {
  let name = '';
  const rest: RequestListener = (request, response) => {
    const { method, url = '' } = request;
    const path = url.split('/realms/company/')[1] ?? '';
    const user = /^users\?username=(\w+)/.exec(path)?.[1];
    if (method === 'DELETE') return;
    if (method === 'PUT') return json({ error: 'no' }, 400)(request, response);
    if (user !== undefined) return json([{ id: user, username: user }])(request, response);
    if (method === 'POST') return json('', 201, { location: 'http://keycloak/groups/g' })(request, response);
    return json(path === 'groups/g' ? { name } : [])(request, response);
  };
  const connector = await connectorTo({ rest }, {}, { withinMs: 60_000, mostBytes: 10_000 });
  const scratch = { ...scratchOf({ rolePrefix: 'probe-', accounts: ['ann', 'ben'], days: 30 }, randomUUID()), removalMs: 100 };
  name = scratch.role;
  const error = await connector.probe?.measure?.(scratch, AbortSignal.timeout(60_000)).catch((each: unknown) => each);
  expect(error).toMatchObject({ role: name, isAway: true, message: expect.stringMatching(/^group '\/probe-\w{12}'.*did not answer within 0.1 seconds/) });
  await connector.close();
});
