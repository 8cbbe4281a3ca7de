import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { riskSchema } from '../plan/schema.ts';
import { boardFocus, focusKinds } from '../views/board.ts';
import type { ProposalView } from '../views/proposal.ts';
import { boardEntry, dayMs, goLiveMs, openRequest, type BoardInput, waveFacts } from '../../test/support/board.ts';
import { focusOf, rankOf } from './focus.ts';

const hourMs = 3_600_000;
const focus = (...inputs: BoardInput[]) => focusOf(inputs.map(boardEntry)).map((each) => boardFocus.parse(each));
const told = (input: BoardInput) => focus(input).map(({ kind, title, why }) => `${kind}: ${title} ${why}`);
const quiet = { checklist: [], blockers: [] };
const released = { ...quiet, releasedAtMs: goLiveMs };
const nowMs = goLiveMs + 3 * dayMs;
const proposal = (over: Partial<ProposalView>): ProposalView => ({
  id: 'p',
  kind: 'rollback',
  why: 'close-exceptions 0.75 over 24 h, above 0.4',
  proposedAtMs: nowMs - hourMs,
  ...over,
});
const line = (clear: boolean) => ({ code: 'unconfirmed' as const, grants: clear ? 0 : 2, clear, line: clear ? 'all confirmed' : '2 grants not confirmed' });
const name = 'Finance Month-End Operator';

describe('each matter gives its reason in numbers', () => {
  test.each([
    [
      'a proposed rollback',
      { planned: released, nowMs, running: { state: 'Rollback ready', proposal: proposal({ dependencies: [line(true), line(false)] }) } },
      `rollback: Roll back ${name}? Close-exceptions 0.75 over 24 h, above 0.4. 6 people would lose up to 11 grants; one of two dependencies not clear: 2 grants not confirmed.`,
    ],
    [
      'a rollback that waits for a second person',
      { planned: released, nowMs, running: { state: 'Rollback ready', proposal: proposal({ dependencies: [line(true)], approvals: 2, approvedBy: ['ana'] }) } },
      `rollback: Roll back ${name}? Close-exceptions 0.75 over 24 h, above 0.4. 6 people would lose up to 11 grants; the dependency check is clear; approved by 1 of 2.`,
    ],
    [
      'an approved rollback that its dependency check stops',
      { planned: released, nowMs, running: { state: 'Rollback ready', proposal: proposal({ dependencies: [line(false)], approvedBy: ['ana'] }) } },
      `rollback: Clear the way for the rollback of ${name} Close-exceptions 0.75 over 24 h, above 0.4. 6 people would lose up to 11 grants; one of one dependencies not clear: 2 grants not confirmed.`,
    ],
    [
      'grants that could not be confirmed',
      {
        planned: released,
        nowMs,
        running: { state: 'Needs tuning', proposal: proposal({ kind: 'question', about: 'grants', why: '2 grants are not known' }) },
      },
      `refused: Decide on grants that could not be confirmed of ${name} 2 grants are not known.`,
    ],
    [
      'a tune',
      { planned: released, nowMs, running: { state: 'Needs tuning', proposal: proposal({ kind: 'tune', why: 'drift' }) } },
      `tune: Decide on tuning ${name} Drift.`,
    ],
    [
      'a freeze',
      { planned: released, nowMs, running: { proposal: proposal({ frozen: true, untilMs: nowMs + dayMs, answeredBy: 'eva' }) } },
      `question: ${name} is frozen Frozen by Eva Novak: access is kept and nothing is granted. In 1 d the rollback is proposed again.`,
    ],
    [
      'a drill without sign-off',
      {
        planned: {
          checklist: [{ item: 'drill', ok: false, code: 'missing', why: '' }],
          blockers: [{ code: 'evidence', item: 'drill', person: 'viktor', text: '' }],
        },
        nowMs: goLiveMs - 2 * dayMs - 4 * hourMs,
      },
      `drill: Close the fallback gap of ${name} The rollback drill is not signed; Viktor Hansen signs it, and go-live is in 2 d 4 h.`,
    ],
    [
      'legacy access that came back',
      { planned: released, nowMs, running: {}, measured: { evaluations: [], drift: { missing: 0, outOfBand: 0, legacy: 2, content: 0, options: 0 } } },
      `legacy: Retire legacy access of ${name} 2 legacy grants are held again, as the last evaluation found; tuning retires them.`,
    ],
    [
      'a window that ends without data',
      {
        planned: released,
        nowMs: goLiveMs + 13 * dayMs + 4 * hourMs,
        running: { lastVerdict: { kind: 'noData', why: 'no data for 13 days', atMs: 1, evaluation: 3 } },
      },
      `noData: The watch of ${name} ends without a result It ends in 20 h, and no data for 13 days.`,
    ],
    [
      'a launch within a blackout',
      { planned: quiet, plan: { blackouts: [{ id: 'month-end', reason: '', from: goLiveMs - dayMs, until: goLiveMs + dayMs }] } },
      `blackout: ${name} launches within the blackout 'month-end' It lasts 1 d beyond the go-live, which waits for a person then.`,
    ],
    [
      'a launch near a peak',
      { planned: quiet, plan: { blackouts: [{ id: 'easter', reason: '', from: goLiveMs + 2 * dayMs, until: goLiveMs + 9 * dayMs }] } },
      `blackout: Watch the launch of ${name} against 'easter' The blackout begins 2 d after go-live, within the first week, and go-live is in 2 d.`,
    ],
    [
      'a package that was held back',
      { planned: { ...quiet, goLiveMs: undefined as never, heldBack: { code: 'late', atMs: goLiveMs, text: 'the window ended' } }, nowMs },
      `heldBack: Set a new date for ${name} Held back 3 d ago: the window ended.`,
    ],
    [
      'requests that nobody answered, together',
      {
        planned: quiet,
        wave: {
          requests: [
            openRequest('signOff', { sinceMs: nowMs - 2 * dayMs, byMs: nowMs - hourMs }),
            openRequest('evidence', { to: ['ana', 'eva'], sinceMs: nowMs - 2 * dayMs, byMs: nowMs - hourMs }),
          ],
        },
        nowMs,
      },
      `overdue: Nobody has signed off and supplied the evidence for ${name} Asked 2 d ago: Ana Silva and Eva Novak; overdue by 1 h.`,
    ],
    [
      'a fault, at once',
      { planned: quiet, wave: { requests: [openRequest('metrics', { to: ['ines'], text: 'The metrics cannot be read.' })] } },
      `request: Fix the metrics of ${name} The metrics cannot be read. Asked 1 h ago: Ines Carvalho.`,
    ],
    [
      'a workflow that does not answer',
      { silent: true },
      `silent: ${name} does not answer No worker answers for it, or its workflow has failed: nothing is watched meanwhile.`,
    ],
  ] as [string, BoardInput, string][])('%s', (_what, input, expected) => {
    expect(told(input)).toEqual([expected]);
  });
});

