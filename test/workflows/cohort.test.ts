/** A cohort by query over a whole window: people leave and join, and its source breaks. The query is asked of a real PostgreSQL. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { postgresConnector } from '../../connectors/postgres/connector.ts';
import type { Connector } from '../../connectors/connector.ts';
import { shownOf } from '../../domain/authority/proposals.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { testLogins, type TestLogins } from '../support/logins.ts';
import type { PackageInput } from '../support/plan.ts';
import { dayMs, worlds, type World } from './world.ts';

const { inWorld } = worlds();
const at = { package: 'package-1' };
let database: TestDatabase;
let logins: TestLogins;
let hr: Connector;

beforeAll(async () => {
  database = await createDatabase('cohort_story');
  logins = await testLogins(database.url);
  const reader = logins.of('reads_staff');
  await logins.login(reader);
  await logins.admin(`create table staff (account text); grant select on staff to public`);
  hr = postgresConnector({ connectionString: logins.url(reader) });
});
afterAll(async () => {
  await hr?.close();
  await logins?.remove();
  await database?.drop();
});

async function staff(...accounts: string[]): Promise<void> {
  await logins.admin('delete from staff');
  for (const account of accounts) await logins.admin('insert into staff values ($1)', [account]);
}

/** Released to ann, ben and cem, of a cohort that may have dea too. */
async function released(world: World, query: Partial<NonNullable<PackageInput['cohortQuery']>> = {}) {
  if (hr.cohort) world.system.cohort = hr.cohort.bind(hr);
  await staff('ann', 'ben', 'cem');
  const cohortQuery = { system: 'hr', statement: 'select account from staff', ...query };
  await world.apply(world.plan({ systems: ['erp', 'hr'], packages: [{ cohort: ['ann', 'ben', 'cem', 'dea'], cohortQuery }] }));
  await world.makeReady();
  await world.sleepUntil(world.goLiveMs);
  return world.untilGranted(6);
}

const held = (world: World) =>
  world.system
    .held()
    .map(({ role, account }) => `${role} ${account}`)
    .toSorted();

test(
  'a leaver and a joiner of the window: one loses and one receives what was released, without a question, and the rollback gives neither any access',
  inWorld(
    async (world) => {
      const { watch } = await released(world, { open: true, leavers: 'revoke' });
      expect(held(world)).toEqual(['clerk ann', 'clerk ben', 'clerk cem', 'reader ann', 'reader ben', 'reader cem']);
      await staff('ann', 'cem', 'dea');
      await world.sleepUntil(watch.startMs + dayMs);
      const tuned = await world.untilPackage((view) => view.tunes.length === 1 && view.watch.evaluations >= 2);
      expect(tuned).toMatchObject({
        state: 'Monitoring',
        tunes: [{ step: 'reconcile', by: 'rolewave', result: '2 granted, 2 revoked, 0 legacy grants retired, 0 left for a person' }],
      });
      expect(held(world)).toEqual(['clerk ann', 'clerk cem', 'clerk dea', 'reader ann', 'reader cem', 'reader dea']);

      await world.accepted('rollback', 'ines', at, { reason: 'it was too early' });
      const { proposal } = await world.untilPackage((view) => view.proposal?.kind === 'rollback' && view.proposal.dependencies !== undefined);
      await world.accepted('decide', 'olga', at, { ...shownOf(proposal!), answer: 'approve', reason: 'yes' });
      expect(await world.client.workflow.getHandle('test/wave-1/package-1').result()).toEqual({
        state: 'Rolled back',
        why: "8 granted, 8 revoked, 1 legacy grant restored, 1 legacy grant not restored: 'ben' has left the cohort",
      });
      expect(held(world)).toEqual(['old_reader ann']);
    },
    ['erp', 'hr'],
  ),
);

test(
  'a source that has lost everybody takes nothing from anybody: the watch is extended, and then a person is asked (R2)',
  inWorld(
    async (world) => {
      const { watch } = await released(world, { leavers: 'revoke' });
      await staff();
      await world.sleepUntil(watch.startMs + 21 * dayMs);
      const asked = await world.untilPackage((view) => view.proposal?.kind === 'question');
      expect(asked.proposal?.why).toContain('answers nobody of the cohort');
      expect(asked.tunes).toEqual([]);
      expect(held(world)).toHaveLength(6);
    },
    ['erp', 'hr'],
  ),
);

test(
  'more leavers than the plan lets be believed stop the release at go-live, and a new preview is for those who are left',
  inWorld(
    async (world) => {
      if (hr.cohort) world.system.cohort = hr.cohort.bind(hr);
      await staff('ann', 'ben', 'cem');
      const cohortQuery = { system: 'hr', statement: 'select account from staff' };
      await world.apply(world.plan({ systems: ['erp', 'hr'], packages: [{ cohort: ['ann', 'ben', 'cem', 'dea'], cohortQuery }] }));
      await world.makeReady();
      await staff('ann');
      await world.sleepUntil(world.goLiveMs + 3_600_000);
      const stopped = await world.untilWave(({ packages: [first] }) => first?.heldBack !== undefined && first.previewDigest !== undefined);
      expect(stopped.packages[0]).toMatchObject({
        heldBack: { code: 'stopped', stops: [{ code: 'leavers', people: 2 }] },
        preview: [{ people: 1, toGrant: 2 }],
      });
      expect(held(world)).toEqual(['old_reader ann', 'old_reader ben']);
    },
    ['erp', 'hr'],
  ),
);
