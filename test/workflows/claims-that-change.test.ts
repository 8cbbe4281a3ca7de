/** Claims that are made or end while a rollback runs, after one that failed in a system, and on the last access with a role. */
import { expect, test } from 'vitest';
import { shownOf } from '../../domain/authority/proposals.ts';
import { site, siteSystem } from '../support/site.ts';
import type { PackageInput } from '../support/plan.ts';
import { dayMs, worlds, type World } from './world.ts';

const { inWorld } = worlds();
const at = { package: 'package-1' };
const clerkOf = (person: string) => ({ system: 'erp', role: 'clerk', person });
const readerOf = (person: string) => ({ system: 'crm', role: 'reader', person });
const claims = { by: ['otto', 'sam'], atMost: '30d' };
const inTwoSystems: Partial<PackageInput> = {
  entitlements: [
    { system: 'erp', role: 'clerk' },
    { system: 'crm', role: 'reader' },
  ],
};
const planOf = (world: World, about: Partial<PackageInput> = {}, systems = ['erp']) => world.plan({ systems, packages: [{ rollback: { claims }, ...about }] });

/** Releases a package whose access otto and sam may claim, and returns when its watch began. */
async function released(world: World, about: Partial<PackageInput> = {}, systems = ['erp']): Promise<number> {
  await world.apply(planOf(world, about, systems));
  await world.makeReady();
  await world.sleepUntil(world.goLiveMs);
  return (await world.untilGranted(6)).watch.startMs;
}

async function claim(world: World, by: string, grants: object[], untilMs: number): Promise<string> {
  await world.accepted('claim', by, at, { grants, untilMs, reason: 'the month-end close' });
  return (await world.package()).claims!.at(-1)!.id;
}
const end = (world: World, by: string, id: string) => world.send('endClaim', by, at, { claim: id, reason: 'done' });

async function approve(world: World, shows: Parameters<World['untilPackage']>[0] = () => true): Promise<void> {
  const { proposal } = await world.untilPackage((view) => view.proposal?.kind === 'rollback' && view.proposal.dependencies !== undefined && shows(view));
  await world.accepted('decide', 'olga', at, { ...shownOf(proposal!), answer: 'approve', reason: 'agreed' });
}

async function rollBack(world: World): Promise<void> {
  await world.accepted('rollback', 'ines', at, { reason: 'a breach' });
  await approve(world);
}

const held = (world: World) =>
  world.system
    .held()
    .filter(({ grantor }) => grantor === 'rolewave')
    .map(({ role, account }) => `${role} ${account}`)
    .toSorted();
const result = (world: World) => world.client.workflow.getHandle('test/wave-1/package-1').result();
const ends = { state: 'Rolled back', why: expect.stringContaining('6 granted, 6 revoked') };

