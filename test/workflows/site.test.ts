/** What a wave and a released package do when the site withdraws a right: nothing more is granted, people are told why, and they go on once it is back. */
import { expect, test } from 'vitest';
import { shownOf } from '../../domain/authority/proposals.ts';
import { site } from '../support/site.ts';
import { dayMs, worlds } from './world.ts';

const { inWorld } = worlds();
const withdrawn = site({ plans: [{ plan: 'test', systems: [{ system: 'erp', roles: ['reader', 'old_*'] }] }] });
const why = "the site does not let plan 'test' use the role 'clerk' of the system 'erp'";

test(
  'a right that was withdrawn before go-live holds the package back with the reason, and it goes live on a new date once the right is back',
  inWorld(async (world) => {
    await world.apply(world.plan());
    await world.makeReady();
    world.site = withdrawn;
    await world.sleepUntil(world.goLiveMs);
    const held = await world.untilWave(({ packages }) => packages[0]?.heldBack !== undefined);
    expect(JSON.stringify(held.packages[0]!.heldBack)).toContain('refused');
    expect(JSON.stringify(held)).toContain(why);
    expect(world.system.held().filter(({ role }) => role === 'clerk')).toEqual([]);

    world.site = site();
    await world.accepted('setDate', 'ines', { package: 'package-1' }, { goLiveMs: world.goLiveMs + 2 * dayMs });
    await world.sleepUntil(world.goLiveMs + 2 * dayMs);
    await world.untilGranted(6);
  }),
);

test(
  'a right that is withdrawn between the last look and the grant stops the release, and the person who is asked can finish granting once it is back',
  inWorld(async (world) => {
    await world.apply(world.plan());
    await world.makeReady();
    const { rehearse } = world.system;
    world.system.rehearse = (work) => {
      world.site = withdrawn;
      return rehearse(work);
    };
    await world.sleepUntil(world.goLiveMs);
    const stopped = await world.untilPackage(({ proposal }) => proposal !== undefined);
    expect(stopped.proposal!.why).toContain(why);
    expect(stopped.grants).toMatchObject({ created: 0 });
    expect(world.system.held().filter(({ role }) => role === 'clerk' || role === 'reader')).toEqual([]);

    world.site = site();
    await world.accepted('decide', 'ines', { package: 'package-1' }, { ...shownOf(stopped.proposal!), answer: 'finish', reason: 'the site lets it again' });
    await world.untilGranted(6);
  }),
);
