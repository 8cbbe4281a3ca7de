import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertReaching } from '../../test/support/reaching.ts';
import { tuneStepSchema, watchSchema } from '../plan/schema.ts';
import { noDrift as none, type DriftCounts, type Verdict, type VerdictKind } from './measurement.ts';
import { nextStep, onlyContentDrifted, type NextStep, type NextStepArgs } from './next-step.ts';

const day = 86_400_000;
const of = (kind: VerdictKind, why = 'tickets 9 in 24 h, more than 3'): Verdict => ({ kind, why, metrics: [{ metric: 'tickets', verdict: kind, why }] });
const drifted: Verdict = {
  kind: 'tune',
  why: 'access drift 2 (2 missing), more than 0',
  metrics: [{ metric: 'access-drift', verdict: 'tune', why: 'access drift 2 (2 missing), more than 0' }],
};

const args = (change: Partial<NextStepArgs> = {}): NextStepArgs => ({
  verdict: of('healthy'),
  atEnd: false,
  watch: watchSchema.parse({ length: '14d', metrics: [{ metric: 'tickets' }] }),
  tune: { attempts: 2, onDrift: 'reconcile', onMetric: 'ask' },
  rollbackApproval: 'owner',
  attemptsUsed: 0,
  extensionsUsed: 0,
  rollbackOnly: false,
  drift: none,
  openProposal: false,
  ...change,
});
const step = (change: Partial<NextStepArgs>) => nextStep(args(change));
const short = (next: NextStep) =>
  [next.do, ...('step' in next ? [next.step] : []), ...('automatic' in next && next.automatic ? ['automatically'] : [])].join(' ');

describe('what follows from a verdict', () => {
  it.each<[VerdictKind, string, string]>([
    ['healthy', 'watch', 'stable'],
    ['learning', 'watch', 'extend'],
    ['noData', 'watch', 'extend'],
    ['error', 'watch', 'extend'],
    ['noBenefit', 'watch', 'ask'],
    ['tune', 'ask', 'ask'],
    ['rollback', 'proposeRollback', 'proposeRollback'],
    ['terminated', 'watch', 'watch'],
  ])('%s: %s during the watch, %s at its end', (kind, during, atEnd) => {
    expect(short(step({ verdict: of(kind) }))).toBe(during);
    expect(short(step({ verdict: of(kind), atEnd: true }))).toBe(atEnd);
  });

  it('without enough data at the end, the watch is extended as often as the plan allows; after that, a person is asked', () => {
    expect(step({ verdict: of('noData', 'no data for adoption'), atEnd: true })).toEqual({
      do: 'extend',
      byMs: 7 * day,
      why: 'no data for adoption; the watch is extended by 7 days (extension 1 of 1)',
    });
    expect(step({ verdict: of('noData', 'no data for adoption'), atEnd: true, extensionsUsed: 1 })).toEqual({
      do: 'ask',
      why: 'no data for adoption; the watch is over and was extended 1 of 1 times: a person decides',
    });
  });
});

