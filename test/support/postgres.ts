/** Global setup: one throwaway PostgreSQL 18 for the whole run. Each test file makes its own databases in it (see database.ts). */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { removePostgres, startPostgres } from '../../provision/postgres.ts';
import { makeOwnFolder } from './own-folder.ts';
import './provided.ts';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const home = await makeOwnFolder();
  const dir = join(home, 'postgres');
  const server = await startPostgres({ dir, port: 0, throwaway: true });
  project.provide('postgresUrl', server.url);
  return async () => {
    await server.stop();
    await removePostgres(dir);
    await rm(home, { recursive: true, force: true });
  };
}
