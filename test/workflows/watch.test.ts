import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { shownOf } from '../../domain/authority/proposals.ts';
import { currentRules, rulesVersion } from '../../domain/watch/verdict.ts';
import type { World } from './world.ts';
import { dayMs, worlds } from './world.ts';
import { metric, type PackageInput } from '../support/plan.ts';

const { inWorld } = worlds();
const exceptions = [
  { metric: 'access-drift', tune: { above: 0 } },
  { metric: 'exceptions', tune: { above: 10 }, rollback: { above: 50 } },
];

async function released(world: World, change: Partial<PackageInput> = {}, options = {}) {
  await world.apply(world.plan({ packages: [change] }), options);
  await world.makeReady();
  await world.sleepUntil(world.goLiveMs);
  return world.untilGranted(6);
}

for (const days of [7, 14, 21]) {
  test(
    `a watch of ${days} days is evaluated at instants that never drift`,
    inWorld(async (world) => {
      const { watch } = await released(world, { watch: { length: `${days}d`, firstCheck: '12h', metrics: exceptions } });
      await world.sleepUntil(watch.endMs);
      await world.untilPackage((view) => view.state === 'Stable');
      const evaluations = await world.store.evaluations({ plan: 'test', wave: 'wave-1', package: 'package-1' });
      expect(evaluations.map(({ dueMs }) => dueMs - watch.startMs)).toEqual([dayMs / 2, ...Array.from({ length: days }, (_, index) => (index + 1) * dayMs)]);
      expect(evaluations[0]?.purpose).toBe('first');
    }),
  );
}

test(
  'an evaluation on demand right after go-live is too early to tell: nothing is rolled back automatically, and the weekly one judges the same rate in the same way',
  inWorld(async (world) => {
    const steady = {
      watch: { length: '2d', metrics: [{ metric: 'exceptions', rollback: { above: 10 } }] },
      rollback: { approval: 'automatic' as const },
    };
    world.readings['exceptions'] = { count: 8 };
    await world.apply(world.plan({ packages: [steady], metrics: [metric('exceptions', { kind: 'rate' })] }));
    await world.makeReady();
    await world.sleepUntil(world.goLiveMs);
    const { watch } = await world.untilGranted(6);
    await world.sleepUntil(watch.startMs + 5_000);
    await world.accepted('evaluate', 'ines', { package: 'package-1' }, {});
    const soon = await world.untilPackage((view) => view.watch.evaluations === 1);
    expect(soon).toMatchObject({ state: 'Monitoring', lastVerdict: { kind: 'learning' } });
    expect([soon.proposal, soon.grants.created]).toEqual([undefined, 6]);

    await world.sleepUntil(watch.endMs);
    const stable = await world.untilPackage((view) => view.state === 'Stable');
    await world.sleepUntil(watch.endMs + 7 * dayMs);
    const { lastVerdict } = await world.untilPackage((view) => view.watch.evaluations > stable.watch.evaluations);
    expect(lastVerdict).toMatchObject({ kind: 'healthy', why: 'exceptions 8 per day over 24 h is within its bounds' });
  }),
);

test(
  'legacy access that someone granted again is drift: it is retired without asking, and the watch continues',
  inWorld(async (world) => {
    const { watch } = await released(world);
    world.system.grantAs('dba', 'old_reader', 'ann');
    await world.sleepUntil(watch.startMs + dayMs);
    const tuned = await world.untilPackage((view) => view.tunes.length === 1);
    expect(tuned).toMatchObject({
      state: 'Monitoring',
      tunes: [{ step: 'reconcile', result: '0 granted, 0 revoked, 1 legacy grant retired, 0 left for a person' }],
    });
    await world.sleepUntil(watch.endMs);
    await world.untilPackage((view) => view.state === 'Stable');
    const kinds = async () => (await world.store.events({ plan: 'test', wave: 'wave-1', package: 'package-1' })).map(({ kind }) => kind);
    await expect.poll(kinds, { timeout: 20_000 }).toEqual(expect.arrayContaining(['granted', 'verdict-tune', 'tuned', 'stable']));
  }),
);

test(
  'the number of tunes is limited: after the second one a person is asked',
  inWorld(async (world) => {
    const { watch } = await released(world);
    for (const day of [1, 2, 3]) {
      world.system.grantAs('dba', 'old_reader', 'ann');
      await world.sleepUntil(watch.startMs + day * dayMs);
      // What is granted again before a tune has run would be retired by that one.
      await world.untilPackage((view) => (day === 3 ? view.proposal !== undefined : view.tunes.length === day));
    }
    const view = await world.untilPackage((seen) => seen.proposal !== undefined);
    expect(view).toMatchObject({ state: 'Needs tuning', nextAction: 'Tune', proposal: { kind: 'question' } });
    expect(view.tunes).toHaveLength(2);
  }),
);

