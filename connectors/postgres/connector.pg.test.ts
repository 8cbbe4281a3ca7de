import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type {} from '../../test/support/provided.ts';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import type { ActualGrant, Connector } from '../connector.ts';
import { postgresConnector } from './connector.ts';
import { testLogins } from '../../test/support/logins.ts';
import type { TestLogins } from '../../test/support/logins.ts';

let logins: TestLogins;
let connector: Connector;
let svc: string;
let kim: string;
/** A new login and a new role that Rolewave and Kim may both grant. */
let count = 0;
async function pair(): Promise<{ role: string; account: string }> {
  count++;
  const [role, account] = [logins.of(`role${count}`), logins.of(`ana${count}`)];
  await logins.login(account);
  await logins.role(role, svc, kim);
  return { role, account };
}
const heldBy = async (role: string, account: string): Promise<ActualGrant[]> =>
  (await connector.snapshot([role], [])).grants.filter((grant) => grant.account === account);
const usual = { admin: false, inherit: true, set: true };

beforeAll(async () => {
  logins = await testLogins(inject('postgresUrl'));
  svc = logins.of('rolewave_svc');
  kim = logins.of('dba_kim');
  await logins.login(svc, kim);
  connector = postgresConnector({ connectionString: logins.url(svc) });
});

afterAll(async () => {
  await connector.close();
  await logins.remove();
});

