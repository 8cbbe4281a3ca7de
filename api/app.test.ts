/** What holds for every route before the endpoint calls Temporal or the store; neither is needed here. */
import { request, type IncomingMessage, type Server } from 'node:http';
import { connect } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { z } from 'zod';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readsNothing } from '../domain/authority/who-reads.ts';
import { createApp } from './app.ts';
import { defineRoute } from './route.ts';
import { serverOf } from './one-request-at-a-time.ts';
import { openDemoTokens } from './demo-tokens.ts';
import { createIdentity } from './identity.ts';
import type { Services } from './route.ts';
import { fixedSite } from '../settings/site.ts';
import { site } from '../test/support/site.ts';
import { routes } from './routes.ts';
import { createAuthentication } from './sessions/authenticate.ts';
import { publicAddress } from './sessions/public-address.ts';
import { createSessions } from './sessions/sessions.ts';
import { sessionsInMemory } from '../test/support/session-store.ts';

/** Everyone operates every plan. */
const readings = { of: async (plan: string) => ({ ...readsNothing(plan), sees: true, all: true, acts: true }) };
/** Of 20 MB. */
const large = defineRoute({
  method: 'get',
  path: '/v1/large',
  group: 'service',
  reads: 'rows',
  summary: 'A large answer',
  answers: { 200: { what: 'it', schema: z.string() } },
  problems: [],
  handle: async () => ({ status: 200, body: 'x'.repeat(20_000_000) }),
});
let home: string;
let server: Server;
let url: string;
let token: string;
let logged: string;
let looks = 0;
/** What /readyz asks. */
const parts = {
  store: { ready: async () => void (looks += 1) },
  engine: {
    client: {
      connection: { withDeadline: async (_at: number, ask: () => Promise<unknown>) => ask() },
      workflowService: { describeNamespace: async () => ({}) },
      options: {},
    },
  },
  failing: async () => [],
};

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'rolewave-app-'));
  const demoTokens = await openDemoTokens(home);
  token = (await demoTokens.issue('mara')).token;
  const log = pino(
    { level: 'debug' },
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        logged += chunk.toString();
        done();
      },
    }),
  );
  const sessions = createSessions(sessionsInMemory(), createIdentity([demoTokens.sessionIssuer]), undefined);
  const address = publicAddress(undefined);
  const authentication = createAuthentication(createIdentity([demoTokens.issuer]), sessions, address);
  const people = async () => new Map();
  const services = { authentication, sessions, address, people, pagesFolder: home, demoTokens, log, readings, site: fixedSite(site()), ...parts };
  server = serverOf({}, createApp([...routes, large], services as unknown as Services));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(home, { recursive: true });
});
beforeEach(() => {
  logged = '';
});

const withToken = () => ({ authorization: `Bearer ${token}` });
const pause = '/v1/packages/p/w/a/pause';
const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(url + path, { method: 'POST', body, headers: { 'content-type': 'application/json', ...withToken(), ...headers } });
const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;

test('health is open, and every other route needs a token', async () => {
  expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok' });
  for (const { method, path } of routes.filter(({ reads }) => reads !== 'anyone')) {
    const response = await fetch(url + path.replaceAll(/:\w+/g, 'x'), { method: method.toUpperCase() });
    expect([path, response.status, response.headers.get('www-authenticate'), await codeOf(response)]).toEqual([
      path,
      401,
      'Bearer realm="rolewave"',
      'no-token',
    ]);
  }
});

test.each(['localhost:99999', '127.999.1.1', '[::1', 'a b', 'rolewave.example/x', 'you@rolewave.example', 'rolewave.example:x'])(
  'a Host that is no address is refused in plain words: %s',
  async (host) => {
    const ask = (path: string, accept: string) =>
      new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
        request(url + path, { headers: { host, accept, cookie: 'rolewave-80=x' } }, (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => (text += chunk.toString())).on('end', () => resolve({ status: response.statusCode, text }));
        })
          .on('error', reject)
          .end();
      });
    for (const path of ['/', '/sign-in', '/sign-out', '/v1/waves', '/healthz'])
      expect([path, await ask(path, '*/*')]).toEqual([
        path,
        { status: 400, text: expect.stringContaining(`The header Host is '${host}', which is not a valid host name.`) },
      ]);
    expect(await ask('/', 'text/html')).toMatchObject({ status: 400, text: expect.stringContaining('which is not a valid host name') });
  },
);

