import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { fixedSite } from '../settings/site.ts';
import { site } from '../test/support/site.ts';
import { createApp } from './app.ts';
import { proxiesFrom, proxyList } from './client-address.ts';
import type { Services } from './route.ts';
import { createIdentity } from './identity.ts';
import { routes } from './routes.ts';
import { createAuthentication } from './sessions/authenticate.ts';
import { publicAddress } from './sessions/public-address.ts';
import { createSessions } from './sessions/sessions.ts';
import { sessionsInMemory } from '../test/support/session-store.ts';

let server: Server | undefined;
afterEach(() => void server?.close());

/** Two requests without a token a minute; resolves to the statuses of requests with these X-Forwarded-For. */
async function asked(trusted: string[], forwarded: string[], path = '/v1/waves', method = 'GET'): Promise<number[]> {
  const identity = createIdentity([]);
  const sessions = createSessions(sessionsInMemory(), identity, undefined);
  const address = publicAddress(undefined);
  const services = {
    authentication: createAuthentication(identity, sessions, address),
    sessions,
    address,
    people: async () => new Map(),
    pagesFolder: '/nowhere',
    demoTokens: { issue: async () => ({ token: 't' }) },
    log: pino({ level: 'silent' }),
    site: fixedSite(site({ limits: { readsPerMinute: 10, writesPerMinute: 10, plansPerMinute: 10, unauthenticatedPerMinute: 2 } })),
  };
  server = createServer(createApp(routes, services as unknown as Services, trusted));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  const statuses: number[] = [];
  for (const each of forwarded) {
    const body = method === 'POST' ? { body: '{"person":"olga"}' } : {};
    statuses.push((await fetch(url, { method, headers: { 'x-forwarded-for': each, 'content-type': 'application/json' }, ...body })).status);
  }
  return statuses;
}

describe('what is counted by address', () => {
  const first = '203.0.113.1';

  test('counts the client of a trusted proxy, and its own words about itself not at all', async () => {
    const forged = [`198.51.100.9, ${first}`, `127.0.0.1, ${first}`, `junk, ${first}`];
    expect(await asked(['127.0.0.1'], [...forged, first, '203.0.113.2', '2001:db8::1', `203.0.113.3, 127.0.0.1`])).toEqual([401, 401, 429, 429, 401, 401, 401]);
  });

  test('counts a trusted proxy itself where it names no address', async () => {
    expect(await asked(['127.0.0.1'], ['unknown', '10.0.0.1:99', '', first])).toEqual([401, 401, 429, 401]);
  });

  test('does not read the header where no proxy is trusted, or another one', async () => {
    const addresses = [first, '203.0.113.2', '203.0.113.3'];
    expect(await asked([], addresses)).toEqual([401, 401, 429]);
    expect(await asked(['10.0.0.0/8'], addresses)).toEqual([401, 401, 429]);
  });

  test('what a trusted proxy passes on never comes from this machine', async () => {
    expect(await asked(['127.0.0.1'], ['127.0.0.1', '::1'], '/v1/tokens', 'POST')).toEqual([403, 403]);
  });
});

test.each([
  ['', []],
  ['10.0.0.7', ['10.0.0.7']],
  [' 10.1.0.0/16, 2001:db8::/32 ,', ['10.1.0.0/16', '2001:db8::/32']],
])('ROLEWAVE_TRUSTED_PROXIES=%j is read', (text, proxies) => {
  expect(proxiesFrom(text)).toEqual(proxies);
});

test.each(['true', '1', 'loopback', 'proxy.example', '10.0.0.1:80', '10.0.0.0/33', '0.0.0.0/0', '::/0', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.7 10.0.0.8'])(
  'ROLEWAVE_TRUSTED_PROXIES=%j is refused',
  (text) => {
    expect(() => proxiesFrom(text)).toThrow(`ROLEWAVE_TRUSTED_PROXIES has '${text}'`);
  },
);

test('the address of a socket is one of the proxies, also as an IPv4 address in IPv6', () => {
  const isProxy = proxyList(['10.1.0.0/16', '10.0.0.7', '2001:db8::/32']);
  expect(['10.1.2.3', '::ffff:10.1.2.3', '10.0.0.7', '2001:db8::9', '10.0.0.8', '2001:db9::1', '::1'].map(isProxy)).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});
