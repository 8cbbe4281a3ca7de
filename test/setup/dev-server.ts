/** Global setup: one Temporal dev server for the whole run, in memory, with Rolewave's search attributes. */
import { rm } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';
import { startDevServer } from '../../provision/dev-server.ts';
import { makeOwnFolder } from './own-folder.ts';
import './provided.ts';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const home = await makeOwnFolder();
  const server = await startDevServer({ home, ports: { grpc: 0, ui: 0 }, keepFiles: false });
  project.provide('temporalAddress', server.address);
  return async () => {
    await server.stop();
    await rm(home, { recursive: true, force: true });
  };
}
