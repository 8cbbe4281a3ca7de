import { describe, expect, test } from 'vitest';
import type { Form } from './forms.ts';
import { newNonce, markerOf } from './marker.ts';
import { originsOf, type LogEntry } from './origins.ts';

const byDn: Form = { objectClass: 'groupofnames', attribute: 'member', byDn: true, needsMember: true };
const own = 'cn=rolewave,dc=x';
const ann = 'uid=ann,ou=people,dc=x';
const anna = 'uid=anna,ou=people,dc=x';
const ben = 'uid=ben,ou=people,dc=x';
const nonce = newNonce();

const entry = (change: Partial<LogEntry>): LogEntry => ({
  csn: '',
  type: 'modify',
  dn: 'cn=clerk,dc=x',
  entryId: 'clerk',
  by: 'cn=kim,dc=x',
  mods: [],
  ...change,
});
const kim = (...mods: string[]) => entry({ mods });
const ours = (...mods: string[]) => entry({ by: own, mods: [`description:+ ${markerOf(nonce)}`, ...mods] });
const renamed = (dn: string, newDn: string, entryId = 'ann') => entry({ type: 'modrdn', entryId, dn, newDn });
const touched = () => entry({ mods: ['cn:= clerk'] });

/** In the order in which they are in the log. */
function numbered(log: LogEntry[]): LogEntry[] {
  for (const [at, each] of log.entries()) each.csn = String(at).padStart(6, '0');
  return log;
}

function changeOf(log: LogEntry[], value: string, form = byDn, accountId?: string): string | undefined {
  const whole = numbered([...log, touched()]);
  const origins = originsOf(whole, { groupId: 'clerk', form, marker: 'description', csn: whole.at(-1)?.csn ?? '' });
  if (!origins) throw new Error('the log was not believed');
  return origins(value, accountId)?.change;
}

