/** The short workflow that says what a rollback would do. It answers within seconds, even if the systems do not. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import type { LiveRollbackPreview } from '../../domain/release/rollback-preview.ts';
import { engineTaskQueue, releaseQuery, workflowTypes } from '../../domain/messages.ts';
import { worlds, type World } from './world.ts';

const { inWorld } = worlds();

async function released(world: World) {
  await world.apply(world.plan());
  await world.makeReady('package-1');
  await world.sleepUntil(world.goLiveMs);
  await world.untilWatched();
  return world.client.workflow.getHandle('test/wave-1/package-1').query<{ parts: { system: string }[] }>(releaseQuery);
}

const preview = (world: World, release: unknown): Promise<LiveRollbackPreview> =>
  world.client.workflow.execute(workflowTypes.rollbackPreview, {
    workflowId: `rollback-preview/${randomUUID()}`,
    taskQueue: engineTaskQueue,
    workflowExecutionTimeout: '20s',
    args: [{ release, sinceMs: 0 }],
  });

test(
  'the preview answers for each system, with the current dependency check, and changes nothing',
  inWorld(async (world) => {
    const release = await released(world);
    const held = world.system.held();
    world.system.setBusy('ann', true);
    const { parts, problems, dependencies } = await preview(world, release);
    expect(problems).toEqual([]);
    expect(parts).toMatchObject([{ system: 'erp', losesCount: held.length, comesBackCount: 2, staysCount: 0, asksCount: 0 }]);
    expect(dependencies).toContainEqual({
      code: 'runningJobs',
      system: 'erp',
      jobs: 1,
      line: '1 running in erp: ann runs a job',
      clear: false,
      clearedBy: { person: 'olga' },
    });
    // The counts name nobody; the store has who would lose what.
    expect(JSON.stringify(parts)).not.toMatch(/ann|ben|cem/);
    expect((await world.store.rollbackPreview({ plan: 'test', wave: 'wave-1', package: 'package-1' }, parts[0]!.digest!))?.loses).toHaveLength(held.length);
    expect(world.system.held()).toEqual(held);
  }),
);

test(
  'a system that cannot be reached is named in time, and the rest is answered',
  inWorld(async (world) => {
    const release = await released(world);
    world.system.place = async () => {
      throw new SystemUnavailable('the line is dead');
    };
    const { parts, problems, dependencies } = await preview(world, release);
    expect(parts).toEqual([]);
    expect(problems).toEqual([{ system: 'erp', why: expect.stringMatching(/the line is dead|no answer in time/) }]);
    expect(dependencies).toContainEqual({ code: 'runningJobs', system: 'erp', jobs: 0, line: 'no job of these people runs in erp', clear: true });
  }),
);

test(
  'a release that differs from the one in the store is refused with the reason',
  inWorld(async (world) => {
    const release = await released(world);
    const { problems, dependencies } = await preview(world, { ...release, planDigest: '0'.repeat(64) });
    expect(problems).toEqual([{ system: 'erp', why: expect.stringContaining('its digest differs') }]);
    expect(dependencies).toEqual({ problem: expect.stringContaining('its digest differs') });
  }),
);
