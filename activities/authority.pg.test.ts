import { afterAll, beforeAll, expect, test } from 'vitest';
import { noneConnector, type NoneConnector } from '../connectors/none/connector.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { remembering } from '../store/remembering.ts';
import { saveRevision } from '../test/support/revisions.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { previewDigest } from '../domain/access/preview.ts';
import { recordBatch } from '../domain/records.ts';
import type { ReleaseRef } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { Bench, benchPlan, now } from '../test/support/activity-bench.ts';
import { message, newKey } from '../test/support/keys.ts';
import type { PlanChange } from '../test/support/plan.ts';

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createDatabase('authority');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

let number = 0;
/** Each has its own system id: claims are by system, and the tests share the store. */
async function bench(change: PlanChange = {}): Promise<Bench & { system: NoneConnector; id: string }> {
  const system = noneConnector();
  const id = `erp-${(number += 1)}`;
  const made = new Bench(store, benchPlan(`authority-${number}`, id, change), { [id]: system });
  await made.apply();
  return Object.assign(made, { system, id });
}

const refused = { name: 'ApplicationFailure', type: 'NotCoveredBySignOffs', nonRetryable: true };
async function expectNothingGranted(made: Awaited<ReturnType<typeof bench>>, release: ReleaseRef, why: string): Promise<void> {
  await expect(made.run('grantAccess', release, made.id)).rejects.toMatchObject({ ...refused, message: expect.stringContaining(why) });
  expect(made.system.held()).toEqual([]);
  expect(await store.ledger(release)).toEqual([]);
}

test('without any sign-off nothing is granted', async () => {
  const made = await bench();
  await expectNothingGranted(made, await made.preview(), 'no valid sign-off by olga');
});

test('signed by the owner it is granted', async () => {
  const made = await bench();
  expect(await made.run('grantAccess', await made.signed(), made.id)).toEqual({ created: 6, preexisting: 0, failed: 0, unknown: 0, refusals: [] });
});

test("a delegate's approval after the owner's rejection counts for nothing, even from the store, until the owner withdraws the rejection", async () => {
  const made = await bench();
  const release = await made.preview();
  const { planDigest, previewDigest } = release;
  await made.sign(release, 'olga', 'reject');
  await made.sign(release, 'dora');
  await expectNothingGranted(made, release, 'was rejected by olga');
  await made.record('signOff', 'olga', release, { decision: 'withdraw', planDigest, previewDigest });
  await expectNothingGranted(made, release, 'no valid sign-off by olga');
  await made.sign(release, 'dora');
  expect(await made.run('grantAccess', release, made.id)).toMatchObject({ created: 6 });
});

test("the owner's rejection in another wave stands before a delegate's approval, until the owner approves or withdraws it anywhere", async () => {
  const made = await bench({ packages: [{ id: 'clerks' }, { id: 'readers' }], waves: [{}, { id: 'wave-2', packages: [{ package: 'readers' }] }] });
  const release = await made.preview();
  const there = { plan: release.plan, wave: 'wave-2', package: 'clerks' };
  const digests = { planDigest: '0'.repeat(64), previewDigest: '1'.repeat(64) };
  const at = (atMs: number) => ({ atMs: now - 1_000 + atMs });
  await made.record('signOff', 'olga', { ...there, package: 'readers' }, { decision: 'reject', ...digests, reason: 'another' }, at(0));
  await made.record('signOff', 'olga', there, { decision: 'reject', ...digests, reason: 'never' }, at(1));
  await made.record('signOff', 'olga', there, { decision: 'approve', ...digests }, { key: newKey('another'), ...at(2) });
  await made.record('signOff', 'dora', there, { decision: 'approve', ...digests }, at(3));
  await made.sign(release, 'dora', 'approve', at(4));
  await expectNothingGranted(made, release, "no valid sign-off by olga, whose rejection in wave 'wave-2' stands");
  await made.record('signOff', 'olga', there, { decision: 'withdraw', ...digests }, at(5));
  await made.sign(release, 'dora', 'approve', at(6));
  expect(await made.run('grantAccess', release, made.id)).toMatchObject({ created: 6 });
  // One that comes later is about what is done there.
  await made.record('signOff', 'olga', there, { decision: 'reject', ...digests, reason: 'not this change' }, at(7));
  expect(await made.run('tuneAccess', release, made.id, { id: 'tune-1', step: 'reconcile' })).toBeDefined();
});