test(
  'unreviewed access is never revoked: a person is asked (R1)',
  inWorld(async (world) => {
    const { watch } = await released(world);
    world.system.grantAs('dba', 'clerk', 'mallory');
    await world.sleepUntil(watch.startMs + dayMs);
    const view = await world.untilPackage((seen) => seen.proposal !== undefined);
    expect(view.proposal?.kind).toBe('question');
    expect(world.system.held()).toContainEqual(expect.objectContaining({ role: 'clerk', account: 'mallory', grantor: 'dba' }));
    await world.accepted('decide', 'olga', { package: 'package-1' }, { ...shownOf(view.proposal!), answer: 'approve', reason: 'known, a stand-in' });
    expect(await world.package()).toMatchObject({ state: 'Monitoring' });
  }),
);

test(
  'an extended watch ends later by exactly the requested time',
  inWorld(async (world) => {
    const { watch } = await released(world);
    await world.sleepUntil(watch.startMs + 3 * dayMs);
    await world.accepted('extend', 'ines', { package: 'package-1' }, { byMs: 7 * dayMs, reason: 'quarter end' });
    await world.sleepUntil(watch.endMs + dayMs);
    expect(await world.package()).toMatchObject({ state: 'Monitoring', watch: { endMs: watch.endMs + 7 * dayMs, days: 21 } });
    await world.sleepUntil(watch.endMs + 7 * dayMs);
    await world.untilPackage((view) => view.state === 'Stable');
  }),
);

test(
  'a paused watch has no evaluations, and continues where it was paused',
  inWorld(async (world) => {
    const { watch } = await released(world);
    await world.sleepUntil(watch.startMs + 2.5 * dayMs);
    await world.accepted('pause', 'ines', { package: 'package-1' }, { reason: 'system down for upgrade' });
    await world.sleepUntil(watch.startMs + 6 * dayMs);
    expect(await world.package()).toMatchObject({ watch: { evaluations: 2, paused: 'system down for upgrade' } });
    await world.accepted('resume', 'ines', { package: 'package-1' }, {});
    const resumed = await world.package();
    await world.sleepUntil(resumed.watch.endMs);
    expect((await world.untilPackage((view) => view.state === 'Stable')).watch.evaluations).toBe(14);
    expect(resumed.watch.endMs).toBeGreaterThan(watch.endMs + 3.4 * dayMs);
  }),
);

test(
  'a watch without data is extended once and then asks a person; it is never healthy and never rolled back (R2)',
  inWorld(async (world) => {
    world.readings['exceptions'] = 'no data';
    const { watch } = await released(world);
    await world.sleepUntil(watch.endMs);
    const longer = await world.untilPackage((view) => view.watch.endMs > watch.endMs);
    expect(longer.watch.endMs).toBe(watch.endMs + 7 * dayMs);
    await world.sleepUntil(longer.watch.endMs);
    const asked = await world.untilPackage((view) => view.proposal !== undefined);
    expect(asked).toMatchObject({ state: 'Needs tuning', proposal: { kind: 'question' }, lastVerdict: { kind: 'noData' } });
  }),
);

test(
  "a provider's error is counted apart from a breach, and the next evaluation runs as usual (R2)",
  inWorld(async (world) => {
    const { watch } = await released(world);
    world.readings['exceptions'] = new Error('the telemetry database is down');
    await world.sleepUntil(watch.startMs + dayMs);
    expect(await world.untilPackage((view) => view.watch.evaluations === 1)).toMatchObject({ state: 'Monitoring', lastVerdict: { kind: 'error' } });
    delete world.readings['exceptions'];
    await world.sleepUntil(watch.startMs + 2 * dayMs);
    expect(await world.untilPackage((view) => view.watch.evaluations === 2)).toMatchObject({ lastVerdict: { kind: 'healthy' } });
  }),
);

