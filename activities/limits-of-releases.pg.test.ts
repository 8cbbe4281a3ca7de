/** What stops a release, read from real PostgreSQL servers and from memory, and asked again before the first effect. */
import { Client } from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { noneConnector } from '../connectors/none/connector.ts';
import { postgresConnector } from '../connectors/postgres/connector.ts';
import type { Connector } from '../connectors/connector.ts';
import { keyOf } from '../domain/release/ledger.ts';
import { incompatibleSchema } from '../domain/plan/schema.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { Bench, benchPlan } from '../test/support/activity-bench.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { testLogins, type TestLogins } from '../test/support/logins.ts';

let database: TestDatabase;
let store: Store;
let logins: TestLogins;
let connector: Connector;

beforeAll(async () => {
  database = await createDatabase('limits');
  store = await openStore(database.url, { migrate: true });
  logins = await testLogins(inject('postgresUrl'));
  const svc = logins.of('rolewave_svc');
  await logins.login(svc, ...['ann', 'ben', 'cem', 'dea'].map((person) => logins.of(person)));
  for (const role of ['clerk', 'reader', 'old_reader', 'old_admin', 'auditor']) await logins.role(logins.of(role), svc);
  connector = postgresConnector({ connectionString: logins.url(svc) });
});
afterAll(async () => {
  await connector?.close();
  await logins?.remove();
  await store?.close();
  await database?.drop();
});

const role = (name: string) => logins.of(name);
const clerkAnd = (system: string, other: string, at = system) =>
  incompatibleSchema.parse({
    id: 'clerk-and-auditor',
    reason: 'Nobody audits their own work',
    entitlements: [
      { system, role: other === role('auditor') ? role('clerk') : 'clerk' },
      { system: at, role: other },
    ],
  });

test('PostgreSQL says how many accounts it has and who holds the other entitlement, by direct grants alone', async () => {
  const system = logins.of('erp');
  const plan = benchPlan('limits-real', system, {}, (name) => logins.of(name));
  const made = new Bench(
    store,
    { ...plan, blastRadius: [{ system, maxPercent: 100 }], incompatible: [clerkAnd(system, role('auditor'))] },
    { [system]: connector },
  );
  await logins.admin(`grant "${role('auditor')}" to "${role('ann')}"`);
  // Somebody who has it through a group does not hold it themselves.
  await logins.role(role('team'));
  await logins.admin(`grant "${role('auditor')}" to "${role('team')}"`);
  await logins.admin(`grant "${role('team')}" to "${role('ben')}"`);
  await made.apply();
  const { parts } = await made.preview();
  expect(parts[0]).toMatchObject({
    blastRadius: { people: 3, maxPercent: 100 },
    incompatible: [{ rule: 'clerk-and-auditor', existing: 0, caused: 1, excepted: 0, resolved: 0 }],
  });
  // Other tests make logins at the same time.
  expect(parts[0]?.blastRadius?.accounts).toBeGreaterThanOrEqual(5);
  const content = await store.preview(parts[0]!.digest);
  expect(content?.incompatible).toEqual([
    { role: role('auditor'), exists: true, holders: ['ann'] },
    { role: role('clerk'), exists: true, holders: [] },
  ]);
  // What the other role may do is nobody's to review here.
  expect(content?.roles.map((each) => each.role)).not.toContain(role('auditor'));
});

test('a role that a rule names and the system does not have is a conflict, because the rule would say nothing', async () => {
  const memory = noneConnector({ unknownRoles: ['auditr'] });
  const plan = { ...benchPlan('limits-typo', 'erp-typo'), incompatible: [clerkAnd('erp-typo', 'auditr')] };
  const made = new Bench(store, plan, { 'erp-typo': memory });
  await made.apply();
  expect((await made.preview()).parts[0]?.conflicts).toEqual([
    "role 'auditr' does not exist in 'erp-typo', so that the rule under incompatible that names it says nothing: fix the plan",
  ]);
});

test('the first effect is refused by what the last comparison found, also where no wave asks for it', async () => {
  const memory = noneConnector();
  const counted = { ...memory, accountCount: async () => accounts };
  let accounts = 30;
  const plan = { ...benchPlan('limits-first', 'erp-first'), blastRadius: [{ system: 'erp-first', maxPercent: 10 }] };
  const made = new Bench(store, plan, { 'erp-first': counted });
  await made.apply();
  const release = await made.signed();
  expect(await made.run('recheckSystem', release, 'erp-first')).toEqual({ readMs: expect.any(Number), shrunk: 0, wider: 0, lines: [] });
  accounts = 29;
  const stopped = await made.run('recheckSystem', release, 'erp-first');
  expect(stopped.stops).toMatchObject([{ code: 'blastRadius', system: 'erp-first' }]);
  expect(await store.rechecks({ ...keyOf(release), previewDigest: release.previewDigest })).toEqual(
    new Map([['erp-first', { wider: 0, stops: stopped.stops, ageMs: expect.any(Number) }]]),
  );
  await expect(made.run('grantAccess', release, 'erp-first')).rejects.toMatchObject({
    type: 'NotCoveredBySignOffs',
    message: expect.stringContaining('3 people in'),
  });
  expect(memory.held()).toEqual([]);
  accounts = 30;
  await made.run('recheckSystem', release, 'erp-first');
  expect(await made.run('grantAccess', release, 'erp-first')).toMatchObject({ created: 6 });
  // What has begun may finish, whatever the system has become.
  accounts = 1;
  expect(await made.run('grantAccess', release, 'erp-first')).toMatchObject({ created: 6 });
});

