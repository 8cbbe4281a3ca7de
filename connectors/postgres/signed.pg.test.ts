/** What was signed is what is granted: another role, another account or another content of the role is refused in the transaction of the grant. */
import { Client } from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type {} from '../../test/support/provided.ts';
import { unrecorded } from '../../test/support/one-by-one.ts';
import { openPgSystem, waitsForLock, type PgSystem } from '../../test/support/pg-system.ts';

let system: PgSystem;
beforeAll(async () => {
  system = await openPgSystem(inject('postgresUrl'));
});
afterAll(() => system?.close());

const whyOf = async (wanted: Awaited<ReturnType<PgSystem['signed']>>) =>
  (await system.connector.grant(wanted, unrecorded)).map((each) => (each.outcome === 'failed' ? each.why : each.outcome));

test('an account that was dropped and created again is not granted what the first one was signed for', async () => {
  const { pair, logins, signed, heldBy } = system;
  const { role, account } = await pair();
  const wanted = await signed(role, [account]);
  await logins.admin(`drop role "${account}"; create role "${account}" login`);
  expect(await whyOf(wanted)).toEqual([`account '${account}' was dropped and created again since it was signed`]);
  expect(await heldBy(role, account)).toEqual([]);
});

test('a role that was dropped and created again is not granted', async () => {
  const { pair, accounts, logins, signed, svc } = system;
  const { role, account } = await pair();
  const wanted = await signed(role, [account, ...(await accounts(2))]);
  await logins.admin(`drop role "${role}"; create role "${role}"; grant "${role}" to "${svc}" with admin option; grant pg_execute_server_program to "${role}"`);
  expect(new Set(await whyOf(wanted))).toEqual(new Set([`role '${role}' was dropped and created again since it was signed`]));
});

test.each(['role', 'account'] as const)('a renamed %s is said by its new name, also while another one has the old name', async (which) => {
  const { pair, logins, signed } = system;
  const names = await pair();
  const wanted = await signed(names.role, [names.account]);
  const [name, to] = [names[which], logins.of(`renamed ${which}`)];
  await logins.admin(`alter role "${name}" rename to "${to}"`);
  expect(await whyOf(wanted)).toEqual([`${which} '${name}' was renamed to '${to}' since it was signed`]);
  await logins.admin(`create role "${name}" login`);
  expect(await whyOf(wanted)).toEqual([`${which} '${name}' was renamed to '${to}' since it was signed`]);
  await logins.admin(`drop role "${name}"; alter role "${to}" rename to "${name}"`);
});

test('a role or account that is gone is said to be', async () => {
  const { pair, logins, signed } = system;
  const { role, account } = await pair();
  const wanted = await signed(role, [account]);
  await logins.admin(`drop role "${account}"`);
  expect(await whyOf(wanted)).toEqual([`account '${account}' was dropped since it was signed`]);
  await logins.admin(`create role "${account}"`);
});

test('a role that may do something else is granted to nobody, and the other roles of the call are', async () => {
  const { connector, pair, accounts, logins, signed, heldBy } = system;
  const [widened, same] = [await pair(), await pair()];
  const people = await accounts(2);
  const wanted = [...(await signed(widened.role, people)), ...(await signed(same.role, people))];
  await logins.admin(`grant pg_read_all_settings to "${widened.role}"`);
  const outcomes = await connector.grant(wanted, unrecorded);
  expect(outcomes.map((each) => (each.outcome === 'failed' ? each.why : each.outcome))).toEqual([
    `what role '${widened.role}' may do changed since it was signed`,
    `what role '${widened.role}' may do changed since it was signed`,
    'created',
    'created',
  ]);
  for (const account of people) expect([await heldBy(widened.role, account), await heldBy(same.role, account)]).toMatchObject([[], [{ account }]]);
});

test('a role that is widened while the grant waits on its lock is not granted', async () => {
  const { connector, pair, signed, heldBy, kim } = system;
  const { role, account } = await pair();
  const wanted = await signed(role, [account]);
  // Another administrator grants the role to someone, widens it and commits only when Rolewave waits.
  const admin = new Client({ connectionString: inject('postgresUrl') });
  await admin.connect();
  await admin.query('begin');
  await admin.query(`grant "${role}" to "${kim}" with inherit false`);
  await admin.query(`grant pg_execute_server_program to "${role}"`);
  const granting = connector.grant(wanted, unrecorded);
  await waitsForLock(system);
  await admin.query('commit');
  await admin.end();
  expect(await granting).toEqual([{ outcome: 'failed', why: `what role '${role}' may do changed since it was signed` }]);
  expect(await heldBy(role, account)).toEqual([]);
});