test.each([
  ['a request that is an hour old', { planned: quiet, wave: { requests: [openRequest('evidence')] } }],
  ['a package that is ready', { planned: { ...quiet, state: 'Release ready' } }],
  [
    'a healthy watch',
    {
      planned: released,
      nowMs,
      running: {
        lastVerdict: { kind: 'healthy', why: '', atMs: 1, evaluation: 1 },
        grants: { created: 1, preexisting: 0, failed: 0, unknown: 0, legacyRetired: 12 },
      },
    },
  ],
  ['what is over', { planned: released, nowMs, running: { state: 'Rolled back', proposal: proposal({}) } }],
  [
    'a blackout that began more than a week after the launch',
    { planned: quiet, plan: { blackouts: [{ id: 'b', reason: '', from: goLiveMs + 8 * dayMs, until: goLiveMs + 9 * dayMs }] } },
  ],
] as [string, BoardInput][])('%s is no matter', (_what, input) => {
  expect(told(input)).toEqual([]);
});

test('anyone who does not act for it learns that a rollback is proposed, and neither why nor who', () => {
  const input: BoardInput = {
    planned: released,
    nowMs,
    running: { state: 'Rollback ready', proposal: proposal({ why: 'posting of ben' }) },
    as: 'vera',
    sees: 'counts',
  };
  expect(told(input)).toEqual([`rollback: A rollback of ${name} is proposed Proposed 1 h ago; 6 people would lose up to 11 grants.`]);
  expect(focus(input)[0]?.action).toEqual({ name: 'Open', kind: 'open' });
});

