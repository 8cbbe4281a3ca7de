/** Every peer that this machine can have, and that ROLEWAVE_HOSTILE_PEERS names: one line for each kind. */
import { ldapPeers } from './ldap/peer.ts';
import type { HostilePeer } from './peer.ts';
import { postgresPeers } from './postgres/peer.ts';
import { scimPeers } from './scim/peer.ts';

const wanted = new Set((process.env['ROLEWAVE_HOSTILE_PEERS'] ?? 'postgres,ldap,scim,keycloak').split(',').map((kind) => kind.trim()));
/** It starts when its module is loaded, and takes most of a minute. */
const { keycloakPeers, withoutKeycloak } = wanted.has('keycloak') ? await import('./keycloak/peer.ts') : { keycloakPeers: [], withoutKeycloak: [] };
const all = [...postgresPeers, ...ldapPeers, ...scimPeers, ...keycloakPeers] as HostilePeer[];

/** What the machine cannot have, with the reason. */
export const missing: string[] = withoutKeycloak;
export const peers: HostilePeer[] = all.filter(({ kind }) => wanted.has(kind));
