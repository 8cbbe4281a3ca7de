/**
 * `npm run mutation`: changes the rules of domain one place at a time, to see whether a unit test notices. Why it is set like this:
 * docs/decisions/0104-mutation-tests-by-stryker.md.
 */
export default {
  packageManager: 'npm',
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'vitest.mutation.config.ts' },
  mutate: ['domain/{authority,release,access,tune,watch}/**/*.ts', 'domain/plan/workflow-inputs.ts', '!**/*.test.ts'],
  thresholds: { high: 95, low: 85, break: 85 },
  // A test that ran out of time on a busy machine would count as one that noticed: one process, and much patience.
  concurrency: 1,
  timeoutMS: 20_000,
  // Stryker rewrites this file by TypeScript's API, which TypeScript 7 does not have; the tests run without it.
  tsconfigFile: 'not-there.json',
  tempDirName: '.rolewave/mutation/sandbox',
  incrementalFile: '.rolewave/mutation/incremental.json',
  ignorePatterns: ['.rolewave', 'coverage'],
  reporters: ['progress', 'clear-text', 'html', 'json'],
  clearTextReporter: { allowColor: false, allowEmojis: false, reportTests: false },
  htmlReporter: { fileName: '.rolewave/mutation/report.html' },
  jsonReporter: { fileName: '.rolewave/mutation/report.json' },
};