describe('granting', () => {
  test('reads the grant back with us as grantor and its options', async () => {
    const { role, account } = await pair();
    expect(await connector.identity()).toBe(svc);
    expect(await connector.grant(role, account)).toEqual({ outcome: 'created', grant: { role, account, grantor: svc, options: usual } });
    expect(await heldBy(role, account)).toEqual([{ role, account, grantor: svc, options: usual }]);
  });

  test('again does nothing and returns the existing grant (R4)', async () => {
    const { role, account } = await pair();
    const first = await connector.grant(role, account);
    expect(await connector.grant(role, account)).toEqual({ ...first, outcome: 'preexisting' });
    expect(await heldBy(role, account)).toHaveLength(1);
  });

  test('keeps the requested options', async () => {
    const { role, account } = await pair();
    const options = { admin: true, inherit: false, set: false };
    expect(await connector.grant(role, account, options)).toEqual({ outcome: 'created', grant: { role, account, grantor: svc, options } });
  });

  test('a grant that another administrator already made, in any form, is preexisting and stays as it is', async () => {
    const { role, account } = await pair();
    await logins.as(kim, `grant "${role}" to "${account}" with inherit false`);
    const kims = { role, account, grantor: kim, options: { admin: false, inherit: false, set: true } };
    expect(await connector.grant(role, account)).toEqual({ outcome: 'preexisting', grant: kims });
    expect(await heldBy(role, account)).toEqual([kims]);
  });

  test('two connectors at the same time make one grant, and only one of them reports it as created', async () => {
    const other = postgresConnector({ connectionString: logins.url(svc) });
    try {
      for (let round = 0; round < 5; round++) {
        const { role, account } = await pair();
        const outcomes = await Promise.all([connector, other, connector, other].map((each) => each.grant(role, account)));
        expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['created', 'preexisting', 'preexisting', 'preexisting']);
        expect(await heldBy(role, account)).toHaveLength(1);
      }
    } finally {
      await other.close();
    }
  });

  test('at the same time as another administrator leaves both grants intact', async () => {
    const other = postgresConnector({ connectionString: logins.url(kim) });
    try {
      for (let round = 0; round < 5; round++) {
        const { role, account } = await pair();
        await Promise.all([connector.grant(role, account), logins.as(kim, `grant "${role}" to "${account}"`)]);
        const grantors = (await heldBy(role, account)).map(({ grantor }) => grantor);
        expect(grantors).toContain(kim);
        expect(new Set(grantors).size).toBe(grantors.length);
      }
    } finally {
      await other.close();
    }
  });

  test.each([
    ['a role that does not exist', 'nobody_made_this', undefined, /role 'nobody_made_this' does not exist/],
    ['an account that does not exist', undefined, 'ghost', /account 'ghost' does not exist/],
    ['a name that the server would truncate to another one', 'x'.repeat(64), undefined, /cannot be the name of a role/],
    ['an empty name', undefined, '', /cannot be the name of an account/],
    ['a name with a NUL', 'a\0b', undefined, /cannot be the name of a role/],
    ['everybody', 'public', undefined, /role 'public' does not exist/],
    ['the current user by keyword', undefined, 'current_user', /account 'current_user' does not exist/],
  ])('%s is refused with a message', async (_what, unusualRole, unusualAccount, words) => {
    const { role, account } = await pair();
    const outcome = await connector.grant(unusualRole ?? role, unusualAccount ?? account);
    expect(outcome).toMatchObject({ outcome: 'failed', why: expect.stringMatching(words) });
  });

  test('to a group role is refused: an account must be a login', async () => {
    const [{ role }, group] = [await pair(), logins.of('group')];
    await logins.role(group);
    expect(await connector.grant(role, group)).toMatchObject({ outcome: 'failed', why: expect.stringContaining('may not log in') });
  });

  test('without ADMIN OPTION is refused, with what an administrator can do', async () => {
    const role = logins.of('kims_only');
    const { account } = await pair();
    await logins.role(role, kim);
    expect(await connector.grant(role, account)).toMatchObject({ outcome: 'failed', why: expect.stringMatching(/permission denied.*ADMIN OPTION/) });
  });

  test('a circle of memberships is refused', async () => {
    const { role, account } = await pair();
    await logins.admin(`grant "${account}" to "${role}"`);
    expect(await connector.grant(role, account)).toMatchObject({ outcome: 'failed', why: expect.stringContaining('is a member of role') });
    await logins.admin(`revoke "${account}" from "${role}"`);
  });

  test('an option that PostgreSQL does not have is refused', async () => {
    const { role, account } = await pair();
    expect(await connector.grant(role, account, { 'admin true; drop table x --': true })).toMatchObject({
      outcome: 'failed',
      why: expect.stringContaining('has no grant option'),
    });
    expect(await heldBy(role, account)).toEqual([]);
  });

  test.each([
    ['quotes and spaces', `o"ne 'two' ; select`],
    ['an injection attempt', `x" to "postgres"; drop role "y`],
    ['Unicode', 'Führungskräfte 财务 🌊'],
    ['capitals', 'MixedCase'],
    ['63 bytes', 'z'],
    ['a backslash and a dollar', `back\\slash $1 $$`],
    ['a comment', 'a--b /* c'],
  ])('and revoking, with %s in the names', async (_what, odd) => {
    const long = (text: string) => (odd === 'z' ? text.padEnd(63, 'z') : text);
    const [role, account] = [long(logins.of(odd)), long(logins.of(`p ${odd}`))];
    await logins.login(account);
    await logins.role(role, svc);
    const outcome = await connector.grant(role, account);
    expect(outcome).toEqual({ outcome: 'created', grant: { role, account, grantor: svc, options: usual } });
    const snapshot = await connector.snapshot([role], [account]);
    expect(snapshot).toMatchObject({ roles: [{ role, exists: true }], grants: [{ role, account }], unknownAccounts: [] });
    expect(await logins.admin(connector.checkStatement([role]))).toEqual(expect.arrayContaining([{ role, account, granted_by: svc }]));
    expect(await connector.revoke({ role, account, grantor: svc, options: usual })).toEqual({ outcome: 'revoked' });
    expect(await heldBy(role, account)).toEqual([]);
  });
});

test('the statement for people shows who holds a role, not who only administers it', async () => {
  const { account } = await pair();
  const role = logins.of('administered');
  await logins.role(role);
  await logins.admin(`grant "${role}" to "${svc}" with admin true, inherit false, set false`);
  await connector.grant(role, account);
  expect(await logins.admin(connector.checkStatement([role]))).toEqual([{ role, account, granted_by: svc }]);
});

