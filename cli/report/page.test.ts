import { describe, expect, test } from 'vitest';
import type { RolePackage } from '../../domain/plan/schema.ts';
import { parsedSmallPlan } from '../../test/support/small-plan.ts';
import type { EvaluationView } from '../../domain/views/evaluation.ts';
import type { PackageView } from '../../domain/views/package.ts';
import type { Baseline, Evaluation, Measurement } from '../../domain/watch/measurement.ts';
import { judge, rulesVersion } from '../../domain/watch/verdict.ts';
import { heldBackBy, plannedPackage, runningPackage, waveOf } from '../../test/support/views.ts';
import type { ReportData, ReportedPackage } from './data.ts';
import { reportPage } from './page.ts';

const dayMs = 86_400_000;
const startMs = Date.parse('2026-04-08T18:00:00Z');
const plan = parsedSmallPlan();
const inPlan = plan.packages[0]!;

const ofPlace = { id: 'small/first#1', plan: 'small', wave: 'first' };

type Taken = Evaluation & { driftLines: string[] };
const evaluation = (
  number: number,
  over: Partial<Taken> = {},
  measurements: Measurement[] = [{ metric: 'adoption', kind: 'value', value: 0.8, n: 5 }],
): Taken => ({
  number,
  dueMs: startMs + number * dayMs,
  purpose: 'scheduled',
  measurements,
  drift: { missing: 0, outOfBand: 0, legacy: 0, content: 0, options: 0 },
  driftLines: [],
  ...over,
});

/** Each is judged with those before it, as when it is recorded. */
const recorded = (evaluations: Taken[], { watch }: RolePackage, baseline: Baseline): EvaluationView[] =>
  evaluations.map((taken, index) => ({
    plan: 'small',
    wave: 'first',
    package: inPlan.id,
    ...taken,
    evaluatedAtMs: taken.dueMs,
    verdict: judge(watch, evaluations.slice(0, index + 1), baseline, startMs),
    rules: rulesVersion,
  }));

const released = (evaluations: Taken[], over: Partial<PackageView> = {}, definition = inPlan): ReportedPackage => {
  const { lastVerdict: _none, ...running } = runningPackage();
  return {
    planned: plannedPackage({ releasedAtMs: startMs, blockers: [] }),
    running: { ...running, baseline: {}, ...over },
    evaluations: recorded(evaluations, definition, over.baseline ?? {}),
    ledger: { grant: { created: 11, preexisting: 1 } },
    inPlan: definition,
  };
};
const waveWith = (packages: ReportedPackage[], over: Partial<ReportData> = {}): ReportData => ({
  wave: waveOf(
    packages.map(({ planned }) => planned),
    { stage: 'watching' },
  ),
  packages,
  plan,
  events: [],
  eventsCut: false,
  together: [],
  writtenAtMs: Date.parse('2026-04-22T08:00:00Z'),
  ...over,
});

