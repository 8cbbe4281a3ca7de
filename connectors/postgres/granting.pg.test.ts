import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type {} from '../../test/support/provided.ts';
import { oneByOne, unrecorded } from '../../test/support/one-by-one.ts';
import { openPgSystem, waitsForLock, type PgSystem } from '../../test/support/pg-system.ts';
import { postgresConnector } from './connector.ts';

let system: PgSystem;
beforeAll(async () => {
  system = await openPgSystem(inject('postgresUrl'));
});
afterAll(() => system?.close());

const usual = { admin: false, inherit: true, set: true };
const oid = expect.stringMatching(/^\d+$/);
const ids = { id: oid, roleId: oid, accountId: oid, grantorId: oid };

describe('granting one', () => {
  test('reads the grant back with its grantor, its options and all identities', async () => {
    const { one, pair, heldBy, svc } = system;
    const { role, account } = await pair();
    const grant = { role, account, grantor: svc, options: usual, ...ids };
    expect(await one.grant(role, account)).toEqual({ outcome: 'created', grant });
    expect(await heldBy(role, account)).toEqual([grant]);
  });

  test('again does nothing and answers what is there (R4)', async () => {
    const { one, pair, heldBy } = system;
    const { role, account } = await pair();
    const grant = await one.granted(role, account);
    expect(await one.grant(role, account)).toEqual({ outcome: 'preexisting', grants: [grant] });
    expect(await heldBy(role, account)).toEqual([grant]);
  });

  test('what other administrators already granted, in whatever form, is preexisting and stays as it is', async () => {
    const { one, pair, heldBy, logins, kim, svc } = system;
    const { role, account } = await pair();
    await logins.as(kim, `grant "${role}" to "${account}" with inherit false`);
    await logins.admin(`grant "${role}" to "${account}"`);
    const outcome = await one.grant(role, account);
    expect(outcome).toMatchObject({
      outcome: 'preexisting',
      grants: [
        { grantor: kim, options: { admin: false, inherit: false, set: true } },
        { grantor: 'postgres', options: usual },
      ],
    });
    expect((await heldBy(role, account)).map(({ grantor }) => grantor)).not.toContain(svc);
  });

  test.each([
    ['a role that does not exist', 'nobody_made_this', undefined, /role 'nobody_made_this' does not exist/],
    ['an account that does not exist', undefined, 'ghost', /account 'ghost' does not exist/],
    ['a name that the server would cut to another one', 'x'.repeat(64), undefined, /cannot be the name of a role/],
    ['an empty name', undefined, '', /cannot be the name of an account/],
    ['a name with a NUL', 'a\0b', undefined, /cannot be the name of a role/],
    ['everybody', 'public', undefined, /role 'public' does not exist/],
    ['the current user by keyword', undefined, 'current_user', /account 'current_user' does not exist/],
  ])('%s is refused in words', async (_what, unusualRole, unusualAccount, words) => {
    const { role, account } = await system.pair();
    const outcome = await system.one.grant(unusualRole ?? role, unusualAccount ?? account);
    expect(outcome).toMatchObject({ outcome: 'failed', why: expect.stringMatching(words) });
  });

  test('to a group role is refused: an account is a login', async () => {
    const { one, pair, logins } = system;
    const [{ role }, group] = [await pair(), logins.of('group')];
    await logins.role(group);
    expect(await one.grant(role, group)).toMatchObject({ outcome: 'failed', why: expect.stringContaining('may not log in') });
  });

  test('without ADMIN OPTION is refused, with what an administrator can do', async () => {
    const { one, pair, logins, kim } = system;
    const role = logins.of('kims_only');
    const { account } = await pair();
    await logins.role(role, kim);
    expect(await one.grant(role, account)).toMatchObject({ outcome: 'failed', why: expect.stringMatching(/permission denied.*ADMIN OPTION/) });
  });

  test('by ADMIN OPTION of a group whose rights the login does not inherit is refused, with what an administrator can do', async () => {
    const { one, pair, logins, svc } = system;
    const [group, role] = [logins.of('not_inherited'), logins.of('by_group_only')];
    const { account } = await pair();
    await logins.role(group);
    await logins.role(role, group);
    await logins.admin(`grant "${group}" to "${svc}" with inherit false`);
    expect(await one.grant(role, account)).toMatchObject({ outcome: 'failed', why: expect.stringContaining('WITH INHERIT TRUE') });
  });

  test.each([
    ['quotes and spaces', `o"ne 'two' ; select`],
    ['an injection attempt', `x" to "postgres"; drop role "y`],
    ['Unicode', 'Führungskräfte 财务 🌊'],
    ['slashes and dots', 'Ünï.Côde/äöü'],
    ['the sign of a parameter', '$1'],
    ['an address', "O'Brien@Example.com"],
    ['a statement', 'Month End "Close"; drop'],
    ['capitals', 'MixedCase'],
    ['63 bytes', 'z'],
    ['a backslash and a dollar', `back\\slash $1 $$`],
    ['a comment', 'a--b /* c'],
  ])('and taking, with %s in the names', async (_what, odd) => {
    const { one, connector, heldBy, logins, svc } = system;
    const long = (text: string) => (odd === 'z' ? text.padEnd(63, 'z') : text);
    const [role, account] = [long(logins.of(odd)), long(logins.of(`p ${odd}`))];
    await logins.login(account);
    await logins.role(role, svc);
    const [wanted] = await system.signed(role, [account]);
    const outcome = await one.grant(role, account, wanted);
    const grant = { role, account, grantor: svc, options: usual, ...ids };
    expect(outcome).toEqual({ outcome: 'created', grant });
    const snapshot = await connector.snapshot([role], [account]);
    expect(snapshot).toMatchObject({ roles: [{ role, exists: true }], grants: [{ role, account }], accounts: [{ account, id: oid }], unknownAccounts: [] });
    expect(await logins.admin(connector.checkStatement([role]))).toEqual(expect.arrayContaining([{ role, account, granted_by: svc }]));
    expect(await one.revoke({ role, account, grantor: svc, options: usual })).toEqual({ outcome: 'revoked' });
    expect(await heldBy(role, account)).toEqual([]);
  });

  test('the statement for people shows who holds a role, and not who only administers it', async () => {
    const { one, pair, connector, logins, svc } = system;
    const { account } = await pair();
    const role = logins.of('administered');
    await logins.role(role);
    await logins.admin(`grant "${role}" to "${svc}" with admin true, inherit false, set false`);
    await one.grant(role, account);
    expect(await logins.admin(connector.checkStatement([role]))).toEqual([{ role, account, granted_by: svc }]);
  });
});

