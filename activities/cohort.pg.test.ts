/** Cohorts by query: people leave, join and move while a release is on its way. The query is asked of a real PostgreSQL by a login that only reads. */
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noneConnector, type NoneConnector } from '../connectors/none/connector.ts';
import { postgresConnector } from '../connectors/postgres/connector.ts';
import type { Connector } from '../connectors/connector.ts';
import { receiptLine } from '../domain/release/receipt.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { Bench, benchPlan, now } from '../test/support/activity-bench.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { saveRevision } from '../test/support/revisions.ts';
import { testLogins, type TestLogins } from '../test/support/logins.ts';
import { metric, people, roles, watch, type PackageInput, type PlanChange } from '../test/support/plan.ts';
import { readings } from '../test/support/telemetry.ts';
import type { MetricQuery } from '../telemetry/provider.ts';
import type { ReleaseRef } from './contract.ts';

const dayMs = 86_400_000;
let [database, source]: TestDatabase[] = [];
let logins: TestLogins;
let store: Store;
let hr: Connector;

beforeAll(async () => {
  database = await createDatabase('cohort_store');
  store = await openStore(database.url, { migrate: true });
  source = await createDatabase('cohort_hr');
  logins = await testLogins(source.url);
  const reader = logins.of('reads_staff');
  await logins.login(reader);
  await logins.admin(`create table staff (test text, account text, team text); grant select on staff to ${escapeIdentifier(reader)}`);
  hr = postgresConnector({ connectionString: logins.url(reader), statementTimeoutMs: 5_000 });
});
afterAll(async () => {
  await hr?.close();
  await store?.close();
  await logins?.remove();
  await Promise.all([database?.drop(), source?.drop()]);
});

type Query = NonNullable<PackageInput['cohortQuery']>;

class CohortBench extends Bench {
  readonly id: string;
  readonly erp: NoneConnector;
  readonly hrId: string;

  constructor(id: string, erp: NoneConnector, query: Partial<Query>, change: PlanChange) {
    const hrId = `hr-${id}`;
    const cohortQuery: Query = { system: hrId, statement: statementOf(id), ...query };
    const packages = (change.packages ?? [{}]).map((each) => ({ cohort: ['ann', 'ben', 'cem', 'dea'], cohortQuery, ...each }));
    super(store, benchPlan(`plan-${id}`, id, { systems: [id, hrId], ...change, packages }), { [id]: erp, [hrId]: hr });
    this.id = id;
    this.erp = erp;
    this.hrId = hrId;
  }

  /** These are the staff now. */
  async staff(...accounts: string[]): Promise<void> {
    await this.team('clerks', ...accounts);
  }

  async team(team: string, ...accounts: string[]): Promise<void> {
    await logins.admin('delete from staff where test = $1 and team = $2', [this.id, team]);
    for (const account of accounts) await logins.admin('insert into staff values ($1, $2, $3)', [this.id, account, team]);
  }

  async granted(release: ReleaseRef): Promise<ReleaseRef> {
    await this.run('grantAccess', release, this.id);
    await this.run('verifyAccess', release, this.id);
    await this.run('retireLegacy', release, this.id);
    return release;
  }

  async reconcile(release: ReleaseRef) {
    const id = await this.record('tune', 'ines', release, { step: 'reconcile', reason: 'as reviewed' });
    return this.run('tuneAccess', release, this.id, { id, step: 'reconcile' });
  }

  /** As the owner. */
  async tuned(release: ReleaseRef, order: { step: 'tighten'; entitlement: { system: string; role: string } } | { step: 'narrow'; people: string[] }) {
    const id = await this.record('tune', 'olga', release, { ...order, reason: 'decided' });
    return this.run('tuneAccess', release, this.id, { id, ...order });
  }

  async evaluated(release: ReleaseRef, day = 1) {
    const due = { purpose: 'scheduled' as const, dueMs: now + day * dayMs, startMs: now, atEnd: false };
    const answer = await this.evaluate(release, due);
    const found = await store.evaluation({ plan: release.plan, wave: release.wave, package: release.package, purpose: due.purpose, dueMs: due.dueMs });
    // Each names its system, of which there is one here.
    const lines = (found?.driftLines ?? []).map((line) => line.replace(/^[\w-]+: (?=left|joined|unreviewed|missing|legacy)/, ''));
    return { ...answer, lines, measurements: found?.measurements ?? [] };
  }

