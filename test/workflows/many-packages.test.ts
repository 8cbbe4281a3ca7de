/** A wave of more packages than it reads at once: what is pending is bounded, and all of them are read in the end. */
import { expect, test } from 'vitest';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { readsAtOnce } from '../../workflows/wave/reads.ts';
import { roles } from '../support/plan.ts';
import { worlds, type World } from './world.ts';

const { inWorld } = worlds();
const packages = Array.from({ length: readsAtOnce * 2 + 5 }, () => ({ legacy: [] }));

/** How many previews the wave has asked for so far. */
async function asked(world: World): Promise<number> {
  const { events } = await world.client.workflow.getHandle('test/wave-1').fetchHistory();
  return (events ?? []).filter(({ activityTaskScheduledEventAttributes: activity }) => activity?.activityType?.name === 'previewSystem').length;
}

test(
  'a wave has no more previews pending in a system than a few, and takes the next ones as they end',
  inWorld(async (world) => {
    const { snapshot } = world.system;
    world.system.snapshot = async () => {
      throw new SystemUnavailable('nobody answers');
    };
    await world.apply(world.plan({ packages }));
    await expect.poll(() => asked(world), { timeout: 20_000 }).toBe(readsAtOnce);
    // Whatever happens meanwhile.
    await world.accepted('note', 'ines', {}, { text: 'the system is down' });
    await world.sleep(600_000);
    expect(await asked(world)).toBe(readsAtOnce);
    world.system.snapshot = snapshot;
    await world.sleep(600_000);
    await world.untilWave((view) => view.packages.every(({ previewDigest }) => previewDigest !== undefined));
  }),
);

test(
  'packages that go live together do so after all of them were compared, a few at a time',
  { timeout: 120_000 },
  inWorld(async (world) => {
    await world.apply(world.plan({ packages, waves: [{ goLiveTogether: true }] }));
    for (const index of packages.keys()) await world.makeReady(`package-${index + 1}`);
    await world.sleepUntil(world.goLiveMs);
    const { packages: released } = await world.untilWave((view) => view.packages.every(({ state }) => state === 'Monitoring'));
    expect(released.map(({ heldBack }) => heldBack)).toEqual(packages.map(() => undefined));
  }),
);

test(
  'what is down, a system or the source of a cohort, holds up only the packages that need it, however many these are',
  { timeout: 120_000 },
  inWorld(
    async (world) => {
      const { snapshot } = world.system;
      // Of the system `lab`, and of what asks it: both are the same system in memory, and tell by the role.
      world.system.snapshot = async (roles, ...more) => {
        if (roles.includes('sampler')) throw new SystemUnavailable('nobody answers');
        return snapshot(roles, ...more);
      };
      const inBoth = { entitlements: [...roles('erp', 'clerk'), ...roles('lab', 'sampler')], legacy: [] };
      const healthy = { entitlements: roles('erp', 'clerk'), legacy: [] };
      await world.apply(world.plan({ systems: ['erp', 'lab'], packages: [...packages.map(() => inBoth), healthy] }));
      await world.untilWave((view) => view.packages.at(-1)?.previewDigest !== undefined);
    },
    ['erp', 'lab'],
  ),
);
