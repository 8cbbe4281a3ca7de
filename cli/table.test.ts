import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { statusTable } from './table.ts';
import { heldBackBy, plannedPackage, runningPackage, waveOf } from '../test/support/views.ts';

const nowMs = Date.parse('2026-04-07T12:00:00Z');
const long =
  'posting-exceptions is 0.31 from 42 samples, more than 0.25, for the third evaluation in a row, and the peak intake trend of the first week against vendor onboarding says nothing else either, however one turns it';
const entries = [
  {
    wave: waveOf(
      [
        plannedPackage({ releasedAtMs: 1 }),
        plannedPackage({ package: 'intake', name: 'HR Case Intake Specialist', heldBack: heldBackBy('the drill must be run again') }),
      ],
      { stage: 'watching' },
    ),
    packages: [runningPackage()],
  },
  {
    wave: waveOf([plannedPackage({ package: 'poster', name: 'Warehouse Inventory Poster', state: 'Rollback ready', blockers: [] })], {
      wave: 'third',
      hold: { reason: 'High risk', approvals: 2, liftedBy: ['ana'] },
    }),
    packages: [],
  },
];
const plain = (text: string) => text.split('\n');

describe('the status table', () => {
  test('shows state, next action, watch day and last verdict of each package', () => {
    expect(plain(statusTable(entries, nowMs, 140))).toEqual([
      'small, revision 1: 2026-04-07 12:00 UTC',
      'Package                     State           Next      Watch            Last verdict, or what is needed',
      'first · watching · go-live 2026-04-08 18:00 UTC',
      'Finance Month-End Operator  Monitoring      Monitor   day 3 of 14      too early to tell: close-adoption is judged only from 7 days after',
      '                                                                       go-live',
      'HR Case Intake Specialist   Scheduled       Release   in 30 h          held back: the drill must be run again; needs handoff; sign-off by',
      '                                                                       ana',
      'third · waiting for sign-offs · on hold: High risk',
      'Warehouse Inventory Poster  Rollback ready  Release   in 30 h          nothing is needed',
      '                            never released',
    ]);
  });

  test('a package that its wave went live without is not due', () => {
    const left = plannedPackage({
      state: 'Monitoring',
      blockers: [],
      heldBack: { code: 'late', text: 'its window ended before it was ready', atMs: 0 },
      goLiveMs: nowMs - 1,
    });
    const [, , , row] = plain(statusTable([{ wave: waveOf([left]), packages: [] }], nowMs, 160));
    expect(row).toMatch(/Monitoring .* held back +held back: its window ended/);
  });

  test('on a narrow terminal the last verdict is below, on its own line', () => {
    const [first] = entries;
    expect(
      plain(statusTable([{ ...first!, packages: [runningPackage({ lastVerdict: { kind: 'healthy', why: long, atMs: 0, evaluation: 9 } })] }], nowMs, 80)),
    ).toEqual([
      'small, revision 1: 2026-04-07 12:00 UTC',
      'Package                               State           Next      Watch',
      'first · watching · go-live 2026-04-08 18:00 UTC',
      'Finance Month-End Operator            Monitoring      Monitor   day 3 of 14',
      '  healthy: posting-exceptions is 0.31 from 42 samples, more than 0.25, for',
      '  the third evaluation in a row, and the peak intake trend of the first',
      '  week against vendor onboarding says nothing else either, however one …',
      'HR Case Intake Specialist             Scheduled       Release   in 30 h',
      '  held back: the drill must be run again; needs handoff; sign-off by ana',
    ]);
  });

  test.each([60, 72, 80, 100, 120, 160, 200, 400])('stays within %i columns, whatever the reasons say', (width) => {
    const packages = [runningPackage({ lastVerdict: { kind: 'rollback', why: long, atMs: 0, evaluation: 9 } })];
    const wide = [
      {
        wave: waveOf(
          [
            plannedPackage({ name: '倉庫在庫 Operator with a name that goes on for longer than anyone would read' }),
            plannedPackage({ package: 'x', blockers: [long, long].map((text) => ({ code: 'metrics' as const, text })) }),
          ],
          { endedWhy: long, stage: 'aborted' },
        ),
        packages,
      },
    ];
    const lines = plain(statusTable(wide, nowMs, width));
    expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(Math.min(width, 240));
    expect(lines.length).toBeLessThan(20);
  });

  test('on 60 columns names are whole, and so is the line of a wave', () => {
    const wave = waveOf([plannedPackage({ name: 'Procurement Request Coordinator' })], {
      stage: 'closed',
      endedWhy: 'closed without a review: none was written in time',
    });
    const lines = plain(statusTable([{ wave, packages: [runningPackage()] }], nowMs, 60));
    expect(lines.slice(2, 7)).toEqual([
      'first · closed · closed without a review: none was',
      'written in time',
      expect.stringMatching(/^Procurement +Monitoring/),
      'Request',
      'Coordinator',
    ]);
  });

  test('plan time is shown where the plan has its own clock', () => {
    const clock = { epochMs: Date.parse('2026-04-06'), anchorMs: nowMs - 4_000, dayMs: 2_000 };
    expect(plain(statusTable([{ wave: waveOf([plannedPackage()], { clock }), packages: [] }], nowMs, 120))[0]).toBe('small, revision 1: 2026-04-08');
  });

  test.each([
    [
      'an end before everything',
      { receiptLine: '12 granted, 12 revoked', proposal: { id: 'p', kind: 'tune' as const, why: 'x', proposedAtMs: 0 } },
      '12 granted, 12 revoked',
    ],
    [
      'an open proposal before the verdict',
      { proposal: { id: 'p', kind: 'tune' as const, tune: { step: 'retireLegacy' as const }, why: 'one came back', proposedAtMs: 0 } },
      'tune (retireLegacy) proposed: one came back',
    ],
    [
      'a frozen rollback',
      { proposal: { id: 'p', kind: 'rollback' as const, why: 'it grows', proposedAtMs: 0, frozen: true } },
      'rollback proposed, frozen until someone decides: it grows',
    ],
  ])('%s', (_name, over, says) => {
    expect(statusTable([{ wave: waveOf([plannedPackage()]), packages: [runningPackage(over)] }], nowMs, 140)).toContain(says);
  });

  test('a note in a reason cannot move the cursor', () => {
    const table = statusTable([{ wave: waveOf([plannedPackage({ heldBack: heldBackBy('a\u001b[2J\r\nb') })]), packages: [] }], nowMs, 140);
    expect(table).toContain('held back: a[U+001B][2J b');
    expect(table).not.toContain('\u001b[2J');
  });

  test('says so when nothing has started', () => {
    expect(statusTable([], nowMs, 120)).toBe('No wave has been started.');
  });
});
