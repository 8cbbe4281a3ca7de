import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Blackout } from '../plan/schema.ts';
import type { Tune } from '../tune/tune.ts';
import {
  answerOf,
  approvedBy,
  decisionsFrom,
  evolve,
  freezeAt,
  givesWay,
  hasExpired,
  noDecisions,
  refusalOf,
  rollbackApprovals,
  shownOf,
  type Answer,
  type Decisions,
  type Subject,
  type Terms,
} from './proposals.ts';

const blackout = (from: number, until: number): Blackout => ({ id: `from-${from}`, reason: 'close', from, until });
const terms = (change: Partial<Terms> = {}): Terms => ({ package: 'clerks', owner: 'olga', rollbackApprovals: 1, observed: false, blackouts: [], ...change });

const rollback: Subject = { kind: 'rollback' };
const question: Subject = { kind: 'question' };
const tune = (change: Partial<Tune> = {}): Subject => ({ kind: 'tune', tune: { step: 'narrow', people: ['ann'], ...change } });

let number = 0;
/** By olga, the owner, unless it says otherwise. */
const answer = (change: Partial<Answer> = {}): Answer => {
  const by = change.by ?? 'olga';
  const made = { message: `m-${(number += 1)}`, by, byOwner: by === 'olga' || by === 'dora', atMs: 10, proposal: 'rollback-1', subject: rollback };
  return { ...made, answer: 'approve', reason: 'because', ...change };
};

/** The state of one proposal after the answers, in order; an answer that is refused does not count. */
function story(subject: Subject, answers: Answer[], given: Terms = terms(), id = answers[0]?.proposal ?? 'rollback-1') {
  let decisions: Decisions = evolve(noDecisions(), { type: 'proposed', proposal: { id, subject, approvals: [] } }, given);
  const refusals = answers.map((one) => {
    const refusal = refusalOf(decisions, one, given);
    if (!refusal) decisions = evolve(decisions, { type: 'answered', answer: one }, given);
    return refusal?.code;
  });
  return { decisions, refusals };
}

describe('an approval counts for exactly what was shown', () => {
  const narrowAnn = tune();
  const cases: [what: string, signed: Partial<Answer>][] = [
    ['a rollback', { subject: rollback }],
    ['a question', { subject: question }],
    ['another step', { subject: { kind: 'tune', tune: { step: 'reconcile' } } }],
    ['other people', { subject: tune({ people: ['ben'] }) }],
    ['more people', { subject: tune({ people: ['ann', 'ben'] }) }],
    ['an older proposal', { proposal: 'tune-1' }],
  ];
  test.each(cases)('of %s: it does not answer the tune that is open, and on record it approves no such tune', (_, signed) => {
    const given = answer({ proposal: 'tune-2', subject: narrowAnn, ...signed });
    const { decisions, refusals } = story(narrowAnn, [given], terms(), 'tune-2');
    expect(refusals).toEqual(['unknown-proposal']);
    expect(decisions.approved).toEqual([]);
    if (signed.proposal === undefined) expect(approvedBy(decisionsFrom([given], terms()), given.message, { step: 'narrow', people: ['ann'] })).toBeUndefined();
  });

  test('the tune that was shown is approved, whatever the order of its people', () => {
    const given = answer({ proposal: 'tune-2', subject: tune({ people: ['ben', 'ann'] }) });
    const { decisions } = story(tune({ people: ['ann', 'ben'] }), [given], terms(), 'tune-2');
    expect(decisions.open).toBeUndefined();
    expect(approvedBy(decisions, given.message, { step: 'narrow', people: ['ann', 'ben'] })).toMatchObject({ proposal: 'tune-2' });
    expect(approvedBy(decisions, given.message, { step: 'narrow', people: ['ann'] })).toBeUndefined();
    expect(approvedBy(decisions, 'another message', { step: 'narrow', people: ['ann', 'ben'] })).toBeUndefined();
  });

  test('the approval of an earlier tune covers no later one', () => {
    const early = answer({ proposal: 'tune-1', subject: tune() });
    const late = answer({ proposal: 'tune-2', subject: tune({ people: ['cem'] }) });
    const decisions = decisionsFrom([early, late], terms());
    expect(approvedBy(decisions, early.message, { step: 'narrow', people: ['cem'] })).toBeUndefined();
    expect(approvedBy(decisions, late.message, { step: 'narrow', people: ['cem'] })).toBeDefined();
  });

  test('a rollback of some people is approved for them, and for nobody else and not for everybody', () => {
    const given = answer({ people: ['ann'] });
    const { decisions } = story(rollback, [given]);
    expect(approvedBy(decisions, given.message, { rollbackOf: ['ann'] })).toBeDefined();
    expect(approvedBy(decisions, given.message, { rollbackOf: ['ann', 'ben'] })).toBeUndefined();
    expect(approvedBy(decisions, given.message, { step: 'narrow', people: ['ann'] })).toBeUndefined();
    expect(rollbackApprovals(decisions, terms(), 10)).toBeUndefined();
  });

  test('an older approved rollback no longer counts once a newer one is answered', () => {
    const old = answer();
    const decisions = decisionsFrom([old, answer({ proposal: 'rollback-2', answer: 'decline' })], terms());
    expect(rollbackApprovals(decisions, terms(), 10)).toBeUndefined();
  });
});

