/**
 * The OpenAPI document against the endpoint: schemathesis (PyPI) makes up requests from it, valid and not, and holds every answer against what the document says.
 * With the token of an operator, on the two plans of test/attacks/two-plans.ts, of which one has a released package.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { people, startTwoPlans, type TwoPlans } from '../attacks/two-plans.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const environment = join(project, '.rolewave', 'schemathesis');
const examples = Number(process.env['ROLEWAVE_CONTRACT_EXAMPLES'] ?? 100);
const seed = process.env['ROLEWAVE_CONTRACT_SEED'] ?? '20261126';
const minutes = Number(process.env['ROLEWAVE_CONTRACT_MINUTES'] ?? 20);

let site: TwoPlans;
beforeAll(async () => {
  if (!existsSync(join(environment, 'bin', 'schemathesis'))) {
    await run('python3', ['-m', 'venv', environment]);
    await run(join(environment, 'bin', 'pip'), ['install', '--quiet', 'schemathesis==4.32.5']);
  }
  site = await startTwoPlans({ answerWithinMs: 500 });
}, 600_000);
afterAll(() => site?.close());

test('schemathesis finds nothing', async () => {
  const token = await site.tokenOf(people.operator);
  const code = await run(
    join(environment, 'bin', 'schemathesis'),
    [
      ...['--config-file', join(project, 'test/contract/schemathesis.toml'), 'run', `${site.api.url}/openapi.json`],
      ...['--header', `Authorization: Bearer ${token}`],
      ...['--max-examples', String(examples), '--seed', seed, '--workers', '1'],
      ...['--phases', 'examples,coverage,fuzzing', '--continue-on-failure', '--request-timeout', '60', '--suppress-health-check', 'all'],
      ...(process.env['ROLEWAVE_CONTRACT_ARGUMENTS'] ?? '').split(' ').filter(Boolean),
    ],
    minutes * 60_000,
  );
  expect(code).toBe(0);
});

/** Its output is this process's. Ends it when its time is over, which fails the test. */
async function run(command: string, args: string[], withinMs = 300_000): Promise<number | null> {
  const child = spawn(command, args, {
    cwd: environment.startsWith(project) && existsSync(environment) ? environment : project,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const end = setTimeout(() => child.kill('SIGKILL'), withinMs);
  const [code] = (await once(child, 'exit')) as [number | null];
  clearTimeout(end);
  return code;
}
