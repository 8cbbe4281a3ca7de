import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { namedTemporal, temporalSettings } from './temporal.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rolewave-temporal-toml-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function toml(text: string): { TEMPORAL_CONFIG_FILE: string } {
  const file = join(folder, 'temporal.toml');
  writeFileSync(file, text);
  return { TEMPORAL_CONFIG_FILE: file };
}
const cloud = '[profile.default]\naddress = "eu.tmprl.example:7233"\nnamespace = "roles"\napi_key = "k-1"\n[profile.plain]\naddress = "10.0.0.7:7233"\n';

test('variables alone are enough, and an empty one counts as not set', () => {
  expect(temporalSettings({ TEMPORAL_ADDRESS: '127.0.0.1:7233' })).toEqual({ server: { address: '127.0.0.1:7233' }, namespace: 'default' });
  expect(temporalSettings({ TEMPORAL_ADDRESS: '', TEMPORAL_NAMESPACE: 'roles' })).toEqual({ namespace: 'roles' });
  expect(() => namedTemporal({})).toThrow('TEMPORAL_ADDRESS is not set');
});

test("a profile's API key turns TLS on", () => {
  expect(namedTemporal(toml(cloud))).toEqual({ server: { address: 'eu.tmprl.example:7233', apiKey: 'k-1', tls: true }, namespace: 'roles' });
});

test('TEMPORAL_PROFILE chooses a profile, and variables override it', () => {
  expect(namedTemporal({ ...toml(cloud), TEMPORAL_PROFILE: 'plain', TEMPORAL_NAMESPACE: 'mine' })).toEqual({
    server: { address: '10.0.0.7:7233' },
    namespace: 'mine',
  });
});

test('certificates are read from the files that are named', () => {
  const pem = join(folder, 'ca.pem');
  writeFileSync(pem, 'a certificate');
  const { server } = namedTemporal({ TEMPORAL_ADDRESS: 'temporal:7233', TEMPORAL_TLS_SERVER_CA_CERT_PATH: pem, TEMPORAL_TLS_SERVER_NAME: 'frontend' });
  expect(server.tls).toMatchObject({ serverNameOverride: 'frontend', serverRootCACertificate: new Uint8Array(Buffer.from('a certificate')) });
});

test.each([
  ['an empty file', '', 'it has no profile. Write [profile.default]'],
  ['settings without a profile', 'address = "127.0.0.1:7233"', 'it has no profile. Write [profile.default]'],
  ['a file that is not TOML', '[profile.default]\napi_key = "secret"\naddress = 127.0.0.1:7233', 'Invalid TOML document'],
])('%s is reported in one sentence that contains no secret', (_, text, sentence) => {
  const env = toml(text);
  const failure = (() => {
    try {
      return temporalSettings(env) && undefined;
    } catch (error) {
      return error as Error;
    }
  })();
  expect(failure?.message).toContain(`${env.TEMPORAL_CONFIG_FILE} cannot be used: ${sentence}`);
  expect(`${failure?.message}${inspect(failure)}`).not.toContain('secret');
});

test('a missing profile and a missing certificate are reported', () => {
  expect(() => temporalSettings({ ...toml(cloud), TEMPORAL_PROFILE: 'staging' })).toThrow("Profile 'staging' not found");
  expect(() => temporalSettings({ TEMPORAL_ADDRESS: 'temporal:7233', TEMPORAL_TLS_SERVER_CA_CERT_PATH: join(folder, 'none.pem') })).toThrow('none.pem');
});
