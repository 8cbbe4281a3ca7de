import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeProtectedHeader } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { verifyMessage } from '../domain/authority/jws.ts';
import { waveMessageSchemas } from '../domain/messages.ts';
import type { Message } from '../domain/messages.ts';
import { openSealer } from './seal.ts';

let dir: string;
const files = () => ({ signingKeyFile: join(dir, 'keys', 'signing-key.json'), trustedKeysFile: join(dir, 'keys', 'trusted-keys.json') });
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rolewave-seal-'));
});
afterEach(() => rm(dir, { recursive: true }));

const message: Message = {
  id: '0b5f7a52-9d5f-4a59-8f5e-0c2f1d6f8a10',
  plan: 'p',
  wave: 'w',
  by: 'mara',
  atMs: 1,
  expiresMs: 2,
  type: 'note',
  body: { text: 'Grüße — ready' },
};

test('the first start creates a key that only its owner can read, and publishes its public half', async () => {
  const sealer = await openSealer(files());
  expect((await stat(files().signingKeyFile)).mode & 0o777).toBe(0o600);
  const published = JSON.parse(await readFile(files().trustedKeysFile, 'utf8')) as { keys: Record<string, string>[] };
  expect(published.keys).toEqual([{ kid: sealer.kid, kty: 'OKP', crv: 'Ed25519', x: expect.any(String) }]);
});

test('a sealed message is valid in the reducer, and is not with one changed letter', async () => {
  const sealer = await openSealer(files());
  const jws = await sealer.seal(message);
  expect(decodeProtectedHeader(jws)).toEqual({ alg: 'EdDSA', kid: sealer.kid, typ: 'rolewave+jws' });
  expect(verifyMessage(jws, sealer.trustedKeys, waveMessageSchemas, 'note')).toEqual({ ok: true, message, kid: sealer.kid });
  const [head, , signature] = jws.split('.');
  const forged = `${head}.${Buffer.from(JSON.stringify({ ...message, by: 'nora' })).toString('base64url')}.${signature}`;
  expect(verifyMessage(forged, sealer.trustedKeys, waveMessageSchemas, 'note')).toMatchObject({ ok: false, code: 'bad-signature' });
});

test('a second start uses the same key and writes nothing', async () => {
  const first = await openSealer(files());
  const before = await Promise.all(Object.values(files()).map((file) => readFile(file, 'utf8')));
  expect((await openSealer(files())).kid).toBe(first.kid);
  expect(await Promise.all(Object.values(files()).map((file) => readFile(file, 'utf8')))).toEqual(before);
});

test('two endpoints that start at once end up with one key', async () => {
  const sealers = await Promise.all(Array.from({ length: 6 }, () => openSealer(files())));
  expect(new Set(sealers.map(({ kid }) => kid)).size).toBe(1);
});

test('a trusted keys file without the signing key prevents the start, is not changed, and the error says what to add', async () => {
  await openSealer(files());
  const strangers = JSON.stringify({ keys: [{ kid: 'other', kty: 'OKP', crv: 'Ed25519', x: 'AAAA' }] });
  await writeFile(files().trustedKeysFile, strangers);
  await expect(openSealer(files())).rejects.toThrow(/does not contain the signing key .* add \{"kid"/);
  expect(await readFile(files().trustedKeysFile, 'utf8')).toBe(strangers);
});

test.each(['not json', '{"kty":"RSA"}', '[]', ''])('a signing key file with %j prevents the start and is not changed', async (content) => {
  await openSealer(files());
  await writeFile(files().signingKeyFile, content);
  await expect(openSealer(files())).rejects.toThrow('the signing key file');
  expect(await readFile(files().signingKeyFile, 'utf8')).toBe(content);
});

test('a private key among the trusted keys prevents the start: that file is for public keys', async () => {
  await openSealer(files());
  const key = JSON.parse(await readFile(files().signingKeyFile, 'utf8')) as unknown;
  await writeFile(files().trustedKeysFile, JSON.stringify({ keys: [key] }));
  await expect(openSealer(files())).rejects.toThrow('not a set of public keys');
});

test('the endpoint follows its trusted keys file without a restart, and keeps its keys when that file would not trust it', async () => {
  const sealer = await openSealer(files());
  const { keys } = JSON.parse(await readFile(files().trustedKeysFile, 'utf8')) as { keys: object[] };
  const other = { kid: 'other', kty: 'OKP', crv: 'Ed25519', x: 'AAAA' };
  const kids = () => sealer.trustedKeys.map(({ kid }) => kid);
  await writeFile(files().trustedKeysFile, JSON.stringify({ keys: [...keys, other] }));
  await expect.poll(kids, { timeout: 5_000 }).toEqual([sealer.kid, 'other']);
  await writeFile(files().trustedKeysFile, JSON.stringify({ keys: [{ ...keys[0], until: '2026-01-01T00:00:00Z' }, other] }));
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(sealer.trustedKeys.find(({ kid }) => kid === sealer.kid)?.untilMs).toBeUndefined();
  sealer.close();
});
