import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createProgress, readableDuration } from './progress.ts';

let written: string[];
const stream = (isTTY: boolean) => ({ isTTY, columns: 60, write: (text: string) => written.push(text) > 0 });
beforeEach(() => {
  written = [];
  vi.stubEnv('CI', undefined);
  vi.stubEnv('TERM', 'xterm');
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

test('without a terminal a step is one plain line at its start and one at its end', () => {
  let now = 0;
  const step = createProgress(stream(false), () => now).step('Building', 'five minutes');
  step.update('12 of 20 packages', 0.6);
  now = 245_000;
  step.done('ready');
  expect(written).toEqual(['Building (five minutes) …\n', '✓ Building: ready (4 min 05 s)\n']);
});

test('on a terminal one line shows what, how far and how long, and never wraps', () => {
  vi.useFakeTimers();
  const step = createProgress(stream(true)).step('Building');
  step.update('12 of 20 packages', 0.6);
  vi.advanceTimersByTime(3_000);
  const line = written.at(-1)!.replace('\r\u001b[2K', '');
  expect(line).toMatch(/^\S Building · 12 of 20 packages · 60 % · 3 s$/);
  step.update('a detail that is much longer than the terminal is wide, again and again and again');
  vi.advanceTimersByTime(200);
  expect(written.at(-1)!.replace('\r\u001b[2K', '').length).toBeLessThan(60);
  step.failed('no network');
  expect(written.at(-1)).toBe('\r\u001b[2K✗ Building: no network (3 s)\n');
  const lines = written.length;
  vi.advanceTimersByTime(1_000);
  expect(written).toHaveLength(lines);
});

test('in CI no line is redrawn, even on a terminal', () => {
  vi.stubEnv('CI', 'true');
  createProgress(stream(true), () => 0)
    .step('Building')
    .done();
  expect(written).toEqual(['Building …\n', '✓ Building (0 ms)\n']);
});

test.each([
  [840, '840 ms'],
  [12_400, '12 s'],
  [59_700, '1 min 00 s'],
  [185_000, '3 min 05 s'],
])('%d ms reads %s', (ms, text) => {
  expect(readableDuration(ms)).toBe(text);
});
