/** For `npm run test:contract`: schemathesis against a running endpoint. Not part of `npm test`, because it needs Python and takes minutes. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'contract',
    include: ['test/contract/**/*.test.ts'],
    globalSetup: ['test/support/dev-server.ts', 'test/support/postgres.ts'],
    testTimeout: 0,
    hookTimeout: 120_000,
  },
});
