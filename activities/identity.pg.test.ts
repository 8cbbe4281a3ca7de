/** Whose grant it is, and to whom: decided by what the ledger recorded and by the system's own identities, on a real PostgreSQL. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import type { Connector, GrantOutcome } from '../connectors/connector.ts';
import { postgresConnector } from '../connectors/postgres/connector.ts';
import { receiptLine } from '../domain/release/receipt.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { Bench, benchPlan } from '../test/support/activity-bench.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { testLogins, type TestLogins } from '../test/support/logins.ts';
import { evaluation } from '../test/support/release-story.ts';
import type { ReleaseRef } from './contract.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('identity');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

let logins: TestLogins;
let svc: string;
let made: Bench;
let system: string;
const opened: Connector[] = [];
const people = ['ann', 'ben', 'cem'];
const roles = ['clerk', 'reader', 'old_reader', 'old_admin'];

/** Signed in as `login`; a login whose password is another one has no connection of its own. */
function connectorOf(login: string): Connector {
  const connector = postgresConnector({ connectionString: logins.url(login) });
  opened.push(connector);
  return connector;
}

beforeEach(async () => {
  logins = await testLogins(inject('postgresUrl'));
  svc = logins.of('svc');
  await logins.login(svc, ...people.map((person) => logins.of(person)));
  system = logins.of('erp');
  made = new Bench(
    store,
    benchPlan(system, system, {}, (name) => logins.of(name)),
    {},
  );
  await made.apply();
});
afterEach(async () => {
  for (const connector of opened.splice(0)) await connector.close();
  await logins.remove();
});

/** Rolewave's login may grant the roles: itself, or through the group. */
async function rolesFor(...admins: string[]): Promise<void> {
  for (const role of roles) await logins.role(logins.of(role), ...admins);
  made.systems[system] = connectorOf(svc);
}

const quoted = (name: string) => `"${logins.of(name)}"`;
const approve = (release: ReleaseRef) => made.record('decide', 'olga', release, { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason: 'yes' });
const rolledBack = async (release: ReleaseRef) => made.run('rollBackAccess', release, system, { id: 'r', approval: await approve(release) });
/** Who holds what, without administrators of roles. */
async function held(): Promise<string[]> {
  const rows = await logins.admin<{ line: string }>(
    `select r.rolname || ' ' || m.rolname as line from pg_auth_members a join pg_roles r on r.oid = a.roleid join pg_roles m on m.oid = a.member
     where r.rolname = any($1) and not a.admin_option order by 1`,
    [roles.map((role) => logins.of(role))],
  );
  return rows.map(({ line }) => line.replaceAll(/_[0-9a-f]{8}/g, ''));
}

test('what Rolewave granted for another package is not retired as old access, though the role was renamed since and nobody claims it (R1)', async () => {
  await rolesFor(svc);
  const [then, now] = [quoted('clerk_then'), quoted('old_reader')];
  await logins.admin(`alter role ${now} rename to ${then}`);
  const entitlements = [{ system, role: 'clerk_then' }];
  const another = new Bench(
    store,
    benchPlan(`${system}-another`, system, { packages: [{ entitlements, legacy: [] }] }, (name) => logins.of(name)),
    made.systems,
  );
  await another.apply();
  const theirs = await another.signed();
  expect(await another.run('grantAccess', theirs, system)).toMatchObject({ created: 3 });
  // It gave up its claims, and what it made could not be revoked.
  const [{ place } = { place: '' }] = await store.ledger({ plan: theirs.plan, wave: theirs.wave, package: theirs.package });
  await store.leave(theirs, { place, system }, { grants: 'all' }, () => []);
  await logins.admin(`alter role ${then} rename to ${now}`);
  const release = await made.signed();
  await made.run('grantAccess', release, system);
  expect(await made.run('retireLegacy', release, system)).toMatchObject({ retired: 0, kept: 3 });
  expect((await held()).filter((line) => line.startsWith('old_reader'))).toHaveLength(3);
});

