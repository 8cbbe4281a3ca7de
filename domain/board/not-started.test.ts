import { describe, expect, test } from 'vitest';
import { boardEntry, dayMs, goLiveMs, openRequest, waveFacts } from '../../test/support/board.ts';
import { waveView } from '../views/wave.ts';
import type { PlanFacts, WaveFacts } from './facts.ts';
import { focusOf } from './focus.ts';
import { notStartedWave } from './not-started.ts';

const facts = (over: Partial<WaveFacts> = {}): PlanFacts => ({ ...boardEntry().plan, waves: new Map([['first', waveFacts(over)]]) });
const shown = (over: Partial<WaveFacts> = {}) => waveView.parse(notStartedWave(facts(over), 'first', 3, undefined));

describe('a wave that has not started is shown as its plan has it', () => {
  test.each([
    ['scheduled', {}, 'Scheduled', goLiveMs, ['preview']],
    [
      'with a date of the package',
      { packages: [{ id: 'closing', change: 'release', goLiveMs: goLiveMs + dayMs, rollbackOnly: false }] },
      'Scheduled',
      goLiveMs + dayMs,
      ['preview'],
    ],
    ['tentative', { status: 'tentative' }, 'Monitoring', undefined, ['preview', 'date']],
    ['on hold', { status: 'on-hold', liftedBy: ['eva'], approvals: 2 }, 'Monitoring', undefined, ['preview', 'hold']],
    [
      'on hold, for its rollback only',
      { status: 'on-hold', packages: [{ id: 'closing', change: 'release', rollbackOnly: true }] },
      'Rollback ready',
      undefined,
      ['preview', 'hold'],
    ],
  ] as [string, Partial<WaveFacts>, string, number | undefined, string[]][])('%s', (_what, over, state, date, blockers) => {
    const [only] = shown(over).packages;
    expect([only?.state, only?.goLiveMs, only?.blockers.map(({ code }) => code)]).toEqual([state, date, blockers]);
  });

  test('and one that the plan does not have is not', () => {
    expect(notStartedWave(facts(), 'second', 3, undefined)).toBeUndefined();
  });

  test('what to do about it is said', () => {
    expect(focusOf([boardEntry({ notStarted: true })])).toMatchObject([
      { wave: 'first', title: 'First has not started', why: expect.stringContaining('apply the plan again') },
    ]);
  });
});

test('a package whose workflow has ended before the package has is not watched, and says so', () => {
  const stopped = boardEntry({ planned: { releasedAtMs: goLiveMs }, running: {}, stopped: 'refused: too late. Nothing was granted' });
  expect(focusOf([stopped])).toMatchObject([{ title: expect.stringMatching(/^Nobody watches /), why: expect.stringContaining('Nothing was granted.') }]);
});

test('a package that was held back is one matter, and its reason takes none of its words for a person', () => {
  const text = 'not ready at go-live: sign-off by eva; training';
  const heldBack = { code: 'notReady' as const, atMs: goLiveMs, text, blockers: [] };
  const date = openRequest('date', { sinceMs: goLiveMs - 9 * dayMs });
  const planned = { goLiveMs: undefined as never, heldBack, checklist: [], blockers: [{ code: 'date' as const, text: '' }] };
  expect(focusOf([boardEntry({ planned, wave: { requests: [date] }, nowMs: goLiveMs + dayMs })]).map(({ title, why }) => [title.slice(0, 14), why])).toEqual([
    ['Set a new date', 'Held back 1 d ago: not ready at go-live: sign-off by eva; training.'],
  ]);
});

test('the review of a wave is asked of those who write it, once for all its packages', () => {
  const review = openRequest('review', {
    package: undefined as never,
    action: { type: 'review', target: { plan: 'small', wave: 'first' }, fields: {} } as never,
  });
  const wave = { requests: [review] };
  const stable = boardEntry({ planned: { releasedAtMs: goLiveMs, checklist: [], blockers: [] }, running: { state: 'Rolled back' }, wave });
  expect(focusOf([stable, stable])).toMatchObject([
    { wave: 'first', title: 'Review First, which closes it', action: { name: 'Write the review', kind: 'mine', asks: 'review' } },
  ]);
});
