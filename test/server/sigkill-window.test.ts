/** A worker that dies in the middle of a watch and comes back late: the looks that were missed are taken, in order, each over its own range (R5). */
import { defaultPayloadConverter } from '@temporalio/common';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toReal } from '../../domain/time/plan-clock.ts';
import { lookSchedule } from '../../domain/watch/look-schedule.ts';
import { erpPlan, planDayMs, realDayMs } from './plan.ts';
import { startSite, untilSeen, type Site } from './site.ts';

const days = 12;
/** Reads back over which range it is asked, in real milliseconds. */
const rangeMetrics = (['from', 'to'] as const).map((end) => ({ id: `range-${end}`, description: `${end} when`, system: 'erp', unit: 'count' as const, sql: `select extract(epoch from :${end}) * 1000 as value` }));

let site: Site;
beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site?.close());

test('killed in the middle of the window and started after several looks were missed: every look is there once, in order, over its own range', async () => {
  const accounts = await site.erp.people('amy', 'bob');
  const roles = await site.erp.roles(['clerk']);
  await site.release(erpPlan('window', { accounts, roles, length: `${days}d`, metrics: rangeMetrics, watched: rangeMetrics.map(({ id }) => ({ metric: id, tune: { above: 1e14 } })) }));

  // Between two looks: both are judged, and the next timer runs.
  await site.untilPackage('window', ({ watch }) => watch.looks === 2);
  await site.killWorker();
  const killedAtMs = Date.now();
  const seen = await site.store.looks(site.of('window'));
  expect(seen.map(({ number }) => number)).toEqual([1, 2]);
  await untilSeen(async () => Date.now(), (now) => now > killedAtMs + 4 * realDayMs);
  expect(await site.store.looks(site.of('window'))).toEqual(seen);

  await site.startWorker();
  const { watch, clock, lastVerdict, proposal } = await site.untilPackage('window', ({ state }) => state === 'Stable');
  expect([lastVerdict?.kind, proposal]).toEqual(['healthy', undefined]);

  const schedule = lookSchedule({ every: planDayMs, firstCheck: planDayMs }, watch.startMs, watch.endMs);
  expect(schedule).toHaveLength(days);
  const looks = await site.store.looks(site.of('window'));
  expect(looks.map(({ number, dueMs, purpose }) => ({ number, dueMs, purpose }))).toEqual(schedule.map(({ dueMs, purpose }, index) => ({ number: index + 1, dueMs: Math.round(dueMs), purpose })));
  expect(looks.map(({ takenAtMs }) => takenAtMs)).toEqual(looks.map(({ takenAtMs }) => takenAtMs).toSorted((a, b) => a - b));
  // Late by more than a day: when they were due, nobody was there.
  const missed = looks.filter(({ dueMs, takenAtMs }) => takenAtMs > toReal(dueMs, clock) + realDayMs);
  expect(missed.length).toBeGreaterThanOrEqual(3);

  // What the database was asked for is each look's own range, late or not.
  const asked = looks.map(({ measurements }) => rangeMetrics.map(({ id }) => measurements.find(({ metric }) => metric === id)).map((each) => (each?.kind === 'value' ? Math.round(each.value) : each)));
  expect(asked).toEqual(schedule.map(({ fromMs, dueMs }) => [toReal(fromMs, clock), toReal(dueMs, clock)]));
  expect(await looksOrdered()).toEqual(schedule.map(({ fromMs, dueMs, purpose }, index) => ({ number: index + 1, purpose, startMs: watch.startMs, fromMs, dueMs, clock })));
});

/** Every look that the workflow asked for, from its history. */
async function looksOrdered(): Promise<unknown[]> {
  const { events } = await site.packageHandle('window').fetchHistory();
  return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) => {
    if (scheduled?.activityType?.name !== 'takeLook') return [];
    const look = scheduled.input?.payloads?.[1];
    return look ? [defaultPayloadConverter.fromPayload(look)] : [];
  });
}
