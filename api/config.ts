/** The configuration of the endpoint, read once from the environment. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { proxiesFrom } from './client-address.ts';
import { ownName } from './loopback.ts';
import type { SessionLimits } from './sessions/sessions.ts';
import { namedTemporal, type TemporalServer } from '../settings/temporal.ts';

export interface ApiConfig {
  host: string;
  /** 0: any free port. */
  port: number;
  temporal: TemporalServer & { namespace: string };
  databaseUrl: string;
  /** Private Ed25519 JWK that seals messages, and the JWKS of the keys that may; both are made at the first start. */
  signingKeyFile: string;
  trustedKeysFile: string;
  /** What the people who run Rolewave declare: systems, plans and who may do what. */
  siteFile: string;
  /** Where people's tokens come from, and which claims hold a person's id and groups; without it only the demo's own tokens are accepted. `jwks`: file or https URL. */
  identity?: { jwks: string; issuer: string; audience: string; claim: string; groupsClaim?: string };
  /** As which client people sign in with a browser at the provider of `identity`. */
  signIn?: { clientId: string; clientSecret?: string; scope: string };
  /** Where people's browsers find this endpoint, without a slash at the end. */
  publicUrl?: string;
  /** Proxies whose X-Forwarded-For counts: addresses and networks. */
  trustedProxies?: string[];
  /** The address of Temporal's UI, without a slash at the end. */
  temporalUiUrl?: string;
  /** Where the built pages are; web/dist by default. */
  pagesFolder?: string;
  sessions?: SessionLimits;
  /** Issues tokens on loopback and accepts plans with a clock; its key lies in `home`. */
  demo: boolean;
  home: string;
  logLevel: string;
  /** How long an update may take before the same message goes as a signal; milliseconds. */
  answerWithinMs?: number;
  /** How long a simulation may take; milliseconds. */
  workerWithinMs?: number;
  /** How long a client may take to read an answer, in milliseconds; for tests. */
  readWithinMs?: number;
  /** How often workflows whose code fails are looked for, in milliseconds; for tests. */
  failingEveryMs?: number;
}

const project = fileURLToPath(new URL('..', import.meta.url));

/** Throws with one sentence that names the variable and what to do. */
export function apiConfigFrom(env: NodeJS.ProcessEnv): ApiConfig {
  const home = env.ROLEWAVE_HOME ?? join(project, '.rolewave');
  const demo = env.ROLEWAVE_DEMO === '1';
  if (demo) refuseIdentity(env);
  const identity = identityFrom(env);
  if (!identity && !demo) {
    throw new Error(
      "ROLEWAVE_IDENTITY_JWKS is not set: name the file or https URL with the keys that sign your people's tokens (ROLEWAVE_DEMO=1 issues its own, on loopback only)",
    );
  }
  const { server, namespace } = namedTemporal(env);
  const publicUrl = addressFrom(env, 'ROLEWAVE_PUBLIC_URL');
  const trustedProxies = proxiesFrom(env.ROLEWAVE_TRUSTED_PROXIES ?? '');
  if (demo && trustedProxies.length > 0)
    throw new Error('ROLEWAVE_DEMO=1 and ROLEWAVE_TRUSTED_PROXIES are both set: the demonstration is for this machine only. Leave out one of them');
  const temporalUiUrl = addressFrom(env, 'TEMPORAL_UI_URL');
  const signIn = identity ? signInFrom(env, publicUrl) : undefined;
  return {
    host: env.ROLEWAVE_HOST ?? '127.0.0.1',
    port: portFrom(env.ROLEWAVE_PORT ?? '8088'),
    temporal: { ...server, namespace },
    databaseUrl: wanted(env, 'DATABASE_URL', "the store's connection string, such as postgres://rolewave@127.0.0.1:5432/rolewave"),
    signingKeyFile: env.ROLEWAVE_SIGNING_KEY_FILE ?? join(home, 'signing-key.json'),
    trustedKeysFile: env.ROLEWAVE_TRUSTED_KEYS_FILE ?? join(home, 'trusted-keys.json'),
    siteFile: env.ROLEWAVE_SITE || join(home, 'site.yaml'),
    ...(identity ? { identity } : {}),
    ...(signIn ? { signIn } : {}),
    ...(publicUrl ? { publicUrl } : {}),
    ...(trustedProxies.length > 0 ? { trustedProxies } : {}),
    ...(temporalUiUrl ? { temporalUiUrl } : {}),
    demo,
    home,
    logLevel: env.LOG_LEVEL ?? 'info',
  };
}