describe('where a rollback needs two people', () => {
  const two = terms({ rollbackApprovals: 2 });
  const ines = () => answer({ by: 'ines' });
  const cases: [what: string, answers: () => Answer[], refusals: (string | undefined)[], approved: boolean][] = [
    ['the owner alone', () => [answer()], [undefined], false],
    ['the owner twice', () => [answer(), answer()], [undefined, 'second-person-needed'], false],
    ['two operators', () => [ines(), answer({ by: 'hugo' })], [undefined, 'second-person-needed'], false],
    ['an operator and the owner', () => [ines(), answer()], [undefined, undefined], true],
    ['an operator and a delegate', () => [ines(), answer({ by: 'dora' })], [undefined, undefined], true],
    ['the owner and an operator', () => [answer(), ines()], [undefined, undefined], true],
    ['a third person', () => [answer(), ines(), answer({ by: 'hugo' })], [undefined, undefined, 'already-decided'], true],
    ['two for different people', () => [ines(), answer({ people: ['ann'] })], [undefined, 'second-person-needed'], false],
    ['a freeze between them', () => [ines(), answer({ answer: 'freeze' }), answer()], [undefined, undefined, undefined], false],
    ['a freeze after them', () => [ines(), answer(), answer({ answer: 'freeze' })], [undefined, undefined, undefined], false],
    ['a decline after them', () => [ines(), answer(), answer({ answer: 'decline' })], [undefined, undefined, undefined], false],
    ['an approval after a decline', () => [answer({ answer: 'decline' }), ines(), answer()], [undefined, 'unknown-proposal', 'unknown-proposal'], false],
  ];
  test.each(cases)('%s', (_, made, refusals, approved) => {
    const answers = made();
    const workflow = story(rollback, answers, two);
    expect(workflow.refusals).toEqual(refusals);
    for (const decisions of [workflow.decisions, decisionsFrom(answers, two)]) expect(rollbackApprovals(decisions, two, 10) !== undefined).toBe(approved);
  });

  test('two approvals for some people are a rollback for those people', () => {
    const answers = [answer({ by: 'ines', people: ['ann', 'ben'] }), answer({ people: ['ben', 'ann'].toSorted() })];
    const { decisions } = story(rollback, answers, two);
    for (const { message } of answers) expect(approvedBy(decisions, message, { rollbackOf: ['ben', 'ann'] })).toBeDefined();
  });

  test('a tune needs one approval', () => {
    const given = answer({ proposal: 'tune-1', subject: tune() });
    expect(approvedBy(decisionsFrom([given], two), given.message, { step: 'narrow', people: ['ann'] })).toBeDefined();
  });

  test('an operator alone approves nothing, also where one approval is enough', () => {
    const given = answer({ by: 'ines' });
    expect(rollbackApprovals(decisionsFrom([given], terms()), terms(), 10)).toBeUndefined();
  });
});

