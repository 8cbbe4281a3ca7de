/** The environment's settings for `npm start`: which servers are the user's, who issues tokens, where servers listen. */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporalSettings } from '../settings/temporal.ts';

export interface StartSettings {
  /** Absolute. */
  home: string;
  /** The site file, absolute: `site.yaml` where npm start is run, beside the plan, unless ROLEWAVE_SITE names another. */
  siteFile: string;
  /** The user's Temporal server; absent when one must be started. */
  temporal?: { address: string };
  namespace: string;
  /** The store is the user's (DATABASE_URL). */
  ownDatabase: boolean;
  /** Where the API listens. */
  host: string;
  /** Absent for the usual port, or another one when that is taken. */
  apiPort?: number;
  healthPort?: number;
  /** Whether the API issues people's tokens, on loopback. */
  issuesTokens: boolean;
  /** Whether people sign in with a browser at the user's identity provider. */
  signsIn: boolean;
  /** Where their browsers find the API; without it, where it listens. */
  publicUrl?: string;
}

type Environment = Record<string, string | undefined>;
const project = fileURLToPath(new URL('..', import.meta.url));
const loopback = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)$/;

/** Throws with one sentence that names the variable and what to do. */
export function startSettingsFrom(env: Environment): StartSettings {
  const { server, namespace } = temporalSettings(env);
  const host = env['ROLEWAVE_HOST'] || '127.0.0.1';
  const issuesTokens = issues(env);
  if (issuesTokens && !loopback.test(host)) {
    throw new Error(
      `ROLEWAVE_HOST is ${host}, where others can reach it, and no identity provider is set: set ROLEWAVE_IDENTITY_JWKS and ROLEWAVE_IDENTITY_ISSUER, or leave ROLEWAVE_HOST at 127.0.0.1`,
    );
  }
  return {
    home: resolve(env['ROLEWAVE_HOME'] || join(project, '.rolewave')),
    siteFile: resolve(env['ROLEWAVE_SITE'] || 'site.yaml'),
    ...(server ? { temporal: { address: server.address } } : {}),
    namespace,
    ownDatabase: Boolean(env['DATABASE_URL']),
    host,
    ...port(env, 'ROLEWAVE_PORT', 'apiPort'),
    ...port(env, 'ROLEWAVE_WORKER_HEALTH_PORT', 'healthPort'),
    issuesTokens,
    signsIn: Boolean(env['ROLEWAVE_IDENTITY_CLIENT_ID']),
    ...(env['ROLEWAVE_PUBLIC_URL'] ? { publicUrl: env['ROLEWAVE_PUBLIC_URL'].replace(/\/+$/, '') } : {}),
  };
}

/** With any identity setting, or with the demonstration turned off, a missing variable does not turn on the demonstration's tokens. */
function issues(env: Environment): boolean {
  const [identity] = Object.entries(env).find(([name, value]) => name.startsWith('ROLEWAVE_IDENTITY_') && value) ?? [];
  if (env['ROLEWAVE_DEMO'] === '1' && identity) throw new Error(`ROLEWAVE_DEMO=1 and ${identity} are both set: leave out one of them`);
  return env['ROLEWAVE_DEMO'] ? env['ROLEWAVE_DEMO'] === '1' : identity === undefined;
}

function port<K extends string>(env: Environment, name: string, key: K): Partial<Record<K, number>> {
  const text = env[name];
  if (!text || text === '0') return {};
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 65_535) throw new Error(`${name} is '${text}': write a port number, such as 8088`);
  return { [key]: number } as Record<K, number>;
}
