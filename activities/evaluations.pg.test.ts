import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Connector } from '../connectors/connector.ts';
import { SystemUnavailable } from '../domain/system-unavailable.ts';
import { noneConnector, type NoneConnector } from '../connectors/none/connector.ts';
import { NoData, type MetricQuery } from '../telemetry/provider.ts';
import { Client } from 'pg';
import { openTelemetry } from '../telemetry/providers.ts';
import { readings } from '../test/support/telemetry.ts';
import { noDrift } from '../domain/watch/measurement.ts';
import { currentRules, rulesVersion, type Rules } from '../domain/watch/verdict.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import type { ReleaseRef } from './contract.ts';
import { Bench, benchPlan, now } from '../test/support/activity-bench.ts';
import { metric, type PlanChange } from '../test/support/plan.ts';
import { site, siteFor, siteSystem } from '../test/support/site.ts';
import { recordBatch } from '../domain/records.ts';
import type { PackageState } from '../domain/states.ts';
import { runningPackage, waveOf } from '../test/support/views.ts';

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createDatabase('evaluations');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const iso = (ms: number) => new Date(ms).toISOString();
async function asAdmin(sql: string): Promise<void> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

const counting = 'select count(*) as count from log where at > :from and at <= :to';
const watched = (...metrics: string[]) => ({ length: '14d', metrics: metrics.map((each) => ({ metric: each, tune: { above: 0 } })) });

let number = 0;
async function bench(metrics: string[], more: PlanChange = {}): Promise<Bench & { system: NoneConnector; id: string }> {
  const system = noneConnector();
  const id = `looks-${(number += 1)}`;
  const plan = benchPlan(id, id, {
    systems: [id],
    packages: [{ id: 'clerks', watch: watched(...metrics) }],
    metrics: metrics
      .filter((each) => each !== 'access-drift')
      .map((each) => metric(each, { kind: 'rate', provider: { kind: 'sql', system: id, query: counting } })),
    ...more,
  });
  const made = new Bench(store, plan, { [id]: system });
  made.site = siteFor(plan, {}, 'postgres');
  await made.apply();
  return Object.assign(made, { system, id });
}

const dayMs = 86_400_000;
/** The range of the first evaluation. */
const overADay = { fromMs: now, toMs: now + dayMs, lookbackMs: dayMs };
const evaluation = (count = 1) => ({
  purpose: 'scheduled' as const,
  startMs: now,
  dueMs: now + count * dayMs,
  atEnd: false,
});