/** What happens while the system revokes what `starts` lets it: it has been asked, and goes on afterwards. `role`: only where that is to be revoked. */
async function whileItRevokes({ system }: World, starts: () => Promise<unknown>, meanwhile: () => Promise<void>, role?: string): Promise<void> {
  const { revoke } = system;
  const [reached, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  system.revoke = async (...asked) => {
    if (role === undefined || asked[0].some((grant) => grant.role === role)) {
      reached.resolve();
      await go.promise;
    }
    return revoke(...asked);
  };
  try {
    await starts();
    await reached.promise;
    await meanwhile();
  } finally {
    go.resolve();
    system.revoke = revoke;
  }
}

test(
  'while what nobody claims any more is revoked, it cannot be claimed, and what is still claimed can',
  inWorld(async (world) => {
    const startMs = await released(world);
    const ofAnn = await claim(world, 'otto', [clerkOf('ann')], startMs + 10 * dayMs);
    await claim(world, 'sam', [clerkOf('ben')], startMs + 10 * dayMs);
    await rollBack(world);
    await world.untilPackage((view) => view.state === 'Rolled back');
    const untilMs = startMs + 12 * dayMs;
    let renewed: string | undefined;
    await whileItRevokes(
      world,
      () => end(world, 'otto', ofAnn),
      async () => {
        expect(await world.send('claim', 'sam', at, { grants: [clerkOf('ann')], untilMs, reason: 'too late' })).toMatchObject({
          accepted: false,
          code: 'wrong-stage',
          message: expect.stringContaining("'clerk' of 'ann' in 'erp' is being revoked at this moment"),
        });
        renewed = await claim(world, 'otto', [clerkOf('ben')], untilMs);
      },
    );
    const { receipts } = await world.untilPackage((view) => view.receipts[0]?.claimed?.[0]?.claim === renewed);
    expect(receipts).toMatchObject([{ revoked: 5, claimed: [{ person: 'ben' }] }]);
    expect(held(world)).toEqual(['clerk ben']);
  }),
);

test(
  'a claim that comes while the rollback runs is refused, and the end of one is heeded as soon as it is done',
  inWorld(async (world) => {
    const startMs = await released(world);
    const ofAnn = await claim(world, 'otto', [clerkOf('ann')], startMs + 10 * dayMs);
    await whileItRevokes(
      world,
      () => rollBack(world),
      async () => {
        expect(await world.send('claim', 'sam', at, { grants: [clerkOf('ben')], untilMs: startMs + dayMs, reason: 'x' })).toMatchObject({
          accepted: false,
          code: 'wrong-stage',
          message: expect.stringContaining('began without this claim'),
        });
        expect(await end(world, 'olga', ofAnn)).toMatchObject({ accepted: true });
      },
    );
    expect(await result(world)).toEqual(ends);
    expect(held(world)).toEqual([]);
  }),
);

test(
  'while a rollback for some people runs, their access cannot be claimed, and that of the others can',
  inWorld(async (world) => {
    const startMs = await released(world);
    const untilMs = startMs + 10 * dayMs;
    await world.accepted('rollback', 'ines', at, { reason: 'a breach' });
    const { proposal } = await world.untilPackage((view) => view.proposal?.dependencies !== undefined);
    await whileItRevokes(
      world,
      () => world.accepted('decide', 'olga', at, { ...shownOf(proposal!), answer: 'approve', people: ['ann'], reason: 'only ann' }),
      async () => {
        const late = await world.send('claim', 'otto', at, { grants: [clerkOf('ann')], untilMs, reason: 'x' });
        expect(late).toMatchObject({ accepted: false, code: 'wrong-stage' });
        await claim(world, 'otto', [clerkOf('ben')], untilMs);
      },
    );
    await world.untilPackage((view) => view.tunes.length > 0);
    expect(held(world)).toEqual(['clerk ben', 'clerk cem', 'reader ben', 'reader cem']);
  }),
);

test(
  'the last claim on a role that always keeps a holder ends once somebody else has the role, and before that it is refused',
  inWorld(async (world) => {
    const startMs = await released(world);
    const ofAnn = await claim(world, 'otto', [clerkOf('ann')], startMs + 10 * dayMs);
    world.site = site({ systems: [siteSystem('erp', { roles: { neverEmpty: ['clerk'] } })] });
    await rollBack(world);
    await world.untilPackage((view) => view.receipts[0]?.lastHolders !== undefined);
    for (const by of ['otto', 'olga'])
      expect(await end(world, by, ofAnn)).toMatchObject({
        accepted: false,
        code: 'last-holder',
        message: expect.stringContaining("would leave nobody with 'clerk' who can sign in"),
      });
    expect((await world.package()).claims).toMatchObject([{ id: ofAnn, keeps: true }]);
    expect(held(world)).toEqual(['clerk ann']);

    world.system.grantAs('kim', 'clerk', 'zoe');
    // A refusal lets the system be read again.
    await expect.poll(async () => (await end(world, 'otto', ofAnn)).accepted, { timeout: 20_000, interval: 1_000 }).toBe(true);
    expect(await result(world)).toEqual(ends);
    expect(held(world)).toEqual([]);
  }),
);

test(
  'a claim that ends on more than the last holder takes the rest; the last one is kept, tried again every hour, and can be claimed again',
  inWorld(async (world) => {
    const startMs = await released(world);
    const ofAnn = await claim(world, 'otto', [clerkOf('ann'), { ...clerkOf('ann'), role: 'reader' }], startMs + 10 * dayMs);
    world.site = site({ systems: [siteSystem('erp', { roles: { neverEmpty: ['clerk'] } })] });
    await rollBack(world);
    await world.untilPackage((view) => view.receipts[0]?.lastHolders !== undefined);
    expect(await end(world, 'olga', ofAnn)).toMatchObject({ accepted: true });
    const { requests, receipts } = await world.untilPackage((view) => view.requests?.some(({ kind }) => kind === 'claimProblem') ?? false);
    expect(held(world)).toEqual(['clerk ann']);
    expect(receipts).toMatchObject([{ revoked: 5, failed: [{ role: 'clerk', person: 'ann' }] }]);
    const [problem] = requests!.filter(({ kind }) => kind === 'claimProblem');
    expect(problem!.to).toEqual(expect.arrayContaining(['olga', 'ines']));
    expect(problem!.text).toContain('give it to somebody else first');
    // Nobody can approve again.
    expect(problem!.text).not.toContain('approve');
    world.system.grantAs('kim', 'clerk', 'zoe');
    await world.sleep(2 * 3_600_000);
    expect(await result(world)).toEqual(ends);
  }),
);

test(
  'where one system fails to revoke, the receipts of the others stand, and only that one is asked again',
  inWorld(
    async (world) => {
      const startMs = await released(world, inTwoSystems, ['crm', 'erp']);
      const ofBoth = await claim(world, 'otto', [clerkOf('ann'), readerOf('ben')], startMs + 10 * dayMs);
      await claim(world, 'sam', [clerkOf('cem')], startMs + 10 * dayMs);
      await rollBack(world);
      await world.untilPackage((view) => view.state === 'Rolled back');
      world.system.refuseToRevoke('ben', 'must have admin option');
      await end(world, 'otto', ofBoth);
      // Each system answers for itself.
      const told = await world.untilPackage((view) => view.requests?.some(({ kind }) => kind === 'claimProblem') ?? false);
      expect(told.claims).toMatchObject([{ by: 'sam' }]);
      const { receipts } = await world.untilPackage((view) => view.receipts[1]?.revoked === 2);
      expect(receipts).toMatchObject([
        { system: 'crm', revoked: 2, failed: [{ role: 'reader', person: 'ben' }] },
        { system: 'erp', revoked: 2, claimed: [{ person: 'cem' }], failed: [] },
      ]);
      expect(receipts[0]!.claimed).toBeUndefined();
      const asked = async () => {
        const { events } = await world.client.workflow.getHandle('test/wave-1/package-1').fetchHistory();
        return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: activity }) =>
          activity?.activityType?.name === 'rollBackAccess' ? [activity.taskQueue?.name] : [],
        );
      };
      const before = (await asked()).length;
      world.system.refuseToRevoke('ben', undefined);
      await world.sleep(2 * 3_600_000);
      await world.untilPackage((view) => view.receipts.every(({ failed }) => failed.length === 0));
      expect((await asked()).slice(before)).toEqual(['system.crm']);
      expect(held(world)).toEqual(['clerk cem']);
    },
    ['crm', 'erp'],
  ),
);

