/** Old and new access that nobody may hold together: people are switched one by one, in a system that can do both at once and in those that cannot. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noneConnector } from '../connectors/none/connector.ts';
import { switchCounts } from '../domain/release/switching.ts';
import { SystemUnavailable } from '../domain/system-unavailable.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { Bench, benchPlan } from '../test/support/activity-bench.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { saveRevision } from '../test/support/revisions.ts';
import { watchedForBoth } from '../test/support/never-both.ts';
import type { ReleaseRef } from './contract.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('switching');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

let number = 0;
/** ann and ben hold each of `olds`, which `clerk` replaces; cem holds none of them. */
async function bench({
  switchWithin,
  excepted,
  olds = ['order'],
  design,
  cohort,
}: { switchWithin?: string; excepted?: string; olds?: string[]; design?: 'rejected'; cohort?: () => Promise<string[]> } = {}) {
  const id = `switch-${(number += 1)}`;
  const memory = noneConnector({ grants: ['ann', 'ben'].flatMap((account) => olds.map((role) => ({ role, account, grantor: 'dba', options: {} }))) });
  const seen = watchedForBoth(memory, olds, 'clerk');
  const hr = `hr-${id}`;
  const asked = cohort ? { cohortQuery: { system: hr, statement: 'select account from staff' } } : {};
  const plan = benchPlan(`switch-plan-${number}`, id, {
    systems: [id, ...(cohort ? [hr] : [])],
    packages: [{ ...asked, entitlements: [{ system: id, role: 'clerk' }], legacy: olds.map((role) => ({ system: id, role, ...(design ? { design } : {}) })) }],
    incompatible: olds.map((old) => ({
      id: `${old}-and-clerk`,
      reason: 'Four eyes',
      entitlements: [
        { system: id, role: old },
        { system: id, role: 'clerk' },
      ],
      ...(switchWithin === undefined ? {} : { switchWithin }),
      ...(excepted === undefined ? {} : { exceptions: [{ person: excepted, reason: 'Alone in the office', until: '2028-01-01' }] }),
    })),
  });
  const made = new Bench(store, plan, { [id]: seen.connector, ...(cohort ? { [hr]: { ...noneConnector({}), cohort } } : {}) });
  await made.apply();
  return Object.assign(made, { memory, id, seen, release: await made.signed() });
}
type Made = Awaited<ReturnType<typeof bench>>;

const held = ({ memory }: Made) =>
  memory
    .held()
    .map(({ role, account }) => `${account} ${role}`)
    .toSorted();
const counts = async ({ release }: Made) => switchCounts(await store.ledger(release), Date.now());
let proposals = 0;
const approve = (made: Bench, release: ReleaseRef) =>
  made.record('decide', 'olga', release, { proposal: `rollback-${(proposals += 1)}`, kind: 'rollback', answer: 'approve', reason: 'yes' });
const rollBack = async (made: Made) => made.run('rollBackAccess', made.release, made.id, { id: 'r', approval: await approve(made, made.release) });
const notices = async ({ plan }: Made) => (await store.notices({ plan: plan.plan })).filter(({ kind }) => kind === 'withoutAccess');

