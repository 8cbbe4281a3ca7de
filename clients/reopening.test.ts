import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { reopening } from './reopening.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function openings() {
  const closed: string[] = [];
  const open = reopening<{ close(): Promise<void>; name: string }>(60_000);
  const get = (id: string, key: string) => open.get(id, key, () => ({ name: `${id} ${key}`, close: async () => void closed.push(`${id} ${key}`) })).name;
  return { closed, get, closeAll: () => open.closeAll() };
}

test('the same is opened once, and what has changed is opened anew while the others stay', () => {
  const { get, closed } = openings();
  expect([get('erp', 'a'), get('hr', 'a'), get('erp', 'a'), get('erp', 'b'), get('hr', 'a')]).toEqual(['erp a', 'hr a', 'erp a', 'erp b', 'hr a']);
  expect(closed).toEqual([]);
});

test('what was open before is closed later, so that work which has begun is not cut off', async () => {
  const { get, closed } = openings();
  get('erp', 'a');
  get('erp', 'b');
  await vi.advanceTimersByTimeAsync(59_000);
  expect(closed).toEqual([]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(closed).toEqual(['erp a']);
});

test('at the end all of them are closed, each once', async () => {
  const { get, closed, closeAll } = openings();
  get('erp', 'a');
  get('erp', 'b');
  get('hr', 'a');
  await closeAll();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(closed.toSorted()).toEqual(['erp a', 'erp b', 'hr a']);
});