describe('an evaluation', () => {
  test('measures every metric over its own range and over the people who were signed for, and the drift', async () => {
    const asked: MetricQuery[] = [];
    const made = await bench(['exceptions', 'access-drift']);
    made.telemetry = readings((query) => {
      asked.push(query);
      return { count: 3 };
    });
    const release = await made.signed();
    await made.run('grantAccess', release, made.id);
    made.system.grantAs('kim', 'clerk', 'dea');
    const why = 'exceptions 3 per day over 24 h, more than 0';
    const drifted = 'access drift 1 (1 unreviewed), more than 0';
    const verdict = {
      kind: 'tune',
      why: `${why}; ${drifted}`,
      metrics: [
        { metric: 'exceptions', verdict: 'tune', why, value: 3, n: 3, crossed: { bound: 'tune', side: 'above', limit: 0, inARow: 1, allowed: 0 } },
        { metric: 'access-drift', verdict: 'tune', why: drifted, value: 1, crossed: { bound: 'tune', side: 'above', limit: 0, inARow: 1, allowed: 0 } },
      ],
    };
    const drift = { ...noDrift, outOfBand: 1 };
    expect(await made.evaluate(release, evaluation())).toEqual({ number: 1, verdict, drift });
    expect(await store.evaluations(release)).toEqual([
      {
        plan: release.plan,
        wave: release.wave,
        package: release.package,
        number: 1,
        purpose: 'scheduled',
        dueMs: now + dayMs,
        evaluatedAtMs: now + dayMs,
        measurements: [
          { metric: 'exceptions', kind: 'value', ...overADay, value: 3, unit: 'perDay', n: 3, count: 3 },
          { metric: 'access-drift', kind: 'value', value: 1, n: 6 },
        ],
        drift,
        driftLines: [`${made.id}: unreviewed: 'dea' has 'clerk', granted by kim`],
        verdict,
        rules: rulesVersion,
      },
    ]);
    expect(asked).toEqual([
      {
        plan: made.plan.plan,
        right: made.site.plans[0]!.plan,
        metric: 'exceptions',
        kind: 'rate',
        provider: { kind: 'sql', system: made.id, query: counting },
        system: made.site.systems[0],
        fromMs: now,
        toMs: now + dayMs,
        people: ['ann', 'ben', 'cem'],
        rolePackage: 'clerks',
      },
    ]);
  });

  test('run again, it returns the record, whatever the systems say now (R4)', async () => {
    const made = await bench(['exceptions']);
    let value = 1;
    made.telemetry = readings(() => ({ value: (value += 1) }));
    const release = await made.begun();
    const first = await made.evaluate(release, evaluation());
    expect(await made.evaluate(release, evaluation())).toEqual(first);
    const [one, other] = await Promise.all([made.evaluate(release, evaluation(2)), made.evaluate(release, evaluation(2))]);
    expect(one).toEqual(other);
    expect(await store.evaluations(release)).toHaveLength(2);
  });

  test('is judged with those that were due before it, whenever they were recorded', async () => {
    const made = await bench(['exceptions']);
    made.telemetry = readings(({ fromMs }) => ({ count: fromMs === now + dayMs ? 0 : 1 }));
    const release = await made.begun();
    const inARow = async (count: number) => (await made.evaluate(release, evaluation(count))).verdict.metrics[0]?.crossed?.inARow;
    expect([await inARow(1), await inARow(3), await inARow(2), await inARow(4)]).toEqual([1, 2, undefined, 2]);
  });

  test('keeps its verdict when the rules change: a retry, a reset and every reader get the recorded verdict, and the next evaluation uses the new rules', async () => {
    const made = await bench(['exceptions']);
    made.telemetry = readings(() => ({ value: 1 }));
    const release = await made.begun();
    const first = await made.evaluate(release, evaluation());
    expect(first.verdict.kind).toBe('tune');
    const mild = () => ({ kind: 'healthy' as const, why: 'always healthy', metrics: [] });
    const rules: Rules = { ...currentRules, version: rulesVersion + 1, judge: mild };
    expect(await made.evaluate(release, evaluation(), { rules })).toEqual(first);
    expect((await made.evaluate(release, evaluation(2), { rules })).verdict).toEqual(mild());
    expect((await store.evaluations(release)).map(({ verdict, rules: version }) => [verdict.kind, version])).toEqual([
      ['tune', rulesVersion],
      ['healthy', rulesVersion + 1],
    ]);
  });

  test('at the end of the watch is judged as the last', async () => {
    const made = await bench(['exceptions'], {
      packages: [{ id: 'clerks', watch: { length: '14d', metrics: [{ metric: 'exceptions', tune: { below: 1 } }] } }],
    });
    made.telemetry = readings(() => ({ value: 0 }));
    const release = await made.begun();
    expect((await made.evaluate(release, evaluation())).verdict.kind).toBe('tune');
    expect((await made.evaluate(release, { ...evaluation(2), atEnd: true })).verdict.kind).toBe('noBenefit');
  });

  test('no data, and a provider that is down, hangs or fails, are measurements, and the other metrics are measured (R2)', async () => {
    const made = await bench(['fine', 'nothing', 'down', 'hangs', 'wrong']);
    let tries = 0;
    const answers: Record<string, () => { value: number } | Promise<never>> = {
      fine: () => ({ value: 1 }),
      nothing: () => {
        throw new NoData('no row');
      },
      down: () => {
        tries += 1;
        throw new SystemUnavailable('connection refused');
      },
      hangs: () => new Promise(() => undefined),
      wrong: () => {
        throw new Error('relation does not exist');
      },
    };
    made.telemetry = readings(({ metric: name }) => answers[name]!());
    const release = await made.begun();
    expect(await made.evaluate(release, evaluation())).toMatchObject({ verdict: { kind: 'tune' } });
    expect((await store.evaluations(release))[0]?.measurements).toEqual([
      { metric: 'fine', kind: 'value', ...overADay, value: 1, unit: 'perDay' },
      { metric: 'nothing', kind: 'noData', ...overADay },
      { metric: 'down', kind: 'error', ...overADay, why: 'connection refused' },
      { metric: 'hangs', kind: 'error', ...overADay, why: 'no answer within 0.2 s' },
      { metric: 'wrong', kind: 'error', ...overADay, why: 'relation does not exist' },
    ]);
    expect(tries).toBe(2);
  });

  test('drift that could not be read is an error and never looks like no drift (R2)', async () => {
    const made = await bench(['exceptions']);
    made.telemetry = readings(() => ({ value: 0 }));
    const release = await made.begun();
    const down: Connector = { ...made.system, snapshot: async () => Promise.reject(new SystemUnavailable('connection refused')) };
    const { drift } = await made.evaluate(release, evaluation(), { openSystem: async () => down });
    expect(drift).toEqual(noDrift);
    expect((await store.evaluations(release))[0]?.measurements).toContainEqual({
      metric: 'access-drift',
      kind: 'error',
      why: expect.stringContaining('connection refused'),
    });
  });

  test("on a demonstration's clock the source is read in real time", async () => {
    const made = await bench(['exceptions'], { clock: { epoch: '2026-04-06', day: '2s' } });
    made.deps.allowDemoClock = true;
    const asked: MetricQuery[] = [];
    made.telemetry = readings((query) => {
      asked.push(query);
      return { value: 1 };
    });
    const release = await made.begun();
    const clock = (await store.latestRevision(release.plan))!.clock!;
    const from = Date.parse('2026-04-08');
    await made.evaluate(release, { ...evaluation(), startMs: from, dueMs: from + dayMs, clock });
    expect(asked[0]).toMatchObject({ fromMs: clock.anchorMs + 4_000, toMs: clock.anchorMs + 6_000 });
  });
});