test(
  'what the owner contests in one system is revoked while another does not answer',
  inWorld(
    async (world) => {
      const startMs = await released(world, inTwoSystems, ['crm', 'erp']);
      const inErp = await claim(world, 'otto', [clerkOf('ann')], startMs + 10 * dayMs);
      const inCrm = await claim(world, 'sam', [readerOf('ben')], startMs + 10 * dayMs);
      await rollBack(world);
      await world.untilPackage((view) => view.state === 'Rolled back');
      await whileItRevokes(
        world,
        () => end(world, 'otto', inErp),
        async () => {
          await end(world, 'olga', inCrm);
          const { receipts } = await world.untilPackage((view) => view.receipts[0]?.claimed === undefined);
          expect(receipts.map(({ system, revoked }) => [system, revoked])).toEqual([
            ['crm', 3],
            ['erp', 2],
          ]);
          expect(held(world)).toEqual(['clerk ann']);
        },
        'clerk',
      );
      expect(await result(world)).toEqual(ends);
    },
    ['crm', 'erp'],
  ),
);

test(
  'a package that is cancelled in Temporal while it revokes waits for the system, and says that it was cancelled',
  inWorld(async (world) => {
    const startMs = await released(world);
    const id = await claim(world, 'otto', [clerkOf('ann')], startMs + 10 * dayMs);
    await rollBack(world);
    await world.untilPackage((view) => view.state === 'Rolled back');
    await whileItRevokes(
      world,
      () => end(world, 'otto', id),
      () =>
        world.client.workflow
          .getHandle('test/wave-1/package-1')
          .cancel()
          .then(() => world.untilGivenUp('test/wave-1/package-1')),
    );
    await expect(result(world)).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect((await world.store.events({ plan: 'test', wave: 'wave-1', package: 'package-1' })).at(-1)).toMatchObject({ kind: 'cancelled' });
  }),
);