test.each<[string, Record<string, string>, number, string]>([
  ['that expects what nobody knows', { expect: 'x' }, 417, 'expectation-failed'],
  ['without a host', {}, 400, 'unreadable-request'],
])('a request %s is answered by the application, once, and is in the log', async (what, headers, status, code) => {
  const answer = await new Promise<{ status: number | undefined; connection: string | undefined; text: string }>((resolve, reject) => {
    const sent = request(`${url}/healthz?${encodeURIComponent(what)}`, { headers, setHost: status !== 400 }, (response) => {
      let text = '';
      response
        .on('data', (chunk: Buffer) => (text += chunk.toString()))
        .on('end', () => resolve({ status: response.statusCode, connection: response.headers.connection, text }));
    });
    sent.on('error', reject).end();
  });
  expect([answer.status, JSON.parse(answer.text)]).toEqual([
    status,
    expect.objectContaining({ code, instance: expect.stringMatching(/^urn:rolewave:request:/) }),
  ]);
  if (status === 417) expect(answer.connection).toBe('close');
});

test.each(['Host: 127.0.0.1\r\nHost: another.example', 'Host: 127.0.0.1\r\nhost: 127.0.0.1'])('two Hosts are refused: %j', async (hosts) => {
  const { port } = new URL(url);
  const text = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(`GET /healthz HTTP/1.1\r\n${hosts}\r\nConnection: close\r\n\r\n`));
    let heard = '';
    socket
      .on('data', (chunk: Buffer) => (heard += chunk.toString()))
      .on('end', () => resolve(heard))
      .on('error', reject);
  });
  expect(text).toMatch(/^HTTP\/1\.1 400 /);
  expect(text).toContain('The header Host is there more than once.');
});

test('an error is application/problem+json and names its request', async () => {
  const response = await fetch(`${url}/v1/waves`, { headers: { 'x-request-id': 'request-42' } });
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(response.headers.get('x-request-id')).toBe('request-42');
  expect(await response.json()).toMatchObject({ code: 'no-token', status: 401, instance: 'urn:rolewave:request:request-42', whatToDo: expect.any(String) });
});

test('all who ask within a second whether the endpoint is ready have one answer', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, async () => (await fetch(`${url}/readyz`)).status));
  expect([new Set(answers), looks]).toEqual([new Set([200]), 1]);
  await expect.poll(async () => (await fetch(`${url}/readyz`), looks), { interval: 100, timeout: 5_000 }).toBe(2);
});

test('a request id that could break a log line is replaced', async () => {
  const response = await fetch(`${url}/healthz`, { headers: { 'x-request-id': 'a b"}{' } });
  expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
});

test('an unknown address is 404, a wrong method is 405 and lists the allowed ones', async () => {
  expect(await codeOf(await fetch(`${url}/v2/waves`))).toBe('no-such-route');
  const response = await fetch(`${url}/v1/plans`, { method: 'DELETE' });
  expect([response.status, response.headers.get('allow'), await codeOf(response)]).toEqual([405, 'POST, GET', 'wrong-method']);
});

test.each([
  ['not JSON', '{"reason": ', {}, 400, 'not-json'],
  ['JSON, but no object', '["reason"]', {}, 422, 'malformed'],
  ['a number', '7', {}, 400, 'not-json'],
  ['a form', 'reason=because', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'wrong-content-type'],
  ['too large', `{"reason": "${'x'.repeat(40_000)}"}`, {}, 413, 'too-large'],
  ['without its reason', '{}', {}, 422, 'malformed'],
  ['with a field that does not exist', '{"reason": "r", "force": true}', {}, 422, 'malformed'],
  ['with __proto__', '{"reason": "r", "__proto__": {"by": "nora"}}', {}, 422, 'malformed'],
  ['with two keys for retries that differ', '{"reason": "r", "id": "one-key-or"}', { 'idempotency-key': 'the-other' }, 422, 'malformed'],
  ['with a key for retries that is none', '{"reason": "r"}', { 'idempotency-key': 'short' }, 422, 'malformed'],
  ['in an encoding that nobody reads', '{"reason": "r"}', { 'content-encoding': 'xz' }, 400, 'unreadable-request'],
])('a body that is %s is refused, and the error says what to do', async (_what, body, headers, status, code) => {
  const response = await post(pause, body, headers);
  expect([response.status, await codeOf(response)]).toEqual([status, code]);
});

test('a date that is not on the calendar is refused, and sets nothing', async () => {
  const response = await post('/v1/waves/p/w1/go-live', '{"goLive": "2027-02-31"}');
  expect(await response.json()).toMatchObject({
    status: 422,
    code: 'malformed',
    mistakes: [{ path: 'goLive', message: expect.stringContaining("'2027-02-31' is not a date: the days of 2027-02 are 01 to 28") }],
  });
});

