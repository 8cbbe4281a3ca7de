/** Signing in, against a real OpenID Connect provider on loopback. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../program.ts';
import { readCredentials, writeCredentials, type Credentials } from './config-file.ts';
import { testIo, type TestIo } from '../../test/support/command-io.ts';
import { startIdentityProvider, type IdentityProvider } from '../../test/support/identity-provider.ts';

let provider: IdentityProvider;
let endpoint: Server;
let url: string;
let home: string;
/** What the endpoint was asked with. */
let tokens: string[] = [];

beforeAll(async () => {
  provider = await startIdentityProvider();
  endpoint = createServer((request, response) => {
    const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
    tokens.push(token);
    const person = token === '' ? undefined : provider.personOf(token);
    const body = person === undefined ? { code: 'bad-token', title: 'The token is not valid', detail: 'It is not.', whatToDo: 'Sign in.' } : { waves: [] };
    response
      .writeHead(person === undefined ? 401 : 200, { 'content-type': 'application/json', ...(person === undefined ? {} : { 'x-rolewave-person': person }) })
      .end(JSON.stringify(request.url === '/v1/plans' && person !== undefined ? [] : body));
  });
  await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(endpoint.address() as { port: number }).port}`;
});
afterAll(async () => {
  await provider?.stop();
  endpoint?.close();
  endpoint?.closeAllConnections();
});
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'rolewave-home-'));
  tokens = [];
  return () => rm(home, { recursive: true });
});

const io = (options: Parameters<typeof testIo>[0] = {}) => testIo({ ...options, env: { HOME: home, ...options.env } });
async function rolewave(args: string[], at: TestIo = io()) {
  const code = await run(args, at);
  return { code, out: at.written.join('\n'), err: at.errors.join('\n'), io: at };
}
const login = ['login', '--issuer', '', '--client-id', 'rolewave-cli'];
const loginArgs = (...more: string[]) => [...login.map((arg) => (arg === '' ? provider.issuer : arg)), '--url', url, ...more];

describe('login', () => {
  test('by a code on another device; afterwards commands are sent as that person, and the tokens are for their owner alone', async () => {
    const at = io();
    const err = at.err.bind(at);
    // Somebody reads the code from the terminal and enters it on another device.
    const entered: Promise<void>[] = [];
    at.err = (text) => {
      err(text);
      const [, code] = /enter the code (\S+)/.exec(text) ?? [];
      if (code !== undefined) entered.push(provider.enterCode(code, 'olga'));
    };
    const { code, out } = await rolewave(loginArgs('--device'), at);
    await Promise.all(entered);
    expect([code, at.errors.filter((text) => text.startsWith('The provider'))]).toEqual([0, []]);
    expect(out).toContain(`Signed in as olga at ${url}, as profile 'default'`);
    expect(await rolewave(['status'])).toMatchObject({ code: 0 });
    expect(provider.personOf(tokens.at(-1) ?? '')).toBe('olga');
    for (const file of ['config.yaml', 'credentials.json']) expect(((await stat(join(home, '.config/rolewave', file))).mode & 0o777).toString(8)).toBe('600');
    expect(await readFile(join(home, '.config/rolewave/config.yaml'), 'utf8')).not.toContain(tokens.at(-1));
    expect((await rolewave(['profile', 'list'])).out).toBe(`* default  ${url}  signed in`);
  });

  test('by the browser of this machine, with PKCE and a redirect to it', async () => {
    const { code, out, err, io: at } = await rolewave(loginArgs('--browser'), io({ browser: (address) => provider.signInAt(address, 'ines') }));
    expect([code, err]).toEqual([0, expect.stringContaining('Your browser opens')]);
    expect(new URL(at.opened[0] ?? '').searchParams.get('code_challenge_method')).toBe('S256');
    expect(out).toContain(`Signed in as ines at ${url}`);
  });

  test('a refusal of the provider is told in its words, and nothing is kept', async () => {
    const { code, err } = await rolewave(loginArgs('--browser'), io({ browser: (address) => provider.refuseAt(address) }));
    expect([code, err]).toEqual([3, expect.stringContaining('The provider refused the sign-in')]);
    expect((await rolewave(['profile', 'list'])).out).toContain('You have no profile');
  });

  test('without a provider it says what is missing; a provider without https is not asked', async () => {
    expect(await rolewave(['login', '--url', url])).toMatchObject({ code: 2, err: expect.stringContaining('add --issuer and --client-id') });
    expect(await rolewave(['login', '--url', url, '--client-id', 'x', '--issuer', 'http://login.example.com'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('is not the https address of a provider'),
    });
  });
});

describe('a sign-in', () => {
  const signedIn = () => rolewave(loginArgs('--browser'), io({ browser: (address) => provider.signInAt(address, 'olga') }));

  test('that has ended is renewed', async () => {
    await signedIn();
    const stored = readCredentials({ HOME: home })['default'] as Credentials;
    writeCredentials({ HOME: home }, 'default', { ...stored, token: 'old', expiresMs: Date.now() - 1 });
    expect(await rolewave(['status'])).toMatchObject({ code: 0 });
    expect(provider.personOf(tokens.at(-1) ?? '')).toBe('olga');
  });

  test('that cannot be renewed says to sign in again', async () => {
    await signedIn();
    writeCredentials({ HOME: home }, 'default', { url, token: 'old', expiresMs: 0, refreshToken: 'revoked' });
    expect(await rolewave(['status'])).toMatchObject({ code: 3, err: "Your sign-in has expired. Run 'rolewave login --profile default'." });
  });

  test('is never sent to another endpoint', async () => {
    await signedIn();
    const before = tokens.length;
    const other = createServer((request, response) => {
      tokens.push(request.headers.authorization ?? 'none');
      response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify({ code: 'no-such-route', title: 'x' }));
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    await rolewave(['status', '--url', `http://127.0.0.1:${(other.address() as { port: number }).port}`]);
    other.close();
    other.closeAllConnections();
    expect(tokens.slice(before)).toEqual(['none', 'none']);
  });

  test('ends with logout, which the provider is told', async () => {
    await signedIn();
    expect(await rolewave(['logout'])).toMatchObject({ code: 0, out: `Signed out of ${url}.` });
    expect((await rolewave(['profile', 'list'])).out).toContain('not signed in');
  });
});