describe('what Rolewave granted, Rolewave revokes', () => {
  test('when its login has the ADMIN OPTION through a group, in whose name PostgreSQL records the grants', async () => {
    const group = logins.of('role_admins');
    await logins.role(group);
    await logins.admin(`grant "${group}" to "${svc}"`);
    await rolesFor(group);
    const release = await made.signed();
    expect(await made.run('grantAccess', release, system)).toMatchObject({ created: 6 });
    expect(await made.run('verifyAccess', release, system)).toMatchObject({ created: 6, unknown: 0 });
    expect(await made.run('tuneAccess', release, system, { id: 't', step: 'reconcile' })).toMatchObject({ granted: 0, left: 0 });
    expect(receiptLine([await rolledBack(release)])).toBe('6 granted, 6 revoked');
    expect(await held()).toEqual([]);
  });

  test('when its login was renamed, and when another login of the same group took its place', async () => {
    const group = logins.of('role_admins');
    await logins.role(group);
    const next = logins.of('svc2');
    await logins.login(next);
    await logins.admin(`grant "${group}" to "${svc}", "${next}"`);
    await rolesFor(group);
    const release = await made.signed();
    await made.run('grantAccess', release, system);
    await logins.admin(`alter role "${group}" rename to "${group}_x"`);
    made.systems[system] = connectorOf(next);
    const receipt = await rolledBack(release);
    const left = await held();
    await logins.admin(`alter role "${group}_x" rename to "${group}"`);
    expect(receiptLine([receipt])).toBe('6 granted, 6 revoked');
    expect(left).toEqual([]);
  });

  test('from an account that has another name since', async () => {
    await rolesFor(svc);
    const release = await made.signed();
    await made.run('grantAccess', release, system);
    await logins.admin(`alter role ${quoted('ben')} rename to ${quoted('bens_new_name')}`);
    const drifted = await made.evaluate(release, evaluation(1));
    const receipt = await rolledBack(release);
    const left = await held();
    await logins.admin(`alter role ${quoted('bens_new_name')} rename to ${quoted('ben')}`);
    expect(drifted.drift).toMatchObject({ missing: 0, outOfBand: 0 });
    expect(receiptLine([receipt])).toBe('6 granted, 6 revoked');
    expect(left).toEqual([]);
  });

  test('and nothing that someone revoked and granted again, not even in its own name', async () => {
    await rolesFor(svc);
    const release = await made.signed();
    await made.run('grantAccess', release, system);
    await logins.as(svc, `revoke ${quoted('clerk')} from ${quoted('ann')}`);
    await logins.as(svc, `grant ${quoted('clerk')} to ${quoted('ann')}`);
    expect(await rolledBack(release)).toMatchObject({ granted: 6, revoked: 5, gone: 1, failed: [] });
    expect(await held()).toEqual(['clerk ann']);
  });
});

describe('names are for people', () => {
  test('an account that was dropped and created again is granted nothing without a sign-off, and a person is asked', async () => {
    await rolesFor(svc);
    const release = await made.signed();
    await made.run('grantAccess', release, system);
    await logins.admin(`drop role ${quoted('ben')}; create role ${quoted('ben')} login`);
    expect((await made.evaluate(release, evaluation(1))).drift).toMatchObject({ missing: 2 });
    await expect(made.run('tuneAccess', release, system, { id: 't', step: 'reconcile' })).rejects.toMatchObject({
      type: 'Incomplete',
      message: expect.stringContaining('was dropped and created again since it was signed'),
      details: [{ granted: 0, left: 2 }],
    });
    expect(await held()).toEqual(['clerk ann', 'clerk cem', 'reader ann', 'reader cem']);
  });

  test('an account that is created again between the sign-off and the go-live voids the sign-off', async () => {
    await rolesFor(svc);
    const release = await made.signed();
    await logins.admin(`drop role ${quoted('ben')}; create role ${quoted('ben')} login`);
    expect(await made.run('recheckSystem', release, system)).toMatchObject({ wider: 1, lines: [expect.stringContaining('dropped and created again')] });
  });

  test('a role that was made anew as a member of a powerful one is granted to nobody', async () => {
    await rolesFor(svc);
    const release = await made.signed();
    await made.run('grantAccess', release, system);
    await logins.admin(`drop role ${quoted('reader')}; create role ${quoted('reader')}; grant pg_execute_server_program to ${quoted('reader')};
      grant ${quoted('reader')} to "${svc}" with admin option`);
    const drifted = await made.evaluate(release, evaluation(1));
    expect(drifted.drift).toMatchObject({ missing: 3, content: 1 });
    await expect(made.run('tuneAccess', release, system, { id: 't', step: 'reconcile' })).rejects.toMatchObject({ details: [{ granted: 0, left: 4 }] });
    expect((await held()).filter((line) => line.startsWith('reader'))).toEqual([]);
  });

  test('a role that was widened since it was signed is not granted', async () => {
    await rolesFor(svc);
    const release = await made.signed();
    await logins.admin(`grant pg_read_all_data to ${quoted('reader')}`);
    await expect(made.run('grantAccess', release, system)).rejects.toMatchObject({ type: 'Incomplete', details: [{ created: 3, failed: 3 }] });
    expect((await held()).filter((line) => line.startsWith('reader'))).toEqual([]);
  });
});

describe('a membership that is not the reviewed one', () => {
  test('held without INHERIT and SET, or with the ADMIN OPTION, is a conflict in the preview and drift afterwards', async () => {
    await rolesFor(svc);
    await logins.as(svc, `grant ${quoted('clerk')} to ${quoted('ann')} with inherit false, set false`);
    const release = await made.signed();
    expect(release.parts[0]).toMatchObject({ alreadyThere: 1, conflicts: [expect.stringContaining('but without INHERIT, without SET')] });
    await made.run('grantAccess', release, system);
    await logins.as(svc, `grant ${quoted('reader')} to ${quoted('ben')} with admin true`);
    expect((await made.evaluate(release, evaluation(1))).drift).toEqual({ missing: 0, outOfBand: 0, legacy: 0, content: 0, options: 2 });
  });
});