  async rolledBack(release: ReleaseRef) {
    const approval = await this.record('decide', 'olga', release, { proposal: 'r', kind: 'rollback', answer: 'approve', reason: 'yes' });
    return this.run('rollBackAccess', release, this.id, { id: 'r', approval });
  }

  held(): string[] {
    return this.erp.held().map(({ role, account, grantor }) => `${role} ${account} ${grantor}`);
  }
}

const statementOf = (id: string, team = 'clerks') => `select account from staff where test = ${escapeLiteral(id)} and team = ${escapeLiteral(team)}`;
let count = 0;
/** In the store's database, past the store. */
async function ofStore(sql: string): Promise<void> {
  const client = new Client({ connectionString: database?.url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

const held = (...pairs: [string, string][]) => pairs.map(([role, account]) => ({ role, account, grantor: 'dba', options: {} }));

async function bench(
  query: Partial<Query> = {},
  { grants = [] as ReturnType<typeof held>, ...change }: PlanChange & { grants?: ReturnType<typeof held> } = {},
) {
  const made = new CohortBench(`co-${(count += 1)}`, noneConnector({ grants }), query, change);
  await made.apply();
  await made.staff('ann', 'ben', 'cem');
  return made;
}

describe('a preview', () => {
  test('is for the people whom the query answers, by their accounts in the system that is asked', async () => {
    const made = await bench(
      {},
      {
        people: people('olga', 'ines', 'dora', 'ann', 'ben', 'cem').concat([{ id: 'dea', name: 'dea', team: 'finance', accounts: { 'hr-co-1': 'D. E. A.' } }]),
      },
    );
    await made.staff('ann', 'D. E. A.', 'stranger', 'olga');
    const { parts } = await made.preview();
    const content = await store.preview(parts[0]?.digest ?? '');
    expect(content?.people.map(({ person }) => person)).toEqual(['ann', 'dea']);
    expect(content?.cohort).toEqual({ people: ['ann', 'dea'], joiners: 'unsigned' });
  });

  test.each<[string, Partial<Query>, RegExp]>([
    ['answers nobody', {}, /answers nobody of the cohort.*nothing was changed/],
    ['cannot be understood', { statement: 'select account from nowhere' }, /it names a table that does not exist/],
    ['writes', { statement: 'with gone as (delete from staff returning account) select account from gone' }, /only reads/],
    ['answers another column', { statement: 'select * from (select team from staff) as teams' }, /it answers the column `account`/],
  ])('is refused where the query %s', async (_, query, why) => {
    const made = await bench(
      query.statement === undefined ? query : {},
      query.statement === undefined ? {} : { packages: [{ cohortQuery: { system: `hr-co-${count + 1}`, statement: query.statement } }] },
    );
    await made.staff();
    await expect(made.preview()).rejects.toThrow(why);
  });
});

describe('people who left', () => {
  test('before go-live are granted nothing, keep what they had, and are no reason to sign again (R3)', async () => {
    const made = await bench({}, { grants: held(['old_reader', 'ann'], ['old_reader', 'ben']) });
    const release = await made.signed();
    await made.staff('ann', 'cem');
    expect(await made.run('recheckSystem', release, made.id)).toMatchObject({
      wider: 0,
      shrunk: 1,
      lines: ["'ben' has left the cohort: nothing is granted to it"],
    });
    expect(await made.run('grantAccess', release, made.id)).toMatchObject({ created: 4, unknown: 0 });
    expect(await made.run('verifyAccess', release, made.id)).toMatchObject({ created: 4, unknown: 0 });
    expect(await made.run('retireLegacy', release, made.id)).toMatchObject({ retired: 1 });
    expect(made.held()).toEqual(['clerk ann rolewave', 'clerk cem rolewave', 'old_reader ben dba', 'reader ann rolewave', 'reader cem rolewave']);
    // Not when they come back, either.
    await made.staff('ann', 'ben', 'cem');
    expect(await made.reconcile(release)).toMatchObject({ granted: 0, left: 0 });
    expect((await made.evaluated(release)).drift).toMatchObject({ missing: 0 });
  });

  test('before go-live and come back keep their legacy access, because nothing was granted for it (R3)', async () => {
    const made = await bench({}, { grants: held(['old_reader', 'ann'], ['old_reader', 'ben']) });
    const release = await made.signed();
    await made.staff('ann', 'cem');
    await made.granted(release);
    await made.staff('ann', 'ben', 'cem');
    expect((await made.evaluated(release)).drift).toEqual({ missing: 0, outOfBand: 0, legacy: 0, content: 0, options: 0 });
    expect(await made.reconcile(release)).toEqual({ granted: 0, revoked: 0, retired: 0, left: 0 });
    expect(made.held().filter((line) => line.includes(' ben '))).toEqual(['old_reader ben dba']);
  });

  test('before go-live keep what they had where they hold the access already, and in systems that have legacy access only', async () => {
    const [id, lab] = [`co-${count + 1}`, `lab-co-${count + 1}`];
    const [legacy, grants] = [[...roles(id, 'old_reader'), ...roles(lab, 'old_tester')], held(['reader', 'ben'], ['old_reader', 'ann'], ['old_reader', 'ben'])];
    const made = await bench({}, { systems: [id, `hr-${id}`, lab], packages: [{ legacy }], grants });
    const labSystem = noneConnector({ grants: held(['old_tester', 'ann'], ['old_tester', 'ben']) });
    made.systems[lab] = labSystem;
    const release = await made.signed();
    await made.staff('ann', 'cem');
    for (const system of [id, lab]) await made.run('grantAccess', release, system);
    expect(await made.run('verifyAccess', release, id)).toMatchObject({ created: 4, preexisting: 1, unknown: 0 });
    for (const system of [id, lab]) expect(await made.run('retireLegacy', release, system)).toMatchObject({ retired: 1 });
    expect(made.held().filter((line) => line.includes(' ben '))).toEqual(['old_reader ben dba', 'reader ben dba']);
    expect(labSystem.held().map(({ role, account }) => `${role} ${account}`)).toEqual(['old_tester ben']);
    expect((await made.evaluated(release)).drift).toEqual({ missing: 0, outOfBand: 0, legacy: 0, content: 0, options: 0 });
    // It was never the release's: a rollback leaves it.
    await made.rolledBack(release);
    expect(made.held().filter((line) => line.includes(' ben '))).toEqual(['old_reader ben dba', 'reader ben dba']);
  });

  test('during the watch are reported, keep what they have, and are never granted it again', async () => {
    const made = await bench();
    const release = await made.granted(await made.signed());
    await made.staff('ann', 'cem');
    made.erp.removeAll('clerk', 'ben');
    const found = await made.evaluated(release);
    expect(found.drift).toEqual({ missing: 0, outOfBand: 0, legacy: 0, content: 0, options: 0 });
    expect(found.lines).toEqual(["left: 'ben' has left the cohort and has 'reader', which is kept: narrow the package by them to revoke it"]);
    expect(await made.reconcile(release)).toEqual({ granted: 0, revoked: 0, retired: 0, left: 0 });
    expect(made.held()).not.toContain('clerk ben rolewave');
    await made.staff('ann', 'ben', 'cem');
    expect(await made.reconcile(release)).toMatchObject({ granted: 0 });
    expect(made.held().filter((line) => line.includes('ben'))).toEqual(['reader ben rolewave']);
  });

  test('lose what this release granted where the plan says so, and nothing that is another’s (R1)', async () => {
    const made = await bench({ leavers: 'revoke' }, { grants: held(['reader', 'ben'], ['old_reader', 'ben']) });
    const release = await made.granted(await made.signed());
    await made.staff('ann', 'cem');
    expect((await made.evaluated(release)).drift).toMatchObject({ leavers: 1, outOfBand: 0 });
    expect(await made.reconcile(release)).toMatchObject({ revoked: 1, granted: 0, left: 0 });
    expect(made.held().filter((line) => line.includes('ben'))).toEqual(['reader ben dba']);
    expect((await made.evaluated(release, 2)).drift).toEqual({ missing: 0, outOfBand: 0, legacy: 0, content: 0, options: 0 });
    await made.staff('ann', 'ben', 'cem');
    expect(await made.reconcile(release)).toMatchObject({ granted: 0 });
  });

  test('and were given the access by somebody else since: that is unreviewed', async () => {
    const made = await bench();
    const release = await made.granted(await made.signed());
    await made.staff('ann', 'cem');
    made.erp.removeAll('clerk', 'ben');
    made.erp.grantAs('dba_kim', 'clerk', 'ben');
    expect((await made.evaluated(release)).lines[0]).toBe("unreviewed: 'ben' has 'clerk', granted by dba_kim");
  });

  test('get no legacy access back by a rollback, and the others do', async () => {
    const made = await bench({}, { grants: held(['old_reader', 'ann'], ['old_reader', 'ben']) });
    const release = await made.granted(await made.signed());
    await made.staff('ann', 'cem');
    expect(receiptLine([await made.rolledBack(release)])).toBe(
      "6 granted, 6 revoked, 1 legacy grant restored, 1 legacy grant not restored: 'ben' has left the cohort",
    );
    expect(made.held()).toEqual(['old_reader ann dba']);
  });

  test('are those of the answer that was asked for last, whichever comes last', async () => {
    const made = await bench({}, { grants: held(['old_reader', 'ann'], ['old_reader', 'ben']) });
    const release = await made.granted(await made.signed());
    const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>();
    const { promise: mayAnswer, resolve: answer } = Promise.withResolvers<void>();
    made.systems[made.hrId] = {
      ...hr,
      cohort: async (query) => {
        const found = (await hr.cohort?.(query)) ?? [];
        isAsked();
        await mayAnswer;
        return found;
      },
    };
    const slow = made.run('recheckSystem', release, made.id);
    await asked;
    made.systems[made.hrId] = hr;
    await made.staff('ann', 'cem');
    await made.evaluated(release);
    answer();
    await slow;
    made.systems[made.hrId] = { ...hr, cohort: () => Promise.reject(new Error('gone')) };
    expect(await made.rolledBack(release)).toMatchObject({ restored: 1, notRestored: [{ account: 'ben' }] });
  });

  test('are known to a rollback that cannot ask any more, by what was believed last', async () => {
    const made = await bench({}, { grants: held(['old_reader', 'ann'], ['old_reader', 'ben'], ['old_reader', 'cem']) });
    const release = await made.granted(await made.signed());
    await made.staff('ann', 'cem');
    await made.evaluated(release);
    // What looks as if everybody had left is not believed.
    await made.staff();
    expect(await made.rolledBack(release)).toMatchObject({ restored: 2, notRestored: [{ account: 'ben', why: "'ben' has left the cohort" }] });
  });
});

describe('no data is not leaving (R2)', () => {
  test.each<[string, (made: CohortBench) => Promise<void>, RegExp]>([
    ['nobody', (made) => made.staff(), /answers nobody of the cohort/],
    ['too few', (made) => made.staff('ann'), /2 of the 3 people who were signed for are missing in it, and at most 1 may be/],
  ])('an answer with %s is an error of the evaluation, and gives and takes nothing', async (_, leave, why) => {
    const made = await bench({ leavers: 'revoke', open: true });
    const release = await made.granted(await made.signed());
    await leave(made);
    const before = made.held();
    const { verdict, drift, measurements } = await made.evaluated(release);
    expect(verdict.kind).toBe('error');
    expect(drift).toEqual({ missing: 0, outOfBand: 0, legacy: 0, content: 0, options: 0 });
    expect(measurements).toMatchObject([{ metric: 'access-drift', kind: 'error', why: expect.stringMatching(why) }]);
    await expect(made.reconcile(release)).rejects.toThrow(why);
    expect(made.held()).toEqual(before);
  });

  test('before go-live it stops the release, and asks for a new preview', async () => {
    const made = await bench();
    const release = await made.signed();
    await made.staff('ann');
    const { stops } = await made.run('recheckSystem', release, made.id);
    expect(stops).toMatchObject([{ code: 'leavers', people: 2, text: expect.stringContaining('is not believed') }]);
    await expect(made.run('grantAccess', release, made.id)).rejects.toThrow(/the release of 'clerks' is stopped/);
    expect(made.held()).toEqual([]);
  });

  test('more may leave where the plan says so, and those whom a tune took out count no further', async () => {
    const made = await bench({ maxLeavers: 2 });
    const release = await made.granted(await made.signed());
    await made.staff('ann', 'dea');
    expect((await made.evaluated(release)).verdict.kind).toBe('healthy');
    const strict = await bench();
    const other = await strict.granted(await strict.signed());
    await strict.staff('ann', 'dea');
    expect((await strict.evaluated(other)).verdict.kind).toBe('error');
    const id = await strict.record('tune', 'olga', other, { step: 'narrow', people: ['ben'], reason: 'has left' });
    await strict.run('tuneAccess', other, strict.id, { id, step: 'narrow', people: ['ben'] });
    expect((await strict.evaluated(other, 2)).verdict.kind).toBe('healthy');
  });

  test('a source that is away keeps nobody from being rolled back', async () => {
    const made = await bench({}, { grants: held(['old_reader', 'ann']) });
    const release = await made.granted(await made.signed());
    made.systems[made.hrId] = { ...hr, cohort: () => Promise.reject(new Error('gone')) };
    expect(await made.rolledBack(release)).toMatchObject({ revoked: 6, restored: 1 });
  });
});

describe('people who joined', () => {
  test('before go-live void the sign-offs of a cohort that is not open, and not those of an open one', async () => {
    for (const [open, wider] of [
      [false, 1],
      [true, 0],
    ] as const) {
      const made = await bench({ open });
      const release = await made.signed();
      await made.staff('ann', 'ben', 'cem', 'dea');
      expect(await made.run('recheckSystem', release, made.id)).toMatchObject({ wider });
    }
  });

  test('during the watch are granted nothing where the cohort is not open, and are shown', async () => {
    const made = await bench();
    const release = await made.granted(await made.signed());
    await made.staff('ann', 'ben', 'cem', 'dea');
    const { drift, lines } = await made.evaluated(release);
    expect(drift.missing).toBe(0);
    expect(lines).toEqual(["joined: 'dea' has joined the cohort and is granted nothing: the cohort is not open: release it to them by a revision"]);
    expect(await made.reconcile(release)).toMatchObject({ granted: 0 });
  });

  test('receive the access where it is open, as grants of this release that a rollback undoes', async () => {
    const made = await bench({ open: true });
    const release = await made.granted(await made.signed());
    await made.staff('ann', 'ben', 'cem', 'dea');
    expect((await made.evaluated(release)).drift).toMatchObject({ missing: 2, outOfBand: 0 });
    expect(await made.reconcile(release)).toEqual({ granted: 2, revoked: 0, retired: 0, left: 0 });
    expect(await made.reconcile(release)).toMatchObject({ left: 0 });
    expect((await made.evaluated(release, 2)).drift).toMatchObject({ missing: 0, outOfBand: 0 });
    // And a joiner who leaves again is a leaver.
    await made.staff('ann', 'ben', 'cem');
    expect((await made.evaluated(release, 3)).lines).toContain(
      "left: 'dea' has left the cohort and has 'clerk', which is kept: narrow the package by them to revoke it",
    );
    expect(await made.rolledBack(release)).toMatchObject({ granted: 8, revoked: 8 });
    expect(made.held()).toEqual([]);
  });

  test('keep their legacy access, of which nobody has signed anything, and that is no drift', async () => {
    const made = await bench({ open: true }, { grants: held(['old_reader', 'dea']) });
    const release = await made.granted(await made.signed());
    await made.staff('ann', 'ben', 'cem', 'dea');
    expect(await made.reconcile(release)).toEqual({ granted: 2, revoked: 0, retired: 0, left: 0 });
    expect((await made.evaluated(release)).drift).toEqual({ missing: 0, outOfBand: 0, legacy: 0, content: 0, options: 0 });
    expect(made.held()).toContain('old_reader dea dba');
  });

  test.each<[string, PlanChange, (made: CohortBench) => void, RegExp]>([
    ['who decide on the package (R8)', { packages: [{ cohort: ['ann', 'ben', 'cem', 'ines'] }] }, () => undefined, /nobody decides over their own access/],
    ['whose account cannot log in', {}, (made) => made.erp.lockAccount('dea'), /does not exist, or cannot log in/],
    [
      'whose account the site keeps for emergencies',
      {},
      (made) => {
        made.site = { ...made.site, systems: made.site.systems.map((system) => ({ ...system, breakGlass: ['dea'] })) };
      },
      /it is for emergencies/,
    ],
  ])('and are people %s are granted nothing', async (_, change, prepare, why) => {
    const made = await bench({ open: true }, change);
    const release = await made.granted(await made.signed());
    prepare(made);
    await made.staff('ann', 'ben', 'cem', 'dea', 'ines');
    const { drift, lines } = await made.evaluated(release);
    expect(drift.missing).toBe(0);
    expect(lines.join()).toMatch(why);
    expect(await made.reconcile(release)).toMatchObject({ granted: 0 });
  });

  test.each(['operators', 'owner'] as const)('and who decide by a later revision (%s) are granted nothing, also when they order it', async (as) => {
    const made = await bench({ open: true });
    const release = await made.granted(await made.signed());
    const later =
      as === 'operators'
        ? { ...made.plan, operators: ['ines', 'dea'] }
        : { ...made.plan, packages: made.plan.packages.map((each) => ({ ...each, owner: 'dea' })) };
    await saveRevision(store, later, made.key);
    await made.staff('ann', 'ben', 'cem', 'dea');
    expect((await made.evaluated(release)).lines.filter((line) => line.includes('dea')).join()).toMatch(/nobody decides over their own access/);
    const id = await made.record('tune', 'dea', release, { step: 'grantMissing', reason: 'for me' });
    await made.run('tuneAccess', release, made.id, { id, step: 'grantMissing' });
    expect(made.held().filter((line) => line.includes(' dea '))).toEqual([]);
  });

  test('and were granted nothing by the first attempt are judged again by the next', async () => {
    const made = await bench({ open: true });
    const release = await made.granted(await made.signed());
    await made.staff('ann', 'ben', 'cem', 'dea');
    made.erp.refuse('dea', 'no licence');
    await expect(made.reconcile(release)).rejects.toThrow(/no licence/);
    made.erp.refuse('dea', undefined);
    made.site = { ...made.site, systems: made.site.systems.map((system) => ({ ...system, breakGlass: ['dea'] })) };
    expect((await made.evaluated(release)).lines.join()).toMatch(/it is for emergencies/);
    await made.reconcile(release).catch(() => undefined);
    expect(made.held().filter((line) => line.includes(' dea '))).toEqual([]);
  });

  test('and are more than the blast radius allows, or would hold what nobody may hold together, are granted nothing', async () => {
    const id = `co-${count + 1}`;
    const made = await bench({ open: true }, { blastRadius: [{ system: id, maxPeople: 3 }] });
    const release = await made.granted(await made.signed());
    await made.staff('ann', 'ben', 'cem', 'dea');
    expect((await made.evaluated(release)).lines.join()).toMatch(/the access of 4 people in .* would change, and the plan allows at most 3/);
    expect(await made.reconcile(release)).toMatchObject({ granted: 0 });
    const next = `co-${count + 1}`;
    const rule = { id: 'four-eyes', reason: 'no', entitlements: [...roles(next, 'clerk'), ...roles(next, 'approver')] };
    const other = await bench({ open: true }, { incompatible: [rule], grants: held(['approver', 'dea']) });
    const second = await other.granted(await other.signed());
    await other.staff('ann', 'ben', 'cem', 'dea');
    expect((await other.evaluated(second)).lines.join()).toMatch(/would hold both entitlements of 'four-eyes'/);
    expect(await other.reconcile(second)).toMatchObject({ granted: 0 });
  });
});

test('people who joined receive all of it in every system, however late one of them asks', async () => {
  const [id, lab] = [`co-${count + 1}`, `lab-co-${count + 1}`];
  const made = await bench({ open: true }, { systems: [id, `hr-${id}`, lab], packages: [{ entitlements: [...roles(id, 'clerk'), ...roles(lab, 'tester')] }] });
  const labSystem = noneConnector({ grants: [] });
  made.systems[lab] = labSystem;
  const release = await made.granted(await made.signed());
  await made.run('grantAccess', release, lab);
  await made.staff('ann', 'ben', 'cem', 'dea');
  const order = await made.record('tune', 'ines', release, { step: 'reconcile', reason: 'as reviewed' });
  // One after the other: the second finds in the ledger what the first has granted.
  expect(await made.run('tuneAccess', release, id, { id: order, step: 'reconcile' })).toMatchObject({ granted: 1, left: 0 });
  expect((await made.evaluated(release)).drift.missing).toBe(1);
  expect(await made.run('tuneAccess', release, lab, { id: order, step: 'reconcile' })).toMatchObject({ granted: 1, left: 0 });
  expect(labSystem.held().map(({ account }) => account)).toContain('dea');
  expect((await made.evaluated(release, 2)).drift.missing).toBe(0);
});

describe('metrics', () => {
  const counting = 'select count(*) as count from log where account = any(:people) and at > :from and at <= :to';
  const asked: MetricQuery[] = [];
  const counted = readings((query) => {
    asked.push(query);
    return { count: query.people.length * 6 };
  });

  /** 'dea' has joined and was granted the access so long after go-live. */
  async function joined(afterMs: number) {
    const id = `co-${count + 1}`;
    const made = await bench(
      { open: true },
      {
        packages: [{ watch: watch('14d', { metric: 'uses', tune: { above: 100 } }) }],
        metrics: [metric('uses', { kind: 'rate', per: 'person-day', provider: { kind: 'sql', system: id, query: counting } })],
      },
    );
    made.telemetry = counted;
    const release = await made.granted(await made.signed());
    await made.staff('ann', 'ben', 'cem', 'dea');
    await made.reconcile(release);
    // As its owner: the ledger does not let anyone change it.
    await ofStore(`set session_replication_role = replica; update rolewave.appends set at = ${now + afterMs} where id in (select append from rolewave.ledger where account = 'dea' and kind = 'grant'
      and part in (select id from rolewave.parts where plan = '${release.plan}'))`);
    asked.length = 0;
    return { made, release };
  }
  const questions = () => asked.map(({ people: of, fromMs, toMs }) => [of.join(' '), (fromMs - now) / dayMs, (toMs - now) / dayMs]);

  test('count people who joined from when the access was granted to them', async () => {
    const { made, release } = await joined(dayMs / 2);
    const { measurements } = await made.evaluated(release);
    expect(questions()).toEqual([
      ['ann ben cem', 0, 1],
      ['dea', 0.5, 1],
    ]);
    // 24 uses in three and a half days of one person.
    expect(measurements).toMatchObject([
      { metric: 'uses', kind: 'value', n: 24, count: 24, value: expect.closeTo(24 / 3.5) },
      { metric: 'access-drift', n: 8 },
    ]);
    asked.length = 0;
    await made.evaluated(release, 2);
    expect(questions()).toEqual([['ann ben cem dea', 1, 2]]);
  });

  test('do not count them in an evaluation that is of the time before, however late it is taken, nor once they have left', async () => {
    const { made, release } = await joined(2 * dayMs);
    await made.evaluated(release);
    expect(questions()).toEqual([['ann ben cem', 0, 1]]);
    asked.length = 0;
    await made.staff('ann', 'ben', 'cem');
    await made.evaluated(release, 3);
    expect(questions()).toEqual([['ann ben cem', 2, 3]]);
  });

  test('count them while nobody knows who is in the cohort, because they have the access', async () => {
    const { made, release } = await joined(0);
    made.systems[made.hrId] = { ...hr, cohort: () => Promise.reject(new Error('gone')) };
    await made.evaluated(release);
    expect(questions()).toEqual([['ann ben cem dea', 0, 1]]);
  });
});

describe('people who joined after a tune', () => {
  test('are not granted an entitlement that it dropped, and do not miss it', async () => {
    const made = await bench({ open: true });
    const release = await made.granted(await made.signed());
    await made.tuned(release, { step: 'tighten', entitlement: { system: made.id, role: 'clerk' } });
    await made.staff('ann', 'ben', 'cem', 'dea');
    expect((await made.evaluated(release)).drift).toEqual({ missing: 1, outOfBand: 0, legacy: 0, content: 0, options: 0 });
    expect(await made.reconcile(release)).toEqual({ granted: 1, revoked: 0, retired: 0, left: 0 });
    expect(made.held()).toEqual(['reader ann rolewave', 'reader ben rolewave', 'reader cem rolewave', 'reader dea rolewave']);
    expect((await made.evaluated(release, 2)).drift).toEqual({ missing: 0, outOfBand: 0, legacy: 0, content: 0, options: 0 });
    // What somebody else gives them of it is nobody's review.
    made.erp.grantAs('dba_kim', 'clerk', 'dea');
    expect((await made.evaluated(release, 3)).lines).toContain("unreviewed: 'dea' has 'clerk', granted by dba_kim");
  });

  test('are not granted what had failed for them before it took the access from them, and count as settled', async () => {
    const made = await bench({ open: true });
    const release = await made.granted(await made.signed());
    await made.staff('ann', 'ben', 'cem', 'dea');
    made.erp.refuse('dea', 'no licence');
    await expect(made.reconcile(release)).rejects.toThrow(/no licence/);
    made.erp.refuse('dea', undefined);
    await made.tuned(release, { step: 'narrow', people: ['dea'] });
    expect((await made.evaluated(release)).drift.missing).toBe(0);
    expect(await made.reconcile(release)).toMatchObject({ granted: 0, left: 0 });
    expect(made.held().filter((line) => line.includes(' dea '))).toEqual([]);
    // Two are missing in the answer, of whom one is no news.
    await made.staff('ann', 'ben');
    expect((await made.evaluated(release, 2)).verdict.kind).toBe('healthy');
  });

  test('receive all of it where the tune took it from everybody else by name', async () => {
    const made = await bench({ open: true });
    const release = await made.granted(await made.signed());
    await made.tuned(release, { step: 'narrow', people: ['ann', 'ben', 'cem'] });
    await made.staff('ann', 'ben', 'cem', 'dea');
    expect(await made.reconcile(release)).toMatchObject({ granted: 2, left: 0 });
    expect(made.held()).toEqual(['clerk dea rolewave', 'reader dea rolewave']);
  });
});

test('a mover leaves the cohort of one package and joins that of another', async () => {
  const id = `co-${count + 1}`;
  const both = (team: string) => ({
    cohort: ['ann', 'ben', 'cem', 'dea'],
    cohortQuery: { system: `hr-${id}`, statement: statementOf(id, team), open: true, leavers: 'revoke' as const },
  });
  const made = await bench({}, { packages: [both('clerks'), { id: 'posters', entitlements: roles(id, 'poster'), legacy: [], ...both('posters') }] });
  await made.team('posters', 'dea');
  const [clerks, posters] = [await made.granted(await made.signed()), await made.granted(await made.signed('posters'))];
  await made.team('clerks', 'ann', 'cem');
  await made.team('posters', 'dea', 'ben');
  for (const release of [clerks, posters]) await made.reconcile(release);
  expect(made.held().filter((line) => line.includes(' ben '))).toEqual(['poster ben rolewave']);
});

test('a revision leaves out who has left, and people who leave after it lose what the release before granted', async () => {
  const waves = [{}, { packages: [{ package: 'clerks', change: 'revise' as const }] }];
  const made = await bench({ leavers: 'revoke' }, { waves });
  await made.granted(await made.signed());
  await made.staff('ann', 'ben', 'dea');
  const revised = await made.signed('clerks', 'wave-2');
  expect(revised.parts[0]).toMatchObject({ people: 3, toGrant: 2, alreadyThere: 4, toDrop: 2 });
  await made.granted(revised);
  expect(made.held().filter((line) => line.includes(' cem '))).toEqual([]);
  await made.staff('ann', 'dea');
  expect((await made.evaluated(revised)).drift).toMatchObject({ leavers: 2, outOfBand: 0 });
  expect(await made.reconcile(revised)).toMatchObject({ left: 0 });
  expect(made.held()).toEqual(['clerk ann rolewave', 'clerk dea rolewave', 'reader ann rolewave', 'reader dea rolewave']);
  // The release before has ben and cem; they have left.
  await made.rolledBack(revised);
  expect(made.held()).toEqual(['clerk ann rolewave', 'reader ann rolewave']);
});
