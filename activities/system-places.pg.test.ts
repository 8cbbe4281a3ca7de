/** Work of many plans in one system: who waits for whom while one plan's cohorts are asked slowly. */
import type { Site } from '../domain/site/schema.ts';
import type { ApplicationFailure } from '@temporalio/activity';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Connector } from '../connectors/connector.ts';
import { noneConnector } from '../connectors/none/connector.ts';
import { packageWorkflowId, waveWorkflowId } from '../domain/messages.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { acceptedWhenSealed } from '../test/support/accepted-when-sealed.ts';
import { Bench, benchPlan, quiet } from '../test/support/activity-bench.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { roles } from '../test/support/plan.ts';
import { site, siteSystem } from '../test/support/site.ts';
import type { ReleaseRef } from './contract.ts';
import { createActivities } from './index.ts';
import { tasksOfSystem } from './system-places.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('places');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

/** Tasks of one system in a worker: those that find none left wait in the task queue, and what is given back comes again. */
class Tasks {
  left = tasksOfSystem;
  givenBack = 0;
  readonly #queue: (() => void)[] = [];

  async run<T>(attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      if (this.left === 0) await new Promise<void>((resolve) => this.#queue.push(resolve));
      this.left -= 1;
      try {
        return await attempt();
      } catch (failure) {
        if ((failure as ApplicationFailure).type !== 'TooManyAtOnce') throw failure;
        this.givenBack += 1;
      } finally {
        this.left += 1;
        this.#queue.shift()?.();
      }
      await pause(20);
    }
  }
}

/** A source of cohorts that answers everybody, and from `sleep` until `wake` nobody. */
class Source {
  asked = 0;
  mostAsked = 0;
  #awake: Promise<void> = Promise.resolve();
  #wake = () => {};

  sleep(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    [this.#awake, this.#wake] = [promise, resolve];
  }

  wake(): void {
    this.#wake();
  }

  async answer(accounts: string[]): Promise<string[]> {
    this.asked += 1;
    this.mostAsked = Math.max(this.mostAsked, this.asked);
    await this.#awake;
    this.asked -= 1;
    return accounts;
  }
}

const number = 30;
const ids = Array.from({ length: number }, (_, at) => `k${at}`);
const statement = 'select account from staff';

async function world(name: string, from: (erp: string) => string = (erp) => erp) {
  const erp = `erp-${name}`;
  const source = new Source();
  const memory = noneConnector();
  const slow: Connector = { ...memory, cohort: ({ accounts }) => source.answer(accounts) };
  const packages = ids.map((id) => ({ id, cohortQuery: { system: from(erp), statement } }));
  const slowPlan = benchPlan(`slow-${name}`, erp, { systems: [...new Set([erp, from(erp)])], packages: [...packages, { id: 'plain' }] });
  const systems = { [erp]: slow, [from(erp)]: slow };
  const [a, b] = [
    new Bench(store, slowPlan, systems),
    new Bench(store, benchPlan(`other-${name}`, erp, { packages: [{ entitlements: roles(erp, 'other_role') }] }), systems),
  ];
  const all = await appliedOnOneSite([a, b], Object.keys(systems));
  const activities = createActivities({ ...a.deps, store: acceptedWhenSealed(store), site: () => all });
  const tasks = new Tasks();
  const ofWave = ({ plan, wave }: ReleaseRef) => quiet(waveWorkflowId(plan, wave));
  const ofPackage = ({ plan, wave, package: id }: ReleaseRef) => quiet(packageWorkflowId(plan, wave, id));
  const work = {
    preview: (release: ReleaseRef) => tasks.run(() => ofWave(release).run(activities.previewSystem, refOf(release), erp)),
    recheck: (release: ReleaseRef) => tasks.run(() => ofWave(release).run(activities.recheckSystem, release, erp)),
    grant: (release: ReleaseRef) => tasks.run(() => ofPackage(release).run(activities.grantAccess, release, erp)),
    verify: (release: ReleaseRef) => tasks.run(() => ofPackage(release).run(activities.verifyAccess, release, erp)),
    rollbackPreview: (release: ReleaseRef) => tasks.run(() => quiet().run(activities.previewRollback, release, erp, 0)),
    rollBack: (release: ReleaseRef, approval: string) =>
      tasks.run(() => ofPackage(release).run(activities.rollBackAccess, release, erp, { id: 'r', approval })),
  };
  return { a, b, erp, source, memory, tasks, work };
}

const refOf = ({ plan, wave, package: id, revision }: ReleaseRef) => ({ plan, wave, package: id, revision });

async function rolledBack({ work }: Awaited<ReturnType<typeof world>>, bench: Bench, release: ReleaseRef) {
  await work.rollbackPreview(release);
  const approval = await bench.record('decide', 'olga', release, { proposal: 'r', kind: 'rollback', answer: 'approve', reason: 'yes' });
  await work.rollBack(release, approval);
}

test.each([
  ['the same system', undefined],
  ['another system', () => 'hr-beside'],
])(
  'while many packages of one plan wait for a cohort from %s, another plan is previewed, granted and rolled back, and so are packages of the same plan without one',
  async (where, from) => {
    const here = await world(where.split(' ')[0] ?? '', from);
    const { a, b, source, memory, tasks, work } = here;
    const signed = [];
    for (const id of ids) signed.push(await a.signed(id));
    const atFirst = memory.held();
    const plain = await a.signed('plain');
    await work.grant(plain);
    const before = memory.held().length;

    source.sleep();
    let ended = 0;
    const sleeping = signed.flatMap((release) =>
      [work.preview(release), work.recheck(release), work.grant(release)].map((each) => each.finally(() => (ended += 1))),
    );
    const waking = Promise.allSettled(sleeping);
    await vi.waitFor(() => expect(source.asked).toBe(4), { timeout: 10_000 });

    const release = await b.signed();
    await work.preview(release);
    await work.recheck(release);
    await work.grant(release);
    await work.verify(release);
    expect(memory.held().length).toBeGreaterThan(before);
    await rolledBack(here, b, release);
    await rolledBack(here, a, plain);
    expect(memory.held()).toEqual(atFirst);
    expect(ended).toBe(0);
    // Two of the readings and two of the grants of the plan; what is too much gives its task back, so that none of another plan waits for one.
    expect(source.mostAsked).toBe(4);
    expect(tasks.givenBack).toBeGreaterThan(0);
    expect(tasks.left).toBeGreaterThan(0);

    source.wake();
    const failed = (await waking).flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []));
    // Previewed again after its grant.
    expect(failed.filter((why) => !/was released by wave/.test(why))).toEqual([]);
    expect(source.mostAsked).toBe(4);
  },
  120_000,
);

