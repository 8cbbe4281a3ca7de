/**
 * Which Temporal server the environment names, as every Temporal tool reads it: TEMPORAL_ADDRESS and its siblings, above a profile of temporal.toml.
 * API, worker and `npm start` all ask here, so that they can never mean different servers; see docs/decisions/0060-one-reading-of-temporal-settings.md.
 */
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { ClientConnectConfig } from '@temporalio/envconfig';

/** What the connections of the SDK's client and of its worker both take; `tls`, `apiKey` and `metadata` only where they are given. */
export type TemporalServer = { address: string } & Pick<ClientConnectConfig['connectionOptions'], 'tls' | 'apiKey' | 'metadata'>;

export interface TemporalSettings {
  /** Absent: neither variable nor profile names one. */
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

/** The same, for whoever cannot do without a server. */
export function namedTemporal(env: Environment): Required<TemporalSettings> {
  const { server, namespace } = temporalSettings(env);
  if (server) return { server, namespace };
  throw new Error(
    'TEMPORAL_ADDRESS is not set, and no profile of temporal.toml has an address: it is host and port of the Temporal server, such as 127.0.0.1:7233',
  );
}

function read(env: Environment): ClientConnectConfig {
  // An empty variable is one that was not set, except that it takes a header of the profile away.
  const set = Object.entries(env).filter(([name, value]) => value !== undefined && (value !== '' || name.startsWith('TEMPORAL_GRPC_META_')));
  let failure: unknown;
  try {
    return loadClientConnectConfig({ overrideEnvVars: Object.fromEntries(set) as Record<string, string> });
  } catch (error) {
    failure = error;
  }
  // Without the cause, which a log would print in full: the TOML parser quotes the file, and an API key may stand there.
  throw new Error(`${env['TEMPORAL_CONFIG_FILE'] || 'What temporal.toml or a TEMPORAL_… variable says'} cannot be used: ${whatIsWrong(failure)}`);
}

function whatIsWrong(error: unknown): string {
  // The library takes for granted that there is a [profile.…], and that it is a table.
  if (error instanceof TypeError) return 'it has no profile. Write [profile.default] above its settings, or take TEMPORAL_CONFIG_FILE away';
  const message = error instanceof Error ? error.message : String(error);
  // Only the first line: the quotation is below it.
  return `${message.split('\n')[0]}. Fix it, or take TEMPORAL_CONFIG_FILE and TEMPORAL_PROFILE away`;
}
