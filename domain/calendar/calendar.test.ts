import { describe, expect, test } from 'vitest';
import { boardEntry, dayMs, goLiveMs, type BoardInput } from '../../test/support/board.ts';
import type { BoardEntry } from '../board/entry.ts';
import { calendarView } from '../views/calendar.ts';
import { calendar } from './calendar.ts';

const blackouts = [
  { id: 'payroll', reason: 'Pay day', from: goLiveMs + 9 * dayMs, until: goLiveMs + 10 * dayMs, packages: ['another'] },
  { id: 'month-end', reason: 'Close', from: goLiveMs + 3 * dayMs, until: goLiveMs + 5 * dayMs },
];
function shown(...inputs: BoardInput[]) {
  const entries = inputs.map((input) => boardEntry({ ...input, plan: { blackouts, ...input.plan } }));
  const [first] = entries as [BoardEntry];
  const plan = { facts: first.plan, reading: first.reading, revision: 3, nowMs: first.nowMs, dayMs };
  return calendarView.parse(calendar(first.reader, [plan], entries, 1));
}
const released = { releasedAtMs: goLiveMs, checklist: [], blockers: [] };
const part = { system: 'erp', digest: 'd', people: 6, toGrant: 11, alreadyThere: 1, toRetire: 6, conflicts: [] };
const signOff = { by: 'ana', decision: 'approve' as const, atMs: 1, counts: true };

test('a wave that waits has its window, its watch as it would be, and its sign-offs by name', () => {
  const { waves } = shown({
    planned: {
      preview: [part],
      signOffs: [signOff, { ...signOff, by: 'ines', counts: false }],
      blockers: [{ code: 'signOff', person: 'eva', text: '' }],
      checklist: [],
    },
  });
  expect(waves).toMatchObject([
    {
      wave: 'first',
      status: 'dated',
      goLiveMs,
      window: { fromMs: goLiveMs, untilMs: goLiveMs + 6 * 3_600_000 },
      sentence: 'It goes live in 2 d, and the package still waits for something.',
      signed: { approved: 1, rejected: 0, missing: 1 },
      systems: [{ system: 'erp', packages: 1, toGrant: 11, alreadyThere: 1, toRetire: 6, toDrop: 0 }],
      withoutPreview: 0,
      packages: [
        {
          released: false,
          watch: { fromMs: goLiveMs, untilMs: goLiveMs + 14 * dayMs, runs: false },
          signers: [{ name: 'Ana Silva', decision: 'approve' }, { name: 'Eva Novak' }],
          waits: [{ what: 'sign-off', by: [{ name: 'Eva Novak' }] }],
        },
      ],
    },
  ]);
});

describe('where a wave stands', () => {
  test.each([
    [{ planned: { checklist: [], blockers: [] } }, 'dated', 'It goes live in 2 d, and the package is ready.'],
    [{ planned: { checklist: [], blockers: [] }, nowMs: goLiveMs + 1 }, 'dated', 'Its go-live is due, and the package is ready.'],
    [{ planned: { goLiveMs: undefined as never, blockers: [{ code: 'date', text: '' }] } }, 'tentative', /It has no date yet, and the package still waits/],
    [
      { planned: { goLiveMs: undefined as never, blockers: [{ code: 'hold', approvals: 2, people: ['eva'], text: '' }] } },
      'on hold',
      /^It is on hold, and the package/,
    ],
    [
      { planned: { goLiveMs: undefined as never, heldBack: { code: 'late', atMs: 1, text: 'too late' }, checklist: [], blockers: [] } },
      'held back',
      'It was held back and needs a new date, and the package is ready.',
    ],
    [{ planned: released, running: {} }, 'released', 'Everything is released, and one package is in active monitoring.'],
    [{ planned: released, running: { state: 'Needs tuning' } }, 'released', 'Everything is released, and one needs tuning.'],
    [{ planned: released, running: { state: 'Rollback ready' } }, 'released', 'Everything is released, and one has an open rollback plan.'],
    [{ planned: released, running: { state: 'Rolled back' } }, 'released', 'Everything was released, and one is rolled back.'],
    [{ planned: released, running: { state: 'Retired' } }, 'released', 'Everything was released, and one is retired.'],
    [{ planned: released, running: { state: 'Stable' } }, 'released', 'Everything is released, and no watch window is open.'],
    [
      { planned: released, running: { state: 'Rolled back' }, wave: { stage: 'review' } },
      'released',
      /^Every package is stable or has ended, and the review is due\.$/,
    ],
    [{ planned: { checklist: [], blockers: [] }, silent: true }, 'dated', 'It does not answer, so what its packages wait for is not known now.'],
    [{ planned: released, running: { state: 'Stable' }, wave: { stage: 'closed' } }, 'over', 'It is closed: its packages are stable or have ended.'],
    [{ wave: { stage: 'aborted' } }, 'over', 'It was aborted.'],
  ] as [BoardInput, string, string | RegExp][])('%#', (input, status, sentence) => {
    const [wave] = shown(input).waves;
    expect(wave?.status).toBe(status);
    expect(wave?.sentence).toMatch(sentence);
  });
});

