import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findOnPath, runCommand } from './command.ts';

const run = (script: string, options: Parameters<typeof runCommand>[2] = {}) => runCommand(process.execPath, ['-e', script], options);

test('the error of a failed program contains its last lines of output', async () => {
  await expect(run('console.log("so far so good"); console.error("no space left"); process.exit(3)')).rejects.toThrow(
    /ended with code 3\n\s+.*(so far so good|no space left)/s,
  );
});

test('a program that hangs is killed after its time limit, or when its caller aborts', async () => {
  await expect(run('setInterval(() => {}, 1000)', { timeoutMs: 300 })).rejects.toThrow('SIGKILL (limit 0.3 s)');
  await expect(run('setInterval(() => {}, 1000)', { signal: AbortSignal.timeout(300) })).rejects.toThrow(/abort/i);
});

test('one that ends with Ctrl-C was interrupted, whatever it printed', async () => {
  await expect(run('console.log("so far so good"); process.kill(process.pid, "SIGINT"); setInterval(() => {}, 1000)')).rejects.toThrow(/ was interrupted$/);
});

test('lines are passed on as they arrive, even a last one without a newline', async () => {
  const lines: string[] = [];
  expect(await run('process.stdout.write("one\\ntwo")', { onLine: (line) => lines.push(line) })).toBe('one\ntwo');
  expect(lines).toEqual(['one', 'two']);
});

test('a program is found on the PATH or in additional folders', () => {
  expect(findOnPath('node')).toMatch(/node(\.exe)?$/);
  expect(findOnPath('no-such-program-anywhere')).toBeUndefined();
  expect(findOnPath('hydrate', [join(import.meta.dirname, 'nowhere')])).toBeUndefined();
});