describe('the rank', () => {
  const kind = fc.constantFrom(...focusKinds);
  const risk = fc.constantFrom(...riskSchema.options);
  const left = fc.option(fc.integer({ min: -10, max: 1_000 }), { nil: undefined });

  test('never falls as time runs out, with a higher risk, or for whom it asks', () => {
    fc.assert(
      fc.property(kind, risk, left, fc.boolean(), (each, of, hours, mine) => {
        const rank = (more: { hours?: number | undefined; risk?: typeof of; mine?: boolean }) =>
          rankOf(
            {
              kind: each,
              leftMs: ('hours' in more ? more.hours : hours) === undefined ? undefined : (('hours' in more ? more.hours : hours) as number) * hourMs,
            },
            more.risk ?? of,
            more.mine ?? mine,
          );
        if (hours !== undefined) {
          expect(rank({ hours: hours - 1 })).toBeGreaterThanOrEqual(rank({}));
          expect(rank({})).toBeGreaterThanOrEqual(rank({ hours: undefined }));
        }
        expect(rank({ risk: 'high' })).toBeGreaterThanOrEqual(rank({}));
        expect(rank({ mine: true })).toBeGreaterThanOrEqual(rank({}));
      }),
    );
  });

  test('puts a rollback before everything that is not released yet, whatever the time and the risk', () => {
    for (const each of ['drill', 'heldBack', 'legacy', 'noData', 'blackout', 'signOff'] as const)
      expect(rankOf({ kind: 'rollback', leftMs: undefined }, 'low', false)).toBeGreaterThan(rankOf({ kind: each, leftMs: 0 }, 'high', true));
  });

  test('does not depend on the order of the packages', () => {
    const inputs: BoardInput[] = [
      { planned: { ...quiet, package: 'a', heldBack: { code: 'late', atMs: 1, text: 'late' }, goLiveMs: undefined as never } },
      { planned: { ...released, package: 'b' }, running: { package: 'b', state: 'Rollback ready', proposal: proposal({}) } },
      { planned: { ...quiet, package: 'c' }, silent: true },
    ];
    const titles = (given: BoardInput[]) => focus(...given).map(({ kind: each, package: id }) => [each, id]);
    expect(titles(inputs)).toEqual([
      ['rollback', 'b'],
      ['silent', 'c'],
      ['heldBack', 'a'],
    ]);
    expect(titles(inputs.toReversed())).toEqual(titles(inputs));
  });

  test('of plans that only name the reader takes one of six, however urgent they are, while their own have enough for the rest', () => {
    const named = Array.from({ length: 9 }, (_, index) => {
      const entry = boardEntry({ planned: { ...quiet, package: `spam${index}` }, silent: true });
      return { ...entry, reading: { ...entry.reading, own: false, right: 'aaa*' } };
    });
    const own = (count: number) =>
      Array.from({ length: count }, (_, index) =>
        boardEntry({ planned: { ...quiet, package: `p${index}`, heldBack: { code: 'late', atMs: 1, text: 'late' }, goLiveMs: undefined as never } }),
      );
    const shown = (count: number) => focusOf([...named, ...own(count)]).map(({ package: id }) => id?.replace(/\d/, ''));
    expect(shown(7)).toEqual(['p', 'p', 'p', 'p', 'p', 'spam']);
    expect(shown(1)).toEqual(['p', 'spam', 'spam', 'spam', 'spam', 'spam']);
  });

  test('leaves out what is beyond the first six', () => {
    const many = Array.from({ length: 9 }, (_, index): BoardInput => ({ planned: { ...quiet, package: `p${index}` }, silent: true }));
    expect(focus(...many)).toHaveLength(6);
  });
});

test('of a wave that several packages wait for, a request is one matter, and its button is for those who can answer', () => {
  const requests = [openRequest('liftHold', { to: ['eva', 'ana'], sinceMs: goLiveMs - 5 * dayMs })];
  delete (requests[0] as Partial<(typeof requests)[0]>).package;
  const about = (id: string, as: string): BoardInput => ({
    planned: { ...quiet, package: id },
    wave: { requests },
    as,
    plan: { waves: new Map([['first', waveFacts({ liftedBy: ['eva'] })]]) },
  });
  expect(focus(about('one', 'eva'), about('two', 'eva'))).toMatchObject([
    { title: 'Nobody has lifted the hold on First', action: { name: 'Approve lifting the hold', kind: 'mine' } },
  ]);
  expect(focus(about('one', 'ana'))).toMatchObject([{ action: { name: 'Open', kind: 'open' } }]);
});
