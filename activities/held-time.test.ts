import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { site, siteSystem } from '../test/support/site.ts';
import { quiet } from '../test/support/activity-bench.ts';
import type { ActivityDeps } from './deps.ts';
import { takingPlaces, untilUnwanted, withoutPlace } from './system-places.ts';

const at = { system: 'erp', plan: 'test' };
const mostMs = 1_000;
const places = () => {
  const all = site({ systems: [siteSystem('erp')], plans: [{ plan: 'test', systems: [{ system: 'erp' }] }] });
  const inPlace = takingPlaces({ site: () => all } as ActivityDeps, mostMs);
  return <T>(work: () => Promise<T>, kind: 'preview' | 'grant' = 'preview', attempt = quiet()) => attempt.run(() => inPlace(kind, at, work));
};

test('a reading that is stuck fails and is tried again, and keeps its place until it has ended', async () => {
  const run = places();
  const stuck = Promise.withResolvers<string>();
  const both = [run(() => stuck.promise), run(() => stuck.promise)];
  for (const each of both)
    await expect(each).rejects.toMatchObject({ type: 'SystemUnavailable', nonRetryable: false, message: expect.stringContaining("'erp'") });
  let hasRead = false;
  const next = run(async () => (hasRead = true));
  await pause(20);
  expect(hasRead).toBe(false);
  stuck.resolve('at last');
  expect(await next).toBe(true);
});

test('a reading that took too long, or was cancelled, is told to end, and a change only where it was cancelled', async () => {
  const run = places();
  const told: string[] = [];
  const until = (name: string) => async () => {
    const unwanted = untilUnwanted();
    await new Promise<void>((ended) => unwanted.addEventListener('abort', () => ended(), { once: true }));
    told.push(name);
    unwanted.throwIfAborted();
  };
  await expect(run(until('late'))).rejects.toMatchObject({ type: 'SystemUnavailable' });
  const [reading, change] = [quiet(), quiet()];
  const both = [run(until('reading'), 'preview', reading), run(until('change'), 'grant', change)];
  await pause(20);
  reading.cancel('CANCELLED');
  await expect(both[0]).rejects.toThrow(/CANCELLED/);
  await pause(1.2 * mostMs);
  expect(told).toEqual(['late', 'reading']);
  change.cancel('CANCELLED');
  await expect(both[1]).rejects.toThrow(/CANCELLED/);
});

test('what waits for a place, or for the source of a cohort, is not stuck, however long', async () => {
  const run = places();
  const read = () => pause(mostMs / 2, 'read');
  // Two at a time, and five times as long as one may take.
  expect(await Promise.all(Array.from({ length: 20 }, () => run(read)))).toEqual(Array.from({ length: 20 }, () => 'read'));
  expect(await run(async () => [await withoutPlace('hr', () => pause(3 * mostMs, 'people')), await read()])).toEqual(['people', 'read']);
  // Its own time before and after the question is one.
  await expect(run(async () => [await pause(0.7 * mostMs), await withoutPlace('hr', () => pause(1)), await pause(0.7 * mostMs)])).rejects.toMatchObject({
    type: 'SystemUnavailable',
  });
});

test('a change takes as long as it takes', async () => {
  expect(await places()(() => pause(2 * mostMs, 'granted'), 'grant')).toBe('granted');
});

test('a reading that fails, or is cancelled while it waits for its place again, leaves no place taken', async () => {
  const run = places();
  await expect(run(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  const attempt = quiet();
  const answered = Promise.withResolvers<string>();
  const asking = run(() => withoutPlace('hr', () => answered.promise), 'grant', attempt);
  const held = Promise.withResolvers<string>();
  const both = [run(() => held.promise, 'grant'), run(() => held.promise, 'grant')];
  await pause(10);
  answered.resolve('people');
  await pause(10);
  attempt.cancel('CANCELLED');
  await expect(asking).rejects.toThrow(/CANCELLED/);
  // Both places are still those of the others, and then there are two again.
  let granted = 0;
  const more = [1, 2, 3].map(() => run(async () => pause(10, (granted += 1)), 'grant'));
  await pause(20);
  expect(granted).toBe(0);
  held.resolve('done');
  expect(await Promise.all(both)).toEqual(['done', 'done']);
  expect(await Promise.all(more)).toEqual([1, 2, 3]);
});
