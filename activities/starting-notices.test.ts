/** Hundreds of notices at one instant, and the records of others beside them. */
import type { ApplicationFailure } from '@temporalio/activity';
import { expect, test, vi } from 'vitest';
import type { Notice } from '../domain/notices/request.ts';
import { notice } from '../test/support/notices.ts';
import { site } from '../test/support/site.ts';
import { startingNotices } from './starting-notices.ts';

const noticesOf = (plan: string, count: number): Notice[] =>
  Array.from({ length: count }, (_, index) => notice({ id: `${plan}/wave-1#notice-${index}`, plan, to: ['olga'] }));
const twoRights = () => site({ plans: [{ plan: 'crowd-*' }, { plan: 'calm-*' }] });
const endOf = (work: Promise<void>) =>
  work.then(
    () => 'started',
    (failure: ApplicationFailure) => String(failure.type),
  );

test('however many waves of one right have notices at one instant, they hold few places of records, and a notice of another right is started next', async () => {
  const { promise: free, resolve } = Promise.withResolvers<void>();
  const asked: string[] = [];
  const start = startingNotices({
    site: twoRights,
    startNotices: async (notices) => {
      asked.push(...notices.map(({ plan }) => plan));
      if (notices[0]?.plan.startsWith('crowd')) await free;
    },
  });
  const all = Array.from({ length: 400 }, (_, index) => endOf(start(`crowd-${index}`, noticesOf(`crowd-${index}`, 1))));
  const over: string[] = [];
  for (const one of all) void one.then((end) => over.push(end));
  await vi.waitFor(() => expect(over).toHaveLength(394));
  expect(asked).toHaveLength(4);
  expect(await endOf(start('calm-1', noticesOf('calm-1', 1)))).toBe('started');
  expect(asked.slice(4)).toEqual(['calm-1']);
  resolve();
  const ends = await Promise.all(all);
  expect(ends.filter((end) => end === 'started')).toHaveLength(6);
  expect(ends.filter((end) => end === 'TooManyAtOnce')).toHaveLength(394);
});

test('a record with hundreds of notices gives way after a moment, and is tried again until each was started once', async () => {
  let now = 0;
  const started: string[] = [];
  const known = new Set<string>();
  const start = startingNotices({
    site: twoRights,
    now: () => now,
    startNotices: async (notices) => {
      for (const { id } of notices.filter(({ id: each }) => !known.has(each))) {
        known.add(id);
        started.push(id);
        now += 50;
      }
    },
  });
  const notices = noticesOf('crowd-1', 600);
  const failures: ApplicationFailure[] = [];
  const attempt = () =>
    start('crowd-1', notices).then(
      () => true,
      (failure: ApplicationFailure) => failures.push(failure) === 0,
    );
  const before = [0];
  while (!(await attempt())) before.push(started.length);
  expect(started).toEqual(notices.map(({ id }) => id));
  for (const [at, count] of before.slice(1).entries()) expect(count - before[at]!).toBeLessThan(60);
  expect(
    failures.every(({ type, nonRetryable, nextRetryDelay }) => type === 'TooManyAtOnce' && nonRetryable === false && Number(nextRetryDelay) <= 1_000),
  ).toBe(true);
});
