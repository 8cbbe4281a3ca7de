import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { site } from '../../test/support/site.ts';
import { fairly } from './fairly.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const twoTeams = site({
  plans: [
    { plan: 'theirs*', apply: { people: ['ines'] }, systems: [] },
    { plan: 'mine', apply: { people: ['olga'] }, systems: [] },
  ],
});

test('two hundred waves of a plan by others that do not answer leave those of one’s own plan their answers', async () => {
  const { ask, each } = fairly(twoTeams, 16);
  const rows = [...Array.from({ length: 200 }, () => ({ plan: 'theirs-spam' })), ...Array.from({ length: 20 }, () => ({ plan: 'mine' }))];
  const answered = each(
    rows,
    ({ plan }) => plan,
    ({ plan }) =>
      ask(plan, async () => {
        if (plan === 'theirs-spam') return new Promise<string>(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        return 'here';
      }),
  );
  await vi.advanceTimersByTimeAsync(20_000);
  const found = await answered;
  expect(found).toHaveLength(220);
  expect(found.slice(200)).toEqual(Array.from({ length: 20 }, () => ({ answered: 'here' })));
  expect(found.slice(0, 200)).toEqual(Array.from({ length: 200 }, () => ({ unanswered: true })));
});

test('plans under one right share its patience', async () => {
  const { ask, each } = fairly(twoTeams, 2);
  const never = vi.fn<() => Promise<string>>(() => new Promise(() => undefined));
  const rows = Array.from({ length: 100 }, (_, at) => ({ plan: `theirs-${at}` }));
  const answered = each(
    rows,
    ({ plan }) => plan,
    ({ plan }) => ask(plan, never),
  );
  await vi.advanceTimersByTimeAsync(12_000);
  expect(await answered).toHaveLength(100);
  expect(never.mock.calls.length).toBeLessThan(60);
});
