/** The list of kinds of systems, and how to open the connector of a system in the plan. */
import { forStatements, openWith, type Environment } from '../clients/connection-string.ts';
import type { System, SystemKind } from '../domain/plan/system-kinds.ts';
import type { Connector, ConnectorKind, Opening } from './connector.ts';
import { none } from './none/connector.ts';
import { postgres } from './postgres/connector.ts';
import { onlyReading } from './read-only.ts';

export type ConnectorKinds = { [K in SystemKind]: ConnectorKind<Extract<System, { kind: K }>> };
export const connectorKinds: ConnectorKinds = { postgres, none };

/** Opens no connection yet. Throws an Error that names system and variable when the connection string is missing or cannot be read. */
export function openSystem(
  system: System,
  env: Environment,
  { kinds = connectorKinds, ...opening }: Omit<Opening, 'measure'> & { kinds?: ConnectorKinds } = {},
): Connector {
  const { connectionString: example, open } = kindOf(system, kinds);
  const connector =
    example === undefined
      ? open(system, '')
      : openWith(system, env, example, (connectionString) => open(system, connectionString, { ...opening, ...measureOf(system, env, example) }));
  // Here and not in each connector, so that readOnly means the same for every kind of system.
  return system.readOnly ? onlyReading(connector) : connector;
}

function measureOf(system: System, env: Environment, example: string): Pick<Opening, 'measure'> {
  const own = forStatements(system);
  return own.connection === system.connection ? {} : openWith(own, env, example, (measure) => ({ measure }));
}

/** Whether a worker needs the system's environment variable. */
export const needsConnection = (system: System, kinds: ConnectorKinds = connectorKinds): boolean => kindOf(system, kinds).connectionString !== undefined;

/** TypeScript cannot infer that a system's kind matches its connector's. */
const kindOf = (system: System, kinds: ConnectorKinds) => kinds[system.kind] as ConnectorKind<System>;