describe('granting many at once', () => {
  test('an account that does not exist fails alone', async () => {
    const { connector, pair, accounts } = system;
    const { role } = await pair();
    const people = await accounts(7);
    const outcomes = await connector.grant(
      [...people.slice(0, 4), 'ghost', ...people.slice(4)].map((account) => ({ role, account })),
      unrecorded,
    );
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['created', 'created', 'created', 'created', 'failed', 'created', 'created', 'created']);
  });

  test('a role that the login may not grant fails for all, and the other roles do not', async () => {
    const { connector, pair, accounts, logins, kim } = system;
    const { role } = await pair();
    const foreign = logins.of('kims_alone');
    await logins.role(foreign, kim);
    const people = await accounts(3);
    const wanted = people.flatMap((account) => [
      { role: foreign, account },
      { role, account },
    ]);
    const outcomes = await connector.grant(wanted, unrecorded);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['failed', 'created', 'failed', 'created', 'failed', 'created']);
    expect(outcomes[4]).toMatchObject({ why: expect.stringMatching(/permission denied/) });
  });

  test('a thousand of one role are a few statements, and what is there already is told from what is new', async () => {
    const { connector, pair, logins, heldBy } = system;
    const { role } = await pair();
    const prefix = logins.of('many');
    await logins.admin(`do $$ begin for n in 1..1100 loop execute format('create role %I login', '${prefix}' || n); end loop; end $$`);
    const people = Array.from({ length: 1100 }, (_, at) => `${prefix}${at + 1}`);
    try {
      await connector.grant(
        people.slice(0, 100).map((account) => ({ role, account })),
        unrecorded,
      );
      const outcomes = await connector.grant(await system.signed(role, people), unrecorded);
      expect(outcomes.slice(0, 100).every(({ outcome }) => outcome === 'preexisting')).toBe(true);
      expect(outcomes.slice(100).every(({ outcome }) => outcome === 'created')).toBe(true);
      const created = outcomes.flatMap((each) => (each.outcome === 'created' ? [each.grant] : []));
      expect(new Set(created.map(({ id }) => id)).size).toBe(1000);
      expect(await connector.revoke(created, unrecorded)).toEqual(created.map(() => ({ outcome: 'revoked' })));
      expect(await heldBy(role, `${prefix}1`)).toHaveLength(1);
      expect(await heldBy(role, `${prefix}1100`)).toEqual([]);
    } finally {
      await logins.admin(`do $$ begin for n in 1..1100 loop execute format('drop role %I', '${prefix}' || n); end loop; end $$`);
    }
  });

  test('the same pair twice is created once', async () => {
    const { connector, pair } = system;
    const wanted = await pair();
    const [first, second] = await connector.grant([wanted, wanted], unrecorded);
    expect(first).toMatchObject({ outcome: 'created' });
    expect(second).toMatchObject({ outcome: 'preexisting', grants: [first?.outcome === 'created' ? first.grant : undefined] });
  });
});

