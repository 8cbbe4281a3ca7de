/** From a system of the plan to its connector and its source of measurements. */
import type { System } from '../domain/plan/schema.ts';
import type { Connector } from './connector.ts';
import { noneConnector } from './none/connector.ts';
import { noneSource } from './none/source.ts';
import { postgresConnector } from './postgres/connector.ts';
import { onlyReading } from './read-only.ts';
import { sqlSource } from './sql/source.ts';
import type { TelemetrySource } from './telemetry-source.ts';

export interface OpenSystem {
  connector: Connector;
  source: TelemetrySource;
}

/** Opens nothing on the network yet. Throws an Error that names system and variable when the connection string is missing or cannot be read. */
export function openSystem(system: System, env: Record<string, string | undefined>): OpenSystem {
  const { connector, source } = opened(system, env);
  // Here and not in each connector: whatever kind of system comes next, readOnly means the same.
  return { connector: system.readOnly ? onlyReading(connector) : connector, source };
}

function opened(system: System, env: Record<string, string | undefined>): OpenSystem {
  if (system.kind === 'none') return { connector: noneConnector(), source: noneSource() };
  const connectionString = env[system.connection];
  if (!connectionString) {
    throw new Error(
      `system '${system.id}': the environment variable ${system.connection} is not set for this worker; set it to the connection string of the database, such as postgres://login:password@host:5432/database`,
    );
  }
  try {
    const options = { connectionString, readOnly: system.readOnly };
    return { connector: postgresConnector(options), source: sqlSource({ ...options, applicationName: 'rolewave evaluations' }) };
  } catch {
    // Without the cause: it may repeat the password.
    throw new Error(
      `system '${system.id}': the environment variable ${system.connection} does not hold a connection string such as postgres://login:password@host:5432/database`,
    );
  }
}