/** What is asked of the store, and when the system is opened. */
function counting(made: Awaited<ReturnType<typeof bench>>): { asked: string[]; counted: Pick<ActivityDeps, 'store' | 'openSystem'> } {
  const asked: string[] = [];
  const counted = Object.fromEntries(
    Object.entries(store).map(([name, call]: [string, (...args: unknown[]) => unknown]) => [
      name,
      (...args: unknown[]) => {
        asked.push(name);
        return call(...args);
      },
    ]),
  ) as unknown as Store;
  const openSystem = async () => {
    asked.push('the system');
    return made.system;
  };
  return { asked, counted: { store: counted, openSystem } };
}

test('before an effect the store is asked once, and again only by the effect itself', async () => {
  const made = await bench();
  const release = await made.signed();
  const { asked, counted } = counting(made);
  await made.runWith(counted, 'grantAccess', release, made.id);
  expect(asked.slice(0, asked.indexOf('the system'))).toEqual(['effectBasis', 'releases', 'beginRelease']);
  asked.length = 0;
  await made.runWith(counted, 'grantAccess', release, made.id);
  expect(asked.slice(0, asked.indexOf('the system'))).toEqual(['effectBasis']);
  asked.length = 0;
  await made.runWith(counted, 'tuneAccess', release, made.id, { id: 'tune-1', step: 'reconcile' });
  expect(asked.slice(0, asked.indexOf('the system'))).toEqual(['effectBasis']);
  asked.length = 0;
  await made.record('abort', 'ines', { plan: release.plan, wave: release.wave }, { reason: 'audit' });
  const [abort] = await store.messages({ plan: release.plan, type: 'abort' });
  await made.runWith(counted, 'rollBackAccess', release, made.id, { id: 'rollback-1', approval: abort!.id });
  expect(
    asked.filter((name) => ['revision', 'messages', 'releases', 'latestRevision'].includes(name) && asked.indexOf(name) < asked.indexOf('the system')),
  ).toEqual([]);
});

test('of many revisions only those are read that say who decided when a message was sealed, each of them once', async () => {
  const made = await bench({ packages: [{ id: 'clerks' }] });
  const release = await made.signed();
  await made.run('grantAccess', release, made.id);
  for (let number = 2; number <= 40; number += 1)
    await saveRevision(store, { ...made.plan, operators: number === 40 ? ['hugo'] : ['ines', 'otto'], description: `revision ${number}` }, made.key);
  const deciders: number[] = [];
  const counted = {
    store: remembering({
      ...made.store,
      waveDeciders: (of) => {
        deciders.push(of.number);
        return made.store.waveDeciders(of);
      },
    }),
  };
  const order = await made.record('abort', 'ines', release, { reason: 'no operator any more' });
  await expect(made.runWith(counted, 'rollBackAccess', release, made.id, { id: 'rollback-1', approval: order })).rejects.toMatchObject(refused);
  const byHugo = await made.record('abort', 'hugo', release, { reason: 'audit' });
  expect(await made.runWith(counted, 'rollBackAccess', release, made.id, { id: 'rollback-1', approval: byHugo })).toMatchObject({ failed: [] });
  expect(deciders).toEqual([40]);
});

test('who is between two accesses is looked for before the system is asked, where a rule switches people', async () => {
  const made = await bench({
    incompatible: [{ id: 'old-and-new', reason: 'Four eyes', entitlements: ['old_reader', 'clerk'].map((role) => ({ system: `erp-${number + 1}`, role })) }],
  });
  const release = await made.signed();
  const { asked, counted } = counting(made);
  await made.runWith(counted, 'grantAccess', release, made.id);
  expect(asked.slice(0, asked.indexOf('the system'))).toEqual(['effectBasis', 'ledger', 'releases', 'beginRelease']);
  asked.length = 0;
  await made.runWith(counted, 'tuneAccess', release, made.id, { id: 'tune-1', step: 'reconcile' });
  expect(asked.slice(0, asked.indexOf('the system'))).toEqual(['effectBasis', 'ledger']);
});

