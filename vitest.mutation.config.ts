/** The unit project alone, for `npm run mutation`: Stryker hands its runner a configuration without projects that it must not start. */
import { defineConfig } from 'vitest/config';
import { unit } from './vitest.config.ts';

export default defineConfig({ test: unit });
