/** In a real PostgreSQL a person is switched in one transaction: sessions of others see the old access or the new one, and never both or neither. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { postgresConnector } from '../connectors/postgres/connector.ts';
import type { Connector } from '../connectors/connector.ts';
import { switchCounts } from '../domain/release/switching.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { Bench, benchPlan } from '../test/support/activity-bench.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { testLogins, type TestLogins } from '../test/support/logins.ts';

let database: TestDatabase;
let store: Store;
let logins: TestLogins;
let connector: Connector;
let svc: string;
beforeAll(async () => {
  database = await createDatabase('atonce');
  store = await openStore(database.url, { migrate: true });
  logins = await testLogins(inject('postgresUrl'));
  svc = logins.of('rolewave_svc');
  await logins.login(svc, ...['ann', 'ben', 'cem'].map((person) => logins.of(person)));
  connector = postgresConnector({ connectionString: logins.url(svc) });
});
afterAll(async () => {
  await connector?.close();
  await logins?.remove();
  await store?.close();
  await database?.drop();
});

let number = 0;
/** `old` is held by ann and ben; `now` replaces it. `beside`: another package grants `old` to this person, for whom nothing else is planned. */
async function bench({ beside }: { beside?: string } = {}) {
  number += 1;
  const [old, now] = [logins.of(`old_${number}`), logins.of(`new_${number}`)];
  for (const role of [old, now]) await logins.role(role, svc);
  for (const person of ['ann', 'ben']) await logins.as(svc, `grant "${old}" to "${logins.of(person)}"`);
  const system = logins.of(`erp_${number}`);
  const plan = benchPlan(
    `atonce-${number}`,
    system,
    {
      packages: [
        {
          entitlements: [{ system, role: `new_${number}` }],
          legacy: [{ system, role: `old_${number}` }],
          ...(beside === undefined ? {} : { cohort: ['ann', 'ben'] }),
        },
        ...(beside === undefined ? [] : [{ id: 'others', cohort: [beside], entitlements: [{ system, role: `old_${number}` }], legacy: [] }]),
      ],
      incompatible: [{ id: 'old-and-new', reason: 'Four eyes', entitlements: [old, now].map((role) => ({ system, role })) }],
    },
    (name) => logins.of(name),
  );
  const made = new Bench(store, plan, { [system]: connector });
  await made.apply();
  const holders = async () =>
    (await connector.snapshot([old, now], [])).grants
      .filter(({ options }) => options['admin'] !== true)
      .map(({ role, account }) => `${account.slice(0, -9)} ${role === old ? 'old' : 'new'}`)
      .toSorted();
  return Object.assign(made, { old, now, system, holders, release: await made.signed() });
}

/** Looks from a session of its own, as often as it can, until it is stopped: how many roles each person of the pair holds. */
async function watch(old: string, now: string, accounts: string[]) {
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  const seen = new Set<number>();
  let isOver = false;
  let looks = 0;
  const watching = (async () => {
    while (!isOver) {
      const { rows } = await client.query<{ held: number }>(
        `select (select count(*)::int from pg_auth_members m where m.member = a.oid and m.roleid in (select oid from pg_roles where rolname = any($2))) as held
         from pg_roles a where a.rolname = any($1)`,
        [accounts, [old, now]],
      );
      for (const { held } of rows) seen.add(held);
      looks += 1;
      await sleep(0);
    }
  })();
  return async () => {
    isOver = true;
    await watching;
    await client.end();
    return { seen: [...seen].toSorted((one, other) => one - other), looks };
  };
}