test('a sign-off sealed by a key that is not trusted counts for nothing', async () => {
  const made = await bench();
  const release = await made.preview();
  await made.sign(release, 'olga', 'approve', { key: newKey('endpoint') });
  await expectNothingGranted(made, release, 'no valid sign-off by olga');
});

test("a person's own key signs for that person only", async () => {
  const made = await bench();
  const release = await made.preview();
  const annsKey = newKey('ann');
  made.deps.trustedKeys = [made.key.trusted, { ...annsKey.trusted, sub: 'ann' }];
  await made.sign(release, 'olga', 'approve', { key: annsKey });
  await expectNothingGranted(made, release, 'no valid sign-off by olga');
});

test('a sign-off by someone else counts for nothing', async () => {
  const made = await bench();
  const release = await made.preview();
  await made.sign(release, 'ann');
  await made.sign(release, 'ines');
  await expectNothingGranted(made, release, 'no valid sign-off by olga');
});

test('a sign-off counts for exactly the digests that were shown (R3)', async () => {
  const made = await bench();
  const release = await made.preview();
  await made.sign({ ...release, previewDigest: 'a'.repeat(64) }, 'olga');
  await made.sign({ ...release, planDigest: 'b'.repeat(64) }, 'olga');
  await expectNothingGranted(made, release, 'no valid sign-off by olga');
});

test('digests that the caller claims are checked against the store: plan, preview, parts and content', async () => {
  const made = await bench();
  const release = await made.signed();
  const [part] = release.parts;
  await expectNothingGranted(made, { ...release, planDigest: 'a'.repeat(64) }, 'do not cover revision 1');
  await expectNothingGranted(made, { ...release, previewDigest: 'a'.repeat(64) }, 'is not the one that was signed');
  await expectNothingGranted(made, { ...release, parts: [{ ...part!, digest: 'a'.repeat(64) }] }, 'is not the one that was signed');
  await expect(made.run('grantAccess', { ...release, revision: 2 }, made.id)).rejects.toMatchObject({ type: 'NotFound', nonRetryable: true });
  await expect(made.run('grantAccess', release, 'other')).rejects.toMatchObject({ type: 'NotCoveredBySignOffs' });
});

test('a stored preview that is wider than the plan is refused, even with a sign-off', async () => {
  const made = await bench();
  const release = await made.preview();
  const content = (await store.preview(release.parts[0]!.digest))!;
  const digest = await store.savePreview({ ...content, people: [...content.people, { person: 'dea', account: 'dea' }] });
  const forged: ReleaseRef = { ...release, parts: [{ ...release.parts[0]!, digest }] };
  forged.previewDigest = previewDigest(forged.parts);
  await made.sign(forged, 'olga');
  await expectNothingGranted(made, forged, 'is wider than the plan');
});

test('the latest decision counts: a rejection after an approval, an approval after a rejection', async () => {
  const made = await bench();
  const release = await made.signed();
  await made.sign(release, 'olga', 'reject');
  await expectNothingGranted(made, release, 'was rejected by olga');
  await made.sign(release, 'olga');
  expect(await made.run('grantAccess', release, made.id)).toMatchObject({ created: 6 });
});

test('everyone whom the wave names must sign as well', async () => {
  const made = await bench({ waves: [{ alsoSigns: ['sam'] }] });
  const release = await made.signed();
  await expectNothingGranted(made, release, 'no valid sign-off by sam');
  await made.sign(release, 'sam');
  expect(await made.run('grantAccess', release, made.id)).toMatchObject({ created: 6 });
});

test('a delegate signs for the owner until the delegation ends', async () => {
  const made = await bench();
  const release = await made.preview();
  await made.sign(release, 'dora', 'approve', { atMs: Date.parse('2027-06-02') });
  await expectNothingGranted(made, release, 'no valid sign-off by olga');
  await made.sign(release, 'dora', 'approve', { atMs: Date.parse('2027-05-31') });
  expect(await made.run('grantAccess', release, made.id)).toMatchObject({ created: 6 });
});