describe('profiles', () => {
  test('are set, used, shown and removed', async () => {
    expect(await rolewave(['profile', 'set', 'demo', `url=${url}/`, 'person=anna'])).toMatchObject({ code: 0 });
    expect(await rolewave(['profile', 'set', 'staging', 'url=https://staging.example.com'])).toMatchObject({ code: 0 });
    expect((await rolewave(['profile', 'list'])).out).toBe(`* demo     ${url}  as anna\n  staging  https://staging.example.com  not signed in`);
    await rolewave(['profile', 'use', 'staging']);
    expect((await rolewave(['profile', 'show'])).out).toBe('staging: not signed in\n  url: https://staging.example.com');
    expect(await rolewave(['profile', 'use', 'production'])).toMatchObject({ code: 2, err: "There is no profile 'production'. There is demo, staging." });
    await rolewave(['profile', 'remove', 'staging']);
    expect((await rolewave(['profile', 'list'])).out).toBe(`  demo     ${url}  as anna`.replace('demo     ', 'demo  '));
    expect(await rolewave(['profile', 'set', 'demo', 'colour=red'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('one of these settings: url, person'),
    });
  });

  test('a file that cannot be read is named', async () => {
    await rolewave(['profile', 'set', 'demo', `url=${url}`]);
    await writeFile(join(home, '.config/rolewave/config.yaml'), 'profiles: { demo: { url: 3 } }\n');
    expect(await rolewave(['status'])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/config\.yaml cannot be read: 'url' of profile 'demo' is not a text\. Fix it/),
    });
  });
});
