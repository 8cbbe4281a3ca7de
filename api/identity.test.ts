import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT, UnsecuredJWT, exportJWK, generateKeyPair } from 'jose';
import type { CryptoKey, JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createIdentity, identityKeys } from './identity.ts';
import type { Identity } from './identity.ts';

const issuer = 'https://login.example.org';
const now = () => Math.floor(Date.now() / 1_000);
const good = (): JWTPayload => ({ iss: issuer, aud: 'rolewave', sub: 'mara.lind', exp: now() + 60, iat: now() });

let dir: string;
let identity: Identity;
const keys: Record<string, CryptoKey> = {};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rolewave-identity-'));
  const published = [];
  for (const alg of ['EdDSA', 'ES256', 'RS256', 'ES384']) {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    keys[alg] = privateKey;
    published.push({ ...(await exportJWK(publicKey)), kid: alg, alg });
  }
  keys.stranger = (await generateKeyPair('EdDSA')).privateKey;
  await writeFile(join(dir, 'jwks.json'), JSON.stringify({ keys: published }));
  identity = createIdentity([{ issuer, audience: 'rolewave', keys: await identityKeys(join(dir, 'jwks.json')) }]);
});
afterAll(() => rm(dir, { recursive: true }));

const signed = (claims: JWTPayload, alg = 'EdDSA', by = alg, kid = alg) => new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(keys[by] as CryptoKey);
const callerOf = async (token: string) => identity.callerOf(`Bearer ${token}`);
const personOf = async (token: string) => (await callerOf(token)).id;

describe('a token is valid when its issuer signed it', () => {
  test.each(['EdDSA', 'ES256', 'RS256'])('by %s', async (alg) => {
    expect(await personOf(await signed(good(), alg))).toBe('mara.lind');
  });

  test('a token that expired a few seconds ago is accepted, one that expired a minute ago is not', async () => {
    expect(await personOf(await signed({ ...good(), exp: now() - 2 }))).toBe('mara.lind');
    await expect(personOf(await signed({ ...good(), exp: now() - 60 }))).rejects.toMatchObject({ code: 'bad-token', message: 'The token has expired.' });
  });
});