const onHold: PlanChange = { waves: [{ status: 'on-hold', hold: { reason: 'rejected design', liftedBy: ['ines', 'hugo'], approvals: 2 } }] };

test('a wave on hold needs enough different people, who lift it for the same pilot', async () => {
  const made = await bench(onHold);
  const release = await made.preview('clerks', 'wave-1', ['ann']);
  await made.sign(release, 'olga');
  const wave = { plan: release.plan, wave: release.wave };
  const lift = (by: string, pilot?: string[]) => made.record('liftHold', by, wave, { goLiveMs: now, reason: 'drilled', since: 1, ...(pilot ? { pilot } : {}) });
  await expectNothingGranted(made, release, 'is on hold: 2 of ines, hugo must lift it');
  await lift('ines', ['ann']);
  await lift('ines', ['ann']);
  await lift('ann', ['ann']);
  await expectNothingGranted(made, release, 'is on hold');
  await lift('hugo', ['ann', 'ben']);
  await expectNothingGranted(made, release, 'is on hold');
  await lift('hugo', ['ann']);
  expect(await made.run('grantAccess', release, made.id)).toMatchObject({ created: 2 });
});

test('a hold lifted for a pilot does not cover a preview of everyone', async () => {
  const made = await bench(onHold);
  const release = await made.signed();
  for (const by of ['ines', 'hugo'])
    await made.record('liftHold', by, { plan: release.plan, wave: release.wave }, { goLiveMs: now, reason: 'drilled', since: 1, pilot: ['ann'] });
  await expectNothingGranted(made, release, 'is on hold');
});

test('a lift counts for the hold for which it was given, and not for one that a later revision has written or for a package that it has brought', async () => {
  const made = await bench({ packages: [{ id: 'clerks' }, { id: 'readers' }], waves: [{ ...onHold.waves![0]!, packages: [{ package: 'clerks' }] }] });
  const at = { plan: made.plan.plan, wave: 'wave-1' };
  const lift = async (since?: number) => {
    for (const by of ['ines', 'hugo']) await made.record('liftHold', by, at, { goLiveMs: now, reason: 'drilled', ...(since === undefined ? {} : { since }) });
  };
  const release = await made.signed();
  await lift();
  await expectNothingGranted(made, release, 'is on hold');
  await lift(1);
  const [wave] = made.plan.waves;
  const joined = { ...made.plan, waves: [{ ...wave!, packages: [...wave!.packages, { ...wave!.packages[0]!, package: 'readers' }] }] };
  expect((await saveRevision(store, joined, made.key)).record.heldSince).toEqual({ 'wave-1': 2 });
  await expectNothingGranted(made, release, "revision 2 of plan '" + made.plan.plan + "' put wave 'wave-1' on hold");
  const again: ReleaseRef = { ...release, revision: 2 };
  await expectNothingGranted(made, again, 'is on hold: 2 of ines, hugo must lift it');
  await lift(2);
  expect(await made.run('grantAccess', again, made.id)).toMatchObject({ created: 6 });
  // What has begun is lifted for good.
  const renewed = { ...joined, waves: [{ ...joined.waves[0]!, hold: { ...wave!.hold!, reason: 'an incident' } }] };
  expect((await saveRevision(store, renewed, made.key)).record.heldSince).toEqual({ 'wave-1': 3 });
  expect(await made.run('retireLegacy', again, made.id)).toMatchObject({ failed: 0 });
});

test('a wave that a later revision puts on hold is released by no revision before it', async () => {
  const made = await bench();
  const release = await made.signed();
  await saveRevision(store, { ...made.plan, waves: made.plan.waves.map((wave) => ({ ...wave, ...onHold.waves![0]! })) as typeof made.plan.waves }, made.key);
  await expectNothingGranted(made, release, 'on hold, and nobody has lifted that hold');
});