describe('where the system has no transaction for it', () => {
  test('each person is switched, the others are granted, and nobody ever holds both', async () => {
    const made = await bench();
    expect(made.release.parts[0]?.incompatible).toEqual([{ rule: 'order-and-clerk', existing: 0, caused: 0, excepted: 0, resolved: 0, switched: 2 }]);
    expect(await made.run('grantAccess', made.release, made.id)).toEqual({ created: 3, preexisting: 0, failed: 0, unknown: 0, refusals: [] });
    expect(held(made)).toEqual(['ann clerk', 'ben clerk', 'cem clerk']);
    expect(await made.run('retireLegacy', made.release, made.id)).toMatchObject({ retired: 2, failed: 0 });
    expect(made.seen.both()).toEqual([]);
    // One after the other: never two without either.
    expect(made.seen.mostWithout()).toBe(1);
    expect(await counts(made)).toMatchObject({ people: 2, back: 0, late: 0 });
    expect(await made.run('grantAccess', made.release, made.id)).toMatchObject({ created: 3 });
  });

  test('a rollback switches them back one by one', async () => {
    const made = await bench();
    await made.run('grantAccess', made.release, made.id);
    const receipt = await rollBack(made);
    expect(receipt).toMatchObject({ granted: 3, revoked: 3, restored: 2, failed: [] });
    expect(held(made)).toEqual(['ann order', 'ben order']);
    expect(made.seen.both()).toEqual([]);
    expect(made.seen.mostWithout()).toBe(1);
    expect(await counts(made)).toMatchObject({ people: 0, back: 2, late: 0 });
  });

  test('who is refused the new access has the old one back, and the others are switched', async () => {
    const made = await bench();
    made.seen.refuseGrant('ann', 'no more licences');
    await expect(made.run('grantAccess', made.release, made.id)).rejects.toMatchObject({
      type: 'Incomplete',
      message: expect.stringContaining('was given back'),
    });
    expect(held(made)).toEqual(['ann order', 'ben clerk', 'cem clerk']);
    expect(await made.run('retireLegacy', made.release, made.id)).toMatchObject({ retired: 1, failed: 0 });
    expect(held(made)).toContain('ann order');
    expect(await counts(made)).toMatchObject({ people: 1, back: 1, late: 0 });
    made.seen.refuseGrant('ann', undefined);
    expect(await made.run('tuneAccess', made.release, made.id, { id: 't', step: 'reconcile' })).toEqual({ granted: 1, revoked: 0, retired: 1, left: 0 });
    expect(held(made)).toEqual(['ann clerk', 'ben clerk', 'cem clerk']);
    expect(made.seen.both()).toEqual([]);
  });

  test('who is refused both is told of at once, and gets one of them with the next attempt', async () => {
    const made = await bench();
    made.seen.refuseGrant('ann', 'no more licences');
    made.seen.refuseRestore('ann', 'the role is frozen');
    await expect(made.run('grantAccess', made.release, made.id)).rejects.toMatchObject({ type: 'Incomplete' });
    expect(held(made)).toEqual(['ben clerk', 'cem clerk']);
    expect(await notices(made)).toMatchObject([{ text: expect.stringContaining("no more licences; 'order' could not be given back: the role is frozen") }]);
    made.seen.refuseRestore('ann', undefined);
    await made.run('tuneAccess', made.release, made.id, { id: 't', step: 'reconcile' }).catch(() => undefined);
    expect(held(made)).toEqual(['ann order', 'ben clerk', 'cem clerk']);
    expect(await notices(made)).toMatchObject([{ answeredAtMs: expect.any(Number) }]);
  });

  describe('a rollback that is killed when the new access is gone', () => {
    const killed = async (made: Made) => {
      await made.run('grantAccess', made.release, made.id);
      await expect(
        made.runWith({ store: dyingAt('after the revoke') }, 'rollBackAccess', made.release, made.id, { id: 'r', approval: await approve(made, made.release) }),
      ).rejects.toThrow('killed');
      expect(held(made).filter((line) => line.startsWith('ann'))).toEqual([]);
    };

    test('is followed by one that restores the old access, also past the time, and the notice ends', async () => {
      const made = await bench({ switchWithin: '1s' });
      await killed(made);
      await new Promise((done) => setTimeout(done, 1_100));
      expect(await rollBack(made)).toMatchObject({ failed: [], restored: 2 });
      expect(held(made)).toEqual(['ann order', 'ben order']);
      expect(made.seen.both()).toEqual([]);
      expect(await counts(made)).toMatchObject({ back: 2, late: 1 });
      expect(await notices(made)).toMatchObject([{ answeredAtMs: expect.any(Number) }]);
    });

    test('and where the old access does not come back, the person has the new one again', async () => {
      const made = await bench();
      await killed(made);
      made.seen.refuseRestore('ann', 'the role is frozen');
      await expect(rollBack(made)).rejects.toMatchObject({ type: 'Incomplete', message: expect.stringContaining('the role is frozen') });
      expect(held(made)).toEqual(['ann clerk', 'ben order']);
      expect(made.seen.both()).toEqual([]);
      expect(await notices(made)).toEqual([]);
    });

    test('and where neither comes, people are told at once', async () => {
      const made = await bench();
      await killed(made);
      made.seen.refuseRestore('ann', 'the role is frozen');
      made.seen.refuseGrant('ann', 'no more licences');
      await expect(rollBack(made)).rejects.toMatchObject({ type: 'Incomplete' });
      expect(held(made)).toEqual(['ben order']);
      const text = /has held neither since .*the role is frozen; .*could not be granted again: no more licences/;
      expect(await notices(made)).toMatchObject([{ text: expect.stringMatching(text) }]);
      for (const lift of [made.seen.refuseRestore, made.seen.refuseGrant]) lift('ann', undefined);
      expect(await rollBack(made)).toMatchObject({ failed: [] });
      expect(held(made)).toEqual(['ann order', 'ben order']);
      expect(await notices(made)).toMatchObject([{ answeredAtMs: expect.any(Number) }]);
    });
  });

  test('a rollback of a release that was killed between the two restores the old access, and tells people where it cannot', async () => {
    const made = await bench();
    await expect(made.runWith({ store: dyingAt('after the revoke') }, 'grantAccess', made.release, made.id)).rejects.toThrow('killed');
    made.seen.refuseRestore('ann', 'the role is frozen');
    await expect(rollBack(made)).rejects.toMatchObject({ type: 'Incomplete' });
    expect(await notices(made)).toMatchObject([{ text: expect.stringContaining('the role is frozen') }]);
    made.seen.refuseRestore('ann', undefined);
    expect(await rollBack(made)).toMatchObject({ failed: [] });
    expect(held(made)).toEqual(['ann order', 'ben order']);
    expect(await notices(made)).toMatchObject([{ answeredAtMs: expect.any(Number) }]);
    expect(await counts(made)).toMatchObject({ people: 0, back: 1 });
  });

  test('a rollback of old access whose design was rejected ends with neither, as it was signed', async () => {
    const made = await bench({ design: 'rejected' });
    await expect(made.runWith({ store: dyingAt('after the revoke') }, 'grantAccess', made.release, made.id)).rejects.toThrow('killed');
    expect(await rollBack(made)).toMatchObject({ failed: [] });
    expect(held(made)).toEqual(['ben order']);
    expect((await store.ledger(made.release)).filter(({ kind, account }) => kind === 'retire' && account === 'ann')).toMatchObject([
      { switched: { to: 'neither' } },
    ]);
  });

  describe('with two old roles', () => {
    const both = { olds: ['order', 'ledger'] };
    test('a rollback that is refused one of them takes the other again before the new one comes back', async () => {
      const made = await bench(both);
      await made.run('grantAccess', made.release, made.id);
      for (const refused of ['order', 'ledger']) {
        made.seen.refuseRestore('ann', 'the role is frozen', refused);
        await expect(rollBack(made)).rejects.toMatchObject({ type: 'Incomplete', message: expect.stringContaining('the role is frozen') });
        expect(held(made)).toEqual(['ann clerk', 'ben ledger', 'ben order']);
        expect(made.seen.both()).toEqual([]);
        made.seen.refuseRestore('ann', undefined, refused);
      }
      expect(await rollBack(made)).toMatchObject({ failed: [] });
      expect(held(made)).toEqual(['ann ledger', 'ann order', 'ben ledger', 'ben order']);
      expect(made.seen.both()).toEqual([]);
      expect(await notices(made)).toEqual([]);
    });

    test('a release that is refused the new one, and one of the old ones, tells people', async () => {
      const made = await bench(both);
      made.seen.refuseGrant('ann', 'no more licences');
      made.seen.refuseRestore('ann', 'the role is frozen', 'order');
      await expect(made.run('grantAccess', made.release, made.id)).rejects.toMatchObject({ type: 'Incomplete' });
      expect(held(made)).toEqual(['ann ledger', 'ben clerk', 'cem clerk']);
      expect(await notices(made)).toMatchObject([{ text: expect.stringContaining('has only a part of the old access') }]);
      expect(made.seen.both()).toEqual([]);
    });
  });

  test('who cannot be taken the old access is not granted the new one', async () => {
    const made = await bench();
    made.memory.refuseToRevoke('ann', 'locked by audit');
    await expect(made.run('grantAccess', made.release, made.id)).rejects.toMatchObject({ message: expect.stringContaining('locked by audit') });
    expect(held(made)).toEqual(['ann order', 'ben clerk', 'cem clerk']);
    expect(made.seen.both()).toEqual([]);
    made.memory.refuseToRevoke('ann', undefined);
    await made.run('retireLegacy', made.release, made.id).catch(() => undefined);
    expect(held(made)).toContain('ann order');
  });

  test('a rollback that cannot give back the old access leaves the new one, and says so', async () => {
    const made = await bench();
    await made.run('grantAccess', made.release, made.id);
    made.seen.refuseRestore('ann', 'the role is frozen');
    await expect(rollBack(made)).rejects.toMatchObject({ type: 'Incomplete', message: expect.stringContaining('the role is frozen') });
    expect(held(made)).toEqual(['ann clerk', 'ben order']);
    expect(made.seen.both()).toEqual([]);
    made.seen.refuseRestore('ann', undefined);
    expect(await rollBack(made)).toMatchObject({ failed: [], restored: 2 });
    expect(held(made)).toEqual(['ann order', 'ben order']);
  });

  describe.each(['before the record', 'after the record', 'after the revoke', 'after the grant'] as const)('a worker that is killed %s', (point) => {
    test('is followed by one that finishes what it began', async () => {
      const made = await bench();
      await expect(made.runWith({ store: dyingAt(point) }, 'grantAccess', made.release, made.id)).rejects.toThrow('killed');
      expect(made.seen.both()).toEqual([]);
      expect(await made.run('grantAccess', made.release, made.id)).toMatchObject({ created: 3, failed: 0, unknown: 0 });
      expect(held(made)).toEqual(['ann clerk', 'ben clerk', 'cem clerk']);
      expect(made.seen.both()).toEqual([]);
      expect(await counts(made)).toMatchObject({ people: 2, late: 0 });
      expect(await notices(made)).toEqual([]);
    });

    test('and by nobody until the time is over: people are notified, and the person keeps what they hold or has the old access back', async () => {
      const made = await bench({ switchWithin: '1s' });
      await expect(made.runWith({ store: dyingAt(point) }, 'grantAccess', made.release, made.id)).rejects.toThrow('killed');
      const left = held(made).filter((line) => line.startsWith('ann'));
      await new Promise((done) => setTimeout(done, 1_100));
      await made.run('grantAccess', made.release, made.id).catch(() => undefined);
      expect(made.seen.both()).toEqual([]);
      for (const person of ['ann', 'ben', 'cem']) expect(held(made).filter((line) => line.startsWith(person))).toHaveLength(1);
      // What the person holds when somebody looks again stays. Where nothing was taken, they are switched anew.
      expect(held(made)).toContain(point === 'after the revoke' ? 'ann order' : 'ann clerk');
      if (left.length === 0) expect(await counts(made)).toMatchObject({ back: 1, late: 1 });
      // Before the record there is nothing to tell of. A notice of what was never taken has ended, too.
      const told = [{ to: ['olga', 'ines'], text: expect.stringContaining('may have held neither'), answeredAtMs: expect.any(Number) }];
      expect(await notices(made)).toMatchObject(point === 'before the record' ? [] : told);
    });
  });

  test.each(['reconcile', 'grantMissing'] as const)(
    "a tune ('%s') brings the new access to somebody whom a killed attempt left between the two, and gives nothing back first",
    async (step) => {
      const made = await bench();
      await expect(made.runWith({ store: dyingAt('after the revoke') }, 'grantAccess', made.release, made.id)).rejects.toThrow('killed');
      expect(held(made).filter((line) => line.startsWith('ann'))).toEqual([]);
      expect(await made.run('tuneAccess', made.release, made.id, { id: 't', step })).toMatchObject({ left: 0 });
      expect(held(made)).toEqual(['ann clerk', 'ben clerk', 'cem clerk']);
      const did = (await store.ledger(made.release)).flatMap(({ account, steps }) => (account === 'ann' ? steps.map((each) => each.did) : []));
      expect(did).toContain('granted');
      expect(did).not.toContain('restored');
      expect(await counts(made)).toMatchObject({ people: 2, back: 0 });
    },
  );

  const close = { id: 'close', reason: 'Month-end close', from: Date.parse('2027-03-01T11:00:00Z'), until: Date.parse('2027-03-02T11:00:00Z') };
  const abort = (made: Made) => made.record('abort', 'olga', made.release, { reason: 'stop' });
  const stops: [string, (made: Made) => Promise<unknown>][] = [
    ['was rejected', (made) => made.sign(made.release, 'olga', 'reject', { atMs: made.nowMs + 1 })],
    ['was aborted', abort],
    ['is in a blackout', (made) => saveRevision(store, { ...made.plan, blackouts: [close] }, made.key)],
    ['may grant nothing more by the site', async (made) => (made.site = { ...made.site, plans: made.site.plans.map((each) => ({ ...each, systems: [] })) })],
  ];
  describe.each(stops)('a release that %s', (_why, stop) => {
    test('gives back what an attempt that was killed had taken', async () => {
      const made = await bench();
      await expect(made.runWith({ store: dyingAt('after the revoke') }, 'grantAccess', made.release, made.id)).rejects.toThrow('killed');
      await stop(made);
      await expect(made.run('grantAccess', made.release, made.id)).rejects.toMatchObject({ nonRetryable: true });
      expect(held(made).filter((line) => line.startsWith('ann'))).toEqual(['ann order']);
      expect(made.seen.both()).toEqual([]);
      expect(await counts(made)).toMatchObject({ back: 1 });
    });

    test('leaves the new access to the person who has it already, and gives nothing back beside it', async () => {
      const made = await bench();
      await expect(made.runWith({ store: dyingAt('after the grant') }, 'grantAccess', made.release, made.id)).rejects.toThrow('killed');
      await stop(made);
      await expect(made.run('grantAccess', made.release, made.id)).rejects.toMatchObject({ nonRetryable: true });
      expect(held(made).filter((line) => line.startsWith('ann'))).toEqual(['ann clerk']);
      expect(made.seen.both()).toEqual([]);
      expect(await counts(made)).toMatchObject({ people: 1, back: 0 });
    });

    test('tells people of it at once where it cannot be given back', async () => {
      const made = await bench();
      await expect(made.runWith({ store: dyingAt('after the revoke') }, 'grantAccess', made.release, made.id)).rejects.toThrow('killed');
      await stop(made);
      made.seen.refuseRestore('ann', 'the role is frozen');
      await expect(made.run('grantAccess', made.release, made.id)).rejects.toMatchObject({ nonRetryable: true });
      expect(held(made).filter((line) => line.startsWith('ann'))).toEqual([]);
      const [notice] = await notices(made);
      expect(notice?.text).toMatch(/has held neither since .* the role is frozen\. Rolewave does not try again by itself: .* order a tune/);
      expect(notice?.answeredAtMs).toBeUndefined();
    });
  });

  test('who is in the cohort is not known any more: what was taken is given back', async () => {
    let isKnown = true;
    const cohort = () => (isKnown ? Promise.resolve(['ann', 'ben', 'cem']) : Promise.reject(new SystemUnavailable('HR is down')));
    const made = await bench({ cohort });
    await expect(made.runWith({ store: dyingAt('after the revoke') }, 'grantAccess', made.release, made.id)).rejects.toThrow('killed');
    expect(held(made).filter((line) => line.startsWith('ann'))).toEqual([]);
    isKnown = false;
    await expect(made.run('grantAccess', made.release, made.id)).rejects.toMatchObject({ type: 'SystemError', message: expect.stringContaining('HR is down') });
    expect(held(made).filter((line) => line.startsWith('ann'))).toEqual(['ann order']);
    expect(made.seen.both()).toEqual([]);
  });

  test('old access that went with its role is not said to be given back, and people are told until the person has the new one', async () => {
    const made = await bench();
    made.seen.refuseGrant('ann', 'no more licences');
    made.seen.loseForGood('ann', 'the role is gone');
    await expect(made.run('grantAccess', made.release, made.id)).rejects.toMatchObject({
      message: expect.not.stringContaining('was given back'),
    });
    const [notice] = await notices(made);
    expect(notice).toMatchObject({ text: expect.stringContaining("no more licences; 'order' could not be given back: the role is gone") });
    expect(notice?.answeredAtMs).toBeUndefined();
    expect(await counts(made)).toMatchObject({ back: 0 });
    made.seen.refuseGrant('ann', undefined);
    await made.run('tuneAccess', made.release, made.id, { id: 't', step: 'reconcile' });
    expect(held(made)).toEqual(['ann clerk', 'ben clerk', 'cem clerk']);
    expect(await notices(made)).toMatchObject([{ answeredAtMs: expect.any(Number) }]);
  });

  test('an answer that nobody retries gives back what was taken', async () => {
    const made = await bench();
    await expect(made.runWith({ store: dyingAt('after the revoke') }, 'grantAccess', made.release, made.id)).rejects.toThrow('killed');
    let isFirst = true;
    const { snapshot } = made.seen.connector;
    made.systems[made.id] = {
      ...made.seen.connector,
      snapshot: (...args) => {
        const fails = isFirst;
        isFirst = false;
        return fails ? Promise.reject(new Error('no such attribute')) : snapshot(...args);
      },
    };
    await expect(made.run('grantAccess', made.release, made.id)).rejects.toMatchObject({ type: 'SystemError' });
    expect(held(made).filter((line) => line.startsWith('ann'))).toEqual(['ann order']);
  });

  test('past the time, new access that somebody else gave is left alone, and the old one does not come beside it', async () => {
    const made = await bench({ switchWithin: '1s' });
    await expect(made.runWith({ store: dyingAt('after the revoke') }, 'grantAccess', made.release, made.id)).rejects.toThrow('killed');
    made.memory.grantAs('kim', 'clerk', 'ann');
    await new Promise((done) => setTimeout(done, 1_100));
    await made.run('grantAccess', made.release, made.id);
    expect(held(made)).toEqual(['ann clerk', 'ben clerk', 'cem clerk']);
    expect(made.seen.both()).toEqual([]);
    expect((await notices(made))[0]?.answeredAtMs).toEqual(expect.any(Number));
  });

  test('a worker that is killed after it gave back is followed by one that grants nothing beside it', async () => {
    const made = await bench();
    made.seen.refuseGrant('ann', 'no more licences');
    const dying: Store = { ...store, append: (facts, effect) => (facts.some(({ fact }) => fact.did === 'switched') ? die() : store.append(facts, effect)) };
    await expect(made.runWith({ store: dying }, 'grantAccess', made.release, made.id)).rejects.toThrow('killed');
    expect(held(made)).toContain('ann order');
    made.seen.refuseGrant('ann', undefined);
    await expect(made.run('grantAccess', made.release, made.id)).rejects.toMatchObject({ message: expect.stringContaining("'order' was given back") });
    expect(held(made)).toEqual(['ann order', 'ben clerk', 'cem clerk']);
    expect(made.seen.both()).toEqual([]);
  });

  test('a system that stays away past the time: people are told while it is tried again', async () => {
    const made = await bench({ switchWithin: '1s' });
    made.seen.unavailableAfterRevoke(new SystemUnavailable('the network is down'));
    await expect(made.run('grantAccess', made.release, made.id)).rejects.toMatchObject({ type: 'SystemUnavailable' });
    expect(await notices(made)).toMatchObject([{ text: expect.stringContaining('the network is down') }]);
    expect((await notices(made))[0]?.answeredAtMs).toBeUndefined();
    made.seen.unavailableAfterRevoke(undefined);
    await made.run('grantAccess', made.release, made.id).catch(() => undefined);
    expect((await notices(made))[0]?.answeredAtMs).toEqual(expect.any(Number));
    expect(made.seen.both()).toEqual([]);
    expect(held(made)).toContain('ann order');
    expect(await counts(made)).toMatchObject({ late: 1 });
  });

  test('somebody else who gives back the old access in between: the new one goes again', async () => {
    const made = await bench();
    made.seen.beforeGrant('ann', () => made.memory.grantAs('kim', 'order', 'ann'));
    await expect(made.run('grantAccess', made.release, made.id)).rejects.toMatchObject({
      message: expect.stringContaining("somebody else has granted 'order' again"),
    });
    // Kim's, and the one that was taken.
    expect(new Set(held(made).filter((line) => line.startsWith('ann')))).toEqual(new Set(['ann order']));
  });

  test('one person whose release is rolled back alone is switched back', async () => {
    const made = await bench();
    await made.run('grantAccess', made.release, made.id);
    const body = { proposal: 'p', kind: 'rollback', answer: 'approve', reason: 'only ann', people: ['ann'] };
    const id = await made.record('decide', 'olga', made.release, body);
    await made.run('tuneAccess', made.release, made.id, { id, step: 'narrow', people: ['ann'], restore: true });
    expect(held(made)).toEqual(['ann order', 'ben clerk', 'cem clerk']);
    expect(made.seen.both()).toEqual([]);
  });
});

