/** Rolewave as an OAuth 2.0 client: tokens come from the endpoint that the site file names, are renewed, and neither they nor the secret are in any error. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { site } from '../../test/support/site.ts';
import { startScripted, type Scripted } from '../../test/support/scim-scripted.ts';
import type { Connector } from '../connector.ts';
import { openSystem } from '../registry.ts';

/** With everything that has to be encoded (RFC 6749, 2.3.1). */
const [client, secret] = ['role wave:é', 'se/cr@t:+ %&'];

let server: Scripted;
let endpoint: Awaited<ReturnType<typeof startEndpoint>>;
let connector: Connector | undefined;
beforeEach(async () => {
  [server, endpoint] = [await startScripted(['ann'], ['clerk']), await startEndpoint()];
  server.answer = ({ headers }) => (headers.authorization === `Bearer ${endpoint.current}` ? undefined : { status: 401 });
});
afterEach(async () => {
  await connector?.close();
  await server.stop();
  endpoint.stop();
});

/** Gives a new token to each who asks with the right secret. */
async function startEndpoint() {
  const made = {
    given: 0,
    current: '',
    asked: [] as string[],
    lasts: 3_600,
    answer: undefined as { status: number; body: string } | undefined,
    url: '',
    stop: () => {},
  };
  const http = createServer((request, response) => {
    let body = '';
    request.on('data', (data: Buffer) => (body += data.toString()));
    request.on('end', () => {
      made.asked.push(body);
      const [user = '', password = ''] = Buffer.from(request.headers.authorization?.split(' ')[1] ?? '', 'base64')
        .toString()
        .split(':')
        .map((part) => decodeURIComponent(part.replaceAll('+', ' ')));
      const isRight = user === client && password === secret;
      if (isRight && !made.answer) made.current = `token-${(made.given += 1)}`;
      const { status, body: text } = made.answer ?? {
        status: isRight ? 200 : 401,
        body: JSON.stringify(
          isRight ? { access_token: made.current, token_type: 'Bearer', expires_in: made.lasts } : { error: 'invalid_client', error_description: password },
        ),
      };
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  made.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/token`;
  made.stop = () => {
    http.closeAllConnections();
    http.close();
  };
  return made;
}

async function open(password = secret): Promise<Connector> {
  const oauth = { tokenUrl: endpoint.url, scope: 'scim.read scim.write' };
  const [system] = site({ systems: [{ id: 'crm', kind: 'scim', connection: { env: 'CRM' }, tls: 'none', oauth }] }).systems;
  const text = server.baseUrl.replace('http://', `http://${encodeURIComponent(client)}:${encodeURIComponent(password)}@`);
  connector = await openSystem(system!, { CRM: text });
  return connector;
}

test('one token is asked for, with the scope of the site file, and used until it ends', async () => {
  const opened = await open();
  await Promise.all([opened.snapshot(['clerk'], ['ann']), opened.snapshot(['clerk'], [])]);
  await opened.snapshot([], ['ann']);
  expect(endpoint.asked.map((body) => Object.fromEntries(new URLSearchParams(body)))).toEqual([
    { grant_type: 'client_credentials', scope: 'scim.read scim.write' },
  ]);
});

test('a token that ends soon is not used again, and one that is not taken any more is renewed at once, also for a change', async () => {
  endpoint.lasts = 10;
  const opened = await open();
  await opened.snapshot([], ['ann']);
  await opened.snapshot([], ['ann']);
  expect(endpoint.given).toBeGreaterThan(1);
  endpoint.lasts = 3_600;
  await opened.snapshot([], ['ann']);
  const revoked = async () => void (endpoint.current = 'another');
  expect(await opened.grant([{ role: 'clerk', account: 'ann' }], revoked)).toMatchObject([{ outcome: 'created' }]);
});

test('a token that the server never takes is asked for once more, and is tried again later', async () => {
  server.answer = () => ({ status: 401 });
  await expect((await open()).snapshot([], ['ann'])).rejects.toThrow(/status 401.*the client's current id and secret/);
  expect(endpoint.given).toBe(2);
});

test.each([
  ['a wrong secret', undefined, /status 401 \(invalid_client\).*oauth.scope/],
  ['an endpoint that answers no token', { status: 200, body: '{"token_type":"Bearer"}' }, /not the one of RFC 6749/],
  ['an endpoint that answers no JSON', { status: 200, body: 'it is here' }, /not the one of RFC 6749/],
  ['an endpoint that repeats what it got', { status: 400, body: JSON.stringify({ error: secret, error_description: secret }) }, /status 400\./],
  [
    'a token that no header can carry',
    { status: 200, body: JSON.stringify({ access_token: `${secret}\nx`, token_type: 'Bearer' }) },
    /no header can carry|RFC 6749/,
  ],
  ['an endpoint that is broken', { status: 500, body: secret }, /token/],
  ['a redirect', { status: 302, body: '' }, /token/],
])('%s is tried again, and the secret is in no error', async (_what, answer, words) => {
  endpoint.answer = answer;
  const opened = await open(answer ? secret : `not ${secret}`);
  const refused = await opened.snapshot([], ['ann']).catch((error: unknown) => error as Error);
  expect(refused).toBeInstanceOf(SystemUnavailable);
  expect((refused as Error).message).toMatch(words);
  expect(JSON.stringify(refused, [...Object.getOwnPropertyNames(refused), 'cause', 'message', 'stack'])).not.toContain(secret);
});

test('an endpoint that is away is tried again', async () => {
  const opened = await open();
  endpoint.stop();
  await expect(opened.place()).rejects.toThrow('the token endpoint could not be reached: nothing listens at its address');
});