test('a risk above low must be accepted by its owner, and the acceptance must not have expired', async () => {
  const made = await bench({ packages: [{ id: 'clerks', risk: 'medium' }] });
  const release = await made.signed();
  const accept = (by: string, expiresMs: number) => made.record('evidence', by, release, { item: 'riskAcceptance', reference: 'RISK-1', expiresMs });
  await expectNothingGranted(made, release, 'risk acceptance: no evidence yet');
  await accept('ann', now + 86_400_000);
  await expectNothingGranted(made, release, 'no evidence yet');
  await accept('olga', now + 86_400_000);
  made.nowMs = now + 2 * 86_400_000;
  await expectNothingGranted(made, release, 'expired');
  made.nowMs = now;
  expect(await made.run('grantAccess', release, made.id)).toMatchObject({ created: 6 });
});

test('nothing is granted after an abort', async () => {
  const made = await bench();
  const release = await made.signed();
  await made.record('abort', 'ines', { plan: release.plan, wave: release.wave }, { reason: 'audit' });
  await expect(made.run('grantAccess', release, made.id)).rejects.toMatchObject({ type: 'ReleaseStopped', nonRetryable: true });
  expect(made.system.held()).toEqual([]);
});

test("a plan on a demonstration's clock is refused by a worker that obeys real time", async () => {
  const made = await bench({ clock: { epoch: '2026-04-06', day: '2s' } });
  await expect(made.run('previewSystem', made.ref(), made.id)).rejects.toMatchObject({ type: 'NotConfigured', nonRetryable: true });
});

test('a rollback needs its approval: by the owner for a rollback, an abort, or a plan that says automatic', async () => {
  const made = await bench();
  const release = await made.signed();
  await made.run('grantAccess', release, made.id);
  const held = made.system.held();
  const decide = (by: string, proposal: string, answer = 'approve', kind = 'rollback') =>
    made.record('decide', by, release, { proposal, kind, answer, reason: 'because' });
  const refusesToRollBack = async (approval: string) => {
    await expect(made.run('rollBackAccess', release, made.id, { id: 'r', approval })).rejects.toMatchObject(refused);
    expect(made.system.held()).toEqual(held);
  };
  await refusesToRollBack('automatic');
  await refusesToRollBack('no such message');
  await refusesToRollBack(await decide('ines', 'rollback-1'));
  await refusesToRollBack(await decide('olga', 'rollback-1', 'decline'));
  await refusesToRollBack(await decide('olga', 'question-1', 'approve', 'question'));
  await refusesToRollBack(await made.record('abort', 'ann', release, { reason: 'no' }));
  await refusesToRollBack(await made.sign(release, 'olga'));
  expect(await made.run('rollBackAccess', release, made.id, { id: 'r', approval: await decide('dora', 'rollback-2') })).toMatchObject({
    granted: 6,
    revoked: 6,
  });
});

test('an abort by an operator, and a plan that says automatic, are approvals too', async () => {
  const aborted = await bench();
  const release = await aborted.signed();
  await aborted.run('grantAccess', release, aborted.id);
  const approval = await aborted.record('abort', 'ines', { plan: release.plan, wave: release.wave }, { reason: 'audit' });
  expect(await aborted.run('rollBackAccess', release, aborted.id, { id: 'r', approval, abort: true })).toMatchObject({ revoked: 6 });

  const automatic = await bench({ packages: [{ id: 'clerks', rollback: { approval: 'automatic' } }] });
  const other = await automatic.signed();
  await automatic.run('grantAccess', other, automatic.id);
  const byItself = () => automatic.run('rollBackAccess', other, automatic.id, { id: 'r', approval: 'automatic' });
  await expect(byItself()).rejects.toMatchObject({ ...refused, message: expect.stringContaining('nobody has asked for one') });
  await automatic.record('rollback', 'ines', other, { reason: 'exceptions' });
  expect(await byItself()).toMatchObject({ revoked: 6 });
});

