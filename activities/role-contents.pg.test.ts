/** What a role may do changes while it is released: it is named, the owner accepts it, and what a package expects raises no alarm. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noneConnector } from '../connectors/none/connector.ts';
import { postgresConnector } from '../connectors/postgres/connector.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { Bench, benchPlan, now } from '../test/support/activity-bench.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { newKey } from '../test/support/keys.ts';
import { testLogins } from '../test/support/logins.ts';
import type { PackageInput } from '../test/support/plan.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('contents');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const evaluation = (number: number) => ({
  purpose: 'scheduled' as const,
  startMs: now,
  dueMs: now + number,
  atEnd: false,
});

describe('a role of a system in memory', () => {
  let number = 0;
  const first = ['SELECT on table part.ev_1', 'USAGE on schema part'];
  const nextDay = [...first, 'SELECT on table part.ev_2'];

  async function released(change: Partial<PackageInput> = {}) {
    const system = noneConnector();
    system.changeRole('clerk', first);
    const id = `contents-${(number += 1)}`;
    const made = new Bench(store, benchPlan(id, id, { packages: [change] }), { [id]: system });
    await made.apply();
    const release = await made.signed();
    await made.run('grantAccess', release, id);
    let count = 0;
    const evaluate = async () => {
      count += 1;
      const { drift, contents } = await made.evaluate(release, evaluation(count));
      const recorded = await store.evaluation({ ...release, ...evaluation(count) });
      return { drift, contents, lines: recorded!.driftLines };
    };
    const digestNow = async () => (await system.snapshot(['clerk'], [])).roles[0]!.digest;
    const accept = (by: string, body: Record<string, string>, sealing = {}) =>
      made.record('acceptContent', by, release, { system: id, role: 'clerk', reason: 'the partition of the day', ...body }, sealing);
    return { made, system, id, release, evaluate, accept, digestNow };
  }

  test('which privilege came and went is named, with the digest that the owner can accept', async () => {
    const { system, id, evaluate, digestNow } = await released();
    system.changeRole('clerk', ['SELECT on table part.ev_2', 'USAGE on schema part']);
    const { drift, contents, lines } = await evaluate();
    expect(drift.content).toBe(1);
    const text = "'clerk' gained SELECT on table part.ev_2, and lost SELECT on table part.ev_1";
    expect(lines).toEqual([`${id}: role content: ${text}`]);
    expect(contents).toEqual([{ system: id, role: 'clerk', digest: await digestNow(), text }]);
  });

  test('once the owner has accepted it, it is the reviewed content: of evaluations and of tunes; what changes then is compared with it', async () => {
    const { made, system, id, release, evaluate, accept, digestNow } = await released();
    system.changeRole('clerk', nextDay);
    expect((await evaluate()).drift.content).toBe(1);
    expect(await made.run('tuneAccess', release, id, { id: 'before', step: 'reconcile' })).toMatchObject({ left: 1 });
    await accept('olga', { digest: await digestNow() });
    expect(await evaluate()).toMatchObject({ drift: { content: 0 }, lines: [] });
    expect(await made.run('tuneAccess', release, id, { id: 'after', step: 'reconcile' })).toMatchObject({ left: 0 });
    system.changeRole('clerk', [...nextDay, 'SELECT on table part.ev_3']);
    expect((await evaluate()).lines).toEqual([`${id}: role content: 'clerk' gained SELECT on table part.ev_3`]);
    system.changeRole('clerk', first);
    expect((await evaluate()).lines).toEqual([`${id}: role content: 'clerk' lost SELECT on table part.ev_2`]);
  });

  test.each<[who: string, by: string, sealing: () => object]>([
    ['an operator', 'ines', () => ({})],
    ['a person of the package', 'ann', () => ({})],
    ['a key that nobody trusts', 'olga', () => ({ key: newKey() })],
    ['a delegate whose delegation had ended', 'dora', () => ({ atMs: Date.parse('2027-06-02') })],
  ])('an acceptance by %s counts for nothing, even from the store', async (_, by, sealing) => {
    const { system, evaluate, accept, digestNow } = await released();
    system.changeRole('clerk', nextDay);
    await accept(by, { digest: await digestNow() }, sealing());
    expect((await evaluate()).drift.content).toBe(1);
  });

  test('an acceptance counts for its own role, system and content only; a delegate of the owner may give it', async () => {
    const { system, evaluate, accept, digestNow } = await released();
    system.changeRole('clerk', nextDay);
    await accept('olga', { digest: await digestNow(), role: 'reader' });
    await accept('olga', { digest: await digestNow(), system: 'crm' });
    await accept('olga', { digest: '0'.repeat(64) });
    expect((await evaluate()).drift.content).toBe(2);
    await accept('dora', { digest: await digestNow() });
    expect((await evaluate()).lines).toEqual([expect.stringMatching(/: role content: 'reader' lost /)]);
  });

  test('a repeated evaluation answers what was recorded, contents included', async () => {
    const { made, system, release, evaluate } = await released();
    system.changeRole('clerk', nextDay);
    const found = await evaluate();
    system.changeRole('clerk', first);
    expect(await made.evaluate(release, evaluation(1))).toMatchObject({ drift: found.drift, contents: found.contents });
  });

  test('at go-live, what the package expects is not wider than what was signed, and anything else is named', async () => {
    const { made, system, id, release, evaluate } = await released({ contentIgnores: ['part.ev_*'] });
    system.changeRole('clerk', nextDay);
    expect(await made.run('recheckSystem', release, id)).toMatchObject({ wider: 0 });
    expect((await evaluate()).drift.content).toBe(0);
    system.changeRole('clerk', [...nextDay, 'DELETE on table part.ev_2']);
    expect(await made.run('recheckSystem', release, id)).toMatchObject({
      wider: 1,
      lines: expect.arrayContaining(["wider: role 'clerk' gained DELETE on table part.ev_2"]),
    });
    expect((await evaluate()).lines).toEqual([`${id}: role content: 'clerk' gained DELETE on table part.ev_2`]);
  });
});

describe('a role of PostgreSQL to which default privileges give the partition of every night', () => {
  const expecting: PackageInput['contentIgnores'] = ['part.ev_*'];

  test.each([
    ['without patterns each is an alarm that names it, until the owner accepts it', undefined],
    ['with a pattern none is an alarm', expecting],
  ])('%s', async (_, contentIgnores) => {
    const own = await createDatabase('partitions');
    const logins = await testLogins(own.url);
    const svc = logins.of('rolewave_svc');
    const role = logins.of('r13');
    await logins.login(svc, logins.of('bruno'));
    await logins.role(role, svc);
    await logins.admin(`
      create schema part; grant usage on schema part to "${role}"; alter default privileges in schema part grant select on tables to "${role}";
      create table part.ev(at date, x int) partition by range (at);
      create table part.ev_1 partition of part.ev for values from ('2026-11-25') to ('2026-11-26')`);
    const connector = postgresConnector({ connectionString: logins.url(svc) });
    try {
      const id = logins.of('erp');
      const people = ['olga', 'dora', 'ines', 'bruno'].map((name) => ({ id: name, name, team: 'fin' }));
      const packages = [{ entitlements: [{ system: id, role: 'r13' }], legacy: [], cohort: ['bruno'], ...(contentIgnores ? { contentIgnores } : {}) }];
      const made = new Bench(
        store,
        benchPlan(`c13-${id}`, id, { people, packages }, (name) => logins.of(name)),
        { [id]: connector },
      );
      await made.apply();
      const release = await made.signed();
      const nightly = () => logins.admin(`create table part.ev_2 partition of part.ev for values from ('2026-11-26') to ('2026-11-27')`);
      const expected = contentIgnores ? 0 : 1;
      await made.run('grantAccess', release, id);
      await nightly();
      expect((await made.run('recheckSystem', release, id)).lines.filter((line) => line.startsWith('wider'))).toEqual(
        contentIgnores ? [] : [`wider: role '${role}' gained SELECT on table part.ev_2`],
      );
      const evaluate = async (number: number) => (await made.evaluate(release, evaluation(number))).drift.content;
      expect(await evaluate(1)).toBe(expected);
      const found = (await store.evaluations(release))[0]!;
      expect(found.driftLines).toEqual(contentIgnores ? [] : [`${id}: role content: '${role}' gained SELECT on table part.ev_2`]);
      for (const { digest } of found.contents ?? [])
        await made.record('acceptContent', 'olga', release, { system: id, role, digest, reason: 'the partition of 26 November' });
      expect(await evaluate(2)).toBe(0);
      await logins.admin(`grant delete on part.ev_2 to "${role}"`);
      expect(await evaluate(3)).toBe(1);
    } finally {
      await connector.close();
      await logins.remove();
      await own.drop();
    }
  });
});

test('the first content under a digest stays', async () => {
  const [content] = await store.roleContents([]);
  expect(content).toBeUndefined();
  await store.saveRoleContents([{ digest: 'd', privileges: ['one'] }]);
  await store.saveRoleContents([{ digest: 'd', privileges: ['another'] }]);
  expect(await store.roleContents(['d', 'e', 'd'])).toEqual([{ digest: 'd', privileges: ['one'] }]);
});
