/** The configuration of the endpoint, read once from the environment. */
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { namedTemporal, type TemporalServer } from '../settings/temporal.ts';
import { temporalUiUrl } from '../domain/web-address.ts';

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
  /** Issues tokens on loopback and accepts plans with a clock; its key lies in `home`. */
  demo: boolean;
  home: string;
  logLevel: string;
  /** Base address of Temporal's UI, for links to workflows. */
  temporalUi?: string;
  /** How long an update may take before the same message goes as a signal; milliseconds. */
  answerWithinMs?: number;
  /** How long a simulation may take; milliseconds. */
  simulateWithinMs?: number;
}

const project = fileURLToPath(new URL('..', import.meta.url));

/** Throws with one sentence that names the variable and what to do. */
export function apiConfigFrom(env: NodeJS.ProcessEnv): ApiConfig {
  const home = env.ROLEWAVE_HOME ?? join(project, '.rolewave');
  const demo = env.ROLEWAVE_DEMO === '1';
  const identity = identityFrom(env);
  if (!identity && !demo) {
    throw new Error(
      "ROLEWAVE_IDENTITY_JWKS is not set: name the file or https URL with the keys that sign your people's tokens (ROLEWAVE_DEMO=1 issues its own, on loopback only)",
    );
  }
  const { server, namespace } = namedTemporal(env);
  return {
    host: env.ROLEWAVE_HOST ?? '127.0.0.1',
    port: portFrom(env.ROLEWAVE_PORT ?? '8088'),
    temporal: { ...server, namespace },
    databaseUrl: wanted(env, 'DATABASE_URL', "the store's connection string, such as postgres://rolewave@127.0.0.1:5432/rolewave"),
    signingKeyFile: env.ROLEWAVE_SIGNING_KEY_FILE ?? join(home, 'signing-key.json'),
    trustedKeysFile: env.ROLEWAVE_TRUSTED_KEYS_FILE ?? join(home, 'trusted-keys.json'),
    siteFile: env.ROLEWAVE_SITE || join(home, 'site.yaml'),
    ...(identity ? { identity } : {}),
    demo,
    home,
    logLevel: env.LOG_LEVEL ?? 'info',
    ...(env.TEMPORAL_UI_URL ? { temporalUi: temporalUiUrl(env.TEMPORAL_UI_URL) } : {}),
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

function portFrom(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`ROLEWAVE_PORT is '${text}', but must be a port number between 0 and 65535`);
  return port;
}