function wanted(env: NodeJS.ProcessEnv, name: string, what: string): string {
  const value = env[name];
  if (!value) throw new Error(`${name} is not set: it is ${what}`);
  return value;
}

function identityFrom(env: NodeJS.ProcessEnv): ApiConfig['identity'] {
  const jwks = env.ROLEWAVE_IDENTITY_JWKS;
  if (!jwks) return undefined;
  return {
    jwks,
    issuer: wanted(env, 'ROLEWAVE_IDENTITY_ISSUER', "the issuer that your people's tokens name in `iss`"),
    audience: env.ROLEWAVE_IDENTITY_AUDIENCE ?? 'rolewave',
    claim: env.ROLEWAVE_IDENTITY_CLAIM || 'sub',
    groupsClaim: env.ROLEWAVE_IDENTITY_GROUPS_CLAIM || 'groups',
  };
}

/** With the demonstration anyone on the machine may be anyone: next to a provider, that would be a way around it. */
function refuseIdentity(env: NodeJS.ProcessEnv): void {
  const found = Object.entries(env).find(([name, value]) => name.startsWith('ROLEWAVE_IDENTITY_') && value);
  if (found)
    throw new Error(
      `ROLEWAVE_DEMO=1 and ${found[0]} are both set: the demonstration lets anyone on this machine sign in as anyone, past your identity provider. Leave out one of them`,
    );
}

const usualScope = 'openid profile email';

/** Undefined without a client id: people then use tokens only. */
function signInFrom(env: NodeJS.ProcessEnv, publicUrl: string | undefined): ApiConfig['signIn'] {
  const clientId = env.ROLEWAVE_IDENTITY_CLIENT_ID;
  const [secret, file] = [env.ROLEWAVE_IDENTITY_CLIENT_SECRET, env.ROLEWAVE_IDENTITY_CLIENT_SECRET_FILE];
  const scope = env.ROLEWAVE_IDENTITY_SCOPE || usualScope;
  if (!clientId) {
    if (secret || file)
      throw new Error('ROLEWAVE_IDENTITY_CLIENT_ID is not set: it is the client that the secret in ROLEWAVE_IDENTITY_CLIENT_SECRET belongs to');
    return undefined;
  }
  const { protocol, host, pathname } = new URL(
    publicUrl ?? wanted(env, 'ROLEWAVE_PUBLIC_URL', 'where people’s browsers find this endpoint, such as https://rolewave.example.com'),
  );
  if (protocol !== 'https:' && !ownName(host))
    throw new Error(`ROLEWAVE_PUBLIC_URL is plain http: people who sign in with a browser need https (or http://127.0.0.1)`);
  if (pathname !== '/')
    throw new Error('ROLEWAVE_PUBLIC_URL has a path: the pages are at the root of an address of their own, such as https://rolewave.example.com');
  if (secret && file) throw new Error('ROLEWAVE_IDENTITY_CLIENT_SECRET and ROLEWAVE_IDENTITY_CLIENT_SECRET_FILE are both set: leave one of them out');
  const clientSecret = file ? secretIn(file) : secret;
  if (!scope.split(' ').includes('openid')) throw new Error(`ROLEWAVE_IDENTITY_SCOPE is '${scope}', but must contain openid`);
  return { clientId, ...(clientSecret ? { clientSecret } : {}), scope };
}

function secretIn(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch {
    throw new Error(`ROLEWAVE_IDENTITY_CLIENT_SECRET_FILE names the file ${file}, which cannot be read`);
  }
  if (text === '') throw new Error(`ROLEWAVE_IDENTITY_CLIENT_SECRET_FILE names the file ${file}, which is empty`);
  return text;
}

/** Without slashes at the end. */
function addressFrom(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const written = env[name];
  if (!written) return undefined;
  if (!URL.canParse(written) || !/^https?:$/.test(new URL(written).protocol))
    throw new Error(`${name} is '${written}', but must be an address such as https://rolewave.example.com`);
  return written.replace(/\/+$/, '');
}

function portFrom(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`ROLEWAVE_PORT is '${text}', but must be a port number between 0 and 65535`);
  return port;
}
