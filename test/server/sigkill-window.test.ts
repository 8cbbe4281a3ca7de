/** A worker dies in the middle of a watch and comes back late. The evaluations that were missed run in order, each over its own range (R5). */
import { defaultPayloadConverter } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toReal } from '../../domain/time/plan-clock.ts';
import { evaluationSchedule } from '../../domain/watch/evaluation-schedule.ts';
import type { EvaluationView } from '../../domain/views/evaluation.ts';
import { erpPlan, planDayMs, realDayMs } from './plan.ts';
import { startSite, untilSeen, type Site } from './site.ts';

const days = 11;
/** These metrics return the range that they are read over, in real milliseconds; a gauge may look back. */
const ranges = (['from', 'to'] as const).map((end) => ({
  id: `range-${end}`,
  description: `${end} when`,
  kind: 'gauge' as const,
  lookback: '1d',
  provider: { kind: 'sql' as const, system: 'erp', query: `select extract(epoch from :${end}) * 1000 as value where :from <= :to` },
}));
/** This metric reads a table that the test can lock. */
const gated = {
  id: 'gated',
  description: 'can be kept waiting',
  kind: 'gauge' as const,
  provider: { kind: 'sql' as const, system: 'erp', query: 'select count(*) as value from gate' },
};

let site: Site;
let killedAtMs: number;
let before: Record<string, EvaluationView[]>;
const evaluationsOf = (plan: string) => site.store.evaluations(site.of(plan));

beforeAll(async () => {
  site = await startSite();
  await site.erp.run(`create table gate (); grant select on gate to "${site.erp.svc}"`);
  for (const plan of ['waiting', 'evaluating']) {
    const accounts = await site.erp.people(`${plan}_amy`, `${plan}_bob`);
    const roles = await site.erp.roles([`${plan}_clerk`]);
    const metrics = plan === 'evaluating' ? [...ranges, gated] : ranges;
    await site.release(
      erpPlan(plan, { accounts, roles, length: `${days}d`, metrics, watched: metrics.map(({ id }) => ({ metric: id, tune: { above: 1e14 } })) }),
    );
  }
});
afterAll(() => site?.close());

test('after the worker is killed, while one package waits for an evaluation and another is in the middle of one, no evaluation runs', async () => {
  await untilSeen(
    async () => Math.min((await evaluationsOf('evaluating')).length, (await evaluationsOf('waiting')).length),
    (least) => least >= 2,
  );
  const lock = await site.erp.hold('lock table gate in access exclusive mode');
  await untilSeen(
    () => lock.holdsUp(),
    (waiting) => waiting > 0,
  );
  await site.killWorker();
  killedAtMs = Date.now();
  await lock.letGo();
  before = { waiting: await evaluationsOf('waiting'), evaluating: await evaluationsOf('evaluating') };

  await untilSeen(
    async () => Date.now(),
    (now) => now > killedAtMs + 4 * realDayMs,
  );
  expect({ waiting: await evaluationsOf('waiting'), evaluating: await evaluationsOf('evaluating') }).toEqual(before);
  await site.startWorker();
});

describe.each(['waiting', 'evaluating'])('the package that was %s', (plan) => {
  test('ends Stable, with every evaluation recorded once, in order, at its own time and over its own range', async () => {
    const { watch, clock, lastVerdict, proposal } = await site.untilPackage(plan, ({ state }) => state === 'Stable');
    expect([lastVerdict?.kind, proposal]).toEqual(['healthy', undefined]);

    const schedule = evaluationSchedule({ every: planDayMs, firstCheck: planDayMs }, watch.startMs, watch.endMs);
    expect(schedule).toHaveLength(days);
    const evaluations = await evaluationsOf(plan);
    expect(evaluations.map(({ number, dueMs, purpose }) => ({ number, dueMs, purpose }))).toEqual(
      schedule.map(({ dueMs, purpose }, index) => ({ number: index + 1, dueMs: Math.round(dueMs), purpose })),
    );
    expect(evaluations.slice(0, before[plan]!.length)).toEqual(before[plan]);
    const instants = evaluations.map(({ evaluatedAtMs }) => evaluatedAtMs);
    expect(instants).toEqual(instants.toSorted((a, b) => a - b));
    // Late by more than a day: no worker ran when they were due.
    const missed = evaluations.filter(({ dueMs, evaluatedAtMs }) => evaluatedAtMs > toReal(dueMs, clock) + realDayMs);
    expect(missed.length).toBeGreaterThanOrEqual(3);

    // The database was queried over each evaluation's own range, late or not.
    const asked = evaluations.map(({ measurements }) =>
      ranges.map(({ id }) => measurements.find(({ metric }) => metric === id)).map((each) => (each?.kind === 'value' ? Math.round(each.value) : each)),
    );
    expect(asked).toEqual(schedule.map(({ dueMs }) => [toReal(dueMs - planDayMs, clock), toReal(dueMs, clock)]));
    expect(await evaluationsOrdered(plan)).toEqual(
      schedule.map(({ dueMs, purpose }, index) => ({ purpose, startMs: watch.startMs, dueMs, atEnd: index === days - 1, clock })),
    );
  });
});

/** Every evaluation that the workflow scheduled, from its history. */
async function evaluationsOrdered(plan: string): Promise<unknown[]> {
  const { events } = await site.packageHandle(plan).fetchHistory();
  return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) => {
    if (scheduled?.activityType?.name !== 'evaluate') return [];
    const evaluation = scheduled.input?.payloads?.[1];
    return evaluation ? [defaultPayloadConverter.fromPayload(evaluation)] : [];
  });
}
