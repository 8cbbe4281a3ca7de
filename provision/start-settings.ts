/** What the environment says to `npm start`: which servers are the user's, who issues tokens, where things listen. */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporalSettings } from '../settings/temporal.ts';

export interface StartSettings {
  /** Absolute. */
  home: string;
  /** The user's Temporal server; absent: one is started. */
  temporal?: { address: string };
  namespace: string;
  /** The store is the user's (DATABASE_URL). */
  ownDatabase: boolean;
  /** Where the API listens. */
  host: string;
  /** Absent: the usual port, or another one when that is taken. */
  apiPort?: number;
  healthPort?: number;
  /** The API issues people's tokens by itself, on loopback. */
  issuesTokens: boolean;
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
      `ROLEWAVE_HOST is ${host}, where others can reach it, and nothing says who your people are: set ROLEWAVE_IDENTITY_JWKS and ROLEWAVE_IDENTITY_ISSUER, or leave ROLEWAVE_HOST at 127.0.0.1`,
    );
  }
  return {
    home: resolve(env['ROLEWAVE_HOME'] || join(project, '.rolewave')),
    ...(server ? { temporal: { address: server.address } } : {}),
    namespace,
    ownDatabase: Boolean(env['DATABASE_URL']),
    host,
    ...port(env, 'ROLEWAVE_PORT', 'apiPort'),
    ...port(env, 'ROLEWAVE_WORKER_HEALTH_PORT', 'healthPort'),
    issuesTokens,
  };
}

/** Somebody who began to say where tokens come from, or said no to the demonstration's, does not get them for a missing variable. */
function issues(env: Environment): boolean {
  if (env['ROLEWAVE_DEMO']) return env['ROLEWAVE_DEMO'] === '1';
  return !Object.entries(env).some(([name, value]) => name.startsWith('ROLEWAVE_IDENTITY_') && value);
}

function port<K extends string>(env: Environment, name: string, key: K): Partial<Record<K, number>> {
  const text = env[name];
  if (!text || text === '0') return {};
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 65_535) throw new Error(`${name} is '${text}': it is a port number, such as 8088`);
  return { [key]: number } as Record<K, number>;
}