test.each(['Mara.Lind', 'mara@example.com', 'auth0|5f7c8ec7', 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'])(
  'a person is who the provider says, letter by letter: %s',
  async (sub) => {
    expect(await personOf(await signed({ ...good(), sub }))).toBe(sub);
  },
);

test.each([
  [
    ['finance', 'iam'],
    ['finance', 'iam'],
  ],
  ['finance', ['finance']],
  [undefined, []],
  [[7, '', 'iam'], ['iam']],
  [{ finance: true }, []],
])('the groups %j of a token are %j', async (groups, expected) => {
  expect((await callerOf(await signed({ ...good(), groups }))).groups).toEqual(expected);
});

test('by setting, another claim holds the groups', async () => {
  const azure = createIdentity([{ issuer, audience: 'rolewave', keys: await identityKeys(join(dir, 'jwks.json')), groupsClaim: 'roles' }]);
  expect(await azure.callerOf(`Bearer ${await signed({ ...good(), groups: ['iam'], roles: ['operator'] })}`)).toEqual({
    id: 'mara.lind',
    groups: ['operator'],
  });
});

describe('by setting, another claim than sub names the person', () => {
  const by = async (claim: string, claims: JWTPayload) =>
    createIdentity([{ issuer, audience: 'rolewave', keys: await identityKeys(join(dir, 'jwks.json')), claim }])
      .callerOf(`Bearer ${await signed(claims)}`)
      .then(({ id }) => id);

  test('such as the account', async () => {
    expect(await by('preferred_username', { ...good(), sub: '3f2a', preferred_username: 'mara.lind' })).toBe('mara.lind');
    expect(await by('https://example.com/employee', { ...good(), 'https://example.com/employee': 'E-1047' })).toBe('E-1047');
  });
  test('a token without it is refused, whatever its sub', async () => {
    await expect(by('preferred_username', good())).rejects.toMatchObject({ code: 'bad-token', message: "The token's claim 'preferred_username' is missing." });
  });
  test('a claim that is no text is refused', async () => {
    await expect(by('groups', { ...good(), groups: ['mara.lind'] })).rejects.toMatchObject({
      code: 'bad-token',
      message: expect.stringContaining("'groups' is not an id"),
    });
  });
  test('an e-mail address only counts when the provider has verified it', async () => {
    const email = 'mara@example.com';
    expect(await by('email', { ...good(), email, email_verified: true })).toBe(email);
    for (const email_verified of [false, undefined, 'true'])
      await expect(by('email', { ...good(), email, email_verified })).rejects.toMatchObject({
        code: 'bad-token',
        message: expect.stringContaining('not verified'),
      });
  });
});

describe('a token is refused', () => {
  const without = (claim: string) => Object.fromEntries(Object.entries(good()).filter(([name]) => name !== claim));

  test('without an end', async () => {
    await expect(personOf(await signed(without('exp')))).rejects.toMatchObject({ code: 'bad-token', message: "The token's claim 'exp' is missing." });
  });
  test('without a person', async () => {
    await expect(personOf(await signed(without('sub')))).rejects.toMatchObject({ code: 'bad-token', message: "The token's claim 'sub' is missing." });
  });
  test.each(['Mara Lind', 'mara,ines', '', 7, null])('for %j, which no person in a plan can have as an id', async (sub) => {
    await expect(personOf(await signed({ ...good(), sub } as unknown as JWTPayload))).rejects.toMatchObject({
      code: 'bad-token',
      message: expect.stringContaining("'sub'"),
    });
  });
  test('for another audience', async () => {
    await expect(personOf(await signed({ ...good(), aud: 'payroll' }))).rejects.toMatchObject({
      code: 'bad-token',
      message: "The token's claim 'aud' is not the expected one.",
    });
  });
  test('of another issuer', async () => {
    await expect(personOf(await signed({ ...good(), iss: 'https://elsewhere.example' }))).rejects.toMatchObject({ code: 'bad-token' });
  });
  test('signed by an unknown key under the id of a known one', async () => {
    await expect(personOf(await signed(good(), 'EdDSA', 'stranger'))).rejects.toMatchObject({
      code: 'bad-token',
      message: "The token's signature is not valid.",
    });
  });
  test('signed by a key that is not published', async () => {
    await expect(personOf(await signed(good(), 'EdDSA', 'stranger', 'other'))).rejects.toMatchObject({ code: 'bad-token' });
  });
  test('signed with an algorithm that is not allowed, although the key is published', async () => {
    await expect(personOf(await signed(good(), 'ES384'))).rejects.toMatchObject({
      code: 'bad-token',
      message: expect.stringContaining('algorithm is not allowed'),
    });
  });
  test('unsigned', async () => {
    await expect(personOf(new UnsecuredJWT(good()).encode())).rejects.toMatchObject({ code: 'bad-token' });
  });
  test.each(['', 'Basic bWFyYTpsaW5k', 'Bearer', 'Bearer not.a-token', 'Bearer e30.e30.e30', `Bearer ${'a'.repeat(9_000)}`])(
    'when the header is %j',
    async (header) => {
      await expect(identity.callerOf(header)).rejects.toMatchObject({ code: header === '' ? 'no-token' : 'bad-token' });
    },
  );
  test('when there is no header at all', async () => {
    await expect(identity.callerOf(undefined)).rejects.toMatchObject({ code: 'no-token' });
  });
});

describe('the keys of an issuer', () => {
  test('that cannot be fetched are not reported as a bad token', async () => {
    const far = createIdentity([{ issuer, audience: 'rolewave', keys: await identityKeys('https://127.0.0.1:1/jwks') }]);
    await expect(far.callerOf(`Bearer ${await signed(good())}`)).rejects.toMatchObject({ code: 'identity-unreachable' });
  });
  test.each(['http://login.example.org/jwks', 'ftp://login.example.org/jwks'])('are not fetched from %s', async (source) => {
    await expect(identityKeys(source)).rejects.toThrow('must be a file or an https URL');
  });
  test('prevent the start when their file is missing or contains no keys', async () => {
    await expect(identityKeys(join(dir, 'none.json'))).rejects.toThrow('cannot be read');
    await writeFile(join(dir, 'bad.json'), '{"keys": 7}');
    await expect(identityKeys(join(dir, 'bad.json'))).rejects.toThrow('not a set of public keys');
  });
});