describe('what is frozen', () => {
  const frozen = (answers: Answer[], nowMs: number, given = terms()) => {
    const [workflow, check] = [story(answers[0]!.subject, answers, given).decisions, decisionsFrom(answers, given)].map(
      (decisions) => freezeAt(decisions, nowMs)?.by,
    );
    expect(workflow).toBe(check);
    return check;
  };
  const close = terms({ blackouts: [blackout(5, 50)] });
  const freeze = (change: Partial<Answer> = {}) => answer({ by: 'ines', answer: 'freeze', ...change });
  const cases: [what: string, answers: () => Answer[], nowMs: number, by: string | undefined, given?: Terms][] = [
    ['a rollback, until someone decides', () => [freeze()], 1_000_000, 'ines'],
    ['a rollback, until a date', () => [freeze({ untilMs: 20 })], 19, 'ines'],
    ['a rollback, and the date has come', () => [freeze({ untilMs: 20 })], 20, undefined],
    ['a rollback, until the end of the blackout', () => [answer({ by: 'ines', answer: 'afterBlackout' })], 49, 'ines', close],
    ['a rollback, and the blackout has ended', () => [answer({ by: 'ines', answer: 'afterBlackout' })], 50, undefined, close],
    ['a tune', () => [freeze({ proposal: 'tune-1', subject: tune() })], 100, 'ines'],
    ['a question, until a date', () => [freeze({ proposal: 'question-1', subject: question, untilMs: 20 })], 19, 'ines'],
    ['a question that is frozen without a date', () => [freeze({ proposal: 'question-1', subject: question })], 19, undefined],
    ['declined since', () => [freeze(), answer({ answer: 'decline' })], 100, undefined],
    ['approved since', () => [freeze(), answer()], 100, undefined],
    ['approved, and frozen since', () => [answer(), freeze()], 100, 'ines'],
    ['frozen for longer since', () => [freeze({ untilMs: 20 }), freeze({ untilMs: 30 })], 25, 'ines'],
    ['frozen for less since', () => [freeze({ untilMs: 30 }), freeze({ untilMs: 20 })], 25, undefined],
    ['frozen, and an older proposal answered since', () => [freeze(), answer({ proposal: 'rollback-1', answer: 'freeze', by: 'hugo' })], 100, 'hugo'],
  ];
  test.each(cases)('%s', (_, answers, nowMs, by, given) => {
    expect(frozen(answers(), nowMs, given)).toBe(by);
  });

  test('a new proposal does not end a freeze; the answer to it does', () => {
    const first = story(tune(), [freeze({ proposal: 'tune-1', subject: tune() })]);
    const proposed = evolve(first.decisions, { type: 'proposed', proposal: { id: 'rollback-2', subject: rollback, approvals: [] } }, terms());
    expect(freezeAt(proposed, 11)?.by).toBe('ines');
    const declined = evolve(proposed, { type: 'answered', answer: answer({ proposal: 'rollback-2', answer: 'decline' }) }, terms());
    expect(freezeAt(declined, 11)).toBeUndefined();
  });

  test('when its freeze ends, a proposal must be made again: an answer to it comes too late', () => {
    const { decisions } = story(rollback, [freeze({ untilMs: 20 })]);
    expect([hasExpired(decisions.open!, 19), hasExpired(decisions.open!, 20)]).toEqual([false, true]);
    expect(refusalOf(decisions, answer({ atMs: 19 }), terms())).toBeUndefined();
    expect(refusalOf(decisions, answer({ atMs: 20 }), terms())).toMatchObject({ code: 'unknown-proposal', message: expect.stringContaining('proposed again') });
  });
});

