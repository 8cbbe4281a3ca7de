/** Every peer that this machine can have, and that ROLEWAVE_HOSTILE_PEERS names: one line for each kind. */
import { ldapPeers } from './ldap/peer.ts';
import type { HostilePeer } from './peer.ts';
import { postgresPeers } from './postgres/peer.ts';
import { scimPeers } from './scim/peer.ts';

const all = [...postgresPeers, ...ldapPeers, ...scimPeers] as HostilePeer[];
const wanted = (process.env['ROLEWAVE_HOSTILE_PEERS'] ?? 'postgres,ldap,scim').split(',').map((kind) => kind.trim());

export const peers: HostilePeer[] = all.filter(({ kind }) => wanted.includes(kind));