test('a baseline has the value of each metric that has data, and says which cannot be read', async () => {
  const made = await bench(['fine', 'nothing', 'wrong', 'access-drift']);
  made.telemetry = readings(({ metric: name }) => {
    if (name === 'nothing') throw new NoData('no row');
    if (name === 'wrong') throw new Error('relation does not exist');
    return { count: 98 };
  });
  expect(await made.run('readBaseline', made.ref(), { atMs: now })).toEqual({
    baseline: { fine: 7 },
    readable: [
      { metric: 'fine', ok: true },
      { metric: 'nothing', ok: true, why: 'it can be read, and has no data yet' },
      { metric: 'wrong', ok: false, why: 'relation does not exist' },
      { metric: 'access-drift', ok: true },
    ],
  });
});

test('a baseline measures over two weeks, later data later, and only the pilot where there is one', async () => {
  const made = await bench(['late'], { metrics: [metric('late', { kind: 'rate', delay: '1d', provider: { kind: 'fixed', value: 0 } })] });
  const asked: MetricQuery[] = [];
  made.telemetry = readings((query) => {
    asked.push(query);
    return { count: 28 };
  });
  expect(await made.run('readBaseline', made.ref(), { atMs: now, pilot: ['ann'] })).toMatchObject({ baseline: { late: 2 } });
  expect(asked).toMatchObject([{ fromMs: now - 15 * dayMs, toMs: now - dayMs, people: ['ann'] }]);
});