describe('at the same time', () => {
  test('two connectors make one grant, and only one of them created it', async () => {
    const { connector, pair, logins, svc, heldBy } = system;
    await system.as(svc, async (other) => {
      for (let round = 0; round < 5; round++) {
        const { role, account } = await pair();
        const outcomes = await Promise.all([connector, other, connector, other].map((each) => oneByOne(each).grant(role, account)));
        expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['created', 'preexisting', 'preexisting', 'preexisting']);
        expect(await heldBy(role, account)).toHaveLength(1);
      }
    });
    expect(logins.url(svc)).toContain(svc);
  });

  test('connectors of two databases of one server make one grant too: roles belong to both', async () => {
    const { connector, pair, logins, svc, heldBy } = system;
    const database = logins.of('second');
    await logins.admin(`create database "${database}"`);
    const url = new URL(logins.url(svc));
    url.pathname = `/${database}`;
    const other = postgresConnector({ connectionString: url.href });
    try {
      expect(await other.place()).toBe(await connector.place());
      for (let round = 0; round < 10; round++) {
        const { role, account } = await pair();
        const outcomes = await Promise.all([connector, other].map((each) => oneByOne(each).grant(role, account)));
        expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['created', 'preexisting']);
        expect(await heldBy(role, account)).toHaveLength(1);
      }
    } finally {
      await other.close();
      await logins.admin(`drop database "${database}" with (force)`);
    }
  });

  test('another administrator leaves both grants whole', async () => {
    const { one, pair, logins, kim, heldBy } = system;
    for (let round = 0; round < 5; round++) {
      const { role, account } = await pair();
      await Promise.all([one.grant(role, account), logins.as(kim, `grant "${role}" to "${account}"`)]);
      const grantors = (await heldBy(role, account)).map(({ grantor }) => grantor);
      expect(grantors).toContain(kim);
      expect(new Set(grantors).size).toBe(grantors.length);
    }
  });

  test("someone with Rolewave's own login was first: the grant is theirs, and this call did not create it", async () => {
    const { one, pair, logins, svc, heldBy } = system;
    const { role, account } = await pair();
    const byHand = new Client({ connectionString: logins.url(svc) });
    await byHand.connect();
    await byHand.query('begin');
    await byHand.query(`grant "${role}" to "${account}"`);
    const granting = one.grant(role, account);
    await waitsForLock(system);
    await byHand.query('commit');
    await byHand.end();
    expect(await granting).toEqual({ outcome: 'preexisting', grants: await heldBy(role, account) });
  });
});
