/**
 * For `npm run mutation`: of the unit project the tests of domain alone. A rule is proved beside it; that a test of the API or the command would notice too
 * does not count.
 */
import { defineConfig } from 'vitest/config';
import { unit } from './vitest.config.ts';

export default defineConfig({ test: { ...unit, include: ['domain/**/*.test.ts'], testTimeout: 120_000 } });
