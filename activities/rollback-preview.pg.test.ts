/** A rollback does what its preview shows. */
import { ApplicationFailure } from '@temporalio/common';
import * as fc from 'fast-check';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { noneConnector, type NoneConnector } from '../connectors/none/connector.ts';
import type { Connector } from '../connectors/connector.ts';
import { postgresConnector } from '../connectors/postgres/connector.ts';
import { testLogins, type TestLogins } from '../test/support/logins.ts';
import { site, siteSystem } from '../test/support/site.ts';
import { next } from '../domain/release/facts.ts';
import { pairKey } from '../domain/release/ledger.ts';
import type { Receipt } from '../domain/release/receipt.ts';
import type { RollbackPreviewPart } from '../domain/release/rollback-preview.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import type { ReleaseRef } from './contract.ts';
import { Bench, benchPlan, now } from '../test/support/activity-bench.ts';
import type { PlanChange } from '../test/support/plan.ts';
import { withinTestTime } from '../test/support/property-time.ts';

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createDatabase('previews');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const hour = 3_600_000;
const people = ['ann', 'ben', 'cem', 'dea'];
const roles = ['clerk', 'reader', 'old_reader', 'old_admin'];
const packages = [{ id: 'clerks' }, { id: 'posters', cohort: ['ann', 'ben'], legacy: [] }];

/** What others do in the system before and after the release, and which ledger entries are unknown. */
interface Story {
  before: [role: string, account: string][];
  after: { act: 'grant' | 'removeAll'; role: string; account: string }[];
  unsure: number[];
  alsoPosters: boolean;
  /** Accounts of which the system refuses to take, or to give back, anything by then. */
  refused: { revoke: string[]; restore: string[] };
}
const role = fc.constantFrom(...roles);
const account = fc.constantFrom(...people);
const anyStory: fc.Arbitrary<Story> = fc.record({
  before: fc.uniqueArray(fc.tuple(role, account), { maxLength: 6, selector: (pair) => pair.join() }),
  after: fc.array(fc.record({ act: fc.constantFrom('grant' as const, 'removeAll' as const), role, account }), { maxLength: 6 }),
  unsure: fc.uniqueArray(fc.nat(5), { maxLength: 2 }),
  alsoPosters: fc.boolean(),
  refused: fc.record({ revoke: fc.subarray(people, { maxLength: 1 }), restore: fc.subarray(people, { maxLength: 1 }) }),
});

/** A system in which others can act; names are those of the story. */
interface World {
  grantAs(role: string, account: string): Promise<void>;
  removeAll(role: string, account: string): Promise<void>;
  refuse?(refused: Story['refused']): void;
}

/** Plays the story on a release, takes the preview, rolls back, and compares. */
async function comesTrue(made: Bench, system: string, world: World, { before, after, unsure, alsoPosters, refused }: Story): Promise<void> {
  for (const [role, account] of before) await world.grantAs(role, account);
  await made.apply();
  const release = await made.signed();
  if (alsoPosters) await made.run('grantAccess', await made.signed('posters'), system);
  await made.run('grantAccess', release, system);
  await made.run('retireLegacy', release, system);
  for (const { act, role, account } of after) await (act === 'grant' ? world.grantAs(role, account) : world.removeAll(role, account));
  const entries = (await store.ledger(release)).filter(({ kind }) => kind === 'grant');
  await store.append(unsure.flatMap((index) => entries.slice(index, index + 1)).map((entry) => next(entry, 'test', { did: 'unconfirmed', why: 'not seen' })));

  world.refuse?.(refused);

  const preview = await previewed(made, release, system, made.nowMs - hour);
  expect(await previewed(made, release, system, made.nowMs - hour)).toEqual(preview);
  const grants = async () =>
    (
      await made.systems[system]!.snapshot(
        release.parts.flatMap(() => made.plan.packages.flatMap(rolesOf)),
        [],
      )
    ).grants;
  const held = await grants();
  const rollback = { id: 'r', approval: await approve(made, release) };
  // Where the system refuses something, the activity fails with what it did so far.
  const receipt = await made.run('rollBackAccess', release, system, rollback).catch(receiptOf);
  const left = new Set((await grants()).map(grantKey));
  const gone = held.filter((grant) => !left.has(grantKey(grant)));

  expect(pairs(preview.loses)).toEqual(pairs(gone));
  const ledger = await store.ledger(release);
  const outcomes = (kind: string, outcome: string) => pairs(ledger.filter((entry) => entry.kind === kind && entry.outcome === outcome));
  expect(pairs(preview.loses)).toEqual(outcomes('grant', 'revoked'));
  expect(pairs(preview.comesBack)).toEqual(outcomes('retire', 'restored'));
  expect(pairs(preview.stays)).toEqual(pairs(receipt.kept));
  expect(pairs(preview.notRestored ?? [])).toEqual(pairs(receipt.notRestored));
  expect(pairs(preview.asks)).toEqual(pairs(receipt.failed));
  expect(preview).toMatchObject({ losesCount: receipt.revoked, comesBackCount: receipt.restored, asksCount: receipt.failed.length });
}

