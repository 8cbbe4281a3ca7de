/** A second owner keeps an access through a rollback; at the end of the claim a person decides. */
import { expect, test } from 'vitest';
import { shownOf } from '../../domain/authority/proposals.ts';
import { dayMs, worlds, type World } from './world.ts';

const { inWorld } = worlds();
const at = { package: 'package-1' };
const clerkOfAnn = { system: 'erp', role: 'clerk', person: 'ann' };

/** Releases a package whose access otto and sam may claim. */
async function released(world: World) {
  await world.apply(world.plan({ packages: [{ rollback: { claims: { by: ['otto', 'sam'], atMost: '30d' } } }] }));
  await world.makeReady();
  await world.sleepUntil(world.goLiveMs);
  return world.untilGranted(6);
}

const claimed = async (world: World, untilMs: number, by = 'otto') => {
  await world.accepted('claim', by, at, { grants: [clerkOfAnn], untilMs, reason: 'the month-end close' });
  return (await world.package()).claims!.at(-1)!;
};

async function rollBack(world: World) {
  await world.accepted('rollback', 'ines', at, { reason: 'a breach' });
  const { proposal } = await world.untilPackage((view) => view.proposal?.kind === 'rollback' && view.proposal.dependencies !== undefined);
  await world.accepted('decide', 'olga', at, { ...shownOf(proposal!), answer: 'approve', reason: 'agreed' });
}

const held = (world: World) =>
  world.system
    .held()
    .filter(({ grantor }) => grantor === 'rolewave')
    .map(({ role, account }) => `${role} ${account}`);
const asked = async (world: World) => ((await world.package()).requests ?? []).map(({ kind, to }) => `${kind} to ${to.join(', ')}`);
const result = (world: World) => world.client.workflow.getHandle('test/wave-1/package-1').result();

test(
  'the owner is told, the rollback keeps exactly the claimed access, and its claimant is asked before its end and ends it',
  inWorld(async (world) => {
    const { watch } = await released(world);
    const untilMs = watch.startMs + 10 * dayMs;
    const { id } = await claimed(world, untilMs);
    expect(await asked(world)).toEqual(['claim to olga']);
    await rollBack(world);
    const after = await world.untilPackage((view) => view.receipts.length > 0);
    expect(after).toMatchObject({ state: 'Rolled back', claims: [{ id, by: 'otto', keeps: true }] });
    expect(after.endedWhy).toBeUndefined();
    expect(after.receiptLine).toContain('5 revoked, 1 kept (kept for otto until');
    expect(held(world)).toEqual(['clerk ann']);
    // Its wave goes on: the package is rolled back.
    await world.untilWave((view) => view.packages[0]?.state === 'Rolled back');
    for (const type of ['evaluate', 'tune', 'rollback'] as const)
      expect(await world.send(type, 'olga', at, type === 'evaluate' ? {} : { step: 'reconcile', reason: 'x' })).toMatchObject({ accepted: false });

    await world.sleepUntil(untilMs - 3 * dayMs);
    await expect.poll(() => asked(world), { timeout: 20_000 }).toEqual(['claimExpiry to otto']);
    // Nothing happens by itself: the owner is asked too, and the access stays.
    await world.sleepUntil(untilMs + dayMs);
    const overdue = await world.untilPackage((view) => view.claims?.[0]?.overdue === true);
    expect(overdue.requests?.[0]).toMatchObject({ kind: 'claimExpiry', to: expect.arrayContaining(['otto', 'olga']) });
    expect(held(world)).toEqual(['clerk ann']);

    await world.accepted('endClaim', 'otto', at, { claim: id, reason: 'the close is done' });
    expect(await result(world)).toEqual({ state: 'Rolled back', why: expect.stringContaining('6 granted, 6 revoked') });
    expect(held(world)).toEqual([]);
  }),
);

