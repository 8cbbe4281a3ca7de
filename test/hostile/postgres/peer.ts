/** PostgreSQL as a peer of the suite: one server of each installed version that differs. */
import * as fc from 'fast-check';
import { administrators, type Act } from '../scenario.ts';
import type { HostilePeer } from '../peer.ts';
import { Company, type Setup } from './administrators.ts';
import { startLoggedServer, versions } from './server.ts';

const acts = new Set<Act['do']>([
  ...(['grant', 'revoke', 'revokeAndGrantAgain', 'passOn', 'lock', 'unlock', 'dropAccount', 'recreateAccount', 'renameAccount', 'swapAccounts'] as const),
  ...(['widen', 'narrowAgain', 'dropRole', 'recreateRole', 'renameRole', 'takeRight', 'returnRight', 'renameLogin', 'endSessions', 'holdUp'] as const),
  'widenMeanwhile',
]);

export const postgresPeers: HostilePeer<Setup>[] = versions.map((version) => ({
  kind: 'postgres',
  name: `PostgreSQL ${version}`,
  acts,
  keepsGrantorsApart: version >= 16,
  tellsAll: false,
  // Messages of this protocol have no numbers: an answer that came twice would be the answer to another statement, and TCP does not do that.
  duplicates: 'nothing',
  setups: fc.record({
    // Up to 15, CREATEROLE alone lets a login grant; from 16 on it does not.
    right: fc.constantFrom<Setup['right']>('direct', 'direct', 'group', 'group', 'superuser', version < 16 ? 'creator' : 'direct'),
    actsFor: fc.oneof(
      { weight: 3, arbitrary: fc.constant<Setup['actsFor']>([...administrators]) },
      { weight: 1, arbitrary: fc.subarray<'kim' | 'dba'>([...administrators]) },
    ),
  }),
  start: async () => {
    const server = await startLoggedServer(version);
    return { found: (setup, held, mark) => Company.founded(server, setup, held, mark), stop: () => server.stop() };
  },
}));
