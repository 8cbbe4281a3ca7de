import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { largeSection, sectionTurns } from './section-turns.ts';

/** How many of these have their turn, while none ends; and the functions that end them. */
async function begun(line: ReturnType<typeof sectionTurns>, bytes: number, plans: string[], right: string) {
  const ends: (() => void)[] = [];
  for (const plan of plans) void line.take(bytes, { plan, right }).then((end) => ends.push(end));
  await nextTurn();
  return ends;
}
const plans = (count: number, name = 'p') => Array.from({ length: count }, (_, at) => `${name}-${at}`);

test('of one right, eight small sections and beside them two large ones are on their way, and those of another right do not wait for them', async () => {
  const line = sectionTurns();
  const small = await begun(line, largeSection - 1, plans(20), 'finance');
  const large = await begun(line, largeSection, plans(5), 'finance');
  expect([small.length, large.length]).toEqual([8, 2]);
  expect((await begun(line, 1, plans(3), 'hr')).length).toBe(3);
  expect((await begun(line, largeSection, plans(3), 'hr')).length).toBe(2);
});

test('the waves of one plan wait for each other as those of many plans do', async () => {
  const line = sectionTurns();
  const own = Array.from({ length: 20 }, () => 'p');
  expect((await begun(line, 1, own, 'finance')).length).toBe(8);
  expect((await begun(line, largeSection, own, 'finance')).length).toBe(2);
});

test('when one has arrived, the next one follows, until all have', async () => {
  const line = sectionTurns();
  const ends = await begun(line, 1, plans(20), 'finance');
  for (let ended = 0; ended < 20; ended += 1) {
    expect(ends.length - ended).toBe(Math.min(8, 20 - ended));
    ends[ended]?.();
    await nextTurn();
  }
  expect(ends.length).toBe(20);
});