describe('the same rate before and after go-live', () => {
  const steady: PlanChange = {
    packages: [
      {
        id: 'clerks',
        watch: { length: '14d', metrics: [{ metric: 'postings', rollback: { belowBaselineTimes: 0.5, aboveBaselineTimes: 2 } }] },
        rollback: { approval: 'automatic' },
      },
    ],
  };
  /** Ten rows a day until `now`, and so many afterwards. */
  async function judged(after: number, due: { purpose?: 'on-demand' | 'weekly'; dueMs?: number }) {
    const log = `log_${(number += 1)}`;
    const rows = (from: number, to: number, each: number) =>
      `select at from generate_series('${iso(from + 1)}'::timestamptz, '${iso(to)}', interval '${dayMs / each} milliseconds') as at`;
    await asAdmin(`create table ${log} as ${rows(now - 20 * dayMs, now, 10)} union all ${rows(now, now + 40 * dayMs, after)}`);
    const query = `select count(*) as count from ${log} where at > :from and at <= :to`;
    const made = await bench(['postings'], {
      ...steady,
      systems: ['erp'],
      metrics: [metric('postings', { kind: 'rate', provider: { kind: 'sql', system: 'erp', query } })],
    });
    made.systems['erp'] = made.system;
    made.deps.limits = {};
    made.telemetry = openTelemetry({ ERP_DATABASE_URL: database.url });
    const release = await made.begun();
    const { baseline } = await made.run('readBaseline', made.ref(), { atMs: now });
    expect(baseline).toEqual({ postings: 10 });
    const { verdict } = await made.evaluate(release, { ...evaluation(), ...due });
    await made.telemetry.close();
    return verdict;
  }

  test.each([
    ['an unchanged rate is healthy after a day', 10, {}, 'healthy: postings 10 per day over 24 h is within its bounds'],
    ['and in the weekly evaluation', 10, { purpose: 'weekly', dueMs: now + 35 * dayMs }, 'healthy: postings 10 per day over 24 h is within its bounds'],
    ['a tenfold rate is a rollback', 100, {}, 'rollback: postings 100 per day over 24 h, more than 2.0 × the 10 before go-live'],
    ['a rate that collapsed is a rollback', 2, {}, 'rollback: postings 2 per day over 24 h, less than 0.5 × the 10 before go-live'],
    [
      'five seconds after go-live, on demand, it is too early to tell',
      10,
      { purpose: 'on-demand', dueMs: now + 5_000 },
      'learning: postings 17280 per day covers only 5 s since go-live, and its lookback is 24 h',
    ],
    [
      'on demand later it is judged like any other',
      10,
      { purpose: 'on-demand', dueMs: now + 3.2 * dayMs },
      'healthy: postings 10 per day over 24 h is within its bounds',
    ],
  ] as const)('%s', async (_what, after, due, expected) => {
    const { kind, why } = await judged(after, due);
    expect(`${kind}: ${why}`).toBe(expected);
  });
});

test('data that arrives a day and a half late is waited for where the metric says so, and counted then', async () => {
  const made = await bench(['failures'], {
    packages: [{ id: 'clerks', watch: { length: '7d', metrics: [{ metric: 'failures', rollback: { above: 3 } }] } }],
    metrics: [metric('failures', { kind: 'rate', delay: '36h', provider: { kind: 'fixed', value: 0 } })],
  });
  let readAtMs = now;
  // Ten a day. A reading sees those that happened at least a day and a half before it.
  made.telemetry = readings(({ fromMs, toMs }) => ({ count: Math.round((Math.max(0, Math.min(toMs, readAtMs - 1.5 * dayMs) - fromMs) / dayMs) * 10) }));
  const release = await made.begun();
  const seen: string[] = [];
  for (const day of [1, 2, 3]) {
    readAtMs = now + day * dayMs;
    const { verdict } = await made.evaluate(release, evaluation(day));
    seen.push(`${verdict.kind}: ${verdict.why}`);
  }
  expect(seen).toEqual([
    'learning: failures covers nothing since go-live yet, and its lookback is 24 h',
    'learning: failures 10 per day covers only 12 h since go-live, and its lookback is 24 h',
    'rollback: failures 10 per day over 24 h, more than 3',
  ]);
});

