import { describe, expect, test } from 'vitest';
import { actual, clerksPlan, created, grant, us } from '../../test/support/ledger.ts';
import type { Granted, WantedGrant } from '../release/granting.ts';
import type { Held } from '../release/ledger.ts';
import type { Revoked } from '../release/retiring.ts';
import { buildPreview } from './build-preview.ts';
import { refusedGrants, refusedRetirements, refusedReturns, rehearsed } from './rehearsal.ts';

describe('a rehearsal tries', () => {
  const rehearsedOn = (held: Held[], change: Parameters<typeof actual>[1] = {}) => {
    const now = actual(held, change);
    const { grant: grants, revoke, restore } = rehearsed(buildPreview(clerksPlan(), 'clerks', 'erp', now), now, undefined);
    return { grants: grants.map(({ role, account }) => `${role} ${account}`), revoke, restore };
  };

  test('each grant as it would be signed', () => {
    const now = actual([]);
    const [first] = rehearsed(buildPreview(clerksPlan(), 'clerks', 'erp', now), now, undefined).grant;
    expect(first).toEqual({ role: 'clerk', account: 'ann', person: 'ann', roleId: 'role-clerk', accountId: 'account-ann', digest: 'digest of clerk' });
  });
  test('no grant to someone who has it in any form, or whose account does not exist', () => {
    expect(rehearsedOn([grant('clerk', 'ann', 'kim')], { unknownAccounts: ['ben'] }).grants).toEqual(['clerk c.em', 'reader ann', 'reader c.em']);
  });
  test('no grant of a role that does not exist', () => {
    const roles = actual([]).roles.map((role) => ({ ...role, exists: role.role !== 'clerk' }));
    expect(rehearsedOn([], { roles }).grants).toEqual(['reader ann', 'reader ben', 'reader c.em']);
  });
  test('each retirement, of legacy access and of what it drops of earlier releases', () => {
    const old = grant('old_reader', 'ann');
    expect(rehearsedOn([old, grant('old_reader', 'dea')]).revoke).toEqual([{ ...old, person: 'ann' }]);

    const dropped = grant('clerk', 'dea', us);
    const change = { change: 'revise' as const, earlier: [created('clerk', 'dea')] };
    const now = actual([dropped]);
    const content = buildPreview(clerksPlan(), 'clerks', 'erp', now, undefined, change);
    expect(rehearsed(content, now, change).revoke).toEqual([{ ...dropped, person: 'dea' }]);
  });
  test('giving back what is retired, unless its design was rejected: a rollback leaves that retired', () => {
    const [old, admin] = [grant('old_reader', 'ann'), grant('old_admin', 'ann')];
    const { revoke, restore } = rehearsedOn([old, admin]);
    expect(revoke.map(({ role }) => role)).toEqual(['old_admin', 'old_reader']);
    expect(restore).toEqual([{ ...old, person: 'ann' }]);
  });
});

describe('what the system refuses is one line for each role and reason', () => {
  const failed = (why: string) => ({ outcome: 'failed', why }) as const;
  const wanted = (role: string, ...accounts: string[]): WantedGrant[] => accounts.map((account) => ({ role, account, person: account }));

  test('of grants', () => {
    const grants = [...wanted('clerk', 'dea', 'ann'), ...wanted('reader', 'ann'), ...wanted('clerk', 'ben', 'c.em')];
    const answers: Granted[] = [
      failed('permission denied'),
      failed('permission denied'),
      failed('permission denied'),
      failed('no such account'),
      { outcome: 'created', grant: grant('clerk', 'c.em') },
    ];
    expect(refusedGrants(grants, answers)).toEqual([
      "'clerk' cannot be granted to 'ann', 'dea': permission denied",
      "'reader' cannot be granted to 'ann': permission denied",
      "'clerk' cannot be granted to 'ben': no such account",
    ]);
    expect(refusedGrants(grants, [{ outcome: 'preexisting' }])).toEqual([]);
  });
  test('of retirements', () => {
    const answers: Revoked[] = [{ outcome: 'revoked' }, failed('granted by postgres'), { outcome: 'gone' }];
    expect(refusedRetirements([grant('old_reader', 'ann'), grant('old_reader', 'ben'), grant('old_reader', 'c.em')], answers)).toEqual([
      "'old_reader' cannot be revoked from 'ben': granted by postgres",
    ]);
  });
  test('of what a rollback would give back', () => {
    expect(
      refusedReturns(
        [grant('old_reader', 'ann'), grant('old_reader', 'ben')],
        [failed('the grantor is gone'), { outcome: 'created', grant: grant('old_reader', 'ben') }],
      ),
    ).toEqual(["'old_reader' could not be given back to 'ann' by a rollback: the grantor is gone"]);
  });
  test('with three accounts by name, and how many more there are', () => {
    const said = (...accounts: string[]) =>
      refusedGrants(
        wanted('clerk', ...accounts),
        accounts.map(() => failed('no')),
      );
    expect(said('c', 'a', 'b')).toEqual(["'clerk' cannot be granted to 'a', 'b', 'c': no"]);
    expect(said('d', 'c', 'a', 'b')).toEqual(["'clerk' cannot be granted to 'a', 'b', 'c' and 1 more: no"]);
  });
});
