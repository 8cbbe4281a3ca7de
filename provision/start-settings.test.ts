import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { startSettingsFrom } from './start-settings.ts';

const home = { ROLEWAVE_HOME: '/srv/rolewave' };

test('without settings, everything is started and tokens are issued on loopback', () => {
  expect(startSettingsFrom(home)).toEqual({
    home: '/srv/rolewave',
    siteFile: resolve('site.yaml'),
    namespace: 'default',
    ownDatabase: false,
    host: '127.0.0.1',
    issuesTokens: true,
    signsIn: false,
  });
});

test("settings can name the user's own servers", () => {
  const env = { ...home, TEMPORAL_ADDRESS: 'temporal:7233', DATABASE_URL: 'postgres://db/rolewave', ROLEWAVE_PORT: '9000' };
  expect(startSettingsFrom(env)).toMatchObject({ temporal: { address: 'temporal:7233' }, ownDatabase: true, apiPort: 9000 });
});

test('no tokens are issued once an identity is set or the demonstration is turned off', () => {
  expect(startSettingsFrom({ ...home, ROLEWAVE_IDENTITY_JWKS: 'keys.json' }).issuesTokens).toBe(false);
  expect(startSettingsFrom({ ...home, ROLEWAVE_IDENTITY_ISSUER: 'https://id.example' }).issuesTokens).toBe(false);
  expect(startSettingsFrom({ ...home, ROLEWAVE_DEMO: '0' }).issuesTokens).toBe(false);
});

test('the demonstration beside an identity provider is refused before anything starts', () => {
  expect(() => startSettingsFrom({ ...home, ROLEWAVE_IDENTITY_JWKS: 'keys.json', ROLEWAVE_DEMO: '1' })).toThrow(
    'ROLEWAVE_DEMO=1 and ROLEWAVE_IDENTITY_JWKS are both set',
  );
});

test('where others can reach it, it does not issue tokens without an explicit setting', () => {
  expect(() => startSettingsFrom({ ...home, ROLEWAVE_HOST: '0.0.0.0' })).toThrow('ROLEWAVE_IDENTITY_JWKS');
  expect(startSettingsFrom({ ...home, ROLEWAVE_HOST: '0.0.0.0', ROLEWAVE_IDENTITY_JWKS: 'keys.json' }).host).toBe('0.0.0.0');
  expect(startSettingsFrom({ ...home, ROLEWAVE_HOST: 'localhost' }).issuesTokens).toBe(true);
});

test('the board is where people find it, not where the API listens', () => {
  const provider = { ROLEWAVE_IDENTITY_JWKS: 'keys.json', ROLEWAVE_IDENTITY_CLIENT_ID: 'rolewave' };
  expect(startSettingsFrom({ ...home, ...provider, ROLEWAVE_PUBLIC_URL: 'https://rolewave.example.com/' })).toMatchObject({
    signsIn: true,
    publicUrl: 'https://rolewave.example.com',
  });
});

test('an invalid port is reported', () => {
  expect(() => startSettingsFrom({ ...home, ROLEWAVE_PORT: 'http' })).toThrow("ROLEWAVE_PORT is 'http'");
});