describe('previews', () => {
  test('taken twice, change nothing and have one digest; later changes are compared with what was signed', async () => {
    const made = await bench(['access-drift']);
    const release = await made.preview();
    expect(await made.preview()).toEqual(release);
    expect(made.system.held()).toEqual([]);
    expect(await made.run('recheckSystem', release, made.id)).toEqual({ readMs: expect.any(Number), shrunk: 0, wider: 0, lines: [] });
    made.system.grantAs('kim', 'clerk', 'ann');
    made.system.changeRole('reader', ['SELECT on everything']);
    made.system.grantAs('kim', 'old_reader', 'ben');
    expect(await made.run('recheckSystem', release, made.id)).toMatchObject({ shrunk: 1, wider: 2 });
  });

  test('of a pilot are rechecked for the pilot only', async () => {
    const made = await bench(['access-drift']);
    const release: ReleaseRef = await made.preview('clerks', 'wave-1', ['ann']);
    expect(release.parts[0]).toMatchObject({ people: 1, toGrant: 2 });
    expect(await made.run('recheckSystem', release, made.id)).toMatchObject({ shrunk: 0, wider: 0 });
  });

  test('a plan that is not applied is simulated from its draft, and leaves no preview in the store', async () => {
    const made = await bench(['access-drift']);
    const part = await made.run('simulateSystem', await store.saveDraft(made.plan), 'clerks', made.id);
    expect(part).toMatchObject({ people: 3, toGrant: 6, alreadyThere: 0, toRetire: 0, conflicts: [] });
    expect(await store.preview(part.digest)).toBeUndefined();
    await expect(made.run('simulateSystem', 'no such draft', 'clerks', made.id)).rejects.toMatchObject({ type: 'NotFound', nonRetryable: true });
    await expect(made.run('simulateSystem', await store.saveDraft(made.plan), 'unheard', made.id)).rejects.toMatchObject({
      type: 'NotFound',
      nonRetryable: true,
    });
  });

  test('a system that is not configured, or not in the plan, is an error with a reason and without a retry', async () => {
    const made = await bench(['access-drift']);
    delete made.systems[made.id];
    await expect(made.preview()).rejects.toMatchObject({ type: 'NotConfigured', nonRetryable: true, message: expect.stringContaining('environment variable') });
    await expect(made.run('previewSystem', made.ref(), 'unheard')).rejects.toMatchObject({ type: 'NotFound', nonRetryable: true });
  });
});

test('an earlier wave is open until all its packages are released or it is closed', async () => {
  const made = await bench(['access-drift']);
  const { plan } = made.plan;
  const open = () => made.run('openEarlierWaves', plan, ['wave-1']);
  expect(await open()).toEqual([
    { code: 'earlierWave', wave: 'wave-1', why: 'notReleased', packages: ['clerks'], text: "wave 'wave-1' has not released clerks" },
  ]);
  // An event of that name is no release.
  await store.record(
    recordBatch({
      events: [{ id: `${plan}#1`, plan, wave: 'wave-1', package: 'clerks', atMs: 1, actor: 'rolewave', kind: 'released', text: 'to 3 people' }],
    }),
  );
  expect(await open()).toHaveLength(1);
  await made.begun();
  expect(await open()).toEqual([]);
  const { hold: _, ...aborted } = waveOf([], { plan, wave: 'wave-1', stage: 'aborted' });
  await store.record(recordBatch({ finals: [{ workflowId: `${plan}/wave-1`, state: aborted }] }));
  expect(await open()).toEqual([{ code: 'earlierWave', wave: 'wave-1', why: 'aborted', packages: [], text: "wave 'wave-1' was aborted" }]);
  // The final record of a wave that runs is not the truth.
  made.deps.runningState = async () => ({});
  expect(await open()).toEqual([]);
});

