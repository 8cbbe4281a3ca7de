import { describe, expect, test } from 'vitest';
import { people, plan } from '../../test/support/plan.ts';
import { waveSection, type PackageSection } from '../plan/section.ts';
import { answerBy, answersTo, answerWords, openTo, wordOf } from './answers.ts';
import { answerNames } from './open-answer.ts';

const nowMs = Date.parse('2026-04-20T12:00:00Z');
const section = waveSection(
  plan({
    people: people('ana', 'ops', 'dele', 'gone', 'p1'),
    operators: ['ops'],
    delegates: [
      { of: 'ana', to: 'dele', until: '2026-05-01T00:00:00Z' },
      { of: 'ana', to: 'gone', until: '2026-04-01T00:00:00Z' },
    ],
    packages: [{ id: 'closing', owner: 'ana', cohort: ['p1'] }],
  }),
  1,
  'wave-1',
).packages[0]!;
const answers = (proposal: Parameters<typeof answersTo>[0], change: Partial<PackageSection> = {}) =>
  answersTo(proposal, { section: { ...section, ...change }, operators: ['ops'] }, nowMs);
const names = (...of: Parameters<typeof answers>) => answers(...of).map(({ answer }) => answer);
const blackout = { id: 'close', untilMs: nowMs + 1 };

describe('the words of answers', () => {
  test.each([
    ['tune', ['approve', 'finish', 'freeze', 'keep', 'after-blackout']],
    ['rollback', ['approve', 'finish', 'freeze', 'keep', 'after-blackout']],
    ['question', ['keep', 'finish', 'freeze', 'propose-rollback', 'after-blackout']],
  ] as const)('at a %s say what they do', (kind, words) => {
    expect(answerNames.map((name) => wordOf(kind, name))).toEqual(words);
    for (const [at, word] of words.entries()) expect(answerBy(kind, word)).toBe(answerNames[at]);
  });

  test('that mean nothing there are no answer, and there is no other word', () => {
    const none = (kind: 'tune' | 'rollback' | 'question') => answerWords.filter((word) => answerBy(kind, word) === undefined);
    expect([none('tune'), none('rollback'), none('question')]).toEqual([['propose-rollback'], ['propose-rollback'], ['approve']]);
  });
});

describe('the answers that are possible', () => {
  test.each<[string, Parameters<typeof answers>, string[]]>([
    ['to a tune', [{ kind: 'tune' }], ['approve', 'freeze', 'decline']],
    ['to a rollback', [{ kind: 'rollback' }], ['approve', 'freeze', 'decline']],
    ['to a rollback in a blackout', [{ kind: 'rollback', blackout }], ['approve', 'freeze', 'afterBlackout', 'decline']],
    ['to a question', [{ kind: 'question' }], ['approve', 'freeze', 'decline']],
    ['to a question about its owner', [{ kind: 'question', about: 'owner' }], ['approve', 'freeze', 'decline']],
    ['to a question about grants', [{ kind: 'question', about: 'grants' }], ['approve', 'finish', 'freeze', 'decline']],
    ['to a question about grants of what is only observed', [{ kind: 'question', about: 'grants' }, { change: 'observe' }], ['approve', 'freeze']],
    ['to a rollback of what is only observed', [{ kind: 'rollback' }, { change: 'observe' }], ['freeze', 'decline']],
    ['to a tune of what is only observed', [{ kind: 'tune' }, { change: 'observe' }], ['freeze', 'decline']],
  ])('%s', (_what, of, expected) => {
    expect(names(...of)).toEqual(expected);
  });

  test('may be given by the owner, delegates whose time is not over, and operators where the rules let them; each is named once', () => {
    const byAnswer = (of: ReturnType<typeof answers>) => Object.fromEntries(of.map(({ answer, by }) => [answer, by]));
    expect(byAnswer(answers({ kind: 'rollback' }))).toEqual({
      approve: ['ana', 'dele'],
      freeze: ['ana', 'dele', 'ops'],
      decline: ['ana', 'dele', 'ops'],
    });
    expect(byAnswer(answers({ kind: 'rollback' }, { rollbackApprovals: 2 }))['approve']).toEqual(['ana', 'dele', 'ops']);
    expect(byAnswer(answers({ kind: 'tune' }, { rollbackApprovals: 2 }))['approve']).toEqual(['ana', 'dele']);
    const owning = answersTo({ kind: 'tune' }, { section, operators: ['ana', 'ops'] }, nowMs);
    expect(byAnswer(owning)['freeze']).toEqual(['ana', 'dele', 'ops']);
  });

  test('for a person are those that name them', () => {
    expect(openTo(answers({ kind: 'rollback' }), 'ops')).toEqual(['freeze', 'decline']);
    expect(openTo(answers({ kind: 'rollback' }), 'dele')).toEqual(['approve', 'freeze', 'decline']);
    expect(openTo(answers({ kind: 'rollback' }), 'gone')).toEqual([]);
  });
});
