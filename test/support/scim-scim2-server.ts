/** For tests: scim2-server (provision/scim2-server.ts), with Rolewave's login and another administrator's. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findScim2Server } from '../../provision/find-scim2-server.ts';
import { startScim2Server as start } from '../../provision/scim2-server.ts';
import { ScimAdmin, tokens, type TestScim } from './scim-server.ts';

let missing = '';
const python = await findScim2Server((reason) => void (missing = reason));
export const hasScim2Server = python !== undefined;
/** Ends the name of tests that need this server: why they are skipped, where there is none. */
export const ifNoScim2Server = hasScim2Server ? '' : `, which this machine cannot have: ${missing}`;

/** Ends and removes everything by `stop`. */
export async function startScim2Server(): Promise<TestScim> {
  if (python === undefined) throw new Error('there is no scim2-server on this machine: skip this test');
  const folder = await mkdtemp(join(tmpdir(), 'rolewave-scim2-server-'));
  const { host, port, baseUrl, stop } = await start(python, { dir: folder, tokens: Object.values(tokens) });
  return {
    host,
    port,
    baseUrl,
    kim: new ScimAdmin(baseUrl),
    stop: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
