/** The peers that `npm run peers` starts, in this order: a kind of system that can be started without containers adds one line. */
import { directory } from './directory.ts';
import { keycloak } from './keycloak.ts';
import { postgresOf } from './postgres.ts';
import { scim2Server, scimmy } from './scim.ts';
import type { Peer } from './peer.ts';

export const peers: Peer[] = [postgresOf(18), postgresOf(17), postgresOf(16), postgresOf(15), directory, scim2Server, scimmy, keycloak];
