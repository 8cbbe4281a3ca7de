/** The words of each refusal of an answer, and that each names the first thing that is wrong. */
import { expect, test } from 'vitest';
import { answer, question, rollback, story, terms, tune } from '../../test/support/decisions.ts';
import { noDecisions, refusalOf, type Answer, type Subject, type Terms } from './proposals.ts';

const [day, nextDay] = [Date.parse('2026-05-04'), Date.parse('2026-05-05')];
const two = { rollbackApprovals: 2 };

const cases: [what: string, open: { subject: Subject; before?: Answer[] }, given: Partial<Answer>, change: Partial<Terms>, code: string, message: string][] = [
  [
    'an older proposal',
    { subject: rollback },
    { proposal: 'rollback-0' },
    {},
    'unknown-proposal',
    "'rollback-0' is not open; the open proposal is 'rollback-1'",
  ],
  [
    'a proposal whose freeze has ended',
    { subject: rollback, before: [answer({ answer: 'freeze', untilMs: 20 })] },
    { atMs: 20 },
    {},
    'unknown-proposal',
    "the freeze of 'rollback-1' has ended, and it is being proposed again",
  ],
  [
    'a rollback as if it were a question',
    { subject: rollback },
    { subject: question },
    {},
    'unknown-proposal',
    "'rollback-1' proposes a rollback, but this answers a question. Read it again",
  ],
  [
    'a question as if it were a rollback',
    { subject: question },
    { subject: rollback },
    {},
    'unknown-proposal',
    "'rollback-1' proposes a question, but this answers a rollback. Read it again",
  ],
  [
    'a tune for other people',
    { subject: tune() },
    { subject: tune({ people: ['ben', 'cem'] }) },
    {},
    'unknown-proposal',
    "'rollback-1' proposes narrow: ann, but this answers narrow: ben, cem. Read it again",
  ],
  [
    'a decline for some people',
    { subject: rollback },
    { answer: 'decline', people: ['ann'] },
    {},
    'malformed',
    "'people' is only for an approval: 'decline' covers everyone",
  ],
  ['a decline until a day', { subject: rollback }, { answer: 'decline', untilMs: 20 }, {}, 'malformed', "'untilMs' is only for a freeze, not for 'decline'"],
  [
    'a freeze until a day that has passed',
    { subject: rollback },
    { answer: 'freeze', atMs: nextDay, untilMs: day },
    {},
    'in-the-past',
    '2026-05-04 is in the past; it is now 2026-05-05',
  ],
  [
    'a blackout that there is not',
    { subject: rollback },
    { answer: 'afterBlackout' },
    {},
    'wrong-stage',
    'there is no blackout now. Approve it, or freeze it until a date',
  ],
  [
    'what is only observed',
    { subject: tune() },
    { subject: tune() },
    { observed: true },
    'wrong-stage',
    "'clerks' is only observed, so Rolewave changes nothing. Make the change by hand, or decline. To let Rolewave manage the package, release it in a wave",
  ],
  [
    'a tune for some people',
    { subject: tune() },
    { subject: tune(), people: ['ann'] },
    {},
    'malformed',
    "'people' is only for a rollback, and this is another kind of proposal",
  ],
  [
    'what one person has approved',
    { subject: rollback, before: [answer()] },
    { by: 'dora' },
    {},
    'already-decided',
    'already approved by olga; it runs once its dependency check is clear',
  ],
  [
    'what two people have approved',
    { subject: rollback, before: [answer({ by: 'ines' }), answer()] },
    { by: 'dora' },
    two,
    'already-decided',
    'already approved by ines and olga; it runs once its dependency check is clear',
  ],
  [
    'what the same person has approved',
    { subject: rollback, before: [answer()] },
    {},
    two,
    'second-person-needed',
    'olga has already approved it; another person must approve it too',
  ],
  [
    'some people, where everyone is approved',
    { subject: rollback, before: [answer()] },
    { by: 'ines', people: ['ann'] },
    two,
    'second-person-needed',
    'olga approved it for everyone. Approve it for the same people, or freeze it and agree with them',
  ],
  [
    'everyone, where some people are approved',
    { subject: rollback, before: [answer({ people: ['ann', 'ben'] })] },
    { by: 'ines' },
    two,
    'second-person-needed',
    'olga approved it for ann, ben. Approve it for the same people, or freeze it and agree with them',
  ],
  [
    'two operators',
    { subject: rollback, before: [answer({ by: 'ines' })] },
    { by: 'hugo' },
    two,
    'second-person-needed',
    'one of the two must be olga or a delegate',
  ],
];

test.each(cases)('an answer for %s is refused in so many words', (_, { subject, before = [] }, given, change, code, message) => {
  const about = terms(change);
  const { decisions, refusals } = story(
    subject,
    before.map((one) => ({ ...one, subject })),
    about,
    'rollback-1',
  );
  expect(refusals).toEqual(before.map(() => undefined));
  expect(refusalOf(decisions, answer({ subject, ...given }), about)).toEqual({ code, message });
});

test('an answer where nothing is proposed is refused, and names the package', () => {
  expect(refusalOf(noDecisions(), answer(), terms())).toEqual({ code: 'unknown-proposal', message: "nothing is proposed for 'clerks'" });
});