describe('what became of a package', () => {
  const said = (made: Awaited<ReturnType<typeof bench>>, state: PackageState) => {
    const { name: _, ...view } = runningPackage({ plan: made.plan.plan, wave: 'wave-1', package: 'clerks', state });
    return view;
  };
  const asked = (made: Awaited<ReturnType<typeof bench>>) => made.run('packageStatus', { plan: made.plan.plan, wave: 'wave-1', package: 'clerks' });

  test('is what its own workflow says while it runs, whatever a final record says, and the final record afterwards', async () => {
    const made = await bench(['access-drift']);
    expect(await asked(made)).toEqual({ nothingGranted: true });
    await made.begun();
    await store.record(recordBatch({ finals: [{ workflowId: `${made.plan.plan}/wave-1/clerks`, state: said(made, 'Stable') }] }));
    expect(await asked(made)).toEqual({ nothingGranted: false, state: 'Stable' });
    made.deps.runningState = async () => said(made, 'Needs tuning');
    expect(await asked(made)).toEqual({ nothingGranted: false, state: 'Needs tuning' });
    made.deps.runningState = async () => ({ state: 'Stable' });
    expect(await asked(made)).toEqual({ nothingGranted: false });
  });

  test('of a release that was refused: why, and that nothing was granted only once its workflow has ended', async () => {
    const made = await bench(['access-drift']);
    const view = { ...said(made, 'Monitoring'), endedWhy: 'refused: no sign-off' };
    made.deps.runningState = async () => view;
    expect(await asked(made)).toEqual({ nothingGranted: false, ending: true, state: 'Monitoring', why: 'refused: no sign-off' });
    made.deps.runningState = async () => undefined;
    await store.record(recordBatch({ finals: [{ workflowId: `${made.plan.plan}/wave-1/clerks`, state: view }] }));
    expect(await asked(made)).toEqual({ nothingGranted: true, state: 'Monitoring', why: 'refused: no sign-off' });
  });

  test.each<[PackageState]>([['Rolled back'], ['Retired']])(
    "is not '%s' because somebody says so: its receipts and releases show it, or it is doubted",
    async (state) => {
      const made = await bench(['access-drift']);
      const release = await made.signed();
      await made.run('grantAccess', release, made.id);
      made.deps.runningState = async () => said(made, state);
      expect(await asked(made)).toEqual({ nothingGranted: false, doubt: expect.stringContaining('its access may be there') });
      made.deps.runningState = async () => undefined;
      await store.record(recordBatch({ finals: [{ workflowId: `${made.plan.plan}/wave-1/clerks`, state: said(made, state) }] }));
      expect(await asked(made)).toEqual({ nothingGranted: false, doubt: expect.stringContaining('its access may be there') });
      if (state === 'Retired') return;
      const approval = await made.record('decide', 'olga', release, { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason: 'yes' });
      await made.run('rollBackAccess', release, made.id, { id: 'r', approval });
      expect(await asked(made)).toEqual({ nothingGranted: false, state: 'Rolled back' });
    },
  );
});

