/** Keycloak does as every other system does: with groups, with roles of the realm and with roles of a client. */
import { describe } from 'vitest';
import { connectorContract } from '../../test/connectors/contract.ts';
import { keycloakPeer } from '../../test/connectors/peers/keycloak.ts';
import { ifMissing, keycloak } from '../../test/support/keycloak.ts';

describe.skipIf(!keycloak).each(['groups', 'roles of the realm', 'roles of a client'] as const)(
  `the contract of a connector, on Keycloak with %s${ifMissing}`,
  // Each grant is a turn of its own, of some twenty requests.
  { timeout: 180_000 },
  (kind) => {
    connectorContract(() => keycloakPeer(kind), { keepsGrantorsApart: false }, { many: 25, sequences: 5 });
  },
);