test(
  'an evaluation that cannot run at all is recorded as an error, and the next one runs as usual (R2)',
  inWorld(async (world) => {
    const { watch } = await released(world);
    const refuse = () => {
      throw ApplicationFailure.nonRetryable('the preview is not in the store', 'NotCoveredBySignOffs');
    };
    world.rules = { ...currentRules, judge: refuse };
    await world.sleepUntil(watch.startMs + dayMs);
    const why = 'the evaluation could not be taken: the preview is not in the store';
    expect(await world.untilPackage((view) => view.watch.evaluations === 1)).toMatchObject({ state: 'Monitoring', lastVerdict: { kind: 'error', why } });
    world.rules = currentRules;
    await world.sleepUntil(watch.startMs + 2 * dayMs);
    await world.untilPackage((view) => view.watch.evaluations === 2);
    const recorded = await world.store.evaluations({ plan: 'test', wave: 'wave-1', package: 'package-1' });
    expect(recorded.map(({ dueMs, verdict, rules }) => [dueMs, verdict.kind, rules])).toEqual([
      [watch.startMs + dayMs, 'error', rulesVersion],
      [watch.startMs + 2 * dayMs, 'healthy', rulesVersion],
    ]);
    expect(recorded[0]?.verdict.why).toBe(why);
    expect(new Set(recorded[0]?.measurements.map(({ metric, kind }) => `${metric} ${kind}`))).toEqual(new Set(['access-drift error', 'exceptions error']));
  }),
);

test(
  'rules that change in the middle of a watch judge only later evaluations, and earlier verdicts stay as they were',
  inWorld(async (world) => {
    const { watch } = await released(world);
    await world.sleepUntil(watch.startMs + 2 * dayMs);
    await world.untilPackage((view) => view.watch.evaluations === 2);
    const of = { plan: 'test', wave: 'wave-1', package: 'package-1' };
    const before = await world.store.evaluations(of);
    world.rules = {
      version: rulesVersion + 1,
      judge: () => ({ kind: 'tune', why: 'stricter than before', metrics: [{ metric: 'exceptions', verdict: 'tune', why: 'stricter' }] }),
      judgeEnd: currentRules.judgeEnd,
    };
    await world.sleepUntil(watch.startMs + 3 * dayMs);
    const view = await world.untilPackage((seen) => seen.watch.evaluations === 3);
    expect(view).toMatchObject({ state: 'Needs tuning', proposal: { kind: 'question' }, lastVerdict: { kind: 'tune', why: 'stricter than before' } });
    const after = await world.store.evaluations(of);
    expect(after.slice(0, 2)).toEqual(before);
    expect(after[2]).toMatchObject({ rules: rulesVersion + 1, verdict: { kind: 'tune' } });
  }),
);

test(
  'an evaluation on demand runs at once and does not move the scheduled ones',
  inWorld(async (world) => {
    const { watch } = await released(world);
    await world.sleepUntil(watch.startMs + 1.5 * dayMs);
    await world.accepted('evaluate', 'ines', { package: 'package-1' }, {});
    const view = await world.untilPackage((seen) => seen.watch.evaluations === 2);
    expect(view.watch.nextEvaluationMs).toBe(watch.startMs + 2 * dayMs);
  }),
);

test(
  'a watch that continues as new again and again misses no evaluation and runs none twice (R5)',
  inWorld(async (world) => {
    const { watch } = await released(world, { watch: { length: '21d', metrics: exceptions } }, { continueAfterEvents: 60 });
    await world.sleepUntil(watch.endMs);
    await world.untilPackage((view) => view.state === 'Stable');
    const evaluations = await world.store.evaluations({ plan: 'test', wave: 'wave-1', package: 'package-1' });
    expect(evaluations.map(({ number }) => number)).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
    const { runId } = await world.client.workflow.getHandle('test/wave-1/package-1').describe();
    const first = await world.client.workflow.getHandle('test/wave-1/package-1').fetchHistory();
    expect(first.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId).toBeTruthy();
    expect(runId).not.toBe(first.events?.[0]?.workflowExecutionStartedEventAttributes?.firstExecutionRunId);
  }),
);

test(
  'a value from too few samples is too early to tell; a target that is never reached ends the watch with a question, not as stable',
  inWorld(async (world) => {
    const reached = { metric: 'adoption', minimum: 5, tune: { below: 0.5 }, failuresAllowed: 6 };
    world.readings['adoption'] = { value: 0.2, n: 3 };
    const { watch } = await released(world, { watch: { length: '7d', metrics: [reached] } });
    await world.sleepUntil(watch.startMs + dayMs);
    await world.untilPackage((view) => view.watch.evaluations === 1);
    world.readings['adoption'] = { value: 0.2, n: 9 };
    await world.sleepUntil(watch.endMs);
    const { state, proposal } = await world.untilPackage((view) => view.proposal !== undefined);
    const evaluations = await world.store.evaluations({ plan: 'test', wave: 'wave-1', package: 'package-1' });
    expect(evaluations.map(({ verdict }) => verdict.kind)).toEqual([...Array.from({ length: 6 }, () => 'learning'), 'noBenefit']);
    expect(evaluations[0]?.verdict.why).toContain('from 3 samples, and 5 are needed');
    expect([state, proposal?.kind, proposal?.why]).toEqual(['Needs tuning', 'question', expect.stringContaining('never reached that in this watch')]);
  }),
);
