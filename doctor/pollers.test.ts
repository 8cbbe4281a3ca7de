import { expect, test } from 'vitest';
import { pollersText } from './temporal.ts';

const nowMs = Date.UTC(2026, 3, 6, 12);
const ago = (...seconds: number[]) => seconds.map((each) => nowMs - each * 1_000);

test.each([
  ['nobody ever polled', [], false, 'no worker polls it'],
  ['a poll has just begun', ago(1), true, 'one worker polls it, last seen just now'],
  ['a poll lasts', ago(58), true, 'one worker polls it, last seen 58 seconds ago'],
  ['a poll lasts longer than any does', ago(71), false, 'no worker polls it; one was last seen 71 seconds ago'],
  ['the server still remembers a worker that ended', ago(179, 240), false, 'no worker polls it; one was last seen 3 minutes ago'],
  ['two poll and a third ended', ago(12, 40, 200), true, '2 workers poll it, last seen 12 seconds ago'],
  ["the server's clock is ahead", ago(-3), true, 'one worker polls it, last seen just now'],
] as const)('%s', (_, begunMs, polls, text) => {
  expect(pollersText(begunMs, nowMs)).toEqual({ polls, text });
});