test(
  'between a rollback that failed in a system and the next approval, what it kept is still shown as claimed, also after the date, and nothing that it revoked can be claimed',
  inWorld(
    async (world) => {
      const startMs = await released(world, inTwoSystems, ['crm', 'erp']);
      const id = await claim(world, 'otto', [clerkOf('ann')], startMs + 10 * dayMs);
      world.system.refuseToRevoke('ben', 'must have admin option');
      await rollBack(world);
      // The system that failed revokes nothing, and the other one everything but what is claimed and ben’s.
      const { receipts } = await world.untilPackage((view) => view.receipts.length > 0);
      expect(receipts.map(({ system, failed }) => [system, failed.map(({ person }) => person)])).toEqual([
        ['crm', ['ben']],
        ['erp', ['ben']],
      ]);
      const untilMs = startMs + 20 * dayMs;
      expect(await world.send('claim', 'sam', at, { grants: [clerkOf('cem')], untilMs, reason: 'x' })).toMatchObject({
        accepted: false,
        code: 'wrong-stage',
        message: expect.stringContaining("'clerk' of 'cem' in 'erp' was not kept"),
      });
      await claim(world, 'sam', [readerOf('ben')], untilMs);
      await world.sleepUntil(startMs + 11 * dayMs);
      expect((await world.package()).claims).toMatchObject([{ id, overdue: true }, { by: 'sam' }]);
      world.system.refuseToRevoke('ben', undefined);
      await approve(world);
      const after = await world.untilPackage((view) => view.state === 'Rolled back');
      expect(after.claims).toMatchObject([
        { id, keeps: true },
        { by: 'sam', keeps: true },
      ]);
      expect(held(world)).toEqual(['clerk ann', 'reader ben']);
    },
    ['crm', 'erp'],
  ),
);

test(
  'a claimant who has become an operator makes no further claim, and ends the one that they made',
  inWorld(async (world) => {
    const startMs = await released(world);
    const id = await claim(world, 'otto', [clerkOf('ann')], startMs + 10 * dayMs);
    await rollBack(world);
    await world.untilPackage((view) => view.state === 'Rolled back');
    await world.reviseReleased({ ...planOf(world, { rollback: { claims: { ...claims, by: ['sam'] } } }), operators: ['ines', 'otto'] }, 'package-1');
    await world.untilPackage(({ requests }) => requests?.some(({ kind }) => kind === 'claim') ?? false);
    await expect
      .poll(async () => world.send('claim', 'otto', at, { grants: [clerkOf('ann')], untilMs: startMs + 20 * dayMs, reason: 'x' }), { timeout: 20_000 })
      .toMatchObject({ accepted: false, code: 'not-authorized' });
    // Another operator does not end it for them.
    expect(await end(world, 'ines', id)).toMatchObject({ accepted: false, code: 'not-authorized' });
    await world.sleepUntil(startMs + 8 * dayMs);
    const { requests } = await world.untilPackage((view) => view.requests?.some(({ kind }) => kind === 'claimExpiry') ?? false);
    expect(requests!.filter(({ kind }) => kind === 'claimExpiry')).toMatchObject([{ to: ['otto'], action: { type: 'endClaim' } }]);
    expect(await end(world, 'otto', id)).toMatchObject({ accepted: true });
    expect(await result(world)).toEqual(ends);
  }),
);
