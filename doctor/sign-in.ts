/** Checks what people need to sign in with a browser: the identity provider's own description, the client, and the address of the pages. */
import { access } from 'node:fs/promises';
import { notChecked, ok, warning, words, wrong, type Line } from './line.ts';

const about = 'sign-in';
const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

interface Description {
  issuer?: unknown;
  authorization_endpoint?: unknown;
  token_endpoint?: unknown;
  code_challenge_methods_supported?: unknown;
  end_session_endpoint?: unknown;
}

/** No lines where the environment names no identity provider: then one picks a person, on the machine itself. */
export async function checkSignIn(env: Record<string, string | undefined>, withinMs: number): Promise<Line[]> {
  const issuer = env['ROLEWAVE_IDENTITY_ISSUER'];
  if (!issuer) return [];
  if (!env['ROLEWAVE_IDENTITY_CLIENT_ID'])
    return [
      notChecked(
        about,
        'ROLEWAVE_IDENTITY_CLIENT_ID is not set here: people cannot sign in with a browser',
        'register Rolewave as a client at the identity provider, and set its id and secret for the API',
      ),
    ];
  return [...(await checkClient(env)), ...(await checkProvider(issuer, withinMs))];
}

async function checkClient(env: Record<string, string | undefined>): Promise<Line[]> {
  const url = env['ROLEWAVE_PUBLIC_URL'] ?? '';
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const file = env['ROLEWAVE_IDENTITY_CLIENT_SECRET_FILE'];
  const isReadable =
    !file ||
    (await access(file).then(
      () => true,
      () => false,
    ));
  return [
    parsed?.protocol === 'https:' || (parsed && loopback.test(parsed.hostname))
      ? ok(about, `browsers come back to ${parsed.origin}/sign-in/callback, which the provider must allow for this client`)
      : wrong(
          about,
          parsed ? `ROLEWAVE_PUBLIC_URL (${parsed.origin}) is plain http, where browsers keep no session` : 'ROLEWAVE_PUBLIC_URL is not set',
          'set it to the https address at which people find the pages',
        ),
    ...(isReadable
      ? []
      : [wrong(about, `ROLEWAVE_IDENTITY_CLIENT_SECRET_FILE names ${file}, which cannot be read`, 'let the API read it, or name another file')]),
    ...(file || env['ROLEWAVE_IDENTITY_CLIENT_SECRET']
      ? []
      : [warning(about, 'no client secret is set', 'set ROLEWAVE_IDENTITY_CLIENT_SECRET or …_SECRET_FILE, unless the provider has a public client')]),
  ];
}

async function checkProvider(issuer: string, withinMs: number): Promise<Line[]> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const fix = 'check ROLEWAVE_IDENTITY_ISSUER, and that the API reaches the provider';
  let found: Description;
  try {
    const answered = await fetch(address, { signal: AbortSignal.timeout(withinMs), redirect: 'error', headers: { accept: 'application/json' } });
    if (!answered.ok) return [wrong(about, `${address} answers ${answered.status}`, fix)];
    found = (await answered.json()) as Description;
  } catch (error) {
    return [wrong(about, `${address} does not answer: ${words(error instanceof Error && error.cause instanceof Error ? error.cause : error)}`, fix)];
  }
  if (found.issuer !== issuer)
    return [wrong(about, `the provider calls itself ${String(found.issuer)}, not ${issuer}`, 'set ROLEWAVE_IDENTITY_ISSUER to exactly what it calls itself')];
  if (typeof found.authorization_endpoint !== 'string' || typeof found.token_endpoint !== 'string')
    return [wrong(about, `${issuer} describes no addresses for signing in`, 'use a provider that offers the authorization code flow')];
  const methods = found.code_challenge_methods_supported;
  return [
    ok(about, `${issuer} answers${typeof found.end_session_endpoint === 'string' ? ', and signs people out too' : ''}`),
    ...(Array.isArray(methods) && !methods.includes('S256')
      ? [
          warning(
            about,
            'the provider does not say that it supports PKCE with S256',
            'turn it on for this client; without it the provider may refuse to sign people in',
          ),
        ]
      : []),
  ];
}
