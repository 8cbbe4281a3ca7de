/** A time-skipping environment for one test file: windows of 21 days pass in moments. */
import { Client } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { inject } from 'vitest';
import { ensureSearchAttributes } from '../../provision/search-attributes.ts';
import { keepHistories } from '../replay/keep-histories.ts';
import './provided.ts';

/**
 * Starts a server of its own, because skipping time is global to a server. End it with `teardown()` in `afterAll`. The SDK gives the server
 * five seconds to answer. A busy machine may take longer, so this tries again.
 *
 * Time passes only where a test calls `sleep`. The SDK's own client also skips time while it waits for a result: how far, depends on which of the
 * server's timers fires before the result arrives, and what a test does next may come days too late.
 */
export async function startTimeSkipping(): Promise<TestWorkflowEnvironment> {
  const executable = { type: 'existing-path' as const, path: inject('testServerPath') };
  let environment: TestWorkflowEnvironment | undefined;
  for (let attempt = 1; environment === undefined; attempt += 1) {
    environment = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } }).catch((error: unknown) => {
      if (attempt === 6) throw error;
      return undefined;
    });
  }
  await ensureSearchAttributes(environment.connection, environment.namespace ?? 'default');
  const client = new Client({ connection: environment.connection, namespace: environment.namespace ?? 'default' });
  Object.assign(environment, { client });
  const teardown = environment.teardown.bind(environment);
  environment.teardown = async () => {
    await keepHistories(client);
    await teardown();
  };
  return environment;
}
