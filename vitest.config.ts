/** Six projects, the fast ones first (`groupOrder`); each starts only what it needs. `npm test` runs them in this order. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const notOurs = ['node_modules/**', '.rolewave/**', 'coverage/**'];
/** Tests of a route's answers, named by status: they run against real servers. */
const byStatus = 'api/**/*.[2-5][0-9][0-9].test.ts';
/** The largest wave keeps a small machine busy for a minute: nothing else runs beside it. */
const largest = 'test/server/large-wave.test.ts';
/** Where `.ci/run` wants the results of each vitest process as JSON. */
const results = process.env['ROLEWAVE_TEST_RESULTS'];
/** How often a test of real servers is tried again when it fails: on a busy machine one may stumble. `.ci/run` sets it to 1, and names each that needed it. */
const retry = Number(process.env['ROLEWAVE_TEST_RETRIES'] ?? 0);

/**
 * A test in which no `expect` runs cannot fail: a loop over nothing, a callback that is never called. Tests of workflows and servers may also claim
 * something by waiting for it.
 */
const strict = { requireAssertions: true };

/** Beside the code: no server, no database. */
export const unit = {
  name: 'unit',
  expect: strict,
  sequence: { groupOrder: 0 },
  include: ['**/*.test.ts'],
  exclude: [...notOurs, 'test/**', '**/*.pg.test.ts', '**/*.ldap.test.ts', '**/*.scim.test.ts', '**/*.keycloak.test.ts', byStatus],
  testTimeout: 30_000,
};

export default defineConfig({
  test: {
    // Vitest leaves one core free, which is half of a small machine; most files wait for servers much of the time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    reporters: results === undefined ? ['default'] : ['default', ['json', { outputFile: join(results, `${process.pid}.json`) }]],
    projects: [
      { test: unit },
      {
        test: {
          name: 'postgres',
          expect: strict,
          sequence: { groupOrder: 1 },
          include: ['**/*.pg.test.ts', '**/*.ldap.test.ts', '**/*.scim.test.ts', '**/*.keycloak.test.ts'],
          exclude: notOurs,
          globalSetup: ['test/support/postgres.ts', 'test/support/keycloak-on-demand.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'browser',
          retry,
          expect: strict,
          sequence: { groupOrder: 2 },
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/browser/built-pages.ts', 'test/support/dev-server.ts', 'test/support/postgres.ts', 'test/support/keycloak-on-demand.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'workflows',
          retry,
          sequence: { groupOrder: 3 },
          include: ['test/{workflows,replay}/**/*.test.ts'],
          globalSetup: ['test/support/test-server.ts', 'test/support/postgres.ts'],
          setupFiles: ['test/support/quiet-engine.ts'],
          // Seconds on an idle machine.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'server',
          retry,
          sequence: { groupOrder: 4 },
          include: ['test/{server,attacks}/**/*.test.ts', byStatus],
          exclude: [...notOurs, largest],
          globalSetup: ['test/support/dev-server.ts', 'test/support/postgres.ts', 'test/support/test-server.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'large',
          retry,
          sequence: { groupOrder: 5 },
          include: [largest],
          globalSetup: ['test/support/dev-server.ts', 'test/support/postgres.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
