/** SCIM servers as peers of the suite: one that compares versions, and a careless one. */
import * as fc from 'fast-check';
import { hasScim2Server, startScim2Server } from '../../support/scim-scim2-server.ts';
import { startScimmy } from '../../support/scim-scimmy.ts';
import type { TestScim } from '../../support/scim-server.ts';
import type { HostilePeer, NotHeld } from '../peer.ts';
import type { Act } from '../scenario.ts';
import { Company, type Setup } from './administrators.ts';

const acts = new Set<Act['do']>([
  ...(['grant', 'revoke', 'revokeAndGrantAgain', 'rewriteMembers', 'lock', 'unlock', 'dropAccount', 'recreateAccount', 'renameAccount'] as const),
  ...(['swapAccounts', 'dropRole', 'recreateRole', 'renameRole', 'takeRight', 'returnRight', 'endSessions', 'holdUp'] as const),
]);

const unknown: NotHeld = {
  says: /^granted .*, and its ledger says that nobody can tell/,
  guarantee: 'Of a grant whose answer was lost, or whose worker was killed, the ledger says whether it took effect.',
  why: 'SCIM has no mark and no log. Where others change members of the groups, whose a member is who is there afterwards cannot be told. The ledger says so, and a person decides.',
};
const wentWithIt: NotHeld = {
  says: /^says that it revoked what went with its role or account/,
  guarantee: 'Of a revoke whose answer was lost, and whose group or person was deleted before Rolewave asked again, the ledger says whether it took effect.',
  why: 'What was deleted cannot be asked. Nothing is left of the access either way.',
};
const listedTwice: NotHeld = {
  says: /^granted what was granted since it was read/,
  guarantee: 'Nobody is granted what somebody else has granted in the milliseconds between reading and the change.',
  why: 'This server does not compare versions (If-Match), and lists a member a second time when it is added again, also when a gateway sends the same request twice. Revoking takes both out, which happens only where the site says that nobody else changes the groups.',
};

const peerOf = (name: string, start: () => Promise<TestScim>, notHeld: NotHeld[]): HostilePeer<Setup> => ({
  kind: 'scim',
  name,
  acts,
  keepsGrantorsApart: false,
  tellsAll: true,
  // An answer that came twice would be the answer to the next request, and TCP does not do that. Requests are sent twice by gateways.
  duplicates: 'requests',
  settlesMs: 90,
  long: 50,
  notHeld,
  setups: fc.record({ soleWriter: fc.boolean() }),
  start: async () => {
    const server = await start();
    return { found: (setup, held, mark) => Company.founded(server, setup, held, mark), stop: () => server.stop() };
  },
});

export const scimPeers: HostilePeer<Setup>[] = [
  ...(hasScim2Server ? [peerOf('scim2-server', startScim2Server, [unknown, wentWithIt])] : []),
  peerOf('scimmy-routers', startScimmy, [unknown, wentWithIt, listedTwice]),
];