/** What a reader sees, without tags and drawings. */
const textOf = (page: string): string =>
  page
    .replace(/<style>[\s\S]*?<\/style>/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');
const sectionOf = (page: string, id: string): string => textOf(page.slice(page.indexOf(`<h2 id="${id}"`)).split('</section>')[0]!);

describe('a wave without anything to show yet', () => {
  const page = reportPage(waveWith([{ planned: plannedPackage(), evaluations: [], ledger: {}, inPlan }]));

  test('what the packages of a wave change together is a row for each system', () => {
    const together = [{ system: 'erp', packages: 2, planned: 14, done: 13 }];
    const text = reportPage({ ...waveWith([{ ...released([]) }]), together })
      .replaceAll(/<[^>]*>/g, ' ')
      .replaceAll(/\s+/g, ' ');
    expect(text).toContain('People whose access the wave changes System Packages Planned Done erp 2 14 13');
  });

  test('the numbers of a release stand side by side, planned and done, with what was not done', () => {
    const counts = { created: 12, preexisting: 1, retired: 2, revoked: 0, people: 13 };
    const numbers = {
      systems: [{ system: 'erp', planned: counts, done: { ...counts, created: 11, failed: 1, open: 0 } }],
      incompatible: [
        { rule: 'order-and-pay', planned: { existing: 1, caused: 0, excepted: 0, resolved: 2 }, done: { existing: 1, caused: 0, excepted: 0, resolved: 1 } },
      ],
    };
    const text = reportPage(waveWith([{ ...released([]), numbers }]))
      .replaceAll(/<[^>]*>/g, ' ')
      .replaceAll(/\s+/g, ' ');
    for (const row of [
      'Planned and done Where What Planned Done',
      'erp People whose access changed 13 13',
      'erp Granted 12 11',
      'erp Failed – 1',
      'order-and-pay Incompatible entitlements: existing 1 1',
      'order-and-pay Incompatible entitlements: resolved 2 1',
    ])
      expect(text).toContain(row);
    expect(text).not.toContain('Revoked from earlier releases');
  });

  test('says what it needs and that nothing has been watched', () => {
    expect(textOf(page)).toContain('0 of 1 package released. 2 items open.');
    expect(sectionOf(page, 'package-1')).toContain('Nobody has signed yet.');
    expect(sectionOf(page, 'package-1')).toContain('Not released, so nothing has been watched.');
    expect(sectionOf(page, 'left')).toContain('sign-off by ana');
    expect(sectionOf(page, 'review')).toContain('The review is written once every package is stable, rolled back or retired');
  });

  test('has one h1, and no heading skips a level', () => {
    const levels = [...page.matchAll(/<h(\d)/g)].map(([, level]) => Number(level));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    levels.reduce((before, level) => {
      expect(level).toBeLessThanOrEqual(before + 1);
      return level;
    });
  });
});

test('a package that was released a moment ago has no evaluation and no chart', () => {
  const page = reportPage(waveWith([released([])]));
  expect(sectionOf(page, 'package-1')).toContain('No evaluation yet.');
  expect(page).not.toContain('<svg');
});

describe('the chart', () => {
  test('of one evaluation shows one point, in the text and in the drawing, with its bound', () => {
    const page = reportPage(waveWith([released([evaluation(8)])]));
    expect(textOf(page)).toContain('1 evaluation, from 0.8 to 0.8, last 0.8 (healthy). Bounds: tune below 0.5.');
    // One in the legend, one of adoption, one of drift.
    expect(page.match(/class="chart-mark chart-healthy"/g)).toHaveLength(3);
    expect(page).not.toMatch(/NaN|Infinity|undefined/);
  });

  test('of evaluations without data or with errors marks them as such, and draws no value', () => {
    const page = reportPage(
      waveWith([
        released([
          evaluation(8, {}, [{ metric: 'adoption', kind: 'noData' }]),
          evaluation(9, {}, [{ metric: 'adoption', kind: 'error', why: 'no route to <host>' }]),
        ]),
      ]),
    );
    expect(textOf(page)).toContain('2 evaluations; 1 without data, 1 that could not be read.');
    expect(textOf(page)).toContain('Adoption could not be read: no route to &lt;host&gt;');
    expect(page.match(/class="chart-mark chart-nothing"/g)).toHaveLength(3);
    expect(page).not.toMatch(/NaN|Infinity|undefined/);
  });

  test('draws relative bounds where there was a value before go-live, and none where there was not', () => {
    const watched = {
      ...inPlan,
      watch: { ...inPlan.watch, metrics: [{ metric: 'adoption', rollback: { aboveBaselineTimes: 2 }, failuresAllowed: 0, minimum: 0, from: 0 }] },
    };
    const page = reportPage(waveWith([released([evaluation(1)], { baseline: { adoption: 0.25 } }, watched)]));
    expect(textOf(page)).toContain('Bounds: roll back above 0.5 (2.0 × before), before go-live 0.25.');
    expect(page).toContain('<title>roll back above 0.5 (2.0 × before)</title>');
    expect(textOf(reportPage(waveWith([released([evaluation(1)], {}, watched)])))).toContain('cannot be compared: there is no value from before go-live');
  });

  test('says in which unit a rate is', () => {
    const rate = (value: number): Measurement[] => [{ metric: 'adoption', kind: 'value', value, unit: 'perPersonDay' }];
    expect(textOf(reportPage(waveWith([released([evaluation(1, {}, rate(0.8))])])))).toContain('(per person and day)');
    expect(textOf(reportPage(waveWith([released([evaluation(1)])])))).not.toContain('(per ');
  });

  test('shows access drift, also where the plan does not watch it', () => {
    const watched = { ...inPlan, watch: { ...inPlan.watch, metrics: inPlan.watch.metrics.slice(0, 1) } };
    const drifted = evaluation(8, { drift: { missing: 1, outOfBand: 2, legacy: 0, content: 0, options: 0 }, driftLines: ['ben has fin_close no more'] });
    const page = reportPage(waveWith([released([drifted], {}, watched)]));
    expect(sectionOf(page, 'package-1')).toContain('Access drift people whose access differs from what was reviewed');
    expect(sectionOf(page, 'package-1')).toContain('1 missing, 2 unreviewed');
    expect(sectionOf(page, 'package-1')).toContain('ben has fin_close no more');
  });
});

describe('verdicts', () => {
  test('are shown with each evaluation', () => {
    const page = reportPage(waveWith([released([evaluation(1), evaluation(8), evaluation(9, {}, [{ metric: 'adoption', kind: 'value', value: 0.3, n: 5 }])])]));
    const said = sectionOf(page, 'package-1');
    expect(said).toContain('Too early to tell Adoption is judged only from 7 days after go-live');
    expect(said).toContain('Healthy Adoption 0.8');
    expect(said).toContain('Needs tuning Adoption 0.3, less than 0.5');
  });

  test('are the recorded ones, whatever the current rules and the plan would say about the same numbers', () => {
    const { inPlan: _gone, ...entry } = released([evaluation(8, {}, [{ metric: 'adoption', kind: 'value', value: 0.01, n: 5 }])]);
    const judgedThen = {
      kind: 'healthy' as const,
      why: 'adoption was judged mildly then',
      metrics: [{ metric: 'adoption', verdict: 'healthy' as const, why: 'mild', value: 0.01 }],
    };
    const evaluations = entry.evaluations.map((each) => ({ ...each, verdict: judgedThen, rules: 0 }));
    const page = reportPage(waveWith([{ ...entry, evaluations }]));
    expect(sectionOf(page, 'package-1')).toContain('0.01 n=5');
    expect(sectionOf(page, 'package-1')).toContain('Healthy Adoption was judged mildly then');
    expect(textOf(page)).toContain('last 0.01 (healthy)');
  });

  test('of healthy weeks after the watch share one row', () => {
    const weeks = [1, 2, 3].map((week) => evaluation(14 + week, { purpose: 'weekly', dueMs: startMs + (14 + 7 * week) * dayMs }));
    const said = sectionOf(reportPage(waveWith([released([evaluation(14), ...weeks])])), 'package-1');
    expect(said).toContain('15–17');
    expect(said).toContain('All 3 healthy.');
  });
});

test('sign-offs show which digests they were bound to and whether they count', () => {
  const entry = released([]);
  const page = reportPage(
    waveWith([
      {
        ...entry,
        planned: {
          ...entry.planned,
          signOffs: [
            { by: 'ana', decision: 'approve', atMs: startMs - dayMs, counts: true, planDigest: 'a'.repeat(64), previewDigest: 'b'.repeat(64) },
            {
              by: 'kim',
              decision: 'reject',
              atMs: startMs - 2 * dayMs,
              counts: false,
              planDigest: 'e'.repeat(64),
              previewDigest: 'f'.repeat(64),
              reason: 'too wide',
            },
          ],
        },
      },
    ]),
  );
  expect(sectionOf(page, 'package-1')).toMatch(/Ana Lima ana approved 2026-04-07 18:00 UTC a{12} b{12} yes/);
  expect(sectionOf(page, 'package-1')).toMatch(
    /Kim Dahl kim rejected 2026-04-06 18:00 UTC e{12} f{12} no: the plan or the preview changed afterwards too wide/,
  );
});

test('separation of duties: the page says who applied and who receives it, and what the site file allows about that', () => {
  const shown = (duties: NonNullable<ReportedPackage['planned']['duties']>) =>
    textOf(reportPage(waveWith([{ ...released([]), planned: plannedPackage({ duties }) }])));
  expect(shown({ appliedBy: [], receivers: [], allowed: [] })).not.toContain('Separation of duties');
  expect(shown({ appliedBy: ['ines'], receivers: ['olga'], allowed: ['the person who applied a change is its only signer'] })).toContain(
    'Separation of duties applied by ines; of those who may sign, olga would receive the access; the site allows that the person who applied a change is its only signer',
  );
});

test('a rollback shows its receipts and the statement that checks it', () => {
  const receipt = {
    system: 'erp',
    granted: 12,
    revoked: 12,
    kept: [{ role: 'wh_stock', account: 'joana', why: 'granted by dba_kim' }],
    restored: 0,
    restoredNotes: [],
    notRestored: [],
    failed: [],
    check: "select 1 where 'a' < 'b';",
  };
  const page = reportPage(
    waveWith([released([evaluation(8)], { state: 'Rolled back', receipts: [receipt], receiptLine: '12 granted, 12 revoked, 1 kept: granted by dba_kim' })]),
  );
  expect(sectionOf(page, 'package-1')).toContain('12 granted, 12 revoked, 1 kept: granted by dba_kim.');
  expect(page).toContain('<pre><code>select 1 where &#39;a&#39; &lt; &#39;b&#39;;</code></pre>');
});

test('an open proposal is listed, with what it waits for', () => {
  const proposal = {
    id: 'rollback-1',
    kind: 'rollback' as const,
    why: 'exceptions grow',
    proposedAtMs: startMs,
    dependencies: [{ code: 'runningJobs' as const, system: 'erp', jobs: 1, line: 'a job runs', clear: false, clearedBy: { person: 'eva' } }],
  };
  expect(sectionOf(reportPage(waveWith([released([evaluation(8)], { proposal })])), 'left')).toContain(
    'Rollback proposed exceptions grow, since 2026-04-08 18:00 UTC ; waits for: a job runs (cleared by eva)',
  );
});

test('an aborted wave says why it ended, and asks for nothing more', () => {
  const data = waveWith([{ planned: plannedPackage(), evaluations: [], ledger: {}, inPlan }]);
  const page = reportPage({ ...data, wave: { ...data.wave, stage: 'aborted', endedWhy: 'not this year (eva)' } });
  expect(textOf(page)).toContain('Aborted');
  expect(textOf(page)).toContain('Not this year (eva).');
  expect(sectionOf(page, 'left')).toContain('Nothing is open.');
  expect(sectionOf(page, 'review')).toContain('The wave is aborted: not this year (eva).');
});

test('a review is shown with its actions and who does them', () => {
  const data = waveWith([released([evaluation(8)])]);
  const review = {
    by: 'eva',
    atMs: startMs,
    successes: 'It went well',
    challenges: 'It was hard',
    improvements: 'Ask earlier',
    actions: [{ what: 'Retire it', owner: 'kim' }],
  };
  const said = sectionOf(reportPage({ ...data, wave: { ...data.wave, stage: 'closed', review } }), 'review');
  expect(said).toContain('Written by Eva Roth eva on 2026-04-08 18:00 UTC .');
  for (const words of ['It went well', 'It was hard', 'Ask earlier', 'Retire it Kim Dahl kim']) expect(said).toContain(words);
});

describe('hostile texts', () => {
  const evil = `"><script>alert('x')</script><img src=x onerror=alert(1)>\u202egnp.exe&amp;]]>--><svg onload=1>\ud800`;
  /** Every text of a value, however deep, is the hostile one; numbers, dates and the codes that the page decides by are kept. */
  const decides = new Set(['stage', 'kind', 'state', 'purpose', 'risk', 'metric', 'package', 'decision', 'item', 'design', 'unit', 'nextAction', 'verdict']);
  const hostile = (value: unknown, key = ''): unknown => {
    if (typeof value === 'string') return decides.has(key) ? value : evil;
    if (Array.isArray(value)) return value.map((each) => hostile(each, key));
    if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, hostile(each, name)]));
    return value;
  };
  const full = (): ReportData => {
    const text = 'a text';
    const note = { by: text, atMs: startMs, text };
    const refusal = { id: text, type: text, by: text, atMs: startMs, code: text, message: text };
    const line = { role: text, account: text, why: text };
    const entry = released(
      [
        evaluation(8, { drift: { missing: 1, outOfBand: 0, legacy: 0, content: 0, options: 0 }, driftLines: [text] }, [
          { metric: 'adoption', kind: 'error', why: text },
        ]),
      ],
      {
        lastVerdict: { kind: 'error', why: text, atMs: startMs, evaluation: 8 },
        proposal: {
          id: text,
          kind: 'question',
          why: text,
          proposedAtMs: startMs,
          dependencies: [{ code: 'runningJobs', system: 'erp', jobs: 1, line: text, clear: false, clearedBy: { person: text } }],
        },
        tunes: [{ id: text, step: 'ask', why: text, atMs: startMs, by: text, result: text }],
        receipts: [
          { system: text, granted: 1, revoked: 1, kept: [line], restored: 0, restoredNotes: [line], notRestored: [line], failed: [line], check: text },
        ],
        receiptLine: text,
        notes: [note],
        refusals: [refusal],
      },
    );
    entry.planned = {
      ...entry.planned,
      heldBack: heldBackBy(text),
      signOffs: [{ by: text, decision: 'approve', atMs: startMs, counts: true, planDigest: text, previewDigest: text, reason: text }],
    };
    const data = waveWith([entry, { planned: plannedPackage({ heldBack: heldBackBy(text) }), evaluations: [], ledger: {} }], {
      events: [{ ...ofPlace, package: 'closing', atMs: startMs, actor: text, kind: text, text }],
    });
    const review = { by: text, atMs: startMs, successes: text, challenges: text, improvements: text, actions: [{ what: text, owner: text }] };
    data.wave = { ...data.wave, endedWhy: text, hold: { reason: text, approvals: 2, liftedBy: [text] }, notes: [note], refusals: [refusal], review };
    return data;
  };
  const page = reportPage(hostile(full()) as ReportData);

  test('remain text: no tag, attribute or address comes from data', () => {
    expect(page.match(/&lt;script&gt;/g)?.length ?? 0).toBeGreaterThan(40);
    expect(page).not.toMatch(/<script|<img|<svg onload|onerror=alert\(1\)>/);
    const tags = new Set([...page.matchAll(/<([a-z][a-z0-9]*)/g)].map(([, tag]) => tag));
    for (const tag of ['script', 'img', 'iframe', 'link', 'object', 'embed', 'form', 'base']) expect(tags).not.toContain(tag);
    const attributes = new Set(
      [...page.replace(/<style>[\s\S]*?<\/style>/g, '').matchAll(/<[a-z][^>]*>/g)].flatMap(([tag]) =>
        [...tag.matchAll(/\s([a-zA-Z:-]+)="/g)].map(([, name]) => name!),
      ),
    );
    expect([...attributes].filter((name) => /^on|^(src|srcset|style|action|xlink:href)$/.test(name))).toEqual([]);
    expect([...page.matchAll(/href="([^"]*)"/g)].every(([, to]) => to!.startsWith('#'))).toBe(true);
  });

  test('cannot reverse the direction of a line, and are well-formed Unicode', () => {
    expect(page).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
    expect(page.isWellFormed()).toBe(true);
  });

  test('do not give two elements the same id', () => {
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

test('the page needs no external resources', () => {
  const page = reportPage(waveWith([released([evaluation(1), evaluation(8)])]));
  expect(page).not.toMatch(/https?:|url\(|@import|<script|<link/);
  expect(page).toContain("default-src 'none'");
});

test('every header cell of a table has a scope', () => {
  const page = reportPage(waveWith([released([evaluation(1), evaluation(8)])]));
  expect(page.match(/<th(?=[\s>])(?![^>]*scope="(col|row)")/g)).toBeNull();
  expect(page.match(/<svg class="chart" viewBox="0 0 360[^>]*role="img" aria-labelledby="[^"]+"/g)).toHaveLength(2);
});

test('for a release that changes an earlier one, the page shows how much it revoked of it; for a first release there is no such column', () => {
  const part = { system: 'erp', digest: 'c'.repeat(64), people: 6, toGrant: 4, alreadyThere: 8, toRetire: 0, conflicts: [] };
  const shown = (preview: (typeof part & { toDrop?: number })[]) => textOf(reportPage(waveWith([{ ...released([]), planned: plannedPackage({ preview }) }])));
  expect(shown([{ ...part, toDrop: 2 }])).toMatch(/To retire To revoke from the previous release erp 6 4 8 0 2/);
  expect(shown([part])).not.toContain('To revoke from the previous release');
});
