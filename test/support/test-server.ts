/** Global setup: finds (or gets) the time-skipping test server. It starts nothing, because each test file starts its own server (see time-skipping.ts). */
import type { TestProject } from 'vitest/node';
import { findTestServer } from '../../provision/find-test-server.ts';
import './provided.ts';

export default async function setup(project: TestProject): Promise<void> {
  project.provide('testServerPath', await findTestServer());
}
