import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plannedPackage, waveOf } from '../../test/support/views.ts';
import type { RequestView } from '../views/request.ts';
import type { WavePackageView, WaveView } from '../views/wave.ts';
import { waveDetails, type WaveNow } from './wave-details.ts';

const nowMs = Date.parse('2026-04-07T12:00:00Z');
const goLiveMs = Date.parse('2026-04-08T18:00:00Z');
const details = (packages: WavePackageView[], over: Partial<WaveView> = {}, now: Partial<WaveNow> = {}) =>
  waveDetails(waveOf(packages, over), { nowMs, ...now });
const lineWith = (text: string, word: string) => text.split('\n').find((line) => line.includes(word));

const asked = (over: Partial<RequestView> = {}): RequestView => ({
  notice: 'small/first#notice-1',
  kind: 'signOff',
  package: 'closing',
  to: ['ana'],
  sinceMs: Date.parse('2026-04-06'),
  byMs: goLiveMs,
  text: "'closing' needs the sign-off of ana before its go-live on 2026-04-08 18:00 UTC.",
  action: { type: 'show', target: { plan: 'small', wave: 'first' }, fields: {} },
  ...over,
});

describe('a waiting wave', () => {
  test('begins with what it waits for, what happens next, when, and who is asked', () => {
    const text = details(
      [plannedPackage()],
      { requests: [asked(), asked({ to: ['eva', 'ana'] })] },
      { next: { atMs: goLiveMs, summary: 'go-live of closing' } },
    );
    expect(text.split('\n').slice(0, 3)).toEqual([
      '**Waits for sign-offs** · revision 1 · 0 of 1 package released',
      '',
      '**Next:** go\\-live of closing, on 2026-04-08 18:00 UTC · asked: **ana**, **eva**',
    ]);
  });

  test('shows ids with dots as code, so that none becomes a link or is cut', () => {
    const text = details([plannedPackage({ package: 'finance.close' })], { requests: [asked({ to: ['ana.de'] })] });
    expect(lineWith(text, 'finance.close')).toMatch(/^\| `finance\.close` \|/);
    expect(lineWith(text, 'asked:')).toContain('**`ana.de`**');
  });

  test('says of each package what is missing and who supplies it', () => {
    expect(lineWith(details([plannedPackage()]), '| closing |')).toBe(
      '| closing | Scheduled | 2026-04-08 18:00 UTC | handoff\\: no evidence yet (**ana**); sign\\-off by ana |',
    );
  });

  test.each<[string, Partial<RequestView>, string]>([
    ['who is asked, since when and until when', {}, '2026-04-06 | 2026-04-08 18:00 UTC |'],
    ['what is overdue', { byMs: Date.parse('2026-04-07') }, 'overdue since 2026-04-07 |'],
    ['what has no date', { byMs: undefined as never }, 'no date |'],
  ])('shows %s', (_what, request, row) => {
    const line = lineWith(details([plannedPackage()], { requests: [asked(request)] }), 'needs the sign');
    expect(line).toMatch(/^\| \*\*ana\*\* \| /);
    expect(line).toContain(row);
  });

  test.each<[string, Partial<WavePackageView>, string]>([
    ['that nothing but its date is missing', { blockers: [] }, 'nothing but its date'],
    ['why it is held back', { blockers: [], heldBack: { code: 'late', text: 'its window ended', atMs: 1 } }, 'a new date: held back because its window ended'],
    [
      "whom a released package's rollback waits for",
      { releasedAtMs: 1, blockers: [], state: 'Rollback ready' },
      "**ana**, the owner, decides on the proposed rollback; the package's own workflow shows it",
    ],
    ['that a released package is only watched', { releasedAtMs: 1, blockers: [], state: 'Monitoring' }, '| – |'],
    ['that it is monitored before its release', { state: 'Monitoring' }, 'Monitoring, before release'],
    ['that it was never released', { state: 'Rollback ready' }, 'Rollback ready, never released'],
  ])('says %s', (_what, over, words) => {
    expect(lineWith(details([plannedPackage(over)]), '| closing |')).toContain(words);
  });

  test('on hold, says why, who has approved, and who may', () => {
    const hold = { reason: 'audit', approvals: 2, liftedBy: ['ana'] };
    const text = details([plannedPackage()], { hold }, { hold: { reason: 'audit | until May', people: ['eva', 'kim'] } });
    expect(text.split('\n')[0]).toBe('**On hold** · revision 1 · 0 of 1 package released');
    expect(lineWith(text, 'Why')).toBe('**Why:** audit \\| until May · 1 of 2 approvals to lift it; **ana** approved; **eva**, **kim** may approve');
    expect(details([plannedPackage()], { hold })).toMatch(/^\*\*Waits for sign-offs\*\*/);
  });
});

