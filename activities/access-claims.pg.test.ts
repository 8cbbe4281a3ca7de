/** A second owner keeps an access through a rollback: in a real PostgreSQL, from the release to the end of the claim. */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { noneConnector } from '../connectors/none/connector.ts';
import { postgresConnector } from '../connectors/postgres/connector.ts';
import type { Connector } from '../connectors/connector.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { Bench, benchPlan, now } from '../test/support/activity-bench.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { newKey } from '../test/support/keys.ts';
import { testLogins, type TestLogins } from '../test/support/logins.ts';
import type { PlanChange } from '../test/support/plan.ts';
import { site, siteSystem } from '../test/support/site.ts';
import type { ReleaseRef } from './contract.ts';
import { listBytesStored } from '../domain/release/carried-receipt.ts';

let database: TestDatabase;
let store: Store;
let logins: TestLogins;
let svc: string;
beforeAll(async () => {
  database = await createDatabase('person_claims');
  store = await openStore(database.url, { migrate: true });
  logins = await testLogins(inject('postgresUrl'));
  svc = logins.of('rolewave_svc');
  await logins.login(svc, ...['ann', 'ben', 'cem'].map((person) => logins.of(person)));
  for (const role of ['clerk', 'reader', 'old_reader', 'old_admin']) await logins.role(logins.of(role), svc);
});
afterAll(async () => {
  await logins?.remove();
  await store?.close();
  await database?.drop();
});

const dayMs = 86_400_000;
const claimed: PlanChange = { packages: [{ rollback: { claims: { by: ['otto', 'sam'], atMost: '30d' } } }] };
const ofAnn = (system: string, named = (name: string) => name) => [{ system, role: named('clerk'), person: 'ann' }];
const claimBody = (system: string, days = 10, named?: (name: string) => string) => ({
  grants: ofAnn(system, named),
  untilMs: now + days * dayMs,
  reason: 'the month-end close',
});
const approve = (made: Bench, release: ReleaseRef) =>
  made.record('decide', 'olga', release, { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason: 'yes' });

let number = 0;
async function released(change: PlanChange = claimed, connector: Connector = noneConnector()) {
  const id = `person-claims-${(number += 1)}`;
  const made = new Bench(store, benchPlan(id, id, change), { [id]: connector });
  await made.apply();
  const release = await made.signed();
  await made.run('grantAccess', release, id);
  let approval: string | undefined;
  const rollBack = async () => made.run('rollBackAccess', release, id, { id: 'r', approval: (approval ??= await approve(made, release)) });
  const settle = async (named = approval ?? '') => made.run('rollBackAccess', release, id, { id: 'r', approval: named, settles: true });
  return { made, id, release, rollBack, settle };
}

