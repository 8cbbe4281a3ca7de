import { describe, expect, test } from 'vitest';
import type { MessageOf } from '../messages.ts';
import type { Tune } from '../tune/tune.ts';
import { answer, blackout, question, rollback, story, terms, tune } from '../../test/support/decisions.ts';
import {
  answerOf,
  approvalsOf,
  approvedBy,
  blackoutInTheWay,
  decidedAtMs,
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

  test('an approved tune is no rollback, not even of the people that its approval names', () => {
    const approval = { message: 'm', by: 'olga', byOwner: true, atMs: 10, people: ['ann'] };
    const of = (subject: Subject) => ({ approved: [{ proposal: 'p', subject, approvals: [approval] }] });
    expect(approvedBy(of(rollback), 'm', { rollbackOf: ['ann'] })).toBeDefined();
    expect(approvedBy(of(tune()), 'm', { rollbackOf: ['ann'] })).toBeUndefined();
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

  test('an approval for some people is no rollback of everyone, also when a revision asks for one approval only', () => {
    const { decisions } = story(rollback, [answer({ people: ['ann'] })], two);
    expect(decisions.open?.approvals).toHaveLength(1);
    expect(rollbackApprovals(decisions, terms({ rollbackApprovals: 1 }), 10)).toBeUndefined();
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

  test('a freeze says which proposal, who, why and until when; without an end it has none', () => {
    const { decisions } = story(rollback, [freeze({ untilMs: 20 })]);
    expect(freezeAt(decisions, 11)).toStrictEqual({ proposal: 'rollback-1', by: 'ines', reason: 'because', untilMs: 20 });
    expect(freezeAt(story(rollback, [freeze()]).decisions, 11)).toStrictEqual({ proposal: 'rollback-1', by: 'ines', reason: 'because' });
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
    const { refusals, decisions } = story(rollback, [answer({ atMs: 10 }), answer({ atMs: 150 })], close);
    expect(refusals).toEqual([undefined, undefined]);
    expect(approvalsOf(decisions.open!, close, 160).map(({ atMs }) => atMs)).toEqual([150]);
  });

  test('the approvals that still count are all of them before it, and none from before it afterwards', () => {
    const { open } = story(rollback, [answer({ by: 'ines' }), answer()], close).decisions;
    expect(approvalsOf(open!, close, 99).map(({ by }) => by)).toEqual(['ines', 'olga']);
    expect(approvalsOf(open!, close, 100)).toEqual([]);
  });

  test.each<[what: string, decidedMs: number | undefined, nowMs: number, inTheWay: boolean]>([
    ['nobody decided, and it has not begun', undefined, 99, false],
    ['nobody decided, and it is in force', undefined, 100, true],
    ['nobody decided, and it has ended', undefined, 200, false],
    ['someone decided before it, and it is in force', 99, 100, true],
    ['someone decided before it, and it has ended', 99, 300, true],
    ['someone decided during it', 100, 150, false],
  ])('is in the way of an effect: %s', (_, decidedMs, nowMs, inTheWay) => {
    expect(blackoutInTheWay(close, decidedMs, nowMs)).toEqual(inTheWay ? { id: 'from-100', sinceMs: 100, untilMs: 200 } : undefined);
  });

  test('something is decided at the last of its approvals', () => {
    const approvals = [30, 70, 50].map((atMs) => ({ message: `m-${atMs}`, by: 'olga', byOwner: true, atMs }));
    expect(decidedAtMs({ approvals })).toBe(70);
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

test('a question about what is only observed can be answered, and the answer allows nothing', () => {
  const { refusals, decisions } = story(question, [answer({ subject: question })], terms({ observed: true }));
  expect(refusals).toEqual([undefined]);
  expect(decisions).toEqual(noDecisions());
});

test('an answer where nothing is open changes nothing', () => {
  for (const given of ['approve', 'freeze', 'decline', 'afterBlackout'] as const)
    expect(evolve(noDecisions(), { type: 'answered', answer: answer({ answer: given }) }, terms())).toEqual(noDecisions());
});

describe('a proposal that is closed', () => {
  const approve = (proposal: string, subject: Subject) => answer({ proposal, subject });
  const [first, second] = [approve('tune-1', tune()), approve('tune-2', tune({ people: ['ben'] }))];
  const bothApproved = decisionsFrom([first, second], terms());
  const openToo = evolve(bothApproved, { type: 'proposed', proposal: { id: 'rollback-3', subject: rollback, approvals: [] } }, terms());
  const approvedOf = ({ approved }: Decisions) => approved.map(({ proposal }) => proposal);

  test('is open no longer, and what else is approved stays approved', () => {
    const closed = evolve(openToo, { type: 'closed', proposal: 'rollback-3' }, terms());
    expect(closed.open).toBeUndefined();
    expect(approvedOf(closed)).toEqual(['tune-1', 'tune-2']);
  });

  test('is approved no longer once its effect is done, and what else is open stays open', () => {
    const done = evolve(openToo, { type: 'closed', proposal: 'tune-1' }, terms());
    expect(done.open?.id).toBe('rollback-3');
    expect(approvedOf(done)).toEqual(['tune-2']);
    expect(approvedOf(evolve(bothApproved, { type: 'closed', proposal: 'tune-2' }, terms()))).toEqual(['tune-1']);
  });

  test('leaves a freeze in force', () => {
    const { decisions } = story(rollback, [answer({ answer: 'freeze' })]);
    expect(freezeAt(evolve(decisions, { type: 'closed', proposal: 'rollback-1' }, terms()), 11)?.by).toBe('olga');
  });
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

describe('an answer repeats what was shown of the proposal', () => {
  const narrow: Tune = { step: 'narrow', people: ['ben', 'ann', 'ben'] };
  const decide = (body: object): MessageOf<'decide'> => ({
    id: 'message-1',
    plan: 'p',
    wave: 'w',
    package: 'clerks',
    by: 'olga',
    atMs: 1,
    expiresMs: 2,
    type: 'decide',
    body: { proposal: 'p-4', kind: 'rollback', answer: 'approve', reason: 'r', ...body },
  });
  const read = (body: object) => answerOf(decide(body), { byOwner: true, atMs: 5 });
  const always = { message: 'message-1', by: 'olga', byOwner: true, atMs: 5, proposal: 'p-4', answer: 'approve', reason: 'r' };

  test.each<[kind: Subject['kind'], given: Tune | undefined, shown: object]>([
    ['tune', narrow, { kind: 'tune', tune: { step: 'narrow', people: ['ann', 'ben'] } }],
    ['tune', undefined, { kind: 'tune' }],
    ['rollback', undefined, { kind: 'rollback' }],
    ['rollback', narrow, { kind: 'rollback' }],
    ['question', narrow, { kind: 'question' }],
  ])('a %s with the tune %j is shown as %j', (kind, given, shown) => {
    expect(shownOf({ id: 'p-4', kind, tune: given })).toStrictEqual({ proposal: 'p-4', ...shown });
  });

  test.each<[body: object, subject: Subject]>([
    [{ kind: 'tune', tune: narrow }, tune({ people: ['ann', 'ben'] })],
    [{ kind: 'rollback' }, rollback],
    [{ kind: 'rollback', tune: narrow }, rollback],
    [{ kind: 'question' }, question],
    [{ kind: 'tune' }, question],
  ])('%j is about %j, and names no people and no end that it was not sent with', (body, subject) => {
    expect(read(body)).toStrictEqual({ ...always, subject });
  });

  test('the people that it is for are each named once, in order, and its end is the one that was sent', () => {
    expect(read({ people: ['ben', 'ann', 'ben'] })).toStrictEqual({ ...always, subject: rollback, people: ['ann', 'ben'] });
    expect(read({ answer: 'freeze', untilMs: 0 })).toStrictEqual({ ...always, subject: rollback, answer: 'freeze', untilMs: 0 });
  });
});