describe('a tune', () => {
  it.each<[string, Partial<NextStepArgs>, string]>([
    ['drift that reconcile fixes', { verdict: drifted, drift: { ...none, missing: 2 } }, 'tune reconcile automatically'],
    ['returned legacy access', { verdict: drifted, drift: { ...none, legacy: 1 } }, 'tune reconcile automatically'],
    [
      'missing access, where only that is restored',
      { verdict: drifted, drift: { ...none, missing: 1, legacy: 1 }, tune: { attempts: 2, onDrift: 'grantMissing', onMetric: 'ask' } },
      'tune grantMissing automatically',
    ],
    [
      'legacy access, where only that is retired',
      { verdict: drifted, drift: { ...none, legacy: 1 }, tune: { attempts: 2, onDrift: 'retireLegacy', onMetric: 'ask' } },
      'tune retireLegacy automatically',
    ],
    [
      'missing access, where only legacy access is retired',
      { verdict: drifted, drift: { ...none, missing: 1 }, tune: { attempts: 2, onDrift: 'retireLegacy', onMetric: 'ask' } },
      'ask',
    ],
    ['R1: access that someone else granted', { verdict: drifted, drift: { ...none, outOfBand: 1 } }, 'ask'],
    ['a role that was changed', { verdict: drifted, drift: { ...none, content: 1 } }, 'ask'],
    ['a role that is held in another form', { verdict: drifted, drift: { ...none, options: 1 } }, 'ask'],
    ['both kinds: what can be fixed first', { verdict: drifted, drift: { ...none, missing: 1, outOfBand: 3 } }, 'tune reconcile automatically'],
    [
      'drift with a step that fixes none of it',
      { verdict: drifted, drift: { ...none, missing: 1 }, tune: { attempts: 2, onDrift: 'extend', onMetric: 'ask' } },
      'tune extend',
    ],
    ['drift that people decide on', { verdict: drifted, drift: { ...none, missing: 1 }, tune: { attempts: 2, onDrift: 'ask', onMetric: 'ask' } }, 'ask'],
    ['a metric with a step of its own', { verdict: of('tune'), tune: { attempts: 2, onDrift: 'reconcile', onMetric: 'extend' } }, 'tune extend'],
    ['a step that needs to know which people', { verdict: of('tune'), tune: { attempts: 2, onDrift: 'reconcile', onMetric: 'narrow' } }, 'ask'],
    ['a step that needs to know which entitlement', { verdict: of('tune'), tune: { attempts: 2, onDrift: 'reconcile', onMetric: 'tighten' } }, 'ask'],
    [
      'a metric, and nothing drifted that reconcile could fix',
      { verdict: of('tune'), tune: { attempts: 2, onDrift: 'reconcile', onMetric: 'reconcile' } },
      'ask',
    ],
    [
      'drift that cannot be fixed, and a metric for which a step can be proposed',
      {
        verdict: { ...drifted, metrics: [...drifted.metrics, ...of('tune').metrics] },
        drift: { ...none, outOfBand: 1 },
        tune: { attempts: 2, onDrift: 'reconcile', onMetric: 'extend' },
      },
      'tune extend',
    ],
    ['the last attempt', { verdict: drifted, drift: { ...none, missing: 1 }, attemptsUsed: 1 }, 'tune reconcile automatically'],
    ['no attempt left', { verdict: drifted, drift: { ...none, missing: 1 }, attemptsUsed: 2 }, 'ask'],
    ['a package that is rolled back, never tuned', { verdict: drifted, drift: { ...none, missing: 1 }, rollbackOnly: true }, 'proposeRollback'],
    ['the same where the plan needs no approval', { verdict: of('tune'), rollbackOnly: true, rollbackApproval: 'automatic' }, 'proposeRollback automatically'],
  ])('%s', (_what, change, expected) => {
    expect(short(step(change))).toBe(expected);
    expect(short(step({ ...change, atEnd: true }))).toBe(expected);
  });

  it('repairs only what called for it: neither drift that the plan tolerates, nor a metric that is healthy', () => {
    const both = (ofDrift: VerdictKind, ofTickets: VerdictKind): Verdict => ({
      kind: 'tune',
      why: 'W',
      metrics: [
        { metric: 'access-drift', verdict: ofDrift, why: 'W' },
        { metric: 'tickets', verdict: ofTickets, why: 'W' },
      ],
    });
    const tune: NextStepArgs['tune'] = { attempts: 2, onDrift: 'reconcile', onMetric: 'extend' };
    const missing = { ...none, missing: 1 };
    expect(short(step({ verdict: both('healthy', 'tune'), drift: missing, tune }))).toBe('tune extend');
    expect(short(step({ verdict: both('tune', 'healthy'), drift: missing, tune }))).toBe('tune reconcile automatically');
    expect(step({ verdict: both('tune', 'healthy'), drift: { ...none, outOfBand: 1 }, tune })).toEqual({
      do: 'ask',
      why: 'W; granting what is missing and retiring legacy access again fixes none of it (1 unreviewed): a person decides',
    });
  });

  it.each<[what: string, change: Partial<NextStepArgs>, why: string]>([
    ['at the end without benefit', { verdict: of('noBenefit', 'W'), atEnd: true }, 'W; the watch is over: keep it, change it, or roll it back?'],
    [
      'at the end where no extension is allowed',
      { verdict: of('error', 'W'), atEnd: true, watch: { ...args().watch, extensionsAllowed: 0 } },
      'W; the watch is over: a person decides',
    ],
    ['where nothing was tuned', { verdict: of('rollback', 'W') }, 'W'],
    ['where nothing may be tuned', { verdict: of('tune', 'W'), rollbackOnly: true }, 'W; this package is rolled back, never tuned'],
    [
      'where the plan has no attempts',
      { verdict: of('tune', 'W'), tune: { attempts: 0, onDrift: 'reconcile', onMetric: 'ask' } },
      'W; the plan allows no tuning: a person decides',
    ],
    [
      'for a step that only a person can specify',
      { verdict: of('tune', 'W'), tune: { attempts: 2, onDrift: 'reconcile', onMetric: 'narrow' } },
      "W; the plan suggests narrowing the people ('narrow'): a person decides, and specifies the details",
    ],
    [
      'for a step that a person approves',
      { verdict: of('tune', 'W'), tune: { attempts: 2, onDrift: 'reconcile', onMetric: 'extend' } },
      'W; proposed: extending the watch (attempt 1 of 2)',
    ],
    ['for a metric that people decide on', { verdict: of('tune', 'W') }, 'W; a person decides'],
    [
      'for drift that people decide on',
      { verdict: { ...drifted, why: 'W' }, drift: { ...none, missing: 1 }, tune: { attempts: 2, onDrift: 'ask', onMetric: 'ask' } },
      'W; a person decides',
    ],
  ])('says why %s', (_what, change, why) => {
    expect(step(change)).toMatchObject({ why });
  });

  it('says what it does, why, and which attempt it is', () => {
    expect(step({ verdict: drifted, drift: { ...none, missing: 2 }, attemptsUsed: 1 })).toMatchObject({
      why: 'access drift 2 (2 missing), more than 0; granting what is missing and retiring legacy access again (attempt 2 of 2)',
    });
    expect(step({ verdict: drifted, drift: { ...none, missing: 2 }, attemptsUsed: 2 })).toMatchObject({
      why: 'access drift 2 (2 missing), more than 0; all 2 tune attempts are used: a person decides',
    });
    expect(step({ verdict: drifted, drift: { ...none, outOfBand: 1 } })).toMatchObject({
      why: 'access drift 2 (2 missing), more than 0; granting what is missing and retiring legacy access again fixes none of it (1 unreviewed): a person decides',
    });
  });
});