test('the rollback revokes everything but the claimed grant, and its end revokes exactly that', { timeout: 60_000 }, async () => {
  const real = postgresConnector({ connectionString: logins.url(svc) });
  const id = 'person-claims-pg';
  const named = (name: string) => logins.of(name);
  const made = new Bench(store, benchPlan(id, id, claimed, named), { [id]: real });
  const holders = async () => (await real.snapshot(['clerk', 'reader'].map(named), [])).grants.map(({ role, account }) => `${role} ${account}`).toSorted();
  try {
    await made.apply();
    const release = await made.signed();
    await made.run('grantAccess', release, id);
    expect(await holders()).toHaveLength(6);
    const [kept] = (await store.ledger(release)).filter(({ role, person }) => role === named('clerk') && person === 'ann');
    const claim = await made.record('claim', 'otto', release, claimBody(id, 10, named));

    const preview = await store.rollbackPreview(release, (await made.run('previewRollback', release, id, now - dayMs)).digest ?? '');
    expect(preview).toMatchObject({ losesCount: 5, staysCount: 1 });
    expect(preview?.stays).toEqual([
      { person: 'ann', account: named('ann'), role: named('clerk'), why: 'kept for otto until 2027-03-11 12:00 UTC: the month-end close' },
    ]);
    expect(await holders()).toHaveLength(6);

    const approval = await approve(made, release);
    const rollBack = () => made.run('rollBackAccess', release, id, { id: 'r', approval });
    const receipt = await rollBack();
    expect(await holders()).toEqual([`${named('clerk')} ${named('ann')}`]);
    expect(receipt).toMatchObject({ granted: 6, revoked: 5, failed: [], kept: [{ why: 'kept for otto until 2027-03-11 12:00 UTC: the month-end close' }] });
    expect(receipt.claimed).toEqual([{ role: named('clerk'), account: named('ann'), person: 'ann', claim }]);

    // Late, twice, and after its date: the same grant is still there, and still this release's.
    made.nowMs = now + 20 * dayMs;
    expect(await rollBack()).toEqual(receipt);
    const [still] = (await store.ledger(release)).filter(({ claimed: by }) => by !== undefined);
    expect(still).toMatchObject({ outcome: 'kept', claimed: claim, made: kept!.made });
    // A run of before the rollback wakes up, and grants nothing.
    await expect(made.run('grantAccess', release, id)).rejects.toThrow('rolled back');

    await made.record('endClaim', 'otto', release, { claim, reason: 'the close is done' });
    const after = await rollBack();
    expect(await holders()).toEqual([]);
    expect(after).toMatchObject({ granted: 6, revoked: 6, kept: [], failed: [] });
    expect(after.claimed).toBeUndefined();
    expect(await rollBack()).toEqual(after);
    expect(await store.receipts(release)).toEqual([after]);
  } finally {
    await real.close();
  }
});

test('what was revoked by somebody else meanwhile is gone, and what they granted stays (R1)', async () => {
  const system = noneConnector();
  const { made, id, release, rollBack, settle } = await released(claimed, system);
  const claim = await made.record('claim', 'otto', release, claimBody(id));
  await rollBack();
  system.removeAll('clerk', 'ann');
  system.grantAs('kim', 'clerk', 'ann');
  await made.record('endClaim', 'olga', release, { claim, reason: 'a breach' });
  expect(await settle()).toMatchObject({ revoked: 5, gone: 1, kept: [{ role: 'clerk', account: 'ann', why: 'granted by kim' }] });
  expect(system.held()).toMatchObject([{ role: 'clerk', account: 'ann', grantor: 'kim' }]);
});

test('a rollback after the date of a claim keeps nothing for it', async () => {
  const { made, id, release, rollBack } = await released();
  await made.record('claim', 'otto', release, claimBody(id));
  made.nowMs = now + 11 * dayMs;
  expect(await rollBack()).toMatchObject({ revoked: 6, kept: [] });
});

test('another package that claims the grant comes first: it is handed on, and the person’s claim keeps nothing', async () => {
  const { made, id, release, rollBack } = await released({ packages: [...claimed.packages!, { id: 'posters', cohort: ['ann'], legacy: [] }] });
  await made.run('grantAccess', await made.signed('posters'), id);
  await made.record('claim', 'otto', release, claimBody(id));
  const receipt = await rollBack();
  expect(receipt.kept.map(({ why }) => why)).toEqual(['kept for posters', 'kept for posters']);
  expect(receipt.claimed).toBeUndefined();
});