/** As the endpoint reads it: the activity answers with counts, and the people are in the store. */
async function previewed(made: Bench, release: ReleaseRef, system: string, sinceMs: number): Promise<RollbackPreviewPart> {
  const answered = await made.run('previewRollback', release, system, sinceMs);
  const part = await store.rollbackPreview(release, answered.digest ?? '');
  if (!part) throw new Error('its people are not in the store');
  expect(answered).toEqual({
    ...part,
    digest: answered.digest,
    loses: [],
    comesBack: [],
    stays: [],
    asks: [],
    ...(part.notRestored ? { notRestored: [] } : {}),
  });
  return part;
}

function receiptOf(error: unknown): Receipt {
  if (error instanceof ApplicationFailure && error.type === 'Incomplete') return error.details?.[0] as Receipt;
  throw error;
}

const rolesOf = ({ entitlements, legacy }: Bench['plan']['packages'][number]) => [...entitlements, ...legacy].map(({ role }) => role);
const pairs = (lines: { role: string; account: string }[]) => lines.map(pairKey).sort();
const grantKey = (grant: { role: string; account: string; grantor?: string }) => `${pairKey(grant)}\0${grant.grantor}`;
const approve = (made: Bench, release: ReleaseRef) =>
  made.record('decide', 'olga', release, { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason: 'yes' });

let number = 0;
function bench(system: NoneConnector = noneConnector(), change: PlanChange = {}) {
  const id = `erp-${(number += 1)}`;
  const made = new Bench(store, benchPlan(`previews-${number}`, id, change), { [id]: system });
  return { made, id, system };
}

describe('a rollback revokes exactly what its preview shows as lost (R1)', () => {
  test('in a system in memory, whatever others do', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(anyStory, async (story) => {
        const { made, id, system } = bench(noneConnector(), { packages });
        await comesTrue(
          made,
          id,
          {
            grantAs: async (role, account) => system.grantAs('kim', role, account),
            removeAll: async (role, account) => system.removeAll(role, account),
            refuse: ({ revoke, restore }) => {
              for (const account of revoke) system.refuseToRevoke(account, 'permission denied');
              for (const account of restore) system.refuse(account, 'role is full');
            },
          },
          story,
        );
      }),
      { numRuns: 25, ...withinTestTime },
    );
  });

  describe('and in a real PostgreSQL', () => {
    let logins: TestLogins;
    let svc: string;
    let kim: string;
    beforeAll(async () => {
      logins = await testLogins(inject('postgresUrl'));
      [svc, kim] = [logins.of('rolewave_svc'), logins.of('dba_kim')];
      await logins.login(svc, kim, ...people.map((person) => logins.of(person)));
      for (const each of roles) await logins.role(logins.of(each), svc, kim);
      await logins.admin(`grant "${kim}" to "${svc}" with inherit true, set false`);
    });
    afterAll(() => logins?.remove());

    /** A place of its own, so that the claims of one story do not keep the grants of the next. */
    const placed = (connector: Connector, id: string): Connector => ({ ...connector, place: async () => id });
    const removeAll = (role: string, account: string) =>
      logins.admin(`do $$ declare g record; begin
        for g in select a.grantor::regrole as giver from pg_auth_members a where a.roleid = '"${logins.of(role)}"'::regrole and a.member = '"${logins.of(account)}"'::regrole
        loop execute format('revoke "${logins.of(role)}" from "${logins.of(account)}" granted by %s cascade', g.giver); end loop; end $$`);

    test('whatever others do', { timeout: 120_000 }, async () => {
      const connector = postgresConnector({ connectionString: logins.url(svc) });
      try {
        await fc.assert(
          fc.asyncProperty(anyStory, async (story) => {
            for (const each of roles) for (const person of people) await removeAll(each, person);
            const id = `pg-${(number += 1)}`;
            const plan = benchPlan(`previews-${number}`, id, { packages }, (name) => logins.of(name));
            const world: World = {
              grantAs: (role, account) => logins.as(kim, `grant "${logins.of(role)}" to "${logins.of(account)}" granted by "${kim}"`),
              removeAll: async (role, account) => void (await removeAll(role, account)),
            };
            await comesTrue(new Bench(store, plan, { [id]: placed(connector, id) }), id, world, story);
          }),
          { numRuns: 6, ...withinTestTime },
        );
      } finally {
        await connector.close();
      }
    });

    test('a connected account counts as using it, and the usage statement of the site counts for the role that it names', { timeout: 60_000 }, async () => {
      for (const each of roles) for (const person of people) await removeAll(each, person);
      const connector = postgresConnector({ connectionString: logins.url(svc) });
      const session = new Client({ connectionString: logins.url(logins.of('ann')) });
      const log = logins.of('used');
      await logins.admin(`create table "${log}" (who text, what text, at timestamptz); grant select on "${log}" to "${svc}"`);
      try {
        const released = async (usage?: string) => {
          for (const each of roles) for (const person of people) await removeAll(each, person);
          const id = `pg-${(number += 1)}`;
          const plan = benchPlan(`previews-${number}`, id, {}, (name) => logins.of(name));
          const made = new Bench(store, plan, { [id]: placed(connector, id) });
          made.site = site({ systems: [siteSystem(id, { kind: 'postgres', usage })] });
          made.nowMs = Date.now();
          plan.waves[0]!.goLive = made.nowMs - 1;
          await made.apply();
          const release = await made.signed();
          await made.run('grantAccess', release, id);
          return () => previewed(made, release, id, made.nowMs - hour);
        };

        await session.connect();
        const preview = await released();
        expect(await preview()).toMatchObject({ losesCount: 6, usageNote: expect.stringContaining('pg_monitor') });
        expect(await preview()).not.toHaveProperty('usedBy');
        await logins.admin(`grant pg_read_all_stats to "${svc}"`);
        const seen = await preview();
        expect(seen).toMatchObject({ usedBy: 1, usageFrom: 'openSessions', usageNote: expect.stringContaining('only current connections') });
        expect(used(seen)).toEqual(['ann clerk', 'ann reader']);

        const asked = await released(
          `select who as account, what as role, at from "${log}" where what = any(:roles) and who = any(:people) and at >= :from and at < :to`,
        );
        expect(await asked()).toMatchObject({ usedBy: 0, usageFrom: 'usageStatement' });
        await logins.admin(
          `insert into "${log}" values ($1, $2, now() - interval '5 minutes'), ($1, $2, now() - interval '50 minutes'), ($3, $2, now() - interval '2 hours')`,
          [logins.of('ben'), logins.of('reader'), logins.of('cem')],
        );
        const statement = await asked();
        expect(statement).toMatchObject({ usedBy: 1, usageFrom: 'usageStatement' });
        expect(used(statement)).toEqual(['ben reader']);
        expect(Date.now() - statement.loses[0]!.lastUsedMs!).toBeLessThan(10 * 60_000);

        const failing = await (await released('select nobody as account, 1 as role, now() as at'))();
        expect(failing).toMatchObject({
          usedBy: 1,
          usageFrom: 'openSessions',
          usageNote: expect.stringContaining("the site's usage statement failed: line 1, column 8 of the statement: it names a column that does not exist"),
        });
      } finally {
        await session.end();
        await connector.close();
        await logins.admin(`drop table "${log}"`);
      }
    });
  });
});

