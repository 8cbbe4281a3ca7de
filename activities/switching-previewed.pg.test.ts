/** What another package needs is seen before people sign: nobody signs a switch that cannot happen. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noneConnector } from '../connectors/none/connector.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { Bench, benchPlan } from '../test/support/activity-bench.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import type { PlanChange } from '../test/support/plan.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('switching_previewed');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

let number = 0;
/** ann and ben hold `order`, which the package replaces by `clerk`; `claimed`: another plan's package grants it to these people or finds it held by them, and claims it. */
async function bench({ rule = true, excepted, change = {} }: { rule?: boolean; excepted?: string; change?: PlanChange } = {}) {
  const id = `previewed-${(number += 1)}`;
  const memory = noneConnector({ grants: ['ann', 'ben'].map((account) => ({ role: 'order', account, grantor: 'dba', options: {} })) });
  const entitlements = ['order', 'clerk'].map((role) => ({ system: id, role }));
  const exceptions = excepted === undefined ? {} : { exceptions: [{ person: excepted, reason: 'Alone in the office', until: '2028-01-01' }] };
  const plan = benchPlan(`switching-${number}`, id, {
    packages: [{ entitlements: entitlements.slice(1), legacy: entitlements.slice(0, 1) }],
    ...(rule ? { incompatible: [{ id: 'order-and-clerk', reason: 'Four eyes', entitlements, ...exceptions }] } : {}),
    ...change,
  });
  const made = new Bench(store, plan, { [id]: memory });
  await made.apply();
  const claimed = async (...cohort: string[]) => {
    const other = benchPlan(`secret-${number}`, id, { packages: [{ id: 'hidden', entitlements: entitlements.slice(0, 1), legacy: [], cohort }] });
    const theirs = new Bench(store, other, made.systems);
    await theirs.apply();
    const release = await theirs.signed('hidden');
    expect(await theirs.run('grantAccess', release, id)).toMatchObject({ failed: 0, unknown: 0 });
    return { undo: async () => theirs.run('rollBackAccess', release, id, { id: 'r', approval: await approved(theirs, release) }) };
  };
  const held = () => new Set(memory.held().map(({ role, account }) => `${account} ${role}`));
  return Object.assign(made, { id, memory, claimed, held });
}
const approved = (made: Bench, release: { plan: string; wave: string; package: string }) =>
  made.record('decide', 'olga', release, { proposal: 'rollback', kind: 'rollback', answer: 'approve', reason: 'yes' });

const counts = { rule: 'order-and-clerk', existing: 0, caused: 0, excepted: 0, resolved: 0 };
const cannot = (people: string) =>
  expect.stringMatching(`^'order' of ${people} stays \\(kept for a package of another plan\\), so .* cannot be switched: take them out`);