test('of two systems, each comparison judges the one as it is now with the other as it was signed', async () => {
  const [erp, lab] = [noneConnector(), noneConnector()];
  const plan = { ...benchPlan('limits-two', 'erp-two'), systems: ['erp-two', 'lab-two'], incompatible: [clerkAnd('erp-two', 'auditor', 'lab-two')] };
  const made = new Bench(store, plan, { 'erp-two': erp, 'lab-two': lab });
  await made.apply();
  const release = await made.signed();
  expect(release.parts.map(({ system, people, toGrant }) => [system, people, toGrant])).toEqual([
    ['erp-two', 3, 6],
    ['lab-two', 3, 0],
  ]);
  expect(await made.run('incompatibleAcross', made.ref(), release.parts)).toEqual([]);
  lab.grantAs('dba', 'auditor', 'ben');
  expect((await made.run('recheckSystem', release, 'erp-two')).stops).toBeUndefined();
  expect((await made.run('recheckSystem', release, 'lab-two')).stops).toMatchObject([{ code: 'incompatible', rule: 'clerk-and-auditor', people: 1 }]);
  await expect(made.run('grantAccess', release, 'erp-two')).rejects.toMatchObject({ type: 'NotCoveredBySignOffs' });

  const again = await made.preview();
  expect(await made.run('incompatibleAcross', made.ref(), again.parts)).toEqual([
    { rule: 'clerk-and-auditor', existing: 0, caused: 1, excepted: 0, resolved: 0 },
  ]);
  // A release is never granted by previews that leave out the other system.
  const [only] = again.parts;
  await expect(made.run('recheckSystem', { ...again, parts: [only!] }, 'erp-two')).rejects.toMatchObject({ type: 'NotCoveredBySignOffs' });
  expect(erp.held()).toEqual([]);
});

test('an exception counts until it ends, and is asked for again right before the release', async () => {
  const memory = noneConnector();
  memory.grantAs('dba', 'auditor', 'ann');
  const until = '2027-03-02';
  const rule = { ...clerkAnd('erp-until', 'auditor'), exceptions: [{ person: 'ann', reason: 'r', until: Date.parse(`${until}T00:00:00Z`) }] };
  const made = new Bench(store, { ...benchPlan('limits-until', 'erp-until'), incompatible: [rule] }, { 'erp-until': memory });
  await made.apply();
  const release = await made.signed();
  expect(release.parts[0]?.incompatible).toMatchObject([{ excepted: 1, caused: 0 }]);
  expect((await made.run('recheckSystem', release, 'erp-until')).stops).toBeUndefined();
  made.nowMs = Date.parse(`${until}T00:00:00Z`);
  expect((await made.run('recheckSystem', release, 'erp-until')).stops).toMatchObject([{ code: 'incompatible', people: 1 }]);
});

test('what was compared long before the first effect is compared again, and what has grown since is not granted', async () => {
  const memory = noneConnector();
  let accounts = 30;
  const counted = { ...memory, accountCount: async () => accounts };
  const plan = { ...benchPlan('limits-old', 'erp-old'), blastRadius: [{ system: 'erp-old', maxPercent: 10 }] };
  const made = new Bench(store, plan, { 'erp-old': counted });
  await made.apply();
  const release = await made.signed();
  const ago = async (minutes: number) => {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query(
      `insert into rolewave.rechecks (plan, wave, package, preview_digest, system, wider, at)
       values ($1, $2, $3, $4, 'erp-old', 0, (extract(epoch from now()) * 1000)::bigint - $5 * 60000::bigint)`,
      [release.plan, release.wave, release.package, release.previewDigest, minutes],
    );
    await client.end();
  };
  accounts = 29;
  await ago(6);
  await expect(made.run('grantAccess', release, 'erp-old')).rejects.toMatchObject({ type: 'NotCoveredBySignOffs' });
  expect(memory.held()).toEqual([]);
  // As it is on record now, for everybody who asks why.
  expect((await store.rechecks({ ...keyOf(release), previewDigest: release.previewDigest })).get('erp-old')?.stops).toMatchObject([{ code: 'blastRadius' }]);
  accounts = 30;
  await ago(6);
  expect(await made.run('grantAccess', release, 'erp-old')).toMatchObject({ created: 6 });
});