describe('of what is no longer claimed, the last holder of a role that always has one', () => {
  async function ended() {
    const system = noneConnector();
    const { made, id, release, rollBack, settle } = await released(claimed, system);
    const claim = await made.record('claim', 'otto', release, claimBody(id));
    made.site = site({ systems: [siteSystem(id, { roles: { allow: ['*'], neverEmpty: ['clerk'] } })] });
    expect(await rollBack()).toMatchObject({ lastHolders: ['clerk'], claimed: [{ person: 'ann' }] });
    await made.record('endClaim', 'otto', release, { claim, reason: 'done' });
    return { system, made, id, release, settle };
  }

  test('stays, however often it is tried, and no approval that a workflow names lets go of it', async () => {
    const { system, made, id, release, settle } = await ended();
    for (const named of [undefined, 'an-invented-approval', 'another-invented-one'])
      await expect(settle(named)).rejects.toMatchObject({ type: 'Incomplete', message: expect.stringContaining("would leave nobody with 'clerk'") });
    await expect(made.run('rollBackAccess', release, id, { id: 'r', approval: 'an-invented-approval' })).rejects.toMatchObject({
      type: 'NotCoveredBySignOffs',
    });
    expect(system.held()).toMatchObject([{ role: 'clerk', account: 'ann' }]);
    const [still] = (await store.ledger(release)).filter(({ role, person }) => role === 'clerk' && person === 'ann');
    expect(still).toMatchObject({ made: [{ account: 'ann' }], why: expect.not.stringContaining('approve') });
  });

  test('is revoked once somebody else has the role', async () => {
    const { system, settle } = await ended();
    await expect(settle()).rejects.toMatchObject({ type: 'Incomplete' });
    system.grantAs('kim', 'clerk', 'zoe');
    const receipt = await settle();
    expect(receipt).toMatchObject({ revoked: 6, failed: [] });
    expect(receipt.lastHolders).toBeUndefined();
    expect(system.held()).toMatchObject([{ role: 'clerk', account: 'zoe' }]);
  });

  test('stays for a person who claims it again meanwhile', async () => {
    const { system, made, id, release, settle } = await ended();
    await expect(settle()).rejects.toMatchObject({ type: 'Incomplete' });
    const again = await made.record('claim', 'sam', release, claimBody(id));
    expect(await settle()).toMatchObject({ revoked: 5, failed: [], claimed: [{ claim: again }] });
    expect(system.held()).toHaveLength(1);
  });
});

test('what one call is told to settle needs an approval as long as no rollback has run', async () => {
  const { settle } = await released();
  await expect(settle('an-invented-approval')).rejects.toMatchObject({ type: 'NotCoveredBySignOffs' });
});

test('a rollback for some people only keeps what is claimed of theirs', async () => {
  const { made, id, release } = await released();
  await made.record('claim', 'otto', release, claimBody(id));
  const approval = await made.record('decide', 'olga', release, {
    proposal: 'rollback-1',
    kind: 'rollback',
    answer: 'approve',
    people: ['ann'],
    reason: 'only ann',
  });
  expect(await made.run('tuneAccess', release, id, { id: approval, step: 'narrow', people: ['ann'], restore: true })).toMatchObject({ revoked: 1, left: 1 });
});

test.each<[string, string, PlanChange, (made: Bench, system: string, release: ReleaseRef) => Promise<unknown>]>([
  ['the plan does not name', 'dea', claimed, (made, system, release) => made.record('claim', 'dea', release, claimBody(system))],
  ['operates the release', 'ines', claimed, (made, system, release) => made.record('claim', 'ines', release, claimBody(system))],
  ['owns the package', 'olga', claimed, (made, system, release) => made.record('claim', 'olga', release, claimBody(system))],
  [
    'sealed it with a key that nobody trusts',
    'otto',
    claimed,
    (made, system, release) => made.record('claim', 'otto', release, claimBody(system), { key: newKey() }),
  ],
  ['claims for longer than the plan allows', 'otto', claimed, (made, system, release) => made.record('claim', 'otto', release, claimBody(system, 31))],
  [
    'no longer stands in: it was withdrawn',
    'otto',
    claimed,
    async (made, system, release) => {
      const claim = await made.record('claim', 'otto', release, claimBody(system));
      await made.record('endClaim', 'otto', release, { claim, reason: 'not needed' });
    },
  ],
  [
    'was contested, and asks again',
    'otto',
    claimed,
    async (made, system, release) => {
      const claim = await made.record('claim', 'otto', release, claimBody(system));
      await made.record('endClaim', 'dora', release, { claim, reason: 'a breach' });
      await made.record('claim', 'sam', release, claimBody(system));
    },
  ],
  ['may claim in no package of this plan', 'otto', {}, (made, system, release) => made.record('claim', 'otto', release, claimBody(system))],
])('a claim of someone who %s (%s) keeps nothing, even if a workflow accepted it', async (_, _by, change, act) => {
  const { made, id, release, rollBack } = await released(change);
  await act(made, id, release);
  expect(await rollBack()).toMatchObject({ revoked: 6, kept: [] });
});

