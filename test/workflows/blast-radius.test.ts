/** How many people's access a release may change: checked when it is previewed, and again before anything is granted. */
import { expect, test } from 'vitest';
import { dayMs, worlds, type World } from './world.ts';

const { inWorld } = worlds();

const nothingGranted = (world: World) => world.system.held().every(({ role }) => role === 'old_reader');

test(
  'a release whose reality has grown beyond the limit is stopped at go-live, and goes on once it is within the limit again',
  inWorld(async (world) => {
    let accounts = 12;
    world.system.accountCount = async () => accounts;
    await world.apply(world.plan({ blastRadius: [{ system: 'erp', maxPeople: 3, maxPercent: 25 }] }));
    await world.makeReady();
    const signed = await world.wave();
    expect(signed.packages[0]?.blockers).toEqual([]);
    expect(signed.packages[0]?.preview).toMatchObject([{ blastRadius: { people: 3, accounts: 12, maxPeople: 3, maxPercent: 25 } }]);

    // The same three people are a larger part of a system that has shrunk since.
    accounts = 11;
    await world.sleepUntil(world.goLiveMs + 3_600_000);
    const stopped = await world.untilWave(({ packages: [first] }) => first?.heldBack !== undefined && first.previewDigest !== undefined);
    const why = "the access of 3 people in 'erp' would change, 27.3 percent of its 11 accounts, and the plan allows at most 25 percent";
    expect(stopped.packages[0]).toMatchObject({
      state: 'Monitoring',
      heldBack: { code: 'stopped', text: `the plan stops its release: ${why}`, stops: [{ code: 'blastRadius', system: 'erp', text: why }] },
      blockers: [{ code: 'blastRadius', system: 'erp', text: why }, { code: 'date' }],
    });
    expect(stopped.packages[0]?.releasedAtMs).toBeUndefined();
    expect(stopped.requests?.map(({ text }) => text).join()).toContain('The plan stops the release of');
    expect(nothingGranted(world)).toBe(true);

    accounts = 12;
    await world.accepted('setDate', 'ines', { package: 'package-1' }, { goLiveMs: world.goLiveMs + 2 * dayMs });
    // What was signed is what is shown: nobody signs again.
    await world.untilWave(({ packages: [first] }) => first?.blockers.length === 0);
    await world.sleepUntil(world.goLiveMs + 2 * dayMs);
    await world.untilGranted(6);
  }),
);

test(
  'a package over the limit is not ready, says so before anyone signs, and is held back at the end of its window; a revision with another limit needs new sign-offs',
  inWorld(async (world) => {
    const plan = (maxPeople: number) => world.plan({ blastRadius: [{ system: 'erp', maxPeople }] });
    await world.apply(plan(2));
    await world.makeReady();
    const view = await world.wave();
    expect(view.packages[0]?.blockers).toMatchObject([{ code: 'blastRadius', text: expect.stringContaining('at most 2') }]);
    await world.sleepUntil(world.goLiveMs + 7 * 3_600_000);
    const held = await world.untilWave(({ packages: [first] }) => first?.heldBack !== undefined);
    expect(held.packages[0]?.heldBack).toMatchObject({ code: 'notReady', text: expect.stringContaining('the plan allows at most 2') });
    expect(nothingGranted(world)).toBe(true);

    await world.revise(plan(3));
    const revised = await world.untilWave(({ revision, packages: [first] }) => revision === 2 && first?.previewDigest !== undefined);
    expect(revised.packages[0]?.blockers).toMatchObject([{ code: 'signOff' }, { code: 'date' }]);
  }),
);
