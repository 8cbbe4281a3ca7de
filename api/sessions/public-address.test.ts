import { describe, expect, test } from 'vitest';
import { Problem } from '../errors.ts';
import { cookieOf, publicAddress } from './public-address.ts';
import { checkOrigin, isFromOurPages } from './same-origin.ts';

const secure = publicAddress('https://rolewave.example');
const local = publicAddress(undefined);
const to = (host: string, headers: Record<string, string> = {}) => ({ headers: { host, ...headers } });

test('behind https the cookie has the prefix that no other host can set', () => {
  expect([secure.cookieName(to('anything')), secure.cookieName(to('10.0.0.7:8088'), 'sign-in')]).toEqual(['__Host-rolewave', '__Host-rolewave-sign-in']);
});

test('on loopback it has the port, because the ports of a machine share their cookies', () => {
  expect(['localhost:8088', '127.0.0.1:8090', '[::1]:8088', 'LOCALHOST'].map((host) => local.cookieName(to(host)))).toEqual([
    'rolewave-8088',
    'rolewave-8090',
    'rolewave-8088',
    'rolewave-80',
  ]);
});

test('a name that is not the machine’s has no cookie and no origin; plain http elsewhere counts as loopback', () => {
  for (const address of [local, publicAddress('http://rolewave.example')])
    expect([address.cookieName(to('rebound.example:8088')), address.originOf(to('rolewave.example'))]).toEqual([undefined, undefined]);
});

test.each(['localhost:99999', '127.999.1.1', '127.0.0.1:123456'])('%s is none of this machine’s names', (host) => {
  expect([local.cookieName(to(host)), local.originOf(to(host))]).toEqual([undefined, undefined]);
});

test.each([
  ['rolewave-8088=abc', 'abc'],
  ['other=1; rolewave-8088=abc; last=2', 'abc'],
  ['rolewave-80880=x; xrolewave-8088=y', undefined],
  ['', undefined],
])('the cookie in %j', (cookie, value) => {
  expect(cookieOf({ headers: { cookie } }, 'rolewave-8088')).toBe(value);
});

describe('a request that changes something', () => {
  test.each<[string, Record<string, string>, boolean]>([
    ['our page', { origin: 'https://rolewave.example', 'sec-fetch-site': 'same-origin' }, true],
    ['our page, of a browser without Sec-Fetch-Site', { origin: 'https://rolewave.example' }, true],
    ['another page', { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' }, false],
    ['a subdomain', { origin: 'https://a.rolewave.example', 'sec-fetch-site': 'same-site' }, false],
    ['our host without TLS', { origin: 'http://rolewave.example' }, false],
    ['our host on another port', { origin: 'https://rolewave.example:8443' }, false],
    ['a sandboxed frame', { origin: 'null', 'sec-fetch-site': 'cross-site' }, false],
    ['a page that hides where it is', { 'sec-fetch-site': 'cross-site' }, false],
    ['a bookmark', { 'sec-fetch-site': 'none' }, false],
    ['no browser', {}, false],
  ])('from %s', (_what, headers, ours) => {
    expect(isFromOurPages(to('10.0.0.7:8088', headers), secure)).toBe(ours);
    const send = () => checkOrigin({ method: 'POST', ...to('10.0.0.7:8088', { 'x-requested-with': 'rolewave', ...headers }) }, secure);
    if (ours) expect(send).not.toThrow();
    else expect(send).toThrow(Problem);
  });

  test('on loopback, by whichever of its names the page was opened', () => {
    expect(isFromOurPages(to('localhost:8088', { origin: 'http://localhost:8088' }), local)).toBe(true);
    expect(isFromOurPages(to('127.0.0.1:8088', { origin: 'http://localhost:8088' }), local)).toBe(false);
    expect(isFromOurPages(to('rebound.example:8088', { origin: 'http://rebound.example:8088' }), local)).toBe(false);
  });
});