/** A release of ten roles to a hundred people, whose thousand grants are claimed, and the approval of its rollback. `accountEnd`: ends each account's name. */
async function claimedThousandfold(accountEnd: string) {
  const people = Array.from({ length: 100 }, (_, index) => `p${index}-${'x'.repeat(120)}`);
  const roles = Array.from({ length: 10 }, (_, index) => `role-${index}`);
  const id = `person-claims-${(number += 1)}`;
  const claimants = ['otto', 'sam'];
  const change: PlanChange = {
    people: ['olga', 'dora', 'ines', 'hugo', ...claimants, ...people].map((each, index) => ({
      id: each,
      name: each.slice(0, 9),
      team: 't',
      accounts: { [id]: `account-${index}${accountEnd}` },
    })),
    packages: [
      {
        entitlements: roles.map((role) => ({ system: id, role })),
        legacy: [],
        cohort: people,
        rollback: { claims: { by: claimants, atMost: '30d' } },
      },
    ],
  };
  const made = new Bench(store, benchPlan(id, id, change), { [id]: noneConnector() });
  await made.apply();
  const release = await made.signed();
  await made.run('grantAccess', release, id);
  for (const [index, role] of roles.entries())
    await made.record('claim', claimants[index % 2]!, release, {
      grants: people.map((person) => ({ system: id, role, person })),
      untilMs: now + 10 * dayMs,
      reason: `${index} ${'r'.repeat(1_990)}`,
    });
  return { made, id, release, approval: await approve(made, release) };
}

test(
  'a rollback that keeps a thousand grants for long reasons answers in what a history takes, and the store has each of them',
  { timeout: 120_000 },
  async () => {
    const { made, id, release, approval } = await claimedThousandfold('');
    const carried = await made.run('rollBackAccess', release, id, { id: 'r', approval });
    expect(Buffer.byteLength(JSON.stringify(carried))).toBeLessThan(512 * 1024);
    expect(carried).toMatchObject({ granted: 1_000, revoked: 0, failed: [], counts: { kept: 1_000 } });
    expect(carried.claimed).toHaveLength(1_000);
    // Of each claim its reason, as far as it goes.
    expect(new Set(carried.kept.map(({ why }) => why)).size).toBe(10);
    const [stored] = await store.receipts(release);
    expect(stored!.kept).toHaveLength(1_000);
    expect(stored!.counts).toBeUndefined();
    expect((await store.ledger(release)).every(({ why = '' }) => why.startsWith('kept for ') && why.length < 300)).toBe(true);
    // Again, as after an answer that was lost.
    expect(await made.run('rollBackAccess', release, id, { id: 'r', approval })).toEqual(carried);
  },
);

test(
  'a receipt that is longer than what is stored of one is cut in the store, with all that claims keep and with its counts',
  { timeout: 120_000 },
  async () => {
    const { made, id, release, approval } = await claimedThousandfold('y'.repeat(950));
    const carried = await made.run('rollBackAccess', release, id, { id: 'r', approval });
    const [stored] = await store.receipts(release);
    expect(stored).toMatchObject({ granted: 1_000, counts: { kept: 1_000 } });
    expect(stored!.kept.length).toBeLessThan(1_000);
    expect(stored!.kept.length).toBeGreaterThan(carried.kept.length);
    expect(Buffer.byteLength(JSON.stringify(stored!.kept))).toBeLessThanOrEqual(listBytesStored);
    expect(stored!.claimed).toHaveLength(1_000);
  },
);
