import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planText, startEndpoint } from '../../../test/support/endpoint.ts';
import type { Endpoint } from '../../../test/support/endpoint.ts';

const issuer = 'https://login.example.org';
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
let dir: string;
let api: Endpoint;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rolewave-jwks-'));
  await writeFile(join(dir, 'jwks.json'), JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'EdDSA' }] }));
  api = await startEndpoint({ demo: false, identity: { jwks: join(dir, 'jwks.json'), issuer, audience: 'rolewave', claim: 'sub' }, answerWithinMs: 300 });
});
afterAll(async () => {
  await api.close();
  await rm(dir, { recursive: true });
});

const asInes = async () => ({
  authorization: `Bearer ${await new SignJWT({}).setProtectedHeader({ alg: 'EdDSA', kid: 'k' }).setIssuer(issuer).setAudience('rolewave').setSubject('ines').setExpirationTime('5m').sign(privateKey)}`,
});

test('outside a demonstration a plan with its own clock is refused', async () => {
  const refused = await api.send('', 'POST', '/v1/plans', planText({ clock: { epoch: '2026-04-06', day: '2s' } }), await asInes());
  expect([refused.status, refused.body.code]).toEqual([409, 'clock-not-allowed']);
  expect((await api.send('', 'GET', '/v1/plans', undefined, await asInes())).body).toEqual([]);
});

test("a plan without one is applied by a person of the organization's own identity provider", async () => {
  const applied = await api.send('', 'POST', '/v1/plans', planText(), await asInes());
  expect([applied.status, applied.body.revision]).toEqual([200, 1]);
});

test('and no tokens are issued', async () => {
  const refused = await api.send('', 'POST', '/v1/tokens', { person: 'ines' });
  expect([refused.status, refused.body.code]).toEqual([404, 'no-such-route']);
});
