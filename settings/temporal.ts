/**
 * The Temporal server of the environment, read as every Temporal tool does: TEMPORAL_… variables override a profile of temporal.toml.
 * API, worker and `npm start` all use this, so that they never use different servers; see docs/decisions/0060-one-reading-of-temporal-settings.md.
 */
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { ClientConnectConfig } from '@temporalio/envconfig';

/** Options for the connections of the SDK's client and worker; `tls`, `apiKey` and `metadata` only where they are given. */
export type TemporalServer = { address: string } & Pick<ClientConnectConfig['connectionOptions'], 'tls' | 'apiKey' | 'metadata'>;

export interface TemporalSettings {
  /** Absent when neither a variable nor a profile names one. */
  server?: TemporalServer;
  namespace: string;
}

type Environment = Record<string, string | undefined>;

/** Throws with one sentence when temporal.toml, or a file that it names, cannot be used. */
export function temporalSettings(env: Environment): TemporalSettings {
  const { connectionOptions, namespace } = read(env);
  const { address, tls, apiKey, metadata } = connectionOptions;
  const optional = { ...(tls === undefined ? {} : { tls }), ...(apiKey === undefined ? {} : { apiKey }), ...(metadata === undefined ? {} : { metadata }) };
  return { ...(address ? { server: { address, ...optional } } : {}), namespace: namespace ?? 'default' };
}

/** The same, for callers that need a server. */
export function namedTemporal(env: Environment): Required<TemporalSettings> {
  const { server, namespace } = temporalSettings(env);
  if (server) return { server, namespace };
  throw new Error(
    'TEMPORAL_ADDRESS is not set, and no profile of temporal.toml has an address: set it to host and port of the Temporal server, such as 127.0.0.1:7233',
  );
}

function read(env: Environment): ClientConnectConfig {
  // An empty variable counts as not set, except that it removes a header of the profile.
  const set = Object.entries(env).filter(([name, value]) => value !== undefined && (value !== '' || name.startsWith('TEMPORAL_GRPC_META_')));
  let failure: unknown;
  try {
    return loadClientConnectConfig({ overrideEnvVars: Object.fromEntries(set) as Record<string, string> });
  } catch (error) {
    failure = error;
  }
  // Without the cause, which a log would print in full: the TOML parser quotes the file, which may contain an API key.
  throw new Error(`${env['TEMPORAL_CONFIG_FILE'] || 'The setting in temporal.toml or a TEMPORAL_… variable'} cannot be used: ${whatIsWrong(failure)}`);
}

function whatIsWrong(error: unknown): string {
  // The library assumes that there is a [profile.…] and that it is a table.
  if (error instanceof TypeError) return 'it has no profile. Write [profile.default] above its settings, or unset TEMPORAL_CONFIG_FILE';
  const message = error instanceof Error ? error.message : String(error);
  // Only the first line: the quotation follows it.
  return `${message.split('\n')[0]}. Fix it, or unset TEMPORAL_CONFIG_FILE and TEMPORAL_PROFILE`;
}
