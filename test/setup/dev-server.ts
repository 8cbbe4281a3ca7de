/** Global setup: one Temporal dev server for the whole run, in memory, with Rolewave's search attributes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startDevServer } from '../../provision/dev-server.ts';
import './provided.ts';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const home = await mkdtemp(join(tmpdir(), 'rolewave-test-'));
  const server = await startDevServer({ home, ports: { grpc: 0, ui: 0 }, keepFiles: false });
  project.provide('temporalAddress', server.address);
  return async () => {
    await server.stop();
    await rm(home, { recursive: true, force: true });
  };
}
