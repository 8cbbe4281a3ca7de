import { pino } from 'pino';
import { expect, test } from 'vitest';
import { logStream, longestLine } from './log-stream.ts';

function logged(say: (log: ReturnType<typeof pino>) => void): string[] {
  const lines: string[] = [];
  say(
    pino(
      { name: 'worker' },
      logStream({ DB_PASSWORD: 'open-sesame' }, (line) => lines.push(line)),
    ),
  );
  return lines;
}

test('a line has no secret of the environment', () => {
  expect(logged((log) => log.warn('it said open-sesame'))).toEqual([expect.stringMatching(/"msg":"it said \*\*\*"}\n$/)]);
});

test('a secret that lies where a long line is cut is gone as a whole', () => {
  const [line] = logged((log) => log.error({ said: `${'x'.repeat(8_140)}open-sesame${'x'.repeat(3_000_000)}` }));
  expect(line).not.toContain('open');
});

test('a line that is too long is cut, is still JSON, and keeps its level, its time and its start', () => {
  const [line] = logged((log) => log.error({ said: `open-sesame ${'x'.repeat(3_000_000)}` }, 'a call failed'));
  expect(line!.length).toBeLessThan(longestLine);
  expect(line!.endsWith('\n')).toBe(true);
  expect(JSON.parse(line!)).toEqual({
    level: 50,
    time: expect.any(Number),
    msg: 'a line of the log was too long',
    characters: expect.any(Number),
    start: expect.stringContaining('"said":"*** xxx'),
  });
});