test('release and rollback: nobody is seen with both or with neither', async () => {
  const made = await bench();
  const stop = await watch(made.old, made.now, ['ann', 'ben'].map(logins.of));
  expect(await made.run('grantAccess', made.release, made.system)).toEqual({ created: 3, preexisting: 0, failed: 0, unknown: 0, refusals: [] });
  expect(await made.holders()).toEqual(['ann new', 'ben new', 'cem new']);
  expect(await made.run('verifyAccess', made.release, made.system)).toMatchObject({ created: 3, unknown: 0 });
  expect(await made.run('retireLegacy', made.release, made.system)).toMatchObject({ retired: 2, failed: 0 });
  expect(switchCounts(await store.ledger(made.release), Date.now())).toEqual({ people: 2, back: 0, longestMs: 0, late: 0 });
  const approval = await made.record('decide', 'olga', made.release, { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason: 'yes' });
  expect(await made.run('rollBackAccess', made.release, made.system, { id: 'r', approval })).toMatchObject({ granted: 3, revoked: 3, restored: 2, failed: [] });
  expect(await made.holders()).toEqual(['ann old', 'ben old']);
  const { seen, looks } = await stop();
  expect(looks).toBeGreaterThan(3);
  expect(seen).toEqual([1]);
});

test('a rollback is still one transaction for each person where another package granted the old access to somebody else', async () => {
  const made = await bench({ beside: 'cem' });
  expect(await made.run('grantAccess', await made.signed('others'), made.system)).toMatchObject({ created: 1 });
  await made.run('grantAccess', made.release, made.system);
  expect(await made.holders()).toEqual(['ann new', 'ben new', 'cem old']);
  const stop = await watch(made.old, made.now, ['ann', 'ben'].map(logins.of));
  const approval = await made.record('decide', 'olga', made.release, { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason: 'yes' });
  expect(await made.run('rollBackAccess', made.release, made.system, { id: 'r', approval })).toMatchObject({ revoked: 2, restored: 2, failed: [] });
  expect(await made.holders()).toEqual(['ann old', 'ben old', 'cem old']);
  const { seen, looks } = await stop();
  expect(looks).toBeGreaterThan(3);
  expect(seen).toEqual([1]);
  const facts = (await store.ledger(made.release)).filter(({ switched }) => switched !== undefined);
  expect(facts.map(({ switched }) => switched?.withoutMs)).toEqual(facts.map(() => 0));
});

test('a person whose new access is refused keeps the old one, and the next attempt switches them', async () => {
  const made = await bench();
  await logins.admin(`alter role "${logins.of('ann')}" nologin`);
  const locked = await made.run('grantAccess', made.release, made.system);
  expect(locked).toMatchObject({ created: 2 });
  expect(await made.holders()).toEqual(['ann old', 'ben new', 'cem new']);
  await logins.admin(`alter role "${logins.of('ann')}" login`);
  expect(await made.run('tuneAccess', made.release, made.system, { id: 't', step: 'reconcile' })).toMatchObject({ granted: 1, retired: 1, left: 0 });
  expect(await made.holders()).toEqual(['ann new', 'ben new', 'cem new']);
});

test.each(['after the record', 'after the commit'] as const)('a worker that is killed %s left everybody with one of the two', async (point) => {
  const made = await bench();
  const die = () => Promise.reject(new Error('killed'));
  const isSwitch = (facts: Parameters<Store['append']>[0]) => facts.some(({ fact }) => fact.did === 'revoked');
  let isSwitching = false;
  const dying: Store = {
    ...store,
    append: async (facts, effect) => {
      await store.append(facts, effect);
      isSwitching ||= isSwitch(facts);
      return point === 'after the record' && isSwitching ? die() : undefined;
    },
    settle: async (...args) => (isSwitching ? die() : store.settle(...args)),
  };
  await expect(made.runWith({ store: dying }, 'grantAccess', made.release, made.system)).rejects.toThrow('killed');
  expect(await made.holders()).toEqual([point === 'after the record' ? 'ann old' : 'ann new', 'ben old', 'cem new'].toSorted());
  expect(await made.run('grantAccess', made.release, made.system)).toMatchObject({ created: 3, failed: 0 });
  expect(await made.holders()).toEqual(['ann new', 'ben new', 'cem new']);
  expect(switchCounts(await store.ledger(made.release), Date.now())).toEqual({ people: 2, back: 0, longestMs: 0, late: 0 });
});