describe('a blackout', () => {
  const close = terms({ blackouts: [blackout(100, 200)], rollbackApprovals: 2 });
  test.each<[what: string, first: number, second: number, nowMs: number, counts: boolean]>([
    ['before it began', 10, 20, 99, true],
    ['after it began, both from before', 10, 20, 100, false],
    ['after it ended, both from before', 10, 20, 300, false],
    ['one from before and one from within', 10, 150, 160, false],
    ['both from within', 110, 150, 160, true],
    ['both from within, after it ended', 110, 150, 300, true],
    ['both from after it ended', 210, 220, 300, true],
  ])('approvals count only if they were given during it: %s', (_, first, second, nowMs, counts) => {
    const answers = [answer({ by: 'ines', atMs: first }), answer({ atMs: second })];
    for (const decisions of [story(rollback, answers, close).decisions, decisionsFrom(answers, close)])
      expect(rollbackApprovals(decisions, close, nowMs) !== undefined).toBe(counts);
  });

  test('when a blackout voids an approval, the same person may approve again', () => {
    const { refusals } = story(rollback, [answer({ atMs: 10 }), answer({ atMs: 150 })], close);
    expect(refusals).toEqual([undefined, undefined]);
  });
});

test.each<[what: string, given: Partial<Answer>, code: string, change?: Partial<Terms>]>([
  ['a decline that names people', { answer: 'decline', people: ['ann'] }, 'malformed'],
  ['an answer to a question that names people', { people: ['ann'], subject: question }, 'malformed'],
  ['a decline that names an end', { answer: 'decline', untilMs: 20 }, 'malformed'],
  ['a freeze that ends when it begins', { answer: 'freeze', untilMs: 10 }, 'in-the-past'],
  ['an answer for after a blackout, where there is none', { answer: 'afterBlackout' }, 'wrong-stage'],
  ['a rollback of what is only observed', {}, 'wrong-stage', { observed: true }],
])('%s: refused, and nothing is decided', (_, given, code, change) => {
  const made = answer(given);
  const { refusals, decisions } = story(made.subject, [made], terms(change));
  expect(refusals).toEqual([code]);
  expect(decisions).toMatchObject({ open: { approvals: [] }, approved: [] });
  expect(decisionsFrom([made], terms(change))).toEqual(noDecisions());
});

test('a question about what is only observed can be answered', () => {
  expect(story(question, [answer({ subject: question })], terms({ observed: true })).refusals).toEqual([undefined]);
});

test.each<[open: Subject['kind'], to: Subject['kind'], gives: boolean]>([
  ['question', 'question', true],
  ['question', 'rollback', true],
  ['question', 'tune', false],
  ['tune', 'rollback', true],
  ['tune', 'question', false],
  ['tune', 'tune', false],
  ['rollback', 'rollback', false],
  ['rollback', 'tune', false],
  ['rollback', 'question', false],
])('an open %s gives way to a new %s: %s', (open, to, gives) => {
  expect(givesWay(open, to)).toBe(gives);
});

test('the subject of an answer is what was shown of the proposal', () => {
  const shown = shownOf({ id: 'tune-4', kind: 'tune', tune: { step: 'narrow', people: ['ben', 'ann'] } });
  expect(shown).toEqual({ proposal: 'tune-4', kind: 'tune', tune: { step: 'narrow', people: ['ann', 'ben'] } });
  const message = {
    id: 'message-1',
    plan: 'p',
    wave: 'w',
    package: 'clerks',
    by: 'olga',
    atMs: 1,
    type: 'decide' as const,
    body: { ...shown, answer: 'approve' as const, reason: 'r' },
  };
  expect(answerOf(message, { byOwner: true, atMs: 5 })).toMatchObject({
    message: 'message-1',
    proposal: 'tune-4',
    subject: tune({ people: ['ann', 'ben'] }),
    atMs: 5,
  });
  expect(shownOf({ id: 'rollback-1', kind: 'rollback' })).toEqual({ proposal: 'rollback-1', kind: 'rollback' });
});

