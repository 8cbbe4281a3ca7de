/** For connectors/contract-notices.test.ts, which runs the contract suite on connectors that break it. */
import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { include: ['test/connectors/broken/all.ts'], testTimeout: 30_000 } });
