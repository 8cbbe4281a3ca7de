import { describe, expect, test } from 'vitest';
import { findingLines, lackingIn, outdatedBecause, relies, type Findings, type ServerRecord } from './server-behaviour.ts';

const fix = 'fix it';
const reliances = [
  relies({ behaviour: 'addOne', answers: ['leavesOthers'], for: 'grant', otherwise: 'others lose access', fix }),
  relies({ behaviour: 'regrant', answers: ['told', 'byGrantor'], for: 'revoke', otherwise: 'a rollback leaves it', fix, mayBeAccepted: true }),
];
const findings: Findings = { addOne: { is: 'replacesOthers', by: 'measured' }, regrant: { is: 'notTold', by: 'standard' } };

describe('what a server lacks', () => {
  test('is said only for the effects that a release has, with how it is known', () => {
    expect(lackingIn(findings, reliances, [], false)).toEqual([]);
    expect(lackingIn(findings, reliances, ['grant'], false)).toEqual([
      { behaviour: 'addOne', text: 'the server replaces all holders by the one that is added (measured): others lose access', fix },
    ]);
    expect(lackingIn(findings, reliances, ['revoke'], false)).toEqual([
      {
        behaviour: 'regrant',
        text: 'the server does not show whether an access was taken away and given again (as documented): a rollback leaves it',
        fix,
      },
    ]);
  });

  test('may be accepted by the site where it is safe, and nowhere else', () => {
    expect(lackingIn(findings, reliances, ['grant', 'revoke'], true).map(({ behaviour }) => behaviour)).toEqual(['addOne']);
  });

  test('what nobody asked is lacking', () => {
    expect(lackingIn({}, reliances, ['grant'], false)[0]?.text).toContain('was not asked');
    expect(lackingIn({ addOne: { is: 'leavesOthers', by: 'measured' } }, reliances, ['grant'], false)).toEqual([]);
  });
});

test('each finding is one line for people', () => {
  expect(findingLines(findings)).toEqual([
    'replaces all holders by the one that is added (measured)',
    'does not show whether an access was taken away and given again (as documented)',
  ]);
});

describe('a record counts', () => {
  const day = 86_400_000;
  const record: ServerRecord = { server: 'one 1.0', atMs: 0, findings };
  const at = (atMs: number, server = 'one 1.0') => ({ server, atMs, days: 30 });

  test('until it is too old, or the server says another version', () => {
    expect(outdatedBecause(undefined, at(0))).toBe('nothing was measured yet');
    expect(outdatedBecause(record, at(30 * day))).toBeUndefined();
    expect(outdatedBecause(record, at(30 * day + 1))).toContain('more than 30 days');
    expect(outdatedBecause(record, at(0, 'one 1.1'))).toContain('one 1.1');
  });

  test('for an hour, where nothing could be measured', () => {
    const refused = { ...record, problem: 'it may not' };
    expect(outdatedBecause(refused, at(3_600_000))).toBeUndefined();
    expect(outdatedBecause(refused, at(3_600_001))).toContain('it may not');
  });
});