test('a metric is tried on its rows: what an evaluation and a baseline measure now, how old the newest row is, and whether that is late', async () => {
  await asAdmin(
    `create table tried as select at, at - interval '36 hours' as late from generate_series('${iso(now - 30 * dayMs)}'::timestamptz, '${iso(now)}', interval '144 minutes') as at`,
  );
  const sql = (column: string) => ({
    kind: 'sql' as const,
    system: 'erp',
    query: `select count(*) as count from tried where ${column} > :from and ${column} <= :to`,
  });
  const made = await bench([], {
    systems: ['erp'],
    metrics: [
      metric('fresh', { kind: 'rate', provider: sql('at') }),
      metric('late', { kind: 'rate', provider: sql('late') }),
      // The search asks for shorter ranges than the baseline has.
      metric('short', { kind: 'rate', provider: { ...sql('at'), query: `${sql('at').query} and 1 / (:to - :from > interval '12 hours')::int = 1` } }),
      metric('wrong', { kind: 'rate', provider: { ...sql('at'), query: 'select count(*) as count from nowhere where :from < :to' } }),
    ],
    packages: [{ id: 'clerks', watch: watched('access-drift') }],
  });
  made.deps.limits = {};
  made.site = site({ systems: [siteSystem('erp', { kind: 'postgres', timeZone: 'UTC' })] });
  made.telemetry = openTelemetry({ ERP_DATABASE_URL: database.url });
  const draft = await store.saveDraft(made.plan);
  const tried = (name: string) => made.run('tryMetric', draft, name, 'clerks');
  const fresh = await tried('fresh');
  expect(fresh).toMatchObject({
    system: 'erp',
    timeZone: 'UTC',
    people: 3,
    evaluation: { fromMs: now - dayMs, toMs: now, measured: { kind: 'value', value: 10, count: 10 } },
    baseline: { fromMs: now - 14 * dayMs, measured: { kind: 'value', value: 10, count: 140 } },
    newest: { late: false },
  });
  expect(fresh.newest!.ageMs).toBeLessThanOrEqual(1_000);
  const late = await tried('late');
  expect(late).toMatchObject({ evaluation: { measured: { value: 0 } }, newest: { late: true } });
  expect(late.newest!.ageMs / dayMs).toBeCloseTo(1.5, 0);
  expect(await tried('wrong')).toMatchObject({
    evaluation: { measured: { kind: 'error', why: expect.stringMatching(/^line 1, column \d+ of the statement: it names a table that does not exist/) } },
  });
  expect((await tried('wrong')).newest).toBeUndefined();
  expect(await tried('short')).toMatchObject({ baseline: { measured: { kind: 'value' } }, newestProblem: expect.stringContaining('it divides by zero') });
  await expect(made.run('tryMetric', draft, 'unheard', 'clerks')).rejects.toMatchObject({ type: 'NotFound', nonRetryable: true });
  await made.telemetry.close();
});

describe('numbers taken in advance are refused, of a package that is released', () => {
  async function released() {
    const made = await bench(['exceptions']);
    let read = 0;
    made.telemetry = readings(() => ({ count: (read += 1) }));
    const release = await made.signed();
    await made.run('grantAccess', release, made.id);
    return { made, release, reads: () => read };
  }

  test('an evaluation that is due before the watch began is bad input, and nothing is read', async () => {
    const { made, release, reads } = await released();
    const before = { ...evaluation(), startMs: now + dayMs, dueMs: now + dayMs - 1 };
    await expect(made.runWith({ now: () => now + 2 * dayMs }, 'evaluate', release, before)).rejects.toMatchObject({
      nonRetryable: true,
      message: expect.stringContaining('before its watch began on'),
    });
    expect(reads()).toBe(0);
    expect(await store.evaluations(release)).toEqual([]);
  });

  test('an evaluation that is due later than now is too early, is retried when it is due, and is taken once it is due', async () => {
    const { made, release, reads } = await released();
    await expect(made.runWith({ now: () => now + dayMs - 1_000 }, 'evaluate', release, evaluation())).rejects.toMatchObject({
      type: 'TooEarly',
      nonRetryable: false,
      nextRetryDelay: 1_000,
      message: expect.stringContaining('is not taken in advance'),
    });
    expect(reads()).toBe(0);
    expect(await store.evaluations(release)).toEqual([]);
    expect(await made.runWith({ now: () => now + dayMs }, 'evaluate', release, evaluation())).toMatchObject({ number: 1 });
  });
});

test('evaluations from before a watch began are not among those that it judges by', async () => {
  const made = await bench(['exceptions']);
  made.telemetry = readings(() => ({ count: 3 }));
  const release = await made.signed();
  await made.run('grantAccess', release, made.id);
  await made.evaluate(release, evaluation(1));
  await made.evaluate(release, evaluation(2));
  const dueSince = async (sinceMs: number) => (await store.evaluationsBefore({ ...release, sinceMs, dueMs: now + 2 * dayMs })).map(({ dueMs }) => dueMs);
  expect(await dueSince(now)).toEqual([now + dayMs, now + 2 * dayMs]);
  expect(await dueSince(now + dayMs + 1)).toEqual([now + 2 * dayMs]);
});