const used = (part: RollbackPreviewPart) =>
  part.loses.filter(({ lastUsedMs }) => lastUsedMs !== undefined).map(({ person, role }) => `${person} ${role.replace(/_[0-9a-f]{8}$/, '')}`);

describe('who used it', () => {
  const out = async (uses: Parameters<NoneConnector['setUses']>[0]) => {
    const { made, id, system } = bench();
    await made.apply();
    const release = await made.signed();
    await made.run('grantAccess', release, id);
    system.setUses(uses);
    return previewed(made, release, id, now - hour);
  };

  test('comes first, with the time; earlier use does not count', async () => {
    const preview = await out([
      { account: 'cem', role: 'reader', atMs: now - 1_000 },
      { account: 'ben', role: 'clerk', atMs: now - 2_000 },
      { account: 'ann', role: 'clerk', atMs: now - 2 * hour },
    ]);
    expect(preview).toMatchObject({ losesCount: 6, usedBy: 2 });
    expect(preview.loses.slice(0, 3)).toEqual([
      { person: 'cem', account: 'cem', role: 'reader', lastUsedMs: now - 1_000 },
      { person: 'ben', account: 'ben', role: 'clerk', lastUsedMs: now - 2_000 },
      { person: 'ann', account: 'ann', role: 'clerk' },
    ]);
  });

  test('is unknown where the system cannot tell, with the reason', async () => {
    const preview = await out(undefined);
    expect(preview).not.toHaveProperty('usedBy');
    expect(preview.usageNote).toContain('write a usage statement into the site file');
  });

  test('one person counts once, whatever the account used', async () => {
    expect(await out([{ account: 'ann', atMs: now }])).toMatchObject({ usedBy: 1, usageFrom: 'openSessions' });
  });
});

test('after a rollback that died half-way, the preview shows neither what it revoked as lost nor what it restored', async () => {
  const { made, id } = bench(noneConnector({ grants: [{ role: 'old_reader', account: 'ann', grantor: 'dba', options: {} }] }));
  await made.apply();
  const release = await made.signed();
  await made.run('grantAccess', release, id);
  await made.run('retireLegacy', release, id);
  // It died after the first grant was revoked and the legacy access restored.
  const settle = async (...args: Parameters<Store['settle']>) => ((batches += 1) === 1 ? store.settle(...args) : Promise.reject(new Error('killed')));
  let batches = 0;
  const rollback = { id: 'r', approval: await approve(made, release) };
  await expect(made.runWith({ store: { ...store, settle }, grantsPerBatch: 3 }, 'rollBackAccess', release, id, rollback)).rejects.toThrow('killed');
  expect(await previewed(made, release, id, now - hour)).toMatchObject({ losesCount: 0, comesBackCount: 1, staysCount: 0 });
});
