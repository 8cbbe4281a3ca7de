/** OpenLDAP as a peer of the suite: with every form of groups, with and without the overlay `refint`, and with and without a log that Rolewave may read. */
import * as fc from 'fast-check';
import { slapd, startDirectory, type TestDirectory } from '../../support/slapd.ts';
import type { HostilePeer } from '../peer.ts';
import type { Act } from '../scenario.ts';
import { Company, prepared, type Setup } from './administrators.ts';

const acts = new Set<Act['do']>([
  ...(['grant', 'revoke', 'revokeAndGrantAgain', 'rewriteMembers', 'lock', 'unlock', 'dropAccount', 'recreateAccount', 'renameAccount'] as const),
  ...(['swapAccounts', 'widen', 'narrowAgain', 'dropRole', 'recreateRole', 'renameRole', 'takeRight', 'returnRight', 'renameLogin'] as const),
  ...(['endSessions', 'holdUp', 'widenMeanwhile'] as const),
]);

const openLdap: HostilePeer<Setup> = {
  kind: 'ldap',
  name: 'OpenLDAP',
  acts,
  keepsGrantorsApart: false,
  tellsAll: true,
  duplicates: 'answers',
  setups: fc.record({
    form: fc.constantFrom<Setup['form']>('groupOfNames', 'groupOfNames', 'groupOfUniqueNames', 'posixGroup', 'group'),
    refint: fc.boolean(),
    log: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  }),
  start: async () => {
    const servers = new Map<boolean, TestDirectory>();
    const serverWith = async (refint: boolean): Promise<TestDirectory> => {
      const server = servers.get(refint) ?? (await prepared(await startDirectory({ refint })));
      servers.set(refint, server);
      return server;
    };
    return {
      found: async (setup, held, mark) => Company.founded(await serverWith(setup.refint), setup, held, mark),
      stop: async () => void (await Promise.all([...servers.values()].map((server) => server.stop()))),
    };
  },
};

export const ldapPeers: HostilePeer<Setup>[] = slapd ? [openLdap] : [];
