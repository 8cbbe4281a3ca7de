import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { checkSignIn } from './sign-in.ts';

let server: Server | undefined;
afterEach(() => new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve())));

/** A provider that describes itself, with `ISSUER` in place of its address. */
async function describing(description: Record<string, unknown>): Promise<string> {
  server = createServer((_request, response) => response.end(JSON.stringify(description).replaceAll('ISSUER', issuer)));
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return issuer;
}
const usual = {
  issuer: 'ISSUER',
  authorization_endpoint: 'ISSUER/auth',
  token_endpoint: 'ISSUER/token',
  end_session_endpoint: 'ISSUER/end',
  code_challenge_methods_supported: ['S256'],
};
const client = {
  ROLEWAVE_IDENTITY_CLIENT_ID: 'rolewave-web',
  ROLEWAVE_IDENTITY_CLIENT_SECRET: 'a secret',
  ROLEWAVE_PUBLIC_URL: 'https://rolewave.example.com',
};
const lines = async (env: Record<string, string>) => (await checkSignIn(env, 2_000)).map(({ state, text }) => `${state}: ${text}`);

test('without an identity provider there is nothing to check', async () => {
  expect(await lines({})).toEqual([]);
});

test('without a client, people cannot sign in with a browser', async () => {
  expect(await lines({ ROLEWAVE_IDENTITY_ISSUER: 'https://id.example' })).toEqual([expect.stringContaining('notChecked: ROLEWAVE_IDENTITY_CLIENT_ID')]);
});

test('what is well is said with the address that the provider must allow', async () => {
  const issuer = await describing(usual);
  expect(await lines({ ...client, ROLEWAVE_IDENTITY_ISSUER: issuer })).toEqual([
    'ok: browsers come back to https://rolewave.example.com/sign-in/callback, which the provider must allow for this client',
    `ok: ${issuer} answers, and signs people out too`,
  ]);
});

test.each([
  ['another issuer', { ...usual, issuer: 'https://other.example' }, 'wrong: the provider calls itself https://other.example'],
  ['no sign-in', { issuer: 'ISSUER' }, 'describes no addresses for signing in'],
  ['no PKCE', { ...usual, code_challenge_methods_supported: ['plain'] }, 'warning: the provider does not say that it supports PKCE'],
])('a provider with %s', async (_what, description, said) => {
  const issuer = await describing(description);
  expect((await lines({ ...client, ROLEWAVE_IDENTITY_ISSUER: issuer })).join('\n')).toContain(said);
});

test('a provider that does not answer, an address in the clear and a secret that cannot be read', async () => {
  const said = await lines({
    ROLEWAVE_IDENTITY_ISSUER: 'http://127.0.0.1:1',
    ROLEWAVE_IDENTITY_CLIENT_ID: 'rolewave-web',
    ROLEWAVE_IDENTITY_CLIENT_SECRET_FILE: '/nowhere/secret',
    ROLEWAVE_PUBLIC_URL: 'http://rolewave.example.com',
  });
  expect(said).toEqual([
    expect.stringContaining('wrong: ROLEWAVE_PUBLIC_URL (http://rolewave.example.com) is plain http'),
    expect.stringContaining('wrong: ROLEWAVE_IDENTITY_CLIENT_SECRET_FILE names /nowhere/secret'),
    expect.stringContaining('wrong: http://127.0.0.1:1/.well-known/openid-configuration does not answer'),
  ]);
});
