/** For `npm run test:hostile`: random stories against hostile administrators, on servers of their own. Not part of `npm test`, because it takes minutes. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'hostile',
    include: ['test/hostile/**/*.test.ts'],
    globalSetup: ['test/support/postgres.ts', 'test/support/keycloak-on-demand.ts'],
    testTimeout: 0,
    expect: { requireAssertions: true },
    hookTimeout: 60_000,
  },
});
