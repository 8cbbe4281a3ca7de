/**
 * For `npm run mutation`: of the unit project only the tests of the folders that are mutated. A rule is proved beside it; that a test of the plan, the API or
 * the command would notice too does not count, and would make a run several times as long.
 */
import { defineConfig } from 'vitest/config';
import { unit } from './vitest.config.ts';

export default defineConfig({
  test: { ...unit, include: ['domain/{authority,release,access,tune,watch}/**/*.test.ts', 'domain/plan/workflow-inputs.test.ts'], testTimeout: 120_000 },
});