describe('sign-offs and refusals', () => {
  test('who approved or rejected, when, why, and whether it still counts', () => {
    const signOffs: WavePackageView['signOffs'] = [
      { by: 'ana', decision: 'approve', atMs: Date.parse('2026-04-06T09:30:00Z'), counts: false },
      { by: 'eva', decision: 'reject', atMs: Date.parse('2026-04-07'), counts: true, reason: 'too wide' },
    ];
    const text = details([plannedPackage({ signOffs })]);
    expect(text).toContain('| closing | **ana** | approved (no longer counts: the plan or the preview changed) | 2026-04-06 09:30 UTC |');
    expect(text).toContain('| closing | **eva** | rejected: too wide | 2026-04-07 |');
  });

  test('refused messages, newest first, with the reason', () => {
    const refusal = (id: string, atMs: number) => ({ id, type: 'signOff', by: 'kim', atMs, code: 'not-authorized', message: "'kim' may not" });
    const lines = details([plannedPackage()], {
      refusals: [refusal('1', Date.parse('2026-11-26T03:31:12Z')), refusal('2', Date.parse('2026-11-26T03:32:00Z'))],
    }).split('\n');
    const first = lines.findIndex((line) => line.startsWith('| 2026-11-26'));
    expect(lines[first - 4]).toBe('**Refused messages, which changed nothing**');
    expect(lines.slice(first, first + 2)).toEqual([
      "| 2026-11-26 03:32:00 UTC | signOff | kim | 'kim' may not (not\\-authorized) |",
      "| 2026-11-26 03:31:12 UTC | signOff | kim | 'kim' may not (not\\-authorized) |",
    ]);
  });
});

test("what is ahead is shown in plan time and in real time where the plan's days are not real days", () => {
  const clock = { epochMs: Date.parse('2026-04-06'), anchorMs: Date.parse('2026-11-26T03:00:00Z'), dayMs: 2_000 };
  const text = details([plannedPackage()], { clock }, { next: { atMs: Date.parse('2026-04-08'), summary: 'go' } });
  expect(text).toContain('**Next:** go, on 2026-04-08 plan time, 2026-11-26 03:00:04 UTC real time');
});

test('an ended wave says why, and that nothing follows', () => {
  expect(lineWith(details([plannedPackage()], { stage: 'aborted', endedWhy: 'aborted by ana' }), '| closing |')).toContain('| – |');
  expect(details([], { stage: 'closed', endedWhy: 'reviewed by ana' })).toContain('**Next:** nothing. reviewed by ana');
});

test('the largest wave stays readable', () => {
  const text = details(Array.from({ length: 300 }, (_, index) => plannedPackage({ package: `p${index}` })));
  expect(text).toContain('and 200 more');
  expect(text.length).toBeLessThan(20_000);
});

test('no word of a person is markup, a link, or another row', () => {
  const word = fc.string({ unit: fc.constantFrom(...'a |\\`*_[]()<>#!-\n@.:/'), minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(word, (said) => {
      const signOffs: WavePackageView['signOffs'] = [{ by: said, decision: 'reject', atMs: nowMs, counts: true, reason: said }];
      const refusals = [{ id: '1', type: said, by: said, atMs: nowMs, code: said, message: said }];
      const text = details([plannedPackage({ signOffs, blockers: [{ code: 'signOff', person: said, text: said }] })], {
        refusals,
        requests: [asked({ to: [said], text: said })],
      });
      const plain = details(
        [plannedPackage({ signOffs: [{ ...signOffs[0]!, by: 'x', reason: 'x' }], blockers: [{ code: 'signOff', person: 'x', text: 'x' }] })],
        {
          refusals: [{ id: '1', type: 'x', by: 'x', atMs: nowMs, code: 'x', message: 'x' }],
          requests: [asked({ to: ['x'], text: 'x' })],
        },
      );
      const cells = (line: string) => line.split(/(?<!\\)(?:\\\\)*\|/).length;
      expect(text.split('\n').map(cells)).toEqual(plain.split('\n').map(cells));
      expect(text).not.toMatch(/(?<!\\)[<`[]/);
    }),
  );
});