test('while dependency checks of one plan wait for a system that does not answer, those of another plan in another system go on', async () => {
  const { promise: answers, resolve: answer } = Promise.withResolvers<void>();
  let asked = 0;
  const away: Connector = {
    ...noneConnector(),
    running: async () => {
      asked += 1;
      await answers;
      return [];
    },
  };
  const systems = { 'erp-away': away, 'erp-there': noneConnector() };
  const [a, b] = [new Bench(store, benchPlan('checked-slowly', 'erp-away'), systems), new Bench(store, benchPlan('checked', 'erp-there'), systems)];
  const all = await appliedOnOneSite([a, b], Object.keys(systems));
  const { dependencyCheck } = createActivities({ ...a.deps, store: acceptedWhenSealed(store), site: () => all });
  const [slow, other] = [await a.signed(), await b.signed()];
  const checks = Array.from({ length: 7 }, () => quiet().run(dependencyCheck, slow));
  const ends = Promise.allSettled(checks);
  await vi.waitFor(() => expect(asked).toBe(4));
  expect(await quiet().run(dependencyCheck, other)).toContainEqual(expect.objectContaining({ code: 'runningJobs', clear: true }));
  answer();
  const given = (await ends).map((end) => (end.status === 'fulfilled' ? 'checked' : (end.reason as ApplicationFailure).type));
  expect(given.filter((end) => end === 'checked')).toHaveLength(4);
  expect(given.filter((end) => end === 'TooManyAtOnce')).toHaveLength(3);
  expect(asked).toBe(4);
});

test("while all weekly checks of a plan's owners wait for a system that does not answer, the dependency check of its rollback is made", async () => {
  const { promise: answers, resolve: answer } = Promise.withResolvers<void>();
  let [asked, isAway] = [0, false];
  const memory = noneConnector();
  const away: Connector = {
    ...memory,
    // Of who can sign in; a preview asks about roles.
    snapshot: async (wanted, accounts) => {
      if (isAway && wanted.length === 0) {
        asked += 1;
        await answers;
      }
      return memory.snapshot(wanted, accounts);
    },
  };
  const people = benchPlan('weekly', 'erp-weekly').people.map((person) => ({ ...person, accounts: { 'erp-weekly': person.id } }));
  const bench = new Bench(store, benchPlan('weekly', 'erp-weekly', { people }), { 'erp-weekly': away });
  const all = await appliedOnOneSite([bench], ['erp-weekly']);
  const { dependencyCheck, ownerStatus } = createActivities({ ...bench.deps, store: acceptedWhenSealed(store), site: () => all });
  const release = await bench.signed();
  isAway = true;
  const weekly = Array.from({ length: 5 }, () => quiet().run(ownerStatus, refOf(release)));
  const ends = Promise.allSettled(weekly);
  await vi.waitFor(() => expect(asked).toBe(2));
  expect(await quiet().run(dependencyCheck, release)).toContainEqual(expect.objectContaining({ code: 'runningJobs', clear: true }));
  answer();
  const given = (await ends).map((end) => (end.status === 'fulfilled' ? 'checked' : ((end.reason as ApplicationFailure).type ?? '')));
  expect(given.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['TooManyAtOnce', 'TooManyAtOnce', 'TooManyAtOnce', 'checked', 'checked']);
});

/** Each plan has a right of its own. */
async function appliedOnOneSite(benches: Bench[], systems: string[]): Promise<Site> {
  const all = site({
    systems: systems.map((id) => siteSystem(id)),
    plans: benches.map(({ plan: { plan, systems: ofPlan } }) => ({ plan, systems: ofPlan.map((system) => ({ system })) })),
  });
  for (const bench of benches) {
    bench.site = all;
    await bench.apply();
  }
  return all;
}
