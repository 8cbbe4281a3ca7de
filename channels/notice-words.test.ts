import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { requestKinds, type Notice, type NoticeLevel } from '../domain/notices/request.ts';
import { notice as clerksNotice } from '../test/support/notices.ts';
import { parsedSmallPlan } from '../test/support/small-plan.ts';
import type { NoticeLinks } from './channel.ts';
import { noticeWords } from './notice-words.ts';

const plan = parsedSmallPlan();
const notice = (change: Partial<Notice> = {}): Notice =>
  clerksNotice({
    plan: 'small',
    wave: 'first',
    package: 'closing',
    to: ['ana'],
    openedAtMs: Date.parse('2026-04-06T08:00:00Z'),
    byMs: Date.parse('2026-04-08T18:00:00Z'),
    text: 'Closing waits for your sign-off before its go-live on 2026-04-08 18:00 UTC.',
    ...change,
  });

const words = (of: Notice, recipient?: string, links: NoticeLinks = {}) =>
  noticeWords({ notice: of, plan, links, ...(recipient === undefined ? {} : { recipient: { id: recipient } }) });

test('says who, by when, what about, why now, where and how, in one message', () => {
  expect(words(notice(), 'ana', { pages: 'https://rolewave.example.com' })).toEqual({
    subject: 'Sign-off needed: small/first/closing (by 2026-04-08 18:00 UTC)',
    why: 'You are asked.',
    about: 'Closing waits for your sign-off before its go-live on 2026-04-08 18:00 UTC.',
    by: '2026-04-08 18:00 UTC',
    link: 'https://rolewave.example.com/requests/small/first/closing',
    command: 'rolewave sign-off small/first/closing',
    answers: [],
    body: `Hello Ana Lima,

Closing waits for your sign-off before its go-live on 2026-04-08 18:00 UTC.

You are asked.

For:     Ana Lima
By:      2026-04-08 18:00 UTC
Page:    https://rolewave.example.com/requests/small/first/closing
Answer:  rolewave sign-off small/first/closing

Names and reasons are as people wrote them in the plan; addresses in them are broken up, so that nobody follows one by mistake. The page above is Rolewave’s own.
This is notice small/first#notice-1-ab12cd34 from Rolewave. If it reaches you twice, it is the same notice.`,
  });
});

test('leaves out the date, the link, the package and the names where they are missing', () => {
  const { byMs: _by, package: _package, ...least } = notice({ kind: 'review', to: ['eva', 'zoe'] });
  const found = noticeWords({ notice: least });
  expect(found).toMatchObject({ subject: 'Review needed: small/first', why: 'eva and zoe are asked.' });
  expect(found).not.toHaveProperty('by');
  expect(found).not.toHaveProperty('link');
  expect(found.body).not.toMatch(/Hello|By:|Page:|undefined/);
});

describe('why now', () => {
  test.each<[NoticeLevel, string[], string | undefined, string]>([
    ['first', ['ana'], 'ana', 'You are asked.'],
    ['first', ['ana', 'eva'], 'eva', 'You are asked, and so is Ana Lima.'],
    ['first', ['ana', 'eva', 'kim'], 'eva', 'You are asked, and so are Ana Lima and Kim Dahl.'],
    ['first', ['ana', 'eva', 'kim'], undefined, 'Ana Lima, Eva Roth and Kim Dahl are asked.'],
    ['delegate', ['kim'], 'kim', "Nobody answered: you are Ana Lima's delegate, and may answer in their place."],
    ['delegate', ['kim'], undefined, "Nobody answered: Kim Dahl, Ana Lima's delegate, is asked now."],
    ['onCall', ['eva'], 'eva', 'Nobody answered: you are on call for this plan.'],
    ['onCall', ['eva', 'zoe'], undefined, 'Nobody answered: Eva Roth and zoe, on call for this plan, are notified now.'],
    ['overdue', ['ana', 'eva'], 'eva', 'This is overdue: nobody answered in time.'],
  ])('%s, for %j, to %s', (level, to, recipient, why) => {
    expect(words(notice({ level, to }), recipient).why).toBe(why);
  });

  test('a delegate of a package that is no longer in the plan does not learn whose delegate they are', () => {
    expect(words(notice({ level: 'delegate', package: 'gone', to: ['kim'] }), 'kim').why).toContain('a delegate of the person who was asked');
  });

  test('an unanswered or overdue request shows in the subject', () => {
    const subjects = (['delegate', 'onCall', 'overdue'] as const).map((level) => words(notice({ level })).subject);
    expect(subjects.map((subject) => subject.split(':')[0])).toEqual(['Unanswered', 'Unanswered', 'Overdue']);
  });
});

