/** Keycloak as a peer of the suite: each story in a realm of its own, with groups or with roles of the realm. */
import * as fc from 'fast-check';
import { ifMissing, keycloak } from '../../support/keycloak.ts';
import type { HostilePeer } from '../peer.ts';
import type { Act } from '../scenario.ts';
import { Company, type Setup } from './administrators.ts';

const acts = new Set<Act['do']>([
  ...(['grant', 'revoke', 'revokeAndGrantAgain', 'lock', 'unlock', 'dropAccount', 'recreateAccount', 'renameAccount', 'swapAccounts', 'widen'] as const),
  ...(['narrowAgain', 'dropRole', 'recreateRole', 'renameRole', 'takeRight', 'returnRight', 'endSessions', 'holdUp', 'widenMeanwhile'] as const),
]);

const peer: HostilePeer<Setup> = {
  kind: 'keycloak',
  name: 'Keycloak',
  acts,
  keepsGrantorsApart: false,
  tellsAll: true,
  duplicates: 'requests',
  settlesMs: 300,
  // A scenario takes ten seconds and more, because what was lost is known when its token has ended.
  usual: 10,
  long: 50,
  setups: fc.record({
    kind: fc.constantFrom<Setup['kind']>('group', 'realm'),
    events: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  }),
  start: async () => ({ found: (setup, held, mark) => Company.founded(setup, held, mark), stop: async () => undefined }),
};

export const keycloakPeers: HostilePeer<Setup>[] = keycloak ? [peer] : [];
export const withoutKeycloak: string[] = keycloak ? [] : [`${peer.name}${ifMissing}`];