describe('revoking', () => {
  test("our grant leaves another administrator's on the same pair (R1)", async () => {
    const { role, account } = await pair();
    await connector.grant(role, account);
    await logins.as(kim, `grant "${role}" to "${account}"`);
    expect(await connector.revoke({ role, account, grantor: svc, options: usual })).toEqual({ outcome: 'revoked' });
    expect((await heldBy(role, account)).map(({ grantor }) => grantor)).toEqual([kim]);
  });

  test("again returns that it is gone, even while another administrator's grant exists (R4)", async () => {
    const { role, account } = await pair();
    const ours = { role, account, grantor: svc, options: usual };
    await connector.grant(role, account);
    await connector.revoke(ours);
    expect(await connector.revoke(ours)).toEqual({ outcome: 'gone' });
    await logins.as(kim, `grant "${role}" to "${account}"`);
    expect(await connector.revoke(ours)).toEqual({ outcome: 'gone' });
    expect(await heldBy(role, account)).toHaveLength(1);
  });

  test("a named grantor's grant needs membership in the grantor, and says so", async () => {
    const { role, account } = await pair();
    await logins.as(kim, `grant "${role}" to "${account}"`);
    const kims = { role, account, grantor: kim, options: usual };
    expect(await connector.revoke(kims)).toMatchObject({ outcome: 'failed', why: expect.stringMatching(/permission denied to revoke.*membership/) });
    expect(await heldBy(role, account)).toHaveLength(1);
    await logins.admin(`grant "${kim}" to "${svc}"`);
    expect(await connector.revoke(kims)).toEqual({ outcome: 'revoked' });
    await logins.admin(`revoke "${kim}" from "${svc}"`);
    expect(await heldBy(role, account)).toEqual([]);
  });

  test('a grant without a recorded grantor is left alone', async () => {
    const { role, account } = await pair();
    await connector.grant(role, account);
    expect(await connector.revoke({ role, account, options: usual })).toMatchObject({
      outcome: 'failed',
      why: expect.stringContaining('does not say who gave'),
    });
    expect(await heldBy(role, account)).toHaveLength(1);
  });

  test("a grant that was passed on does not revoke anyone else's access", async () => {
    const { role, account } = await pair();
    const { account: ben } = await pair();
    await connector.grant(role, account, { admin: true });
    await logins.as(account, `grant "${role}" to "${ben}"`);
    const ours = { role, account, grantor: svc, options: { ...usual, admin: true } };
    expect(await connector.revoke(ours)).toMatchObject({ outcome: 'failed', why: expect.stringContaining(`passed this role on to ${ben}`) });
    expect(await heldBy(role, ben)).toHaveLength(1);
    await logins.as(account, `revoke "${role}" from "${ben}"`);
    expect(await connector.revoke(ours)).toEqual({ outcome: 'revoked' });
  });

  test('from an account that no longer exists is not a failure', async () => {
    const { role } = await pair();
    expect(await connector.revoke({ role, account: 'ghost', grantor: svc, options: usual })).toEqual({ outcome: 'gone' });
  });
});

describe('restoring', () => {
  test('restores grantor and options where Rolewave may act for the grantor', async () => {
    const { role, account } = await pair();
    await logins.as(kim, `grant "${role}" to "${account}" with inherit false`);
    const before = { role, account, grantor: kim, options: { admin: false, inherit: false, set: true } };
    expect(await heldBy(role, account)).toEqual([before]);
    await logins.admin(`grant "${kim}" to "${svc}"`);
    expect(await connector.revoke(before)).toEqual({ outcome: 'revoked' });
    expect(await connector.restore(before)).toEqual({ outcome: 'created', grant: before });
    expect(await connector.restore(before)).toEqual({ outcome: 'preexisting', grant: before });
    await logins.admin(`revoke "${kim}" from "${svc}"`);
  });

  test('is made in our own name where Rolewave may not, and says so', async () => {
    const { role, account } = await pair();
    const outcome = await connector.restore({ role, account, grantor: kim, options: { admin: false, inherit: false, set: true } });
    expect(outcome).toMatchObject({ outcome: 'created', grant: { grantor: svc, options: { inherit: false } }, note: expect.stringContaining(kim) });
  });

  test('adds nothing where another administrator has granted it again', async () => {
    const { role, account } = await pair();
    await logins.as(kim, `grant "${role}" to "${account}"`);
    const outcome = await connector.restore({ role, account, grantor: 'a_grantor_who_left', options: usual });
    expect(outcome).toMatchObject({ outcome: 'preexisting', grant: { grantor: kim }, note: expect.stringContaining(kim) });
    expect(await heldBy(role, account)).toHaveLength(1);
  });

  test('includes a login that has been locked since, so that the system is as it was', async () => {
    const { role, account } = await pair();
    await logins.admin(`alter role "${account}" nologin`);
    expect(await connector.restore({ role, account, grantor: svc, options: usual })).toMatchObject({ outcome: 'created' });
  });
});

