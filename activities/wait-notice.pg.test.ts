/** What is done for a release in a system fails for minutes: people are told once, and it is answered when the system has done it. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noneConnector } from '../connectors/none/connector.ts';
import { packageWorkflowId } from '../domain/messages.ts';
import type { Notice } from '../domain/notices/request.ts';
import { SystemUnavailable } from '../domain/system-unavailable.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { acceptedWhenSealed } from '../test/support/accepted-when-sealed.ts';
import { Bench, benchPlan } from '../test/support/activity-bench.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { createActivities } from './index.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('waits');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const minuteMs = 60_000;
let number = 0;
/** `grant`: an attempt, so many minutes after the activity was scheduled. */
async function bench() {
  const system = `waits-${(number += 1)}`;
  const memory = noneConnector({ grants: [] });
  const { snapshot } = memory;
  let away = true;
  memory.snapshot = async (...asked) => {
    if (away) throw new SystemUnavailable('it did not answer in time');
    return snapshot(...asked);
  };
  const made = new Bench(store, benchPlan(`waits-plan-${number}`, system), { [system]: memory });
  await made.apply();
  away = false;
  const release = await made.signed();
  const started: Notice[] = [];
  const own = acceptedWhenSealed(store);
  const { record } = own;
  let storeIsDown = false;
  own.record = async (...batch) => {
    if (storeIsDown) throw new Error('the store is down');
    return record(...batch);
  };
  const deps = { ...made.deps, store: own, startNotices: async (notices: Notice[]) => void started.push(...notices) };
  const grant = ({ attempt, afterMs, activityId = 'one' }: { attempt: number; afterMs: number; activityId?: string }) => {
    const workflowId = packageWorkflowId(release.plan, release.wave, release.package);
    const info = { workflowExecution: { workflowId, runId: 'run' }, activityId, attempt, scheduledTimestampMs: made.nowMs - afterMs };
    return new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') }).run(createActivities(deps).grantAccess, release, system);
  };
  const notices = () => store.notices({ plan: release.plan });
  return { system, grant, notices, started, isAway: (now: boolean) => void (away = now), cannotRecord: (now: boolean) => void (storeIsDown = now) };
}

test('after five minutes and three attempts the owner and the operators are told once, and a grant that succeeds answers it', async () => {
  const { system, grant, notices, started, isAway } = await bench();
  isAway(true);
  await expect(grant({ attempt: 1, afterMs: 60 * minuteMs })).rejects.toThrow('cannot be reached');
  await expect(grant({ attempt: 8, afterMs: 4 * minuteMs })).rejects.toThrow('cannot be reached');
  expect(await notices()).toEqual([]);
  await expect(grant({ attempt: 9, afterMs: 6 * minuteMs })).rejects.toThrow('cannot be reached');
  await expect(grant({ attempt: 10, afterMs: 11 * minuteMs })).rejects.toThrow('cannot be reached');
  const [told, ...more] = await notices();
  expect(more).toEqual([]);
  expect(told).toMatchObject({ kind: 'waitsForSystem', level: 'first', to: ['olga', 'ines'], package: 'clerks' });
  expect(told?.text).toContain(`granting access: waiting for ${system} since 2027-03-01`);
  expect(told?.text).toContain('it did not answer in time');
  expect(new Set(started.map(({ id }) => id))).toEqual(new Set([told?.id]));
  isAway(false);
  await grant({ attempt: 11, afterMs: 12 * minuteMs });
  expect((await notices()).map(({ answeredAtMs }) => answeredAtMs)).toEqual([expect.any(Number)]);
});

test('where the clocks of worker and Temporal differ, the tenth attempt tells; a later activity that waits is told again', async () => {
  const { grant, notices, isAway } = await bench();
  isAway(true);
  await expect(grant({ attempt: 9, afterMs: -minuteMs })).rejects.toThrow('cannot be reached');
  expect(await notices()).toEqual([]);
  await expect(grant({ attempt: 10, afterMs: -minuteMs })).rejects.toThrow('cannot be reached');
  await expect(grant({ attempt: 10, afterMs: -minuteMs, activityId: 'two' })).rejects.toThrow('cannot be reached');
  expect(await notices()).toHaveLength(2);
});

test('a store that cannot record the notice changes nothing of what the grant says', async () => {
  const { grant, notices, isAway, cannotRecord } = await bench();
  isAway(true);
  cannotRecord(true);
  await expect(grant({ attempt: 10, afterMs: 10 * minuteMs })).rejects.toThrow('cannot be reached');
  cannotRecord(false);
  expect(await notices()).toEqual([]);
  await expect(grant({ attempt: 11, afterMs: 15 * minuteMs })).rejects.toThrow('cannot be reached');
  expect(await notices()).toHaveLength(1);
});
