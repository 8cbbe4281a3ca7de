/**
 * A world for workflow tests: the real worker parts (workflows, activities, store in PostgreSQL) in a server that skips time, and one system in
 * memory. Tests change the system and its measurements, send sealed messages as the API does, and read what people would see.
 */
import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError, type Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { afterAll, beforeAll } from 'vitest';
import { createActivities } from '../../activities/index.ts';
import { noneConnector, type NoneConnector } from '../../connectors/none/connector.ts';
import type { TrustedKey } from '../../domain/authority/keys.ts';
import { sha256Hex } from '../../domain/canonical.ts';
import {
  engineTaskQueue,
  measuringTaskQueue,
  recordsTaskQueue,
  packageWorkflowId,
  stateQuery,
  systemTaskQueue,
  waveWorkflowId,
  type MessageType,
  type Acknowledgment,
} from '../../domain/messages.ts';
import type { Plan } from '../../domain/plan/schema.ts';
import type { Site } from '../../domain/site/schema.ts';
import { separateDuties, waveSection, type WaveInput, type WaveSection } from '../../domain/plan/section.ts';
import { carriedPackageView, carriedWaveView, type CarriedPackageView, type CarriedWaveView } from '../../domain/views/texts.ts';
import { currentRules } from '../../domain/watch/verdict.ts';
import type { Revision, Store } from '../../store/contract.ts';
import { openStore } from '../../store/open.ts';
import { remembering } from '../../store/remembering.ts';
import { NoData, type Reading } from '../../telemetry/provider.ts';
import { asPlanned, readings } from '../support/telemetry.ts';
import { bundle } from '../../worker/bundle.ts';
import { runningStateOf } from '../../worker/running-state.ts';
import { inForm, recordsInForm } from '../support/in-form.ts';
import { acceptedWhenSealed } from '../support/accepted-when-sealed.ts';
import { createDatabase } from '../support/database.ts';
import { TimeSkippingServer } from '../support/time-skipping.ts';
import { message, newKey, type About } from '../support/keys.ts';
import { site, siteSystem } from '../support/site.ts';
import { doraForOlga, metric, plan, roles, watch, type PlanChange } from '../support/plan.ts';
import { saveRevision } from '../support/revisions.ts';

export const dayMs = 86_400_000;
export const iso = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** `forge`: signed by a key that nobody trusts. `validMs`: how long it counts. */
export interface Sealing {
  id?: string;
  forge?: boolean;
  validMs?: number;
}

export class World {
  readonly client: Client;
  readonly store: Store;
  readonly environment: TestWorkflowEnvironment;
  readonly system: NoneConnector = noneConnector({ grants: ['ann', 'ben'].map((account) => ({ role: 'old_reader', account, grantor: 'dba', options: {} })) });
  /** What each metric returns from now on. A metric that is not listed returns what its plan says. */
  readonly readings: Record<string, Reading | 'no data' | Error> = {};
  /** The rules by which evaluations are judged from now on. */
  rules = currentRules;
  /** The site file as it is from now on. */
  site: Site = site();
  /** Seals what is sent from now on. */
  key = newKey();
  /** The trusted keys file as it is from now on. */
  trustedKeys: TrustedKey[] = [this.key.trusted];
  /** How far the server's time was ahead at the last reading. Messages are sealed with the server's time, because they are judged by it. */
  #aheadMs = 0;

  /** The latest time of the server that an activity has seen. */
  #seenMs: number;

  /** Go-live of `plan()`: about a month after the server's current time. */
  readonly goLiveMs: number;

  constructor(environment: TestWorkflowEnvironment, store: Store, nowMs: number) {
    this.goLiveMs = Math.ceil(nowMs / dayMs) * dayMs + 30 * dayMs;
    this.environment = environment;
    this.client = environment.client;
    this.store = store;
    this.#seenMs = nowMs;
    this.#aheadMs = nowMs - Date.now();
  }

