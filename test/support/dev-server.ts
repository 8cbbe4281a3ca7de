/**
 * Global setup: one Temporal dev server for the whole run, in memory, with Rolewave's search attributes; or the server that
 * ROLEWAVE_TEST_TEMPORAL_ADDRESS names, such as that of `npm run cluster`. Its namespace `default` is used.
 */
import { rm } from 'node:fs/promises';
import { Connection } from '@temporalio/client';
import type { TestProject } from 'vitest/node';
import { startDevServer } from '../../provision/dev-server.ts';
import { ensureSearchAttributes } from '../../provision/search-attributes.ts';
import { makeOwnFolder } from './own-folder.ts';
import './provided.ts';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const running = process.env['ROLEWAVE_TEST_TEMPORAL_ADDRESS'];
  if (running) {
    const connection = await Connection.connect({ address: running });
    await ensureSearchAttributes(connection, 'default');
    await connection.close();
    project.provide('temporalAddress', running);
    project.provide('temporalUi', '');
    return async () => {};
  }
  const home = await makeOwnFolder();
  const server = await startDevServer({ home, ports: { grpc: 0, ui: 0 }, keepFiles: false });
  project.provide('temporalAddress', server.address);
  project.provide('temporalUi', server.uiAddress);
  return async () => {
    await server.stop();
    await rm(home, { recursive: true, force: true });
  };
}