describe('a proposal', () => {
  const target = { plan: 'small', wave: 'first', package: 'closing' };
  /** Eva operates the plan and Kim stands in for Ana, who owns the package. */
  const proposed = (change: Partial<Notice> = {}): Notice =>
    notice({
      kind: 'rollback',
      text: "A rollback of 'closing' is proposed: errors doubled.",
      action: {
        type: 'decide',
        target,
        fields: {
          proposal: 'rollback-1',
          kind: 'rollback',
          answers: [
            { answer: 'approve', by: ['ana', 'kim'] },
            { answer: 'freeze', by: ['ana', 'kim', 'eva'] },
            { answer: 'decline', by: ['ana', 'kim', 'eva'] },
          ],
          supply: ['answer', 'reason'],
        },
      },
      ...change,
    });
  const page = { pages: 'https://rolewave.example.com' };

  test('the owner reads each answer, what it does and its command, and where the page is', () => {
    expect(words(proposed(), 'ana', page).body).toContain(`Page:    https://rolewave.example.com/requests/small/first/closing
Details: rolewave decide small/first/closing

Your answers:
  approve: roll back as soon as the dependency check is clear
    rolewave decide small/first/closing approve --reason "…"
  freeze: keep the access and grant nothing more, until a date or (without --until) until someone decides
    rolewave decide small/first/closing freeze --reason "…"
  keep: run nothing: access stays as it is, and the watch continues
    rolewave decide small/first/closing keep --reason "…"
`);
  });

  test('an operator on call reads no answer that only the owner may give', () => {
    const { body, answers } = words(proposed({ level: 'onCall', to: ['eva'] }), 'eva', page);
    expect(answers.map(({ answer }) => answer)).toEqual(['freeze', 'keep']);
    expect(body).not.toContain('approve');
  });

  test('someone on call who may give none learns who may, and is asked for no answer', () => {
    const { body, answers } = words(proposed({ level: 'onCall', to: ['zoe'] }), 'zoe', page);
    expect(answers).toEqual([]);
    expect(body).toContain('You may not answer this yourself. Ana Lima, Kim Dahl and Eva Roth may: make sure that it is answered.');
    expect(body).toContain('Details: rolewave show small/first/closing');
    expect(body).not.toMatch(/rolewave decide|answers:/);
  });

  test('where one message is for all, each answer says who may give it', () => {
    const { body } = words(proposed({ to: ['ana', 'eva'] }), undefined, page);
    expect(body).toContain('  approve, by Ana Lima and Kim Dahl: roll back');
    expect(body).toContain('  keep, by Ana Lima, Kim Dahl and Eva Roth: run nothing');
  });
});

test('someone on call is given the command of a sign-off only where they may sign', () => {
  const toOwner = words(notice({ level: 'overdue' }), 'ana').body;
  expect(toOwner).toContain('Answer:  rolewave sign-off small/first/closing');
  const toOnCall = words(notice({ level: 'onCall', to: ['zoe'] }), 'zoe').body;
  expect(toOnCall).toMatch(/You may not answer this yourself\. Ana Lima.* may: make sure that it is answered\./);
  expect(toOnCall).not.toContain('rolewave sign-off');
});

describe('the link', () => {
  const temporalUi = { url: 'https://temporal.example.com', namespace: 'default' };
  const pages = 'https://rolewave.example.com';
  const linkOf = (change: Partial<Notice>, links: NoticeLinks = { pages, temporalUi }) => words(notice(change), 'ana', links).link;
  const target = { plan: 'small', wave: 'first', package: 'closing' };

  test.each<[string, Partial<Notice>, string]>([
    ['a sign-off is where it is signed', {}, '/requests/small/first/closing'],
    [
      'a proposal is where it is answered',
      {
        kind: 'rollback',
        action: {
          type: 'decide',
          target,
          fields: { proposal: 'p', kind: 'rollback', answers: [{ answer: 'approve', by: ['ana'] }], supply: ['answer', 'reason'] },
        },
      },
      '/requests/small/first/closing',
    ],
    [
      'evidence is the package',
      { kind: 'evidence', action: { type: 'evidence', target, fields: { item: 'handoff', supply: ['reference'] } } },
      '/packages/small/first/closing',
    ],
  ])('of %s', (_name, change, path) => {
    expect(linkOf(change)).toBe(`${pages}${path}`);
  });

  test('of a request of the whole wave is the wave, and of the plan the board', () => {
    const { package: _, ...ofWave } = notice();
    expect(words(ofWave, 'ana', { pages }).link).toBe(`${pages}/waves/small/first`);
    const { wave: __, ...ofPlan } = ofWave;
    expect(words(ofPlan, 'ana', { pages }).link).toBe(`${pages}/`);
  });

  test('without pages is the workflow that asks, in its UI: the wave before release, the package afterwards', () => {
    const only = { temporalUi };
    expect(linkOf({}, only)).toBe('https://temporal.example.com/namespaces/default/workflows/small%2Ffirst');
    expect(linkOf({ id: 'small/first/closing#notice-2-00' }, only)).toBe('https://temporal.example.com/namespaces/default/workflows/small%2Ffirst%2Fclosing');
    expect(linkOf({ id: 'of-another-form' }, only)).toBe('https://temporal.example.com/namespaces/default/workflows/small%2Ffirst%2Fclosing');
  });

  test('contains no secret and nothing that identifies the reader', () => {
    expect(linkOf({ to: ['ana', 'eva'] })).not.toMatch(/ana|eva|token|[?#]/);
  });
});

test('text from a plan stays on its line: it cannot start a header, a line or a terminal command', () => {
  const anything = fc.string({ unit: 'binary' }).map((text) => `${text}\r\nBcc: eve@example.com\n\u001b[2J\u202e`);
  fc.assert(
    fc.property(anything, anything, fc.constantFrom(...requestKinds), (text, wave, kind) => {
      const renamed = { ...plan, people: plan.people.map((person) => ({ ...person, name: text })) };
      const action: Notice['action'] = { type: 'show', target: { plan: 'small', wave }, fields: {} };
      const found = noticeWords({ notice: notice({ text, action, kind }), plan: renamed, recipient: { id: 'ana' }, links: { pages: 'https://r.example' } });
      const single = [found.subject, found.why, found.about, found.command];
      // oxlint-disable-next-line no-control-regex -- asserts that there are none
      for (const line of [...single, ...found.body.split('\n')]) expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]/);
      expect(found.body.split('\n')).toHaveLength(13);
    }),
  );
});