test('all mistakes in a body are reported at once, each with its place', async () => {
  const response = await post('/v1/waves/p/w/review', '{"successes": "", "challenges": 7}');
  expect(await response.json()).toMatchObject({ status: 422, mistakes: [{ path: 'successes' }, { path: 'challenges' }, { path: 'improvements' }] });
});

test.each(['/v1/waves/p/w%2Fother/notes', '/v1/waves/P/w/notes', "/v1/waves/p'or'1/w/notes"])(
  'text that is not an id never becomes part of a workflow id: %s',
  async (path) => {
    const response = await post(path, '{"text": "n"}');
    expect([response.status, await codeOf(response)]).toEqual([422, 'malformed']);
  },
);

test('an address that cannot be decoded is 400', async () => {
  const response = await fetch(`${url}/v1/waves/%E0%A4%A/w`, { headers: withToken() });
  expect([response.status, await codeOf(response)]).toEqual([400, 'unreadable-request']);
});

test('the log shows the request without its token, query or body', async () => {
  await post('/v1/waves/p/w/review?secret=in-the-query', '{"successes": "said in confidence"}');
  expect(logged).toContain('"path":"/v1/waves/p/w/review"');
  expect(logged).toContain('"status":422');
  for (const secret of [token, token.split('.')[2] ?? '', 'said in confidence', 'in-the-query', 'authorization']) expect(logged).not.toContain(secret);
});

test('an internal error is 500 without details, which are in the log', async () => {
  const response = await fetch(`${url}/v1/plans`, { headers: withToken() });
  const problem = await response.text();
  expect([response.status, JSON.parse(problem).code]).toEqual([500, 'internal']);
  expect(problem).not.toContain('undefined');
  expect(logged).toContain('TypeError');
});

test('responses carry the headers that stop browsers from guessing the content type', async () => {
  const { headers } = await fetch(`${url}/healthz`);
  expect([headers.get('x-content-type-options'), headers.get('x-powered-by'), headers.get('access-control-allow-origin')]).toEqual(['nosniff', null, null]);
});

test('demo tokens are only for callers that address this machine by one of its own names', async () => {
  const status = await new Promise((resolve) => {
    const asking = request(
      `${url}/v1/tokens`,
      { method: 'POST', headers: { host: 'rebound.example:8088', 'content-type': 'application/json' } },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    asking.end('{"person": "mara"}');
  });
  expect(status).toBe(403);
});

test('what anyone may ask for is counted by address, and the document of the API is not sent again to those who have it', async () => {
  const first = await fetch(`${url}/openapi.json`);
  const etag = first.headers.get('etag') ?? '';
  expect([first.status, first.headers.get('content-encoding'), first.headers.get('cache-control')]).toEqual([200, 'gzip', 'public, max-age=300']);
  expect(await first.json()).toMatchObject({ openapi: expect.stringMatching(/^3/) });
  expect((await fetch(`${url}/openapi.json`, { headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' } })).status).toBe(304);
  const plain = await fetch(`${url}/openapi.json`, { headers: { 'accept-encoding': 'identity' } });
  expect([plain.headers.get('content-encoding'), plain.headers.get('etag') === etag]).toEqual([null, false]);
  await plain.json();

  for (let at = 0; at < 600; at += 1) await (await fetch(`${url}/v1/nowhere`)).arrayBuffer();
  for (const path of ['/v1/nowhere', '/openapi.json']) {
    const response = await fetch(url + path);
    expect([response.status, response.headers.has('retry-after'), await codeOf(response)]).toEqual([429, true, 'too-many-requests']);
  }
  const wrong = await fetch(`${url}/openapi.json`, { method: 'DELETE' });
  expect([wrong.status, await codeOf(wrong)]).toEqual([429, 'too-many-requests']);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

test('somebody who leaves large answers unread gets no other, and does once they have read them', async () => {
  const unread = request(`${url}/v1/large`, { headers: withToken() });
  const answer = await new Promise<IncomingMessage>((resolve, reject) => unread.on('response', resolve).on('error', reject).end());
  const next = () => fetch(`${url}/v1/large`, { headers: withToken() });
  const refused = await next();
  expect([refused.status, await refused.json()]).toMatchObject([429, { code: 'too-many-requests', detail: expect.stringContaining('wait to be read') }]);
  answer.resume();
  await new Promise((resolve) => answer.on('end', resolve));
  await expect.poll(async () => (await next()).status, { timeout: 10_000 }).toBe(200);
});
