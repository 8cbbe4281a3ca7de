import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { commandLine, identify, isStillRunning } from './process-identity.ts';

test('a running process is distinguished from one that has ended', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  const identity = identify(child.pid!);
  expect(identity).toBeDefined();
  expect(isStillRunning(identity!)).toBe(true);
  expect(commandLine(child.pid!)).toContain('setInterval');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isStillRunning(identity!)).toBe(false);
  expect(identify(child.pid!)).toBeUndefined();
});

test.skipIf(process.platform === 'win32')('another process that got the same id later is not the recorded one', () => {
  const own = identify(process.pid)!;
  expect(isStillRunning(own)).toBe(true);
  expect(isStillRunning({ ...own, startedAt: 'long ago' })).toBe(false);
});
