import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { apiConfigFrom } from './config.ts';

const least = { TEMPORAL_ADDRESS: '127.0.0.1:7233', DATABASE_URL: 'postgres://127.0.0.1/rolewave', ROLEWAVE_DEMO: '1', ROLEWAVE_HOME: '/srv/rolewave' };

test('the defaults are safe: this machine only, keys in the state directory', () => {
  expect(apiConfigFrom(least)).toEqual({
    host: '127.0.0.1',
    port: 8088,
    temporal: { address: '127.0.0.1:7233', namespace: 'default' },
    databaseUrl: 'postgres://127.0.0.1/rolewave',
    signingKeyFile: '/srv/rolewave/signing-key.json',
    trustedKeysFile: '/srv/rolewave/trusted-keys.json',
    siteFile: '/srv/rolewave/site.yaml',
    demo: true,
    home: '/srv/rolewave',
    logLevel: 'info',
  });
});

test('without keys to verify tokens the endpoint does not start, except as a demonstration', () => {
  expect(() => apiConfigFrom({ ...least, ROLEWAVE_DEMO: '' })).toThrow('ROLEWAVE_IDENTITY_JWKS is not set');
  expect(() => apiConfigFrom({ ...least, ROLEWAVE_DEMO: 'true' })).toThrow('ROLEWAVE_IDENTITY_JWKS is not set');
  expect(() => apiConfigFrom({ ...least, ROLEWAVE_DEMO: '', ROLEWAVE_IDENTITY_JWKS: 'keys.json' })).toThrow('ROLEWAVE_IDENTITY_ISSUER is not set');
});

test.each(['JWKS', 'ISSUER', 'CLIENT_ID'])('a demonstration beside the identity provider of ROLEWAVE_IDENTITY_%s is refused', (what) => {
  const env = { ...least, [`ROLEWAVE_IDENTITY_${what}`]: 'https://id.example' };
  expect(() => apiConfigFrom(env)).toThrow(`ROLEWAVE_DEMO=1 and ROLEWAVE_IDENTITY_${what} are both set`);
  expect(apiConfigFrom({ ...least, [`ROLEWAVE_IDENTITY_${what}`]: '' }).demo).toBe(true);
});

test('which claim holds the id of a person is a setting; by default it is sub', () => {
  const provider = { ...least, ROLEWAVE_DEMO: '', ROLEWAVE_IDENTITY_JWKS: 'keys.json', ROLEWAVE_IDENTITY_ISSUER: 'https://id.example' };
  expect(apiConfigFrom(provider).identity?.claim).toBe('sub');
  expect(apiConfigFrom({ ...provider, ROLEWAVE_IDENTITY_CLAIM: '' }).identity?.claim).toBe('sub');
  expect(apiConfigFrom({ ...provider, ROLEWAVE_IDENTITY_CLAIM: 'email' }).identity?.claim).toBe('email');
});

test('trusted proxies are a setting, and no demonstration has one', () => {
  const env = { ...least, ROLEWAVE_DEMO: '', ROLEWAVE_IDENTITY_JWKS: 'keys.json', ROLEWAVE_IDENTITY_ISSUER: 'https://id.example' };
  expect(apiConfigFrom({ ...env, ROLEWAVE_TRUSTED_PROXIES: '10.0.0.7' }).trustedProxies).toEqual(['10.0.0.7']);
  expect(() => apiConfigFrom({ ...least, ROLEWAVE_TRUSTED_PROXIES: '127.0.0.1' })).toThrow('ROLEWAVE_DEMO=1 and ROLEWAVE_TRUSTED_PROXIES are both set');
});

test.each([
  ['TEMPORAL_ADDRESS', ''],
  ['DATABASE_URL', ''],
  ['ROLEWAVE_PORT', 'http'],
  ['ROLEWAVE_PORT', '70000'],
])('%s=%j is refused', (name, value) => {
  expect(() => apiConfigFrom({ ...least, [name]: value })).toThrow(name);
});

test("Temporal's TLS settings and API key come from the same variables and profiles as the worker's", () => {
  expect(apiConfigFrom({ ...least, TEMPORAL_API_KEY: 'k-1', TEMPORAL_NAMESPACE: 'roles' }).temporal).toEqual({
    address: '127.0.0.1:7233',
    namespace: 'roles',
    apiKey: 'k-1',
    tls: true,
  });
});

describe('signing in with a browser', () => {
  const provider = { ...least, ROLEWAVE_DEMO: '', ROLEWAVE_IDENTITY_JWKS: 'keys.json', ROLEWAVE_IDENTITY_ISSUER: 'https://id.example' };
  const client = { ...provider, ROLEWAVE_IDENTITY_CLIENT_ID: 'web', ROLEWAVE_IDENTITY_CLIENT_SECRET: 's-1', ROLEWAVE_PUBLIC_URL: 'https://rolewave.example/' };

  test('needs a client, and an address without a slash at its end', () => {
    expect(apiConfigFrom(provider)).not.toHaveProperty('signIn');
    expect(apiConfigFrom(client)).toMatchObject({
      signIn: { clientId: 'web', clientSecret: 's-1', scope: 'openid profile email' },
      publicUrl: 'https://rolewave.example',
    });
    expect(apiConfigFrom({ ...client, ROLEWAVE_IDENTITY_SCOPE: 'openid groups' }).signIn?.scope).toBe('openid groups');
  });

  test('takes the secret from a file', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'rolewave-config-')), 'secret');
    await writeFile(file, 's-2\n');
    const env = { ...client, ROLEWAVE_IDENTITY_CLIENT_SECRET: '', ROLEWAVE_IDENTITY_CLIENT_SECRET_FILE: file };
    expect(apiConfigFrom(env).signIn?.clientSecret).toBe('s-2');
    await writeFile(file, '\n');
    expect(() => apiConfigFrom(env)).toThrow('which is empty');
  });

  test.each<[string, Record<string, string>, string]>([
    ['a secret without a client', { ROLEWAVE_IDENTITY_CLIENT_ID: '' }, 'ROLEWAVE_IDENTITY_CLIENT_ID is not set'],
    ['no address', { ROLEWAVE_PUBLIC_URL: '' }, 'ROLEWAVE_PUBLIC_URL is not set'],
    ['an address in the clear', { ROLEWAVE_PUBLIC_URL: 'http://rolewave.example' }, 'ROLEWAVE_PUBLIC_URL is plain http'],
    ['an address with a path', { ROLEWAVE_PUBLIC_URL: 'https://example.com/rolewave' }, 'ROLEWAVE_PUBLIC_URL has a path'],
    ['no address at all', { ROLEWAVE_PUBLIC_URL: 'rolewave.example' }, "ROLEWAVE_PUBLIC_URL is 'rolewave.example'"],
    ['two secrets', { ROLEWAVE_IDENTITY_CLIENT_SECRET_FILE: '/run/secret' }, 'are both set'],
    ['a file that is not there', { ROLEWAVE_IDENTITY_CLIENT_SECRET: '', ROLEWAVE_IDENTITY_CLIENT_SECRET_FILE: '/nowhere/secret' }, 'which cannot be read'],
    ['no openid', { ROLEWAVE_IDENTITY_SCOPE: 'profile' }, 'must contain openid'],
  ])('refuses %s', (_what, change, said) => {
    expect(() => apiConfigFrom({ ...client, ...change })).toThrow(said);
  });

  test('on loopback, plain http will do', () => {
    expect(apiConfigFrom({ ...client, ROLEWAVE_PUBLIC_URL: 'http://127.0.0.1:8088' }).publicUrl).toBe('http://127.0.0.1:8088');
  });
});
