/** The list of kinds of systems, and how to open the connector of a system of the site. */
import { connectionStringOf, openWith, type Environment } from '../clients/connection-string.ts';
import type { System, SystemKind } from '../domain/site/schema.ts';
import { bounded } from './bounded.ts';
import type { Connector, ConnectorKind, Opening } from './connector.ts';
import { keycloak } from './keycloak/connector.ts';
import { ldap } from './ldap/connector.ts';
import { none } from './none/connector.ts';
import { postgres } from './postgres/connector.ts';
import { onlyReading } from './read-only.ts';
import { scim } from './scim/connector.ts';

export type ConnectorKinds = { [K in SystemKind]: ConnectorKind<Extract<System, { kind: K }>> };
export const connectorKinds: ConnectorKinds = { postgres, ldap, scim, keycloak, none };

/** What `connect` needs besides the system; empty where the kind needs no connection string. Rejects with an Error that names system and variable or file. */
export async function readConnectionString(system: System, env: Environment, kinds: ConnectorKinds = connectorKinds): Promise<string> {
  const { connectionString: example } = kindOf(system, kinds);
  return example === undefined || !system.connection ? '' : connectionStringOf(system.id, system.connection, env, example);
}

/** Of the login that runs statements, where the site has one; in the same way. */
export async function readMeasureString(system: System, env: Environment, kinds: ConnectorKinds = connectorKinds): Promise<string | undefined> {
  const { connectionString: example } = kindOf(system, kinds);
  const secret = 'measure' in system ? system.measure : undefined;
  return example === undefined || !secret ? undefined : connectionStringOf(system.id, secret, env, example);
}

/** `kinds`: other kinds than those of this file, for tests. */
export type ConnectOptions = Opening & { kinds?: ConnectorKinds };

/** Opens no connection yet. Throws an Error that names system and variable or file, and not the string, when the string cannot be read. */
export function connect(system: System, connectionString: string, { kinds = connectorKinds, ...opening }: ConnectOptions = {}): Connector {
  const { connectionString: example, open } = kindOf(system, kinds);
  const connector =
    example === undefined || !system.connection
      ? open(system, '')
      : openWith(system.id, system.connection, connectionString, example, (text) => open(system, text, opening));
  // Here and not in each connector, so that both mean the same for every kind of system.
  return system.readOnly ? onlyReading(bounded(connector)) : bounded(connector);
}

/** Opens no connection yet. */
export const openSystem = async (system: System, env: Environment, options: ConnectOptions = {}): Promise<Connector> =>
  connect(system, await readConnectionString(system, env, options.kinds), { ...options, measure: await readMeasureString(system, env, options.kinds) });

/** TypeScript cannot infer that a system's kind matches its connector's. */
const kindOf = (system: System, kinds: ConnectorKinds) => kinds[system.kind] as ConnectorKind<System>;