  /** Packages are package-1, package-2, … and replace one old role; the wave goes live at `goLiveMs`. */
  plan({ packages = [{}], waves = [{}], ...change }: PlanChange = {}): Plan {
    return plan({
      delegates: doraForOlga({ packages }, iso(this.goLiveMs + 90 * dayMs)),
      metrics: [metric('adoption', { kind: 'ratio', provider: { kind: 'fixed', value: 0.9, n: 3 } }), metric('exceptions')],
      packages: packages.map((each, index) => ({
        id: `package-${index + 1}`,
        legacy: roles('erp', 'old_reader'),
        watch: watch('14d', { metric: 'exceptions', tune: { above: 10 }, rollback: { above: 50 } }),
        ...each,
      })),
      waves: waves.map((each) => ({ goLive: iso(this.goLiveMs), ...each })),
      ...change,
    });
  }

  activities() {
    const planned = asPlanned();
    const telemetry = readings((query) => {
      const reading = this.readings[query.metric] ?? planned.read(query);
      if (reading === 'no data') throw new NoData(`no data for ${query.metric}`);
      if (reading instanceof Error) throw reading;
      return reading;
    });
    const current = () => this.rules;
    const trusted = () => this.trustedKeys;
    return createActivities({
      get rules() {
        return current();
      },
      store: this.store,
      openSystem: async () => this.system,
      telemetry,
      runningState: runningStateOf(this.environment.nativeConnection, this.client.options.namespace),
      get trustedKeys() {
        return trusted();
      },
      site: () => this.site,
      allowDemoClock: true,
      // The server's time, which is ahead of the machine's wherever a test skipped some. A local activity does not know it.
      now: () => (this.#seenMs = Math.max(this.#seenMs, Context.current().info.currentAttemptScheduledTimestampMs)),
    });
  }

  /** One compact JWS as the API makes it. `forge`: signed by a key that nobody trusts. */
  seal(type: MessageType, by: string, at: About, body: unknown, { id, forge = false, validMs }: Sealing = {}): string {
    const key = forge ? newKey() : this.key;
    const atMs = Date.now() + this.#aheadMs;
    return key.seal(
      message(type, by, at, body, { atMs, ...(id === undefined ? {} : { id }), ...(validMs === undefined ? {} : { expiresMs: atMs + validMs }) }),
    );
  }

  /** Saves the plan as the store's next revision, and starts its waves. */
  async apply(plan: Plan, options: { continueAfterEvents?: number } = {}): Promise<void> {
    const revision = await this.save(plan);
    await this.readClock();
    for (const { id } of plan.waves) {
      const input: WaveInput = { section: sectionOf(revision, id), ...options };
      await this.client.workflow.start('wave', { workflowId: waveWorkflowId(plan.plan, id), taskQueue: engineTaskQueue, args: [input] });
    }
  }

  /** Saves the plan as the next revision and sends it to its running waves. */
  async revise(plan: Plan): Promise<void> {
    const revision = await this.save(plan);
    await this.readClock();
    for (const { id } of plan.waves) {
      const section = sectionOf(revision, id);
      const jws = this.seal('revise', 'ines', { wave: id }, { revision: revision.number, sectionDigest: sha256Hex(section) });
      await this.client.workflow.getHandle(waveWorkflowId(plan.plan, id)).executeUpdate<Acknowledgment, [string, unknown]>('revise', { args: [jws, section] });
    }
  }

  /** Saves the plan as the next revision and sends it to a released package, as an apply does. */
  async reviseReleased(plan: Plan, packageId: string, wave = 'wave-1', by = 'ines'): Promise<void> {
    const revision = await this.save(plan);
    await this.readClock();
    const section = sectionOf(revision, wave);
    const jws = this.seal('revise', by, { wave, package: packageId }, { revision: revision.number, sectionDigest: sha256Hex(section) });
    await this.client.workflow.getHandle(packageWorkflowId(plan.plan, wave, packageId)).signal('revise', jws, section);
  }

  private save(plan: Plan): Promise<Revision> {
    return saveRevision(this.store, plan, this.key);
  }

  async send(type: MessageType, by: string, at: About, body: unknown, sealing?: Sealing): Promise<Acknowledgment> {
    await this.readClock();
    return this.update(type, at, this.seal(type, by, at, body, sealing));
  }

  async update(type: MessageType, { plan = 'test', wave = 'wave-1', package: id }: About, jws: string): Promise<Acknowledgment> {
    const toPackage =
      ['evaluate', 'extend', 'pause', 'resume', 'tune', 'rollback', 'decide', 'certify', 'acceptContent', 'claim', 'endClaim'].includes(type) ||
      (id !== undefined && type === 'abort');
    const workflowId = toPackage && id !== undefined ? packageWorkflowId(plan, wave, id) : waveWorkflowId(plan, wave);
    try {
      return await this.client.connection.withDeadline(Date.now() + answersWithinMs, () =>
        this.client.workflow.getHandle(workflowId).executeUpdate<Acknowledgment, [string]>(type, { args: [jws] }),
      );
    } catch (error) {
      // The test server loses an update that comes while the run continues as new, or says that its run is completed. It counts once, however often it is sent.
      const lost = error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || (error instanceof WorkflowNotFoundError && error.message.startsWith('update '));
      if (lost || (error instanceof WorkflowNotFoundError && (await this.isRunning(workflowId))))
        return this.update(type, { plan, wave, ...(id === undefined ? {} : { package: id }) }, jws);
      if (!(error instanceof WorkflowUpdateFailedError)) throw error;
      const cause = error.cause as { type?: string; message: string };
      return { accepted: false, id: 'refused', code: (cause.type ?? 'malformed') as never, message: cause.message };
    }
  }

  private async isRunning(workflowId: string): Promise<boolean> {
    return (await this.client.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING';
  }

  /** In its declared form, with no other field. */
  async wave(wave = 'wave-1'): Promise<CarriedWaveView> {
    return inForm(carriedWaveView, await this.client.workflow.getHandle(waveWorkflowId('test', wave)).query(stateQuery));
  }

  async package(id = 'package-1', wave = 'wave-1'): Promise<CarriedPackageView> {
    return inForm(carriedPackageView, await this.client.workflow.getHandle(packageWorkflowId('test', wave, id)).query(stateQuery));
  }

  /** Waits in real time (the server does not skip) until the wave shows what the test expects. */
  async untilWave(shows: (view: CarriedWaveView) => boolean, wave = 'wave-1'): Promise<CarriedWaveView> {
    return until(() => this.wave(wave), shows);
  }

  async untilPackage(shows: (view: CarriedPackageView) => boolean, id = 'package-1', wave = 'wave-1'): Promise<CarriedPackageView> {
    return until(() => this.package(id, wave), shows);
  }

  /**
   * Waits until everything that the release grants and retires is done, and the watch has begun. A package says what it granted before it retires legacy
   * access, and its state is Monitoring from its start.
   */
  async untilWatched(id = 'package-1', wave = 'wave-1'): Promise<CarriedPackageView> {
    return this.untilPackage((view) => view.watch.nextEvaluationMs !== undefined, id, wave);
  }

  /** As untilWatched, with so many grants. */
  async untilGranted(created: number, id = 'package-1', wave = 'wave-1'): Promise<CarriedPackageView> {
    return this.untilPackage((view) => view.watch.nextEvaluationMs !== undefined && view.grants.created === created, id, wave);
  }

  /** Waits until the wave's run is not its first. It continues as new once it has nothing else to do. */
  async untilContinued(workflowId = 'test/wave-1'): Promise<void> {
    const first = async () => (await this.client.workflow.getHandle(workflowId).fetchHistory()).events?.[0]?.workflowExecutionStartedEventAttributes;
    await until(first, (seen) => Boolean(seen?.continuedExecutionRunId));
  }

  /** Waits until the workflow has cancelled an activity. */
  async untilGivenUp(workflowId: string): Promise<void> {
    const events = async () => (await this.client.workflow.getHandle(workflowId).fetchHistory()).events ?? [];
    await until(events, (seen) => seen.some((event) => event.activityTaskCancelRequestedEventAttributes));
  }

  /** Supplies everything that a package of low risk needs: its evidence and, after its preview, the owner's sign-off. */
  async makeReady(id = 'package-1', signers = ['olga'], wave = 'wave-1'): Promise<void> {
    const at = { wave, package: id };
    for (const item of ['handoff', 'notices', 'backup']) await this.accepted('evidence', 'olga', at, { item, reference: `${item} is done` });
    await this.sign(id, signers, wave);
  }

  async sign(id = 'package-1', signers = ['olga'], wave = 'wave-1'): Promise<void> {
    const view = await this.untilWave((seen) => seen.packages.find((entry) => entry.package === id)?.previewDigest !== undefined, wave);
    const { planDigest, previewDigest } = view.packages.find((entry) => entry.package === id)!;
    for (const signer of signers) await this.accepted('signOff', signer, { wave, package: id }, { decision: 'approve', planDigest, previewDigest });
  }

  async accepted(type: MessageType, by: string, at: { wave?: string; package?: string }, body: unknown): Promise<void> {
    const answer = await this.send(type, by, at, body);
    if (!answer.accepted) throw new Error(`${type} by ${by} was refused: ${answer.code}: ${answer.message}`);
  }

  /** Skips time. */
  async sleep(ms: number): Promise<void> {
    await this.environment.sleep(ms);
    await this.readClock();
  }

  private async readClock(): Promise<void> {
    this.#aheadMs = (await this.environment.currentTimeMs()) - Date.now();
  }

  /** Skips to this instant and a little further, so that what is due has run. */
  async sleepUntil(atMs: number): Promise<void> {
    await this.sleep(Math.max(1, atMs - (await this.environment.currentTimeMs()) + 60_000));
  }
}

/** An update that is not answered by then is lost. */
const answersWithinMs = 20_000;

/**
 * The test server stops where a workflow task cancels a timer or activity that has just ended: it refuses the task, and time stands still. A test that runs into
 * that gives up before its time limit, so that its second try has another server.
 */
const givesUpAfterMs = 105_000;

async function givingUp(test: Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`the test is not over after ${givesUpAfterMs / 1_000} seconds`)), givesUpAfterMs);
  try {
    await Promise.race([test, promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** How long a busy machine may need for what an idle one does in moments. Less than the time limit of a test. */
const patienceMs = 45_000;

async function until<T>(read: () => Promise<T>, shows: (seen: T) => boolean): Promise<T> {
  let seen: T | undefined;
  let failure: unknown;
  let pauseMs = 20;
  // Each look is a workflow task: what takes long is not made longer by asking for it all the time.
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline; pauseMs = Math.min(pauseMs * 1.5, 250)) {
    try {
      seen = await read();
      if (shows(seen)) return seen;
    } catch (error) {
      failure = error;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  throw new Error(`it never showed; last seen: ${JSON.stringify(seen, null, 1)}`, { cause: failure });
}

let bundled: Promise<WorkflowBundle> | undefined;

/** Each call of `inWorld` has its own namespace, store, system and workers. The tests of a file share a server, and begin in the time that it has by then. */
export function worlds(): { inWorld: (test: (world: World) => Promise<void>, systems?: string[]) => () => Promise<void> } {
  const server = new TimeSkippingServer();
  beforeAll(async () => {
    bundled ??= bundle();
    await bundled;
  });
  afterAll(() => server.stop());
  return {
    inWorld:
      (test, systems = ['erp']) =>
      () =>
        runIn(server, test, systems),
  };
}

function sectionOf({ document, number, record }: Revision, wave: string): WaveSection {
  return waveSection(document, number, wave, new Map(), { appliedBy: new Map(), site: separateDuties, heldSince: record.heldSince?.[wave] });
}

/** `systems`: ids of the one system in memory; each has a worker. */
async function runIn(server: TimeSkippingServer, test: (world: World) => Promise<void>, systems: string[]): Promise<void> {
  const environment = await server.environment();
  const database = await createDatabase('workflows');
  const store = acceptedWhenSealed(remembering(await openStore(database.url, { migrate: true })));
  const world = new World(environment, store, await environment.currentTimeMs());
  const options = { connection: environment.nativeConnection, namespace: environment.client.options.namespace, activities: world.activities() };
  const engine = await Worker.create({ ...options, taskQueue: engineTaskQueue, workflowBundle: await bundled! });
  world.site = site({ systems: systems.map((id) => siteSystem(id)) });
  const beside = await Promise.all(
    [recordsTaskQueue, measuringTaskQueue, ...systems.map(systemTaskQueue)].map((taskQueue) => Worker.create({ ...options, taskQueue })),
  );
  try {
    await engine.runUntil(
      beside.reduce(
        (work, worker) => () => worker.runUntil(work),
        async () => {
          await givingUp(test(world));
          await recordsInForm(store, 'test');
        },
      )(),
    );
  } finally {
    await store.close();
    await environment.teardown();
    await database.drop();
  }
}
