/** Opens a system as a worker's process does, from what it was sent. */
import type { Connector } from '../../connectors/connector.ts';
import { keycloakConnector } from '../../connectors/keycloak/connector.ts';
import { ldapConnector } from '../../connectors/ldap/connector.ts';
import { postgresConnector } from '../../connectors/postgres/connector.ts';
import { scimConnector } from '../../connectors/scim/connector.ts';
import type { ScimSettings } from '../../connectors/scim/settings.ts';
import type { Limits } from '../../connectors/scim/transactions.ts';
import type { Connection } from './peer.ts';

/** One line for each kind of peer. */
const openers: Record<string, (settings: never) => Connector> = {
  keycloak: keycloakConnector,
  ldap: ldapConnector,
  postgres: postgresConnector,
  scim: ({ settings, limits }: { settings: ScimSettings; limits: Limits }) => scimConnector(settings, limits),
};

export function opened({ kind, settings }: Connection): Connector {
  const open = openers[kind];
  if (!open) throw new Error(`nobody knows how to open '${kind}'`);
  return open(settings as never);
}
