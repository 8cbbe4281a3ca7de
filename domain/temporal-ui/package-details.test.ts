import { describe, expect, test } from 'vitest';
import { runningPackage } from '../../test/support/views.ts';
import type { PackageView } from '../views/package.ts';
import type { ProposalView } from '../views/proposal.ts';
import { packageDetails, type PackageNow } from './package-details.ts';

const nowMs = Date.parse('2026-04-11T20:00:00Z');
const details = (over: Partial<PackageView> = {}, now: Partial<PackageNow> = {}) =>
  packageDetails(runningPackage(over), { nowMs, deciders: ['ana'], signedBy: [], ...now });
const row = (text: string, name: string) => text.split('\n').find((line) => line.startsWith(`| ${name} |`));

const rollback: ProposalView = { id: 'rollback-1', kind: 'rollback', why: 'tickets above 3.0 per day', proposedAtMs: Date.parse('2026-04-11') };

test('the last verdict is said in the words of the command line', () => {
  expect(row(details(), 'last verdict')).toBe(
    '| last verdict | Too early to tell: close\\-adoption is judged only from 7 days after go\\-live (evaluation 3, 2026-04-11 18:00 UTC) |',
  );
  expect(row(details({ lastVerdict: undefined as never }), 'last verdict')).toBe('| last verdict | none yet |');
});

describe('the next evaluation is an instant', () => {
  test('of the calendar', () => {
    expect(row(details(), 'next evaluation')).toBe('| next evaluation | 2026-04-12 18:00 UTC |');
  });
  test("of the plan and of the clock on the wall, where the plan's days are not real days", () => {
    const clock = { epochMs: Date.parse('2026-04-06'), anchorMs: Date.parse('2026-11-26T03:00:00Z'), dayMs: 2_000 };
    expect(row(details({ clock }), 'next evaluation')).toBe('| next evaluation | 2026-04-12 18:00 UTC plan time, 2026-11-26 03:00:13 UTC real time |');
  });
});

test.each<[string, Partial<PackageView>, Partial<PackageNow>, string]>([
  [
    'its timer',
    {},
    { next: { atMs: Date.parse('2026-04-12T18:00:00Z'), summary: 'next evaluation: daily' } },
    '| next | next evaluation\\: daily, on 2026-04-12 18:00 UTC |',
  ],
  ['that it waits for people alone', {}, {}, '| next | no timer is set |'],
  ['that it has ended', { endedWhy: 'Rolled back', state: 'Rolled back', nextAction: 'None' }, {}, '| next | nothing |'],
  ['which release watches it now', { supersededBy: 'second' }, {}, '| next | nothing, unless the release of second is rolled back |'],
])('what happens next: %s', (_what, over, now, line) => {
  expect(row(details(over, now), 'next')).toBe(line);
});

describe('an open proposal shows what is proposed, why, since when, and who decides', () => {
  test.each<[string, Partial<ProposalView>, string]>([
    ['a rollback', {}, '**rollback** since 2026-04-11: tickets above 3\\.0 per day · **ana** decides'],
    ['a tune', { kind: 'tune', tune: { step: 'narrow', people: ['kim'] } }, '**tune** (narrow\\: kim) since'],
    ['a question', { kind: 'question' }, '**question** since'],
    ['the first of two approvals', { approvals: 2, approvedBy: ['eva'] }, 'approved by **eva** · **ana** may approve it too'],
    ['one that waits for its dependency check', { approvedBy: ['ana'] }, 'approved by **ana** · approved, and waits for its dependency check'],
    ['a freeze', { frozen: true, untilMs: Date.parse('2026-04-20') }, 'frozen until 2026-04-20 · **ana** decides'],
    ['a blackout', { blackout: { id: 'easter', untilMs: Date.parse('2026-04-20') } }, 'deferred by blackout easter until 2026-04-20'],
  ])('%s', (_what, over, words) => {
    expect(row(details({ proposal: { ...rollback, ...over } }), 'proposed')).toContain(words);
  });

  test('and each open line of its dependency check, with who clears it', () => {
    const text = details({
      proposal: {
        ...rollback,
        dependencies: [
          { code: 'runningJobs', clear: false, line: '2 jobs run', system: 'erp', jobs: 2, clearedBy: { person: 'eva' } },
          { code: 'unconfirmed', clear: true, line: 'no unknown grant', grants: 0 },
        ],
      },
    });
    expect(text).toContain('| **open** | 2 jobs run | eva |');
    expect(text).toContain('| clear | no unknown grant |  |');
  });

  test('nothing is proposed otherwise', () => {
    expect(row(details(), 'proposed')).toBe('| proposed | nothing |');
  });
});

test('who signed it off, and when', () => {
  const signedBy = [
    { by: 'ana', atMs: Date.parse('2026-04-06T09:30:00Z') },
    { by: 'eva@bank', atMs: Date.parse('2026-04-07') },
  ];
  expect(row(details({}, { signedBy }), 'signed off')).toBe('| signed off | **ana** 2026-04-06 09:30 UTC, **eva\\[at\\]bank** 2026-04-07 |');
  expect(row(details(), 'signed off')).toBe('| signed off | by nobody |');
});

test('nothing is watched once it is rolled back, also while claims keep some of its access', () => {
  expect(row(details({ state: 'Rolled back', nextAction: 'None' }), 'watch')).toBe('| watch | ended, after 3 evaluations |');
});

test('a paused watch says why', () => {
  const { watch } = runningPackage();
  expect(row(details({ watch: { ...watch, paused: 'month end' } }), 'watch')).toBe('| watch | paused on day 3 of 14, 3 evaluations: month end |');
});

test('people who are asked, and refused messages, follow in tables of their own', () => {
  const text = details({
    requests: [
      {
        notice: 'n',
        kind: 'rollback',
        to: ['ana', 'eva'],
        sinceMs: Date.parse('2026-04-11'),
        text: 'A rollback is proposed.',
        action: { type: 'show', target: { plan: 'small' }, fields: {} },
      },
    ],
    refusals: [{ id: '1', type: 'decide', by: 'kim', atMs: 0, code: 'not-authorized', message: 'kim may not' }],
  });
  expect(text).toContain('| **ana**, **eva** | A rollback is proposed\\. | 2026-04-11 | no date |');
  expect(text).toContain('| 1970-01-01 00:00:00 UTC | decide | kim | kim may not (not\\-authorized) |');
});