test('an account with NOINHERIT holds what was reviewed: no drift, and reconcile repairs what earlier versions granted to it', async () => {
  await rolesFor(svc);
  await logins.admin(`alter role ${quoted('ann')} noinherit; alter role ${quoted('ben')} noinherit; alter role ${quoted('cem')} noinherit`);
  const connector = connectorOf(svc);
  // What the ledger of an earlier version says: the server had taken INHERIT from the account.
  const without = (role: string) => (outcome: GrantOutcome) =>
    outcome.outcome === 'created' && outcome.grant.role === role
      ? { ...outcome, grant: { ...outcome.grant, options: { ...outcome.grant.options, inherit: false } } }
      : outcome;
  made.systems[system] = {
    ...connector,
    grant: (wanted, beforeCommit) => connector.grant(wanted, (outcomes, transaction) => beforeCommit(outcomes.map(without(logins.of('clerk'))), transaction)),
  };
  const release = await made.signed();
  await made.run('grantAccess', release, system);
  made.systems[system] = connector;
  expect((await made.evaluate(release, evaluation(1))).drift).toMatchObject({ missing: 0, options: 0 });
  await logins.as(svc, `grant ${quoted('clerk')} to ${quoted('ann')}, ${quoted('ben')} with inherit false`);
  // Of another role it was somebody's decision after the release: a person decides on it.
  await logins.as(svc, `grant ${quoted('reader')} to ${quoted('cem')} with inherit false`);
  expect((await made.evaluate(release, evaluation(2))).drift).toMatchObject({ options: 3 });
  const ids = () => logins.admin<{ oid: string }>(`select oid from pg_auth_members where roleid = $1::regrole order by oid`, [quoted('clerk')]);
  const before = await ids();
  expect(await made.run('tuneAccess', release, system, { id: 'tune-1', step: 'reconcile' })).toMatchObject({ revoked: 0, left: 1 });
  expect((await made.evaluate(release, evaluation(3))).drift).toEqual({ missing: 0, outOfBand: 0, legacy: 0, content: 0, options: 1 });
  expect(await ids()).toEqual(before);
  await rolledBack(release);
  expect((await held()).filter((line) => /^(clerk|reader) /.test(line))).toEqual([]);
});

describe('what the login cannot do', () => {
  test('is a conflict before anyone signs: a role that it may not grant, and a legacy grant that it may not revoke', async () => {
    await rolesFor(svc);
    const kim = logins.of('dba_kim');
    await logins.login(kim);
    await logins.admin(`grant ${quoted('old_reader')} to "${kim}" with admin option; revoke admin option for ${quoted('reader')} from "${svc}"`);
    await logins.as(kim, `grant ${quoted('old_reader')} to ${quoted('ann')}`);
    const { parts } = await made.preview();
    expect(parts[0]?.conflicts.map((line) => line.replaceAll(/_[0-9a-f]{8}/g, ''))).toEqual([
      expect.stringMatching(/^'reader' cannot be granted to 'ann', 'ben', 'cem': PostgreSQL refused: permission denied/),
      expect.stringMatching(/^'old_reader' cannot be revoked from 'ann': /),
    ]);
    expect((await held()).filter((line) => !line.endsWith('svc'))).toEqual(['old_reader ann']);
  });

  test("is said with person and role in PostgreSQL's own words when it happens at go-live", async () => {
    await rolesFor(svc);
    const release = await made.signed();
    await logins.admin(`grant ${quoted('ben')} to ${quoted('clerk')}`);
    await expect(made.run('grantAccess', release, system)).rejects.toMatchObject({
      type: 'Incomplete',
      details: [{ failed: expect.any(Number), refusals: expect.arrayContaining([expect.stringMatching(/'clerk.*' of 'ben.*': /)]) }],
    });
  });
});

test('two ids for one server are one place: what one package needs through the other id stays', async () => {
  await rolesFor(svc);
  const also = `${system}-too`;
  const other = new Bench(
    store,
    benchPlan(also, also, {}, (name) => logins.of(name)),
    { [also]: connectorOf(svc) },
  );
  await other.apply();
  const first = await made.signed();
  const second = await other.signed();
  await made.run('grantAccess', first, system);
  expect(await other.run('grantAccess', second, also)).toMatchObject({ created: 0, preexisting: 6 });
  expect(await rolledBack(first)).toMatchObject({
    granted: 6,
    revoked: 0,
    kept: expect.arrayContaining([expect.objectContaining({ why: 'kept for a package of another plan' })]),
  });
  expect(await held()).toHaveLength(6);
  const approval = await other.record('decide', 'olga', second, { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason: 'yes' });
  expect(receiptLine([await other.run('rollBackAccess', second, also, { id: 'r', approval })])).toBe('6 granted, 6 revoked');
  expect(await held()).toEqual([]);
});