describe('a person whose old access a package of another plan needs', () => {
  test('is no longer said to be switched: it stops the release before anybody signs, and says what to do', async () => {
    const made = await bench();
    await made.claimed('ann', 'ben');
    const { parts } = await made.preview();
    expect(parts[0]).toMatchObject({ conflicts: [cannot('2 people')], incompatible: [{ ...counts, caused: 2, stays: 2 }] });
  });

  test('is one to whom that package gave it, too', async () => {
    const made = await bench();
    await made.claimed('cem');
    const { parts } = await made.preview();
    expect(parts[0]).toMatchObject({ conflicts: [cannot('1 person')], incompatible: [{ ...counts, caused: 1, switched: 2, stays: 1 }] });
  });

  test('leaves the others to be switched', async () => {
    const made = await bench();
    await made.claimed('ben');
    const { parts } = await made.preview();
    expect(parts[0]).toMatchObject({ conflicts: [cannot('1 person')], incompatible: [{ ...counts, caused: 1, switched: 1, stays: 1 }] });
  });

  test('is said to be so without a word about that plan, its package or its people', async () => {
    const made = await bench();
    await made.claimed('ann', 'dea');
    const [part] = (await made.preview()).parts;
    const content = await store.preview(part!.digest);
    expect(content?.staying).toEqual([{ role: 'order', account: 'ann', person: 'ann', why: 'kept for a package of another plan' }]);
    expect(JSON.stringify([part, content?.staying, content?.conflicts])).not.toMatch(/secret|hidden/);
    expect(JSON.stringify([part, content?.staying, content?.conflicts])).not.toContain('dea');
  });

  test('is found by a simulation, too', async () => {
    const made = await bench();
    await made.claimed('ann', 'ben');
    const digest = await store.saveDraft(made.plan);
    expect(await made.run('simulateSystem', digest, 'clerks', made.id)).toMatchObject({
      conflicts: [cannot('2 people')],
      incompatible: [{ ...counts, caused: 2, stays: 2 }],
    });
  });

  test('who is needed only after the sign-off is refused alone, and the others are switched: a claim stops nobody else', async () => {
    const made = await bench();
    const release = await made.signed();
    expect(release.parts[0]).toMatchObject({ conflicts: [], incompatible: [{ ...counts, switched: 2 }] });
    await made.claimed('ann');
    const read = await made.run('recheckSystem', release, made.id);
    expect(read).toMatchObject({
      wider: 0,
      lines: ["'ann' keeps role 'order': kept for a package of another plan"],
    });
    expect(read).not.toHaveProperty('stops');
    await expect(made.run('grantAccess', release, made.id)).rejects.toMatchObject({ type: 'Incomplete', message: expect.stringContaining("'order' stays") });
    expect(made.held()).toEqual(new Set(['ann order', 'ben clerk', 'cem clerk']));
  });

  test('is switched as before once that package no longer needs it', async () => {
    const made = await bench();
    const other = await made.claimed('ann', 'ben');
    await other.undo();
    const release = await made.signed();
    expect(release.parts[0]).toMatchObject({ conflicts: [], incompatible: [{ ...counts, switched: 2 }] });
    expect(await made.run('recheckSystem', release, made.id)).not.toHaveProperty('stops');
    expect(await made.run('grantAccess', release, made.id)).toMatchObject({ created: 3, failed: 0 });
    expect(made.held()).toEqual(new Set(['ann clerk', 'ben clerk', 'cem clerk']));
  });

  test('and who may hold both by an exception of the plan is granted the new access, and keeps the old one', async () => {
    const made = await bench({ excepted: 'ann' });
    await made.claimed('ann');
    const release = await made.signed();
    expect(release.parts[0]).toMatchObject({
      conflicts: [expect.stringContaining("'order' of 1 person stays (kept for a package of another plan): it is retired only if")],
      incompatible: [{ ...counts, excepted: 1, switched: 1 }],
    });
    expect(await made.run('recheckSystem', release, made.id)).not.toHaveProperty('stops');
    expect(await made.run('grantAccess', release, made.id)).toMatchObject({ created: 3, failed: 0 });
    expect(await made.run('retireLegacy', release, made.id)).toMatchObject({ kept: 1 });
    expect(made.held()).toEqual(new Set(['ann clerk', 'ann order', 'ben clerk', 'cem clerk']));
  });
});

test('legacy access that another plan needs is noted where nothing forbids to hold both, and the release goes ahead', async () => {
  const made = await bench({ rule: false });
  await made.claimed('ann');
  const release = await made.signed();
  expect(release.parts[0]).toMatchObject({
    conflicts: ["'order' of 1 person stays (kept for a package of another plan): it is retired only if nothing keeps it any more at the release"],
    toRetire: 2,
  });
  expect(await made.run('recheckSystem', release, made.id)).toMatchObject({ shrunk: 0, wider: 0 });
  await made.run('grantAccess', release, made.id);
  expect(await made.run('retireLegacy', release, made.id)).toMatchObject({ retired: 1, kept: 1 });
});

test('what a package of the same plan needs stays, too, and is named', async () => {
  const id = `previewed-${number + 1}`;
  const entitlements = ['order', 'clerk'].map((role) => ({ system: id, role }));
  const made = await bench({
    rule: false,
    change: {
      packages: [
        { entitlements: entitlements.slice(1), legacy: entitlements.slice(0, 1) },
        { id: 'orders', entitlements: entitlements.slice(0, 1), legacy: [], cohort: ['ben'] },
      ],
      waves: [{ packages: [{ package: 'clerks' }, { package: 'orders' }] }],
    },
  });
  const orders = await made.signed('orders');
  await made.run('grantAccess', orders, made.id);
  expect((await made.preview()).parts[0]?.conflicts).toEqual([expect.stringContaining("'order' of 1 person stays (kept for orders)")]);
});
