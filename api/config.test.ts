import { expect, test } from 'vitest';
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
  expect(() => apiConfigFrom({ ...least, ROLEWAVE_IDENTITY_JWKS: 'keys.json' })).toThrow('ROLEWAVE_IDENTITY_ISSUER is not set');
});

test('which claim holds the id of a person is a setting; by default it is sub', () => {
  const provider = { ...least, ROLEWAVE_IDENTITY_JWKS: 'keys.json', ROLEWAVE_IDENTITY_ISSUER: 'https://id.example' };
  expect(apiConfigFrom(provider).identity?.claim).toBe('sub');
  expect(apiConfigFrom({ ...provider, ROLEWAVE_IDENTITY_CLAIM: '' }).identity?.claim).toBe('sub');
  expect(apiConfigFrom({ ...provider, ROLEWAVE_IDENTITY_CLAIM: 'email' }).identity?.claim).toBe('email');
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

test("links go to Temporal's UI where the settings name it, without a slash at the end", () => {
  expect(apiConfigFrom({ ...least, TEMPORAL_UI_URL: 'https://temporal.example.com/ui/' }).temporalUi).toBe('https://temporal.example.com/ui');
  expect(() => apiConfigFrom({ ...least, TEMPORAL_UI_URL: 'temporal.example.com' })).toThrow(/^TEMPORAL_UI_URL is not a web address: write it like https/);
});
