/** Who was made a member last, and who was taken out, by lines of the log of changes. */
import { describe, expect, test } from 'vitest';
import { forms } from './forms.ts';
import { lastChangesIn } from './last-changes.ts';
import type { LogEntry } from './origins.ts';

const [form] = forms;
const dn = (name: string) => `uid=${name},ou=people,dc=example`;
const entry = (csn: string, by: string, ...mods: string[]): LogEntry => ({ csn, type: 'modify', dn: 'cn=clerk', entryId: 'g', by, mods });
const of = (log: LogEntry[], csn = log.at(-1)?.csn ?? '', ...names: string[]) =>
  lastChangesIn(log, { groupId: 'g', form: form!, csn }, new Set((names.length > 0 ? names : ['ann', 'ben']).map(dn)));

describe('the last change of a member', () => {
  test('is the last that made a difference to them, not the last of the group', () => {
    const log = [entry('1', 'kim', `member:+ ${dn('ann')}`), entry('2', 'bob', `member:- ${dn('ann')}`), entry('3', 'kim', `member:+ ${dn('ben')}`)];
    expect(of(log)).toEqual(
      new Map([
        [dn('ann'), { did: 'revoked', by: 'bob', csn: '2' }],
        [dn('ben'), { did: 'granted', by: 'kim', csn: '3' }],
      ]),
    );
  });

  test('of a list that is written anew only those who come or go are changed', () => {
    const log = [entry('1', 'kim', `member:+ ${dn('ann')}`), entry('2', 'tool', `member:= ${dn('ann')}`, `member:= ${dn('ben')}`)];
    expect(of(log)?.get(dn('ann'))).toEqual({ did: 'granted', by: 'kim', csn: '1' });
    expect(of([...log, entry('3', 'tool', 'member:-', `member:+ ${dn('ben')}`)])?.get(dn('ann'))).toEqual({ did: 'revoked', by: 'tool', csn: '3' });
  });

  test('of a list that is written anew, nothing is told of people whom the log did not know, until it is written again', () => {
    const anew = entry('1', 'tool', `member:= ${dn('ann')}`, `member:= ${dn('ben')}`);
    expect(of([anew])).toEqual(new Map());
    const again = entry('2', 'kim', `member:= ${dn('ben')}`, `member:= ${dn('cem')}`);
    expect(of([anew, again], '2', 'ann', 'ben', 'cem')).toEqual(
      new Map([
        [dn('ann'), { did: 'revoked', by: 'kim', csn: '2' }],
        [dn('cem'), { did: 'granted', by: 'kim', csn: '2' }],
      ]),
    );
    const created = { ...entry('1', 'kim', `member:+ ${dn('ann')}`), type: 'add' as const };
    expect(of([created, entry('2', 'tool', `member:= ${dn('ben')}`)])?.get(dn('ben'))).toEqual({ did: 'granted', by: 'tool', csn: '2' });
  });

  test('who was a member before the log began and is taken out was changed by it', () => {
    expect(of([entry('5', 'bob', `member:- ${dn('ann')}`)])?.get(dn('ann'))).toEqual({ did: 'revoked', by: 'bob', csn: '5' });
  });

  test('nothing is told where the log lacks the last change of the group', () => {
    expect(of([entry('1', 'kim', `member:+ ${dn('ann')}`)], '2')).toBeUndefined();
  });
});