describe('whatever happens', () => {
  const people = ['ann', 'ben'];
  const subjects: Subject[] = [rollback, question, tune({ people: ['ann'] }), tune({ people: ['ben'] }), { kind: 'tune', tune: { step: 'grantMissing' } }];
  const rarely = <T>(value: fc.Arbitrary<T>) => fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
  const step = fc.oneof(
    fc.record({ do: fc.constant('propose' as const), subject: fc.constantFrom(...subjects) }),
    fc.record({
      do: fc.constant('answer' as const),
      by: fc.constantFrom('olga', 'olga', 'dora', 'ines', 'hugo'),
      answer: fc.constantFrom<Answer['answer'][]>('approve', 'approve', 'approve', 'freeze', 'decline', 'afterBlackout'),
      people: rarely(fc.constantFrom(['ann'], people)),
      untilIn: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
      /** Mostly what is open; sometimes what someone else was shown. */
      other: rarely(fc.record({ id: fc.integer({ min: 1, max: 6 }), subject: fc.constantFrom(...subjects) })),
    }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 25 }) }),
  );
  const spans = fc.array(fc.record({ from: fc.nat(120), length: fc.integer({ min: 1, max: 25 }) }), { maxLength: 3 });

  test('the workflow takes as approved and frozen exactly what the check before an effect accepts', () => {
    let approvals = 0;
    let freezes = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), spans, fc.constantFrom(1, 2), (steps, blackouts, needed) => {
        const given = terms({ rollbackApprovals: needed, blackouts: blackouts.map(({ from, length }) => blackout(from, from + length)) });
        let decisions: Decisions = noDecisions();
        let nowMs = 1;
        let proposals = 0;
        const accepted: Answer[] = [];
        const sent: Answer[] = [];
        const propose = (subject: Subject) => {
          proposals += 1;
          decisions = evolve(decisions, { type: 'proposed', proposal: { id: `${subject.kind}-${proposals}`, subject, approvals: [] } }, given);
        };
        for (const one of steps) {
          if (one.do === 'wait') nowMs += one.ms;
          const { open } = decisions;
          if (open && hasExpired(open, nowMs)) propose(open.subject);
          if (one.do === 'propose' && (!decisions.open || givesWay(decisions.open.subject.kind, one.subject.kind))) propose(one.subject);
          if (one.do === 'answer') {
            const shown = one.other ? { id: `${one.other.subject.kind}-${one.other.id}`, subject: one.other.subject } : decisions.open;
            if (!shown) continue;
            const made = answer({
              by: one.by,
              atMs: nowMs,
              proposal: shown.id,
              subject: shown.subject,
              answer: one.answer,
              ...(one.people ? { people: one.people } : {}),
              ...(one.untilIn === undefined ? {} : { untilMs: nowMs + one.untilIn }),
            });
            sent.push(made);
            if (refusalOf(decisions, made, given)) continue;
            decisions = evolve(decisions, { type: 'answered', answer: made }, given);
            accepted.push(made);
          }
          const check = decisionsFrom(accepted, given);
          expect(freezeAt(check, nowMs)).toEqual(freezeAt(decisions, nowMs));
          expect(rollbackApprovals(check, given, nowMs)).toEqual(rollbackApprovals(decisions, given, nowMs));
          expect(check.approved).toEqual(decisions.approved);
          for (const { message } of sent) {
            for (const what of [
              { step: 'narrow' as const, people: ['ann'] },
              { step: 'grantMissing' as const },
              { rollbackOf: ['ann'] },
              { rollbackOf: people },
            ])
              expect(approvedBy(check, message, what)).toEqual(approvedBy(decisions, message, what));
          }
          approvals += check.approved.length + (rollbackApprovals(check, given, nowMs) ? 1 : 0);
          freezes += freezeAt(check, nowMs) ? 1 : 0;
        }
      }),
      { numRuns: 1_000 },
    );
    expect(approvals).toBeGreaterThan(100);
    expect(freezes).toBeGreaterThan(100);
  });
});
