import { SignJWT, createLocalJWKSet, exportJWK, generateKeyPair } from 'jose';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { sessionsInMemory } from '../../test/support/session-store.ts';
import { Problem } from '../errors.ts';
import { createIdentity, type Identity } from '../identity.ts';
import { newSecret, openTokens, sealTokens, type Tokens } from './sealed-tokens.ts';
import { createSessions, type Renew } from './sessions.ts';

const issuer = 'https://id.example';
let token: (person: string, seconds: number) => Promise<string>;
let identity: Identity;

beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA');
  const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'EdDSA' }] });
  identity = createIdentity([{ issuer, audience: 'web', keys }]);
  token = (person, seconds) => {
    const now = Math.floor(Date.now() / 1_000);
    return new SignJWT({ sub: person })
      .setProtectedHeader({ alg: 'EdDSA', kid: 'k' })
      .setIssuer(issuer)
      .setAudience('web')
      .setIssuedAt(now)
      .setExpirationTime(now + seconds)
      .sign(privateKey);
  };
});
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});
const pass = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1_000);
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'accepted',
    (error: unknown) => (error instanceof Problem ? error.code : error),
  );

async function started(renew: Renew, person = 'olga') {
  const store = sessionsInMemory();
  const sessions = createSessions(store, identity, renew);
  return { store, sessions, secret: await sessions.begin({ identity: await token(person, 300), refresh: 'r-0' }) };
}

test('tokens that are not accepted begin no session', async () => {
  const store = sessionsInMemory();
  const sessions = createSessions(store, identity, undefined);
  expect(await codeOf(sessions.begin({ identity: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJvbGdhIn0.' }))).toBe('bad-token');
  expect(store.rows.size).toBe(0);
});

test('requests at the same moment renew once, with the token of the last renewal', async () => {
  const used: string[] = [];
  const { sessions, secret } = await started(async (refresh) => {
    used.push(refresh);
    return { identity: await token('olga', 300), refresh: `r-${used.length}` };
  });
  for (let times = 0; times < 2; times++) {
    pass(250);
    await Promise.all([sessions.verified(secret), sessions.verified(secret), sessions.verified(secret)]);
  }
  expect(used).toEqual(['r-0', 'r-1']);
});

test('a provider that gives no new refresh token means the old one', async () => {
  const used: string[] = [];
  const { sessions, secret } = await started(async (refresh) => {
    used.push(refresh);
    return { identity: await token('olga', 300) };
  });
  for (let times = 0; times < 2; times++) {
    pass(250);
    await sessions.verified(secret);
  }
  expect(used).toEqual(['r-0', 'r-0']);
});

test('another process renews: meanwhile the old token does, and then the new one', async () => {
  const { store, sessions, secret } = await started(() => Promise.reject(new Error('must not be asked')));
  const [id = ''] = [...store.rows.keys()];
  await store.claimRenewal(id);
  pass(250);
  expect(await codeOf(sessions.verified(secret))).toBe('accepted');
  pass(100);
  const waiting = sessions.verified(secret);
  await store.renewSession(id, sealTokens(secret, { identity: await token('olga', 300), refresh: 'r-1' }));
  expect(await codeOf(waiting)).toBe('accepted');
});

test('a provider that cannot be reached ends no session: it goes on while the token lives, and again when the provider answers', async () => {
  let answers = false;
  const { sessions, secret } = await started(async () => {
    if (!answers) throw new Problem('identity-unreachable', 'no answer');
    return { identity: await token('olga', 300) };
  });
  pass(250);
  expect(await codeOf(sessions.verified(secret))).toBe('accepted');
  pass(100);
  expect(await codeOf(sessions.verified(secret))).toBe('identity-unreachable');
  answers = true;
  expect(await codeOf(sessions.verified(secret))).toBe('accepted');
});

test.each<[string, Renew]>([
  ['the provider refuses', async () => undefined],
  ['the provider names another person', async () => ({ identity: await token('mallory', 300) })],
])('the session is over when %s', async (_what, renew) => {
  const { store, sessions, secret } = await started(renew);
  pass(250);
  expect(await codeOf(sessions.verified(secret))).toBe('session-over');
  expect(store.rows.size).toBe(0);
});

test('new tokens are not lost when the keys of the provider cannot be fetched at that moment', async () => {
  const store = sessionsInMemory();
  let keysAnswer = true;
  const unsteady: Identity = {
    ...identity,
    verified: async (jws) => {
      if (keysAnswer) return identity.verified(jws);
      throw new Problem('identity-unreachable', 'no keys');
    },
  };
  // A provider that takes each refresh token once.
  const taken = new Set<string>();
  const sessions = createSessions(store, unsteady, async (refresh) => {
    if (taken.has(refresh)) return undefined;
    taken.add(refresh);
    return { identity: await token('olga', 300), refresh: `r-${taken.size}` };
  });
  const secret = await sessions.begin({ identity: await token('olga', 300), refresh: 'r-0' });
  for (let times = 0; times < 2; times++) {
    pass(250);
    keysAnswer = false;
    expect(await codeOf(sessions.verified(secret))).toBe('identity-unreachable');
    keysAnswer = true;
    expect((await sessions.verified(secret)).caller.id).toBe('olga');
  }
  expect([...taken]).toEqual(['r-0', 'r-1']);
});

test('what the store says about the person counts for nothing', async () => {
  const { store, sessions, secret } = await started(async () => undefined);
  for (const [id, row] of store.rows) store.rows.set(id, { ...row, person: 'ines' });
  expect((await sessions.verified(secret)).caller.id).toBe('olga');
});

test('a session whose issuer the endpoint no longer trusts is over: of a provider that was replaced, or of a demonstration that is none any more', async () => {
  const { store, secret } = await started(async () => undefined);
  expect(await codeOf(createSessions(store, createIdentity([]), undefined).verified(secret))).toBe('session-over');
  expect(store.rows.size).toBe(0);
});

test('tokens open with their secret only, and not after a change', () => {
  const secret = newSecret();
  const tokens: Tokens = { identity: 'a.b.c', refresh: 'r' };
  const sealed = sealTokens(secret, tokens);
  expect(openTokens(secret, sealed)).toEqual(tokens);
  expect(openTokens(newSecret(), sealed)).toBeUndefined();
  const bytes = Buffer.from(sealed, 'base64url');
  for (const at of [0, 13, bytes.length - 1]) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(openTokens(secret, changed.toString('base64url'))).toBeUndefined();
  }
  expect(openTokens(secret, '')).toBeUndefined();
});

test.each(['', 'short', "' or true --", 'x'.repeat(43_000)])('a cookie that is no secret is over without a question to the store', async (cookie) => {
  const store = { ...sessionsInMemory(), session: () => Promise.reject(new Error('asked')) };
  expect(await codeOf(createSessions(store, identity, undefined).verified(cookie))).toBe('session-over');
});
