/** Keys of the identity provider come and go while the endpoint runs. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createIdentity, identityKeys } from './identity.ts';

const issuer = 'https://login.example.org';
let folder: string;
let published: JWK[];
let server: Server;
let asked: number;
const keys: Record<string, { privateKey: CryptoKey; jwk: JWK }> = {};

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  folder = await mkdtemp(join(tmpdir(), 'rolewave-jwks-'));
  for (const kid of ['old', 'next']) {
    const { privateKey, publicKey } = await generateKeyPair('EdDSA', { extractable: true });
    keys[kid] = { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'EdDSA' } };
  }
  published = [keys['old']!.jwk];
  asked = 0;
  server = createServer((_request, response) => {
    asked += 1;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ keys: published }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  vi.useRealTimers();
  server.close();
  await rm(folder, { recursive: true });
});

const pass = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1_000);
/** The provider's address is https, as it must be; the requests reach a server of the test. */
const overHttp = (_url: string, init: RequestInit) => fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`, init);

async function accepts(source: Awaited<ReturnType<typeof identityKeys>>, kid: string): Promise<boolean> {
  const now = Math.floor(Date.now() / 1_000);
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: 'EdDSA', kid })
    .setIssuer(issuer)
    .setAudience('rolewave')
    .setSubject('mara')
    .setIssuedAt(now)
    .setExpirationTime(now + 600)
    .sign(keys[kid]!.privateKey);
  return createIdentity([{ issuer, audience: 'rolewave', keys: source }])
    .callerOf(`Bearer ${token}`)
    .then(
      () => true,
      (error: { code: string }) => {
        if (error.code !== 'bad-token') throw error;
        return false;
      },
    );
}

test('a key that the provider no longer publishes is refused within a minute, and a new one is known at once', async () => {
  const source = await identityKeys('https://login.example.org/jwks', overHttp);
  expect([await accepts(source, 'old'), await accepts(source, 'next')]).toEqual([true, false]);
  published = [keys['next']!.jwk];
  pass(10);
  expect(await accepts(source, 'next')).toBe(true);
  expect(await accepts(source, 'old')).toBe(false);
});

test('also when nobody uses the new one: the keys are fetched again after half a minute', async () => {
  const source = await identityKeys('https://login.example.org/jwks', overHttp);
  expect(await accepts(source, 'old')).toBe(true);
  published = [keys['next']!.jwk];
  pass(59);
  expect(await accepts(source, 'old')).toBe(false);
});

test('tokens with made-up keys do not make it ask the provider each time', async () => {
  const source = await identityKeys('https://login.example.org/jwks', overHttp);
  for (let index = 0; index < 20; index++) expect(await accepts(source, 'next')).toBe(false);
  expect(asked).toBeLessThan(3);
});

test('a file of keys is read again when it has changed; one that cannot be read verifies nothing', async () => {
  const file = join(folder, 'jwks.json');
  await writeFile(file, JSON.stringify({ keys: published }));
  const source = await identityKeys(file);
  expect(await accepts(source, 'old')).toBe(true);
  await writeFile(file, JSON.stringify({ keys: [keys['next']!.jwk] }));
  pass(2);
  expect([await accepts(source, 'old'), await accepts(source, 'next')]).toEqual([false, true]);
  await writeFile(file, 'not json');
  pass(2);
  await expect(accepts(source, 'next')).rejects.toMatchObject({ code: 'identity-unreachable' });
});