describe('an unavailable system', () => {
  test('is SystemUnavailable when nothing listens; a wrong password is not', async () => {
    const nobody = postgresConnector({ connectionString: 'postgres://a:b@127.0.0.1:1/x', connectTimeoutMs: 2_000 });
    await expect(nobody.grant('a', 'b')).rejects.toThrow(SystemUnavailable);
    await nobody.close();
    const wrong = new URL(logins.url(svc));
    wrong.password = 'wrong';
    const refused = postgresConnector({ connectionString: wrong.href });
    const error = await refused.identity().catch((thrown: unknown) => thrown);
    expect(error).not.toBeInstanceOf(SystemUnavailable);
    expect(error).toMatchObject({ message: expect.stringContaining('password authentication failed') });
    await refused.close();
  });

  test('a session that an administrator terminates midway changes nothing, and the next call works', async () => {
    const { role, account } = await pair();
    const blocker = postgresConnector({ connectionString: logins.url(svc), applicationName: logins.of('ended') });
    await logins.admin('begin');
    await logins.admin('select pg_advisory_lock(hashtextextended($1, 0))', [`rolewave grant ${JSON.stringify([role, account])}`]);
    await logins.admin('commit');
    const granting = blocker.grant(role, account).catch((error: unknown) => error);
    await expect
      .poll(() => logins.admin('select pid from pg_stat_activity where application_name = $1 and wait_event_type = $2', [logins.of('ended'), 'Lock']))
      .toHaveLength(1);
    await logins.admin('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [logins.of('ended')]);
    expect(await granting).toBeInstanceOf(SystemUnavailable);
    await logins.admin('select pg_advisory_unlock_all()');
    expect(await heldBy(role, account)).toEqual([]);
    expect(await blocker.grant(role, account)).toMatchObject({ outcome: 'created' });
    await blocker.close();
  });

  test('a lock timeout and a statement timeout are SystemUnavailable', async () => {
    const { role, account } = await pair();
    const hasty = postgresConnector({ connectionString: logins.url(svc), lockTimeoutMs: 100 });
    await logins.admin('select pg_advisory_lock(hashtextextended($1, 0))', [`rolewave grant ${JSON.stringify([role, account])}`]);
    await expect(hasty.grant(role, account)).rejects.toThrow(SystemUnavailable);
    await logins.admin('select pg_advisory_unlock_all()');
    expect(await hasty.grant(role, account)).toMatchObject({ outcome: 'created' });
    await hasty.close();
  });

  test('a cancelled snapshot ends with the reason of the cancellation', async () => {
    const { role } = await pair();
    await expect(connector.snapshot([role], [], AbortSignal.abort(new Error('not wanted any more')))).rejects.toThrow('not wanted any more');
    const controller = new AbortController();
    const asking = connector.snapshot([role], [], controller.signal);
    controller.abort(new Error('changed our mind'));
    await expect(asking).rejects.toThrow('changed our mind');
    expect(await connector.identity()).toBe(svc);
  });
});

describe('checking the system', () => {
  test('names what is missing and the statement that fixes it', async () => {
    const { role } = await pair();
    const outOfBand = logins.of('elsewhere');
    await logins.role(outOfBand);
    const { version, lines } = await connector.check([role, outOfBand, 'not_there']);
    expect(version).toMatch(/^PostgreSQL 1[6-9]/);
    expect(lines.find(({ text }) => text === `role ${role} can be granted and revoked`)).toMatchObject({ state: 'ok' });
    const wrong = lines.flatMap((line) => (line.state === 'wrong' ? [line] : []));
    const fixing = String(wrong.find(({ text }) => text.includes(outOfBand))?.fix).replace(/^.* run /, '');
    expect(wrong).toContainEqual({ state: 'wrong', text: 'role not_there does not exist', fix: 'create it, or fix the plan' });
    await logins.admin(fixing);
    expect((await connector.check([outOfBand])).lines.every(({ state }) => state === 'ok')).toBe(true);
    const { account } = await pair();
    expect(await connector.grant(outOfBand, account)).toMatchObject({ outcome: 'created' });
  });

  test('warns about a superuser, whose grants are recorded under the grantor that the server chooses', async () => {
    const boss = logins.of('boss');
    await logins.login(boss);
    await logins.admin(`alter role "${boss}" superuser`);
    const superuser = postgresConnector({ connectionString: logins.url(boss) });
    const { role, account } = await pair();
    expect((await superuser.check([role])).lines).toContainEqual(expect.objectContaining({ state: 'warning', text: `${boss} is a superuser` }));
    const outcome = await superuser.grant(role, account);
    expect(outcome).toMatchObject({ outcome: 'created', grant: { grantor: await superuser.identity() } });
    expect(await superuser.revoke({ role, account, grantor: await superuser.identity(), options: usual })).toEqual({ outcome: 'revoked' });
    await superuser.close();
  });
});