describe('a member', () => {
  test('whom Rolewave added is known by its nonce, however the name is spelled', () => {
    expect(changeOf([ours(`member:+ ${ann}`)], 'UID=ann, ou=People,dc=x')).toBe(nonce);
  });

  test('whom somebody else removed and added again is known by their change', () => {
    const again = kim(`member:+ ${ann}`);
    expect(changeOf([ours(`member:+ ${ann}`), kim(`member:- ${ann}`), again], ann)).toBe(again.csn);
  });

  test('stays the same when a whole list is written anew by a tool', () => {
    const rewritten = kim(`member:= ${ann}`, `member:= ${ben}`);
    expect([changeOf([ours(`member:+ ${ann}`), rewritten], ann), changeOf([ours(`member:+ ${ann}`), rewritten], ben)]).toEqual([nonce, rewritten.csn]);
    expect(changeOf([ours(`member:+ ${ann}`), kim('member:-', `member:+ ${ann}`)], ann)).toBe(nonce);
    expect(changeOf([ours(`member:+ ${ann}`), kim(`member:= ${ben}`), kim(`member:= ${ann}`)], ann)).not.toBe(nonce);
  });

  test('stays the same under a new name, whether the server or an administrator writes it into the group', () => {
    expect(changeOf([ours(`member:+ ${ann}`), renamed(ann, anna)], anna)).toBe(nonce);
    expect(changeOf([ours(`member:+ ${ann}`), renamed(ann, anna), kim(`member:- ${ann}`, `member:+ ${anna}`)], anna)).toBe(nonce);
    expect(changeOf([ours(`member:+ ${ann}`), renamed('ou=people,dc=x', 'ou=staff,dc=x')], 'uid=ann,ou=staff,dc=x')).toBe(nonce);
  });

  test('is another one when the new name was added by itself', () => {
    const added = kim(`member:+ ${anna}`);
    expect(changeOf([ours(`member:+ ${ann}`), renamed(ann, anna), kim(`member:- ${ann}`), added], anna)).toBe(added.csn);
  });

  test('is another one where a new person got the old name and was added', () => {
    const added = kim(`member:+ ${ann}`);
    expect(changeOf([ours(`member:+ ${ann}`), renamed(ann, anna), added], ann)).toBe(added.csn);
    expect(changeOf([ours(`member:+ ${ann}`), renamed(ann, anna), added, kim(`member:- ${ann}`, `member:+ ${ben}`)], ben)).not.toBe(nonce);
  });

  test('is not known any more once the entry was deleted, and another one has its name', () => {
    expect(changeOf([ours(`member:+ ${ann}`), entry({ type: 'delete', entryId: 'ann', dn: ann })], ann, byDn, 'another ann')).toBeUndefined();
    const posix: Form = { objectClass: 'posixgroup', attribute: 'memberUid', byDn: false, needsMember: false };
    expect(changeOf([ours('memberUid:+ ann'), entry({ type: 'delete', entryId: 'ann', dn: ann })], 'ann', posix, 'another ann')).toBeUndefined();
  });

  describe('who exchanged names with another member', () => {
    const between = 'uid=between,ou=people,dc=x';
    const exchanged = [renamed(ann, between), renamed(ben, ann, 'ben'), renamed(between, ben)];

    test('keeps the change that made each of them one, by whom the names mean now', () => {
      const theirs = kim(`member:+ ${ben}`);
      const log = () => [ours(`member:+ ${ann}`), theirs, ...exchanged];
      expect([changeOf(log(), ben, byDn, 'ann'), changeOf(log(), ann, byDn, 'ben')]).toEqual([nonce, theirs.csn]);
      expect(changeOf([...log(), kim(`member:- ${ben}`)], ann, byDn, 'ben')).toBe(theirs.csn);
      expect(changeOf([...log(), renamed(ann, between, 'ben')], between, byDn, 'ben')).toBe(theirs.csn);
    });

    test('is not taken for the one whose name is in the group', () => {
      expect(changeOf([ours(`member:+ ${ann}`), ...exchanged], ann, byDn, 'ben')).toBeUndefined();
      expect(changeOf([ours(`member:+ ${ann}`), ...exchanged], ben, byDn, 'ann')).toBe(nonce);
    });

    test('keeps it when the names are exchanged back', () => {
      const back = [renamed(ann, between, 'ben'), renamed(ben, ann), renamed(between, ben, 'ben')];
      expect(changeOf([ours(`member:+ ${ann}`), ...exchanged, ...back], ann, byDn, 'ann')).toBe(nonce);
    });
  });

  test('from before the log is not known', () => {
    expect(changeOf([kim(`member:+ ${ben}`)], ann)).toBeUndefined();
  });

  test("with a nonce that somebody else wrote once more is somebody else's", () => {
    const forged = kim(`description:+ ${markerOf(nonce)}`, `member:+ ${ann}`);
    expect(changeOf([ours(`member:+ ${ben}`), kim(`description:- ${markerOf(nonce)}`), forged], ann)).toBe(forged.csn);
    const written = kim(`description:= ${markerOf(nonce)}`, `member:+ ${ann}`);
    expect(changeOf([ours(`member:+ ${ben}`), written], ann)).toBe(written.csn);
    const givenUp = kim(`description:+ ${markerOf(nonce)}`, `description:+ ${markerOf(nonce)}:given-up`);
    expect(changeOf([givenUp, kim(`description:- ${markerOf(nonce)}`), forged], ann)).toBe(forged.csn);
  });

  test("stays Rolewave's when its login got another name, or another login took its place", () => {
    const before = entry({ by: 'cn=rolewave-2025,dc=x', mods: [`description:+ ${markerOf(nonce)}`, `member:+ ${ann}`] });
    expect(changeOf([before], ann)).toBe(nonce);
  });

  test('of a posixGroup is known by the uid, which keeps its case', () => {
    const posix: Form = { objectClass: 'posixgroup', attribute: 'memberUid', byDn: false, needsMember: false };
    expect([changeOf([ours('memberUid:+ ann')], 'ann', posix), changeOf([ours('memberUid:+ ann')], 'Ann', posix)]).toEqual([nonce, undefined]);
    expect(changeOf([ours('memberUid:+ ann'), renamed(ann, anna), kim('memberUid:- ann', 'memberUid:+ anna')], 'anna', posix)).toBe(nonce);
  });
});

test('a log that does not have the last change of the group is not believed', () => {
  const [first, last] = numbered([ours(`member:+ ${ann}`), touched()]) as [LogEntry, LogEntry];
  const group = { groupId: 'clerk', form: byDn, marker: 'description' };
  expect(originsOf([first], { ...group, csn: last.csn })).toBeUndefined();
  expect(originsOf([first, last], { ...group, csn: first.csn })?.(ann, undefined)?.change).toBe(nonce);
});