test('a person for whom the plan names an exception may hold both, and is granted before anything is retired', async () => {
  const made = await bench({ excepted: 'ann' });
  await made.run('grantAccess', made.release, made.id);
  expect(held(made)).toEqual(['ann clerk', 'ann order', 'ben clerk', 'cem clerk']);
  expect(made.seen.both()).toEqual(['ann']);
  await made.run('retireLegacy', made.release, made.id);
  expect(held(made)).toEqual(['ann clerk', 'ben clerk', 'cem clerk']);
  expect(await counts(made)).toMatchObject({ people: 1 });
});

const die = () => Promise.reject(new Error('killed'));
/** A store whose process dies in the first switch. */
function dyingAt(point: 'before the record' | 'after the record' | 'after the revoke' | 'after the grant'): Store {
  let isSwitching = false;
  let isGranted = false;
  return {
    ...store,
    append: async (facts, effect) => {
      const begins = facts.some(({ fact }) => fact.did === 'revoked' && fact.switch !== undefined);
      if (begins) isSwitching = true;
      if (begins && point === 'before the record') return die();
      isGranted = isSwitching && facts.some(({ fact }) => fact.did === 'granted');
      await store.append(facts, effect);
      return begins && point === 'after the record' ? die() : undefined;
    },
    settle: async (...args) => {
      if (isSwitching && point === 'after the revoke') return die();
      if (isGranted && point === 'after the grant') return die();
      return store.settle(...args);
    },
  };
}