describe('while a proposal is open', () => {
  it('no question is asked twice, and the package does not become stable', () => {
    for (const kind of ['healthy', 'learning', 'noData', 'error', 'noBenefit', 'tune'] as const) {
      for (const openProposal of [true, 'tune', 'rollback', 'question'] as const) {
        for (const atEnd of [true, false]) expect(step({ verdict: of(kind), atEnd, openProposal, drift: { ...none, missing: 1 } })).toEqual({ do: 'watch' });
      }
    }
  });

  it('a rollback is proposed over an open question or tune, but not a second time', () => {
    expect(
      ['tune', 'question', 'rollback', true].map(
        (openProposal) => step({ verdict: of('rollback'), openProposal: openProposal as NextStepArgs['openProposal'] }).do,
      ),
    ).toEqual(['proposeRollback', 'proposeRollback', 'watch', 'watch']);
  });
});

describe('whatever the verdict and the plan', () => {
  const kinds = fc.constantFrom<VerdictKind>('healthy', 'learning', 'noData', 'tune', 'tune', 'tune', 'rollback', 'error', 'noBenefit', 'terminated');
  const counts = fc.nat(3);
  // A plan can have only `extend` proposed, so it is drawn more often than the other steps.
  const steps = fc.constantFrom(...tuneStepSchema.options, 'extend' as const, 'extend' as const);
  const any = fc
    .record({
      kind: kinds,
      onDrift: steps,
      onMetric: steps,
      attempts: fc.nat(3),
      attemptsUsed: fc.nat(4),
      extensionsUsed: fc.nat(2),
      atEnd: fc.boolean(),
      rollbackOnly: fc.boolean(),
      rollbackApproval: fc.constantFrom('owner' as const, 'automatic' as const),
      byDrift: fc.boolean(),
      drift: fc.record({ missing: counts, outOfBand: counts, legacy: counts, content: counts, options: counts }),
      openProposal: fc.constantFrom<NextStepArgs['openProposal']>(false, false, false, true, 'tune', 'rollback', 'question'),
    })
    .map(({ kind, onDrift, onMetric, attempts, byDrift, ...rest }) =>
      args({
        ...rest,
        tune: { attempts, onDrift, onMetric },
        verdict: { kind, why: 'why', metrics: [{ metric: byDrift ? 'access-drift' : 'tickets', verdict: kind, why: 'why' }] },
      }),
    );

  it('only a step that restores what was signed runs without asking, and only if there is something to restore', () => {
    assertReaching(any, ['automatic', 'proposed'], (given) => {
      const next = nextStep(given);
      if (next.do !== 'tune') return next.do;
      if (!next.automatic) return 'proposed';
      expect(['reconcile', 'grantMissing', 'retireLegacy']).toContain(next.step);
      expect(given.drift.missing + given.drift.legacy).toBeGreaterThan(0);
      return 'automatic';
    });
  });

  it('tunes stay within the attempts, extensions within what is allowed, and a rollback-only package is never tuned', () => {
    assertReaching(any, ['tune', 'extend'], (given) => {
      const next = nextStep(given);
      if (next.do === 'tune') expect(given.attemptsUsed < given.tune.attempts && !given.rollbackOnly).toBe(true);
      if (next.do === 'extend') expect(given.extensionsUsed).toBeLessThan(given.watch.extensionsAllowed);
      return next.do;
    });
  });

  it('R2: only a healthy verdict at the end makes stable, and only a rollback verdict (or tune, where nothing is tuned) a rollback', () => {
    assertReaching(any, ['stable', 'proposeRollback'], (given) => {
      const next = nextStep(given);
      if (next.do === 'stable') expect([given.verdict.kind, given.atEnd, given.openProposal]).toEqual(['healthy', true, false]);
      if (next.do === 'proposeRollback') {
        expect(given.verdict.kind === 'rollback' || (given.verdict.kind === 'tune' && given.rollbackOnly)).toBe(true);
        expect(next.automatic).toBe(given.rollbackApproval === 'automatic');
      }
      return next.do;
    });
  });

  it('at the end there is always a next step, unless a proposal is open or the watch was terminated', () => {
    assertReaching(any, ['stable', 'extend', 'ask', 'tune', 'proposeRollback'], (given) => {
      const next = nextStep({ ...given, atEnd: true, openProposal: false });
      if (given.verdict.kind !== 'terminated') expect(next.do).not.toBe('watch');
      return next.do;
    });
  });
});

it.each<[what: string, verdict: Verdict, drift: Partial<DriftCounts>, only: boolean]>([
  ['changed roles alone', drifted, { content: 2 }, true],
  ['a changed role and missing access', drifted, { content: 1, missing: 1 }, false],
  ['a changed role and unreviewed access', drifted, { content: 1, outOfBand: 1 }, false],
  ['a changed role and legacy access', drifted, { content: 1, legacy: 1 }, false],
  ['a changed role and access in another form', drifted, { content: 1, options: 1 }, false],
  ['no changed role', drifted, { missing: 2 }, false],
  ['another metric that is tuned too', { ...drifted, metrics: [...drifted.metrics, ...of('tune').metrics] }, { content: 1 }, false],
  ['another metric that is healthy', { ...drifted, metrics: [...drifted.metrics, ...of('healthy').metrics] }, { content: 1 }, true],
  ['a rollback', { ...drifted, kind: 'rollback' }, { content: 1 }, false],
])('%s: the owner can settle it by accepting the roles: %#', (_, verdict, drift, only) => {
  expect(onlyContentDrifted(verdict, { ...none, ...drift })).toBe(only);
});
