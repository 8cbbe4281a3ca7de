import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planSchema } from '../plan/schema.ts';
import { parse } from 'yaml';
import { smallPlan } from '../../test/support/small-plan.ts';
import { notice as clerksNotice } from '../../test/support/notices.ts';
import { requestKinds, type Notice, type NoticeLevel } from './request.ts';
import { noticeRun } from './notice-run.ts';
import { noticeWords } from './notice-words.ts';

const plan = planSchema.parse(parse(smallPlan));
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

test('says who, by when, what about, why now, where and how, in one message', () => {
  expect(noticeWords(notice(), plan, 'ana', { api: 'https://rolewave.example.com' })).toEqual({
    subject: 'Sign-off wanted: small/first/closing (by 2026-04-08 18:00 UTC)',
    why: 'You are asked.',
    about: 'Closing waits for your sign-off before its go-live on 2026-04-08 18:00 UTC.',
    by: '2026-04-08 18:00 UTC',
    link: 'https://rolewave.example.com/v1/packages/small/first/closing',
    command: 'rolewave sign-off small/first/closing',
    body: `Hello Ana Lima,

Closing waits for your sign-off before its go-live on 2026-04-08 18:00 UTC.

You are asked.

For:     Ana Lima
By:      2026-04-08 18:00 UTC
Page:    https://rolewave.example.com/v1/packages/small/first/closing
Answer:  rolewave sign-off small/first/closing

This is notice small/first#notice-1-ab12cd34 of Rolewave. Should it reach you twice, it is the same one.`,
  });
});

test('leaves out what there is not: no date, no link, no package, no plan to name people from', () => {
  const { byMs: _by, package: _package, ...least } = notice({ kind: 'review', to: ['eva', 'zoe'] });
  const words = noticeWords(least, undefined);
  expect(words).toMatchObject({ subject: 'Review wanted: small/first', why: 'eva and zoe are asked.' });
  expect(words).not.toHaveProperty('by');
  expect(words).not.toHaveProperty('link');
  expect(words.body).not.toMatch(/Hello|By:|Page:|undefined/);
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
    ['onCall', ['eva', 'zoe'], undefined, 'Nobody answered: Eva Roth and zoe, on call for this plan, are told now.'],
    ['overdue', ['ana', 'eva'], 'eva', 'Its time has run out, and nobody answered.'],
  ])('%s, for %j, to %s', (level, to, recipient, why) => {
    expect(noticeWords(notice({ level, to }), plan, recipient).why).toBe(why);
  });

  test('a delegate of a package that the plan has no more is told so without a name', () => {
    expect(noticeWords(notice({ level: 'delegate', package: 'gone', to: ['kim'] }), plan, 'kim').why).toContain('a delegate of whoever was asked');
  });

  test('what nobody answered, or is too late, shows in the subject', () => {
    const subjects = (['delegate', 'onCall', 'overdue'] as const).map((level) => noticeWords(notice({ level }), plan).subject);
    expect(subjects.map((subject) => subject.split(':')[0])).toEqual(['Unanswered', 'Unanswered', 'Overdue']);
  });
});

describe('the link', () => {
  const temporalUi = { url: 'https://temporal.example.com', namespace: 'default' };
  const linkOf = (change: Partial<Notice>, api?: string) =>
    noticeWords(notice(change), plan, 'ana', { temporalUi, ...(api === undefined ? {} : { api }) }).link;

  test('goes to the page of the workflow that asks, where a UI is named: before release the wave, afterwards the package', () => {
    expect(linkOf({}, 'https://rolewave.example.com')).toBe('https://temporal.example.com/namespaces/default/workflows/small%2Ffirst');
    expect(linkOf({ id: 'small/first/closing#notice-2-00' })).toBe('https://temporal.example.com/namespaces/default/workflows/small%2Ffirst%2Fclosing');
    expect(linkOf({ id: 'of-another-form' })).toBe('https://temporal.example.com/namespaces/default/workflows/small%2Ffirst%2Fclosing');
  });

  test('of a request of the whole wave goes to the wave', () => {
    const { package: _, ...ofWave } = notice();
    expect(noticeWords(ofWave, plan, 'ana', { api: 'https://r.example' }).link).toBe('https://r.example/v1/waves/small/first');
  });
});

test('whatever a plan says stays on its line: nothing in it can start a header, a line or a command of the terminal', () => {
  const anything = fc.string({ unit: 'binary' }).map((text) => `${text}\r\nBcc: eve@example.com\n\u001b[2J\u202e`);
  fc.assert(
    fc.property(anything, anything, fc.constantFrom(...requestKinds), (text, command, kind) => {
      const renamed = { ...plan, people: plan.people.map((person) => ({ ...person, name: text })) };
      const words = noticeWords(notice({ text, command, kind }), renamed, 'ana', { api: 'https://r.example' });
      const single = [words.subject, words.why, words.about, words.command];
      // oxlint-disable-next-line no-control-regex -- none of these may be there
      for (const line of [...single, ...words.body.split('\n')]) expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]/);
      expect(words.body.split('\n')).toHaveLength(12);
    }),
  );
});

test('its workflow is named for the notice, and nothing in what others see of it names a person', () => {
  const run = noticeRun(notice());
  expect(run).toMatchObject({ workflowId: 'notice/small/first#notice-1-ab12cd34', staticSummary: 'sign-off wanted: closing', taskQueue: 'rolewave' });
  expect(run.typedSearchAttributes.map(({ key, value }) => [key.name, value])).toEqual([
    ['RolewavePlan', 'small'],
    ['RolewaveWave', 'first'],
    ['RolewavePackage', 'closing'],
  ]);
  expect(JSON.stringify(run)).not.toContain('ana');
  expect(noticeRun(notice(), 'failed')).toMatchObject({
    workflowId: 'notice/small/first#notice-1-ab12cd34/again',
    args: [{ notice: 'small/first#notice-1-ab12cd34', again: 'failed' }],
  });
});