describe('where a wave stands of which a part is released', () => {
  const two = (of: BoardInput, watched: Partial<NonNullable<BoardInput['running']>> = {}) => {
    const out = boardEntry({ planned: { ...released, package: 'other', name: 'Other' }, running: watched });
    const waits = boardEntry(of);
    const plan = { facts: waits.plan, reading: waits.reading, revision: 1, nowMs: waits.nowMs, dayMs };
    return calendar(waits.reader, [plan], [out, waits], 1).waves[0]?.sentence;
  };
  test.each([
    [{ planned: { checklist: [], blockers: [] } }, {}, 'One of two packages is released and watched; the other goes live in 2 d and is ready.'],
    [
      { planned: { goLiveMs: undefined as never, blockers: [{ code: 'date', text: '' }] } },
      { state: 'Stable' },
      'One of two packages is released, and its watch is over; the other has no date yet and still waits for something.',
    ],
    [{ planned: { checklist: [], blockers: [] } }, { state: 'Rolled back' }, 'One of two packages is rolled back; the other goes live in 2 d and is ready.'],
  ] as [BoardInput, Partial<NonNullable<BoardInput['running']>>, string][])('%#', (of, watched, sentence) => {
    expect(two(of, watched)).toBe(sentence);
  });
});

test('a wave that is released has no maintenance window any more, and its watch runs until it ends', () => {
  const [wave] = shown({ planned: released, running: {} }).waves;
  expect(wave).not.toHaveProperty('window');
  expect(wave?.packages[0]?.watch).toMatchObject({ fromMs: goLiveMs, runs: true });
  expect(shown({ planned: released, running: { state: 'Rolled back' } }).waves[0]?.packages[0]).not.toHaveProperty('watch');
});

test('blackouts and conflicts are for those who act: others see when it is, and counts', () => {
  const full = shown({});
  expect(full.plans[0]?.blackouts?.map(({ id }) => id)).toEqual(['month-end', 'payroll']);
  expect(full.conflicts.map(({ kind, packages }) => [kind, packages[0]?.package])).toEqual([['besidePeak', 'closing']]);

  const counts = shown({ as: 'vera', sees: 'counts', planned: { preview: [part], signOffs: [signOff] } });
  expect(counts.plans[0]).not.toHaveProperty('blackouts');
  expect(counts.conflicts).toEqual([]);
  expect(counts.waves[0]).toMatchObject({ goLiveMs, signed: { approved: 1 }, systems: [{ toGrant: 11 }] });
  for (const hidden of ['owner', 'signers', 'heldBack']) expect(counts.waves[0]?.packages[0]).not.toHaveProperty(hidden);
  expect(JSON.stringify(counts)).not.toMatch(/Silva|Novak|"ana"|Pay day/);
});

test('somebody who acts for one package reads blackouts of that package and of the whole plan', () => {
  const entry = boardEntry({ plan: { blackouts } });
  const reading = { ...entry.reading, all: false, acts: true, packages: new Set(['closing']) };
  const { plans } = calendar(entry.reader, [{ facts: entry.plan, reading, revision: 1, nowMs: entry.nowMs, dayMs }], [{ ...entry, reading }], 1);
  expect(plans[0]?.blackouts?.map(({ id }) => id)).toEqual(['month-end']);
});

test('an answer lists so many packages of blackouts, and says how many it leaves out', () => {
  const packages = Array.from({ length: 300 }, (_, index) => `package-${index}`);
  const many = Array.from({ length: 100 }, (_, index) => ({ id: `b-${index}`, reason: 'Peak', from: index * dayMs, until: (index + 1) * dayMs, packages }));
  const entry = boardEntry({ plan: { blackouts: [...many, { id: 'all', reason: 'Close', from: 200 * dayMs, until: 201 * dayMs }] } });
  const reading = { ...entry.reading, all: true, acts: true };
  const { plans } = calendar(entry.reader, [{ facts: entry.plan, reading, revision: 1, nowMs: entry.nowMs, dayMs }], [{ ...entry, reading }], 1);
  const shown = plans[0]?.blackouts ?? [];
  expect(shown).toHaveLength(101);
  expect(shown.flatMap((each) => each.packages ?? []).length).toBeLessThanOrEqual(20_000);
  expect(shown.filter((each) => each.notShown === 300).length).toBe(100 - Math.floor(20_000 / 300));
  expect(shown.at(-1)).toEqual({ id: 'all', reason: 'Close', fromMs: 200 * dayMs, untilMs: 201 * dayMs });
});
