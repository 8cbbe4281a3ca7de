/** The command against a peer that plays the endpoint, with a plan in a file of its own. Registers what starts and ends them around the tests of a file. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { run } from '../../cli/program.ts';
import { testIo, type TestIo } from './command-io.ts';
import { startPeer, type Peer } from './peer.ts';
import { smallPlan } from './small-plan.ts';
import { plannedPackage, waveOf } from './views.ts';

/**
 *   const command = commandWithPeer();
 *   await command.rolewave(['status']);
 *   expect(command.sent()).toEqual([]);
 */
export function commandWithPeer() {
  let folder = '';
  let peer: Peer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rolewave-cli-'));
    await writeFile(join(folder, 'plan.yaml'), smallPlan);
    await writeFile(join(folder, 'bad.yaml'), smallPlan.replace('owner: ana', 'owner: anna').replace('length: 14d', 'length: soon'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  beforeEach(async () => {
    peer = await startPeer([{ wave: waveOf([plannedPackage()]), packages: [] }]);
  });
  afterEach(() => peer.close());
  return {
    get folder() {
      return folder;
    },
    /** A valid plan. */
    get file() {
      return join(folder, 'plan.yaml');
    },
    /** A plan with two mistakes. */
    get badFile() {
      return join(folder, 'bad.yaml');
    },
    get peer() {
      return peer;
    },
    /** Runs `rolewave …` against the peer as someone with a token. */
    async rolewave(args: string[], io: TestIo = testIo({ env: { ROLEWAVE_TOKEN: 'my.own.token' } })) {
      io.env.ROLEWAVE_URL ??= peer.url;
      const code = await run(args, io);
      return { code, out: io.written.join('\n'), err: io.errors.join('\n'), io };
    },
    /** What was sent, without what only asks for a token. */
    sent: () => peer.heard.filter(({ method, path }) => method === 'POST' && path !== '/v1/tokens'),
  };
}