test.each<[what: string, by: string, ofWave: boolean]>([
  ['an operator, of the package', 'ines', false],
  ['an operator, of its wave', 'ines', true],
  ['the owner', 'olga', false],
])('where two people must approve a rollback, an abort by %s revokes nothing, and two who approve it still can', async (_, by, ofWave) => {
  const made = await bench({ packages: [{ id: 'clerks', rollback: { secondPerson: true } }] });
  const release = await made.signed();
  await made.run('grantAccess', release, made.id);
  const held = made.system.held();
  const approval = await made.record('abort', by, ofWave ? { plan: release.plan, wave: release.wave } : release, { reason: 'alone' });
  const rollBack = (named: string) => made.run('rollBackAccess', release, made.id, { id: 'r', approval: named });
  await expect(rollBack(approval)).rejects.toMatchObject({ ...refused, message: expect.stringContaining(`only ${by} aborted it`) });
  expect(made.system.held()).toEqual(held);
  const approve = (person: string) => made.record('decide', person, release, { proposal: 'p', kind: 'rollback', answer: 'approve', reason: 'agreed' });
  await approve('ines');
  expect(await rollBack(await approve('olga'))).toMatchObject({ revoked: 6 });
});

test('an abort that came before the first effect of such a package ends it: nothing was granted', async () => {
  const made = await bench({ packages: [{ id: 'clerks', rollback: { secondPerson: true } }] });
  const release = await made.signed();
  const approval = await made.record('abort', 'ines', release, { reason: 'a mistake' });
  await expect(made.run('grantAccess', release, made.id)).rejects.toMatchObject({ type: 'ReleaseStopped' });
  expect(await made.run('rollBackAccess', release, made.id, { id: 'r', approval })).toMatchObject({ revoked: 0 });
});

test("revoking access needs the owner's approval for exactly that", async () => {
  const made = await bench();
  const release = await made.signed();
  await made.run('grantAccess', release, made.id);
  const narrow = { step: 'narrow' as const, people: ['ben'] };
  const refuses = (id: string, change: object = {}) =>
    expect(made.run('tuneAccess', release, made.id, { id, ...narrow, ...change })).rejects.toMatchObject(refused);
  await refuses('automatic');
  const byOperator = await made.record('tune', 'ines', release, { ...narrow, reason: 'too wide' });
  await refuses(byOperator);
  const approval = await made.record('decide', 'olga', release, { proposal: 'tune-1', kind: 'tune', tune: narrow, answer: 'approve', reason: 'yes' });
  await refuses(approval, { people: ['ann', 'ben'] });
  expect(made.system.held()).toHaveLength(6);
  expect(await made.run('tuneAccess', release, made.id, { id: approval, ...narrow })).toMatchObject({ revoked: 2 });
  const byOwner = await made.record('tune', 'olga', release, { step: 'tighten', entitlement: { system: made.id, role: 'reader' }, reason: 'not needed' });
  expect(await made.run('tuneAccess', release, made.id, { id: byOwner, step: 'tighten', entitlement: { system: made.id, role: 'reader' } })).toMatchObject({
    revoked: 2,
  });
  expect(made.system.held().map(({ role, account }) => `${role} ${account}`)).toEqual(['clerk ann', 'clerk cem']);
});

test('what was accepted while its key was trusted counts after the key is retired, and what is accepted later does not', async () => {
  const made = await bench();
  const release = await made.signed();
  const retired = (untilMs: number) => ({ trustedKeys: [{ ...made.key.trusted, untilMs }] });
  await expect(made.runWith(retired(now), 'grantAccess', release, made.id)).rejects.toMatchObject(refused);
  expect(await made.runWith(retired(now + 1), 'grantAccess', release, made.id)).toMatchObject({ created: 6 });
});

test('a message under a key that is retired by now is not recorded', async () => {
  const made = await bench();
  const release = await made.preview();
  const { plan, wave, package: rolePackage } = release;
  const note = message('note', 'olga', { plan, wave, package: rolePackage }, { text: 'x' }, { atMs: now });
  const jws = made.key.seal(note);
  const recorded = async (untilMs: number) => {
    await made.runWith({ trustedKeys: [{ ...made.key.trusted, untilMs }] }, 'record', recordBatch({ messages: [{ jws }] }));
    return (await store.messages({ plan, id: note.id })).length;
  };
  expect([await recorded(now), await recorded(now + 1)]).toEqual([0, 1]);
});