test(
  'a claim that is renewed goes on under its new date, and one that the owner contests ends at once',
  inWorld(async (world) => {
    const { watch } = await released(world);
    await claimed(world, watch.startMs + 5 * dayMs);
    await rollBack(world);
    await world.untilPackage((view) => view.receipts.length > 0);
    await world.sleepUntil(watch.startMs + 6 * dayMs);
    const untilMs = watch.startMs + 20 * dayMs;
    const renewed = await claimed(world, untilMs);
    const { receipts } = await world.untilPackage((view) => view.receipts[0]?.claimed?.[0]?.claim === renewed.id);
    expect(receipts[0]).toMatchObject({ revoked: 5, failed: [] });
    expect(await world.send('claim', 'sam', at, { grants: [{ ...clerkOfAnn, person: 'ben' }], untilMs, reason: 'x' })).toMatchObject({
      accepted: false,
      message: expect.stringContaining('only what was kept can be claimed again'),
    });
    await world.accepted('endClaim', 'dora', at, { claim: renewed.id, reason: 'the breach came through it' });
    expect(await result(world)).toEqual({ state: 'Rolled back', why: expect.stringContaining('6 granted, 6 revoked') });
    const events = await world.store.events({ plan: 'test', wave: 'wave-1', package: 'package-1' });
    expect(events.filter(({ kind }) => kind.includes('claim')).map(({ kind, actor }) => `${kind} ${actor}`)).toEqual([
      'access-claimed otto',
      'kept-for-claims rolewave',
      'access-claimed otto',
      'claim-contested dora',
    ]);
  }),
);

test(
  'only those whom the signed plan names may claim, never for themselves, and what the owner contested nobody claims again',
  inWorld(async (world) => {
    const { watch } = await released(world);
    const body = { grants: [clerkOfAnn], untilMs: watch.startMs + 5 * dayMs, reason: 'the close' };
    for (const by of ['olga', 'ines', 'dea', 'ann'])
      expect([by, await world.send('claim', by, at, body)]).toMatchObject([by, { accepted: false, code: 'not-authorized' }]);
    expect(await world.send('claim', 'otto', at, { ...body, grants: [{ ...clerkOfAnn, person: 'otto' }] })).toMatchObject({ code: 'not-authorized' });
    expect(await world.send('claim', 'otto', at, { ...body, untilMs: watch.startMs + 40 * dayMs })).toMatchObject({ code: 'claim-out-of-range' });
    const { id } = await claimed(world, body.untilMs);
    expect(await world.send('endClaim', 'ines', at, { claim: id, reason: 'x' })).toMatchObject({ code: 'not-authorized' });
    expect(await world.send('endClaim', 'sam', at, { claim: id, reason: 'x' })).toMatchObject({ code: 'not-authorized' });
    await world.accepted('endClaim', 'olga', at, { claim: id, reason: 'a breach' });
    expect(await world.send('claim', 'sam', at, body)).toMatchObject({ accepted: false, code: 'contested' });
    await rollBack(world);
    expect(await result(world)).toEqual({ state: 'Rolled back', why: expect.stringContaining('6 granted, 6 revoked') });
  }),
);

test(
  'what could not be revoked at the end of a claim is tried again every hour, and the operators are told',
  inWorld(async (world) => {
    const { watch } = await released(world);
    const { id } = await claimed(world, watch.startMs + 5 * dayMs);
    await rollBack(world);
    await world.untilPackage((view) => view.receipts.length > 0);
    world.system.refuseToRevoke('ann', 'must have admin option');
    await world.accepted('endClaim', 'otto', at, { claim: id, reason: 'done' });
    await world.untilPackage((view) => view.requests?.some(({ kind }) => kind === 'claimProblem') ?? false);
    expect(held(world)).toEqual(['clerk ann']);
    world.system.refuseToRevoke('ann', undefined);
    await world.sleep(2 * 3_600_000);
    expect(await result(world)).toEqual({ state: 'Rolled back', why: expect.stringContaining('6 granted, 6 revoked') });
  }),
);
