/** A running worker: wires its parts together, and shuts them down in order. */
import { setTimeout as sleep } from 'node:timers/promises';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { InjectedSinks } from '@temporalio/worker';
import { nativeSignature } from '../store/native-signatures.ts';
import { createActivities } from '../activities/index.ts';
import type { ActivityDeps } from '../activities/index.ts';
import { openChannels } from '../channels/open.ts';
import { engineTaskQueue, measuringTaskQueue, noticesTaskQueue, recordsTaskQueue } from '../domain/messages.ts';
import { ensureSearchAttributes } from '../provision/search-attributes.ts';
import type { Store } from '../store/contract.ts';
import { appliedOnly } from '../store/applied-only.ts';
import { openStore } from '../store/open.ts';
import { remembering } from '../store/remembering.ts';
import { bundle, type InterceptorName } from './bundle.ts';
import type { WorkerConfig } from './config.ts';
import { healthOf, serveHealth } from './health.ts';
import type { Health, HealthServer } from './health.ts';
import type { SystemQueueSinks } from './interceptors/system-queues.ts';
import type { Logger } from './logging.ts';
import { firstPlaces } from './first-places.ts';
import { noticeStarter } from './notices.ts';
import { openTelemetry, providersInOwnProcesses } from '../telemetry/providers.ts';
import { openSystems, refuseStoreAsSystem } from './open-systems.ts';
import { runningStateOf } from './running-state.ts';
import { atMostEvery } from '../settings/at-most-every.ts';
import { failingText, WorkflowWatch } from '../settings/failing-workflows.ts';
import { rightNameOf } from '../domain/site/rights.ts';
import { openSite, type CurrentSite } from '../settings/site.ts';
import { openTrustedKeys } from '../settings/trusted-keys.ts';
import { Polling } from './polling.ts';

export interface RunningWorker {
  health(): Promise<Health>;
  /** The address of /healthz and /readyz, if enabled. */
  healthUrl?: string;
  /** Takes no new work, lets running work finish within the grace time, then closes everything. Returns the same promise when called again. */
  shutdown(): Promise<void>;
  /** Resolves after a shutdown; rejects when a part died, after everything is closed. */
  ended: Promise<void>;
}

const reachableWithinMs = 60_000;
const newSystemsEveryMs = 3_000;
/** A worker is ready when it polls what is in use; a store that takes longer to say so is asked again while the worker runs. */
const firstLookMs = 5_000;
const failingEveryMs = 30_000;
const defaultGraceMs = 20_000;
/** Most of them wait, for a turn or for an answer: what runs at a time is limited by plan, in activities/measuring-turns.ts. */
const perMeasuring = { maxConcurrentActivityTaskExecutions: 200, maxConcurrentLocalActivityExecutions: 1 };
/** Each waits for a connection to the store. */
const perRecords = { maxConcurrentActivityTaskExecutions: 32, maxConcurrentLocalActivityExecutions: 1 };
/**
 * Activities: what is sent and what waits for a turn hold twelve at most, and giving messages their instants sixteen: the others only read or write the store
 * (activities/sending.ts). Workflows: thousands may have a task at one instant, and no more of them at a time are the server's and this process's work. Most of
 * those that are open wait for their hour, and one that has left the cache is short to replay.
 */
const perNotices = {
  maxConcurrentActivityTaskExecutions: 40,
  maxConcurrentLocalActivityExecutions: 1,
  maxConcurrentWorkflowTaskExecutions: 2,
  maxConcurrentWorkflowTaskPolls: 2,
  maxCachedWorkflows: 400,
};
/**
 * Checks that ask systems hold fourteen at most, and notices of runs that began before 0.4.0 twelve: the others only read the store (activities/measuring-turns.ts,
 * activities/sending.ts).
 */
const perEngine = { maxConcurrentActivityTaskExecutions: 32, maxConcurrentLocalActivityExecutions: 32 };

/**
 * Waits up to a minute for the store and for Temporal, creates the store's schema and the search attributes, and polls. Throws with one sentence
 * when one is unavailable. The SDK logs to the logger of the installed Runtime, see logging.ts.
 */
export async function startWorker(config: WorkerConfig, logger: Logger): Promise<RunningWorker> {
  const { env, graceMs = defaultGraceMs } = config;
  const { connection: connectionOptions, namespace } = config.temporal;
  const closing: (() => Promise<unknown>)[] = [];
  // Begun first: its files are read while the store and Temporal are connected to.
  const workflowBundle = config.workflows ? bundle({ home: config.home, interceptors: interceptorsOf(config) }) : undefined;
  workflowBundle?.catch(() => undefined);
  try {
    const trustedKeys = await openTrustedKeys(config.trustedKeysFile, logger);
    closing.push(async () => trustedKeys.close());
    const site = await openSite(config.siteFile, logger);
    closing.push(async () => site.close());
    await refuseStoreAsSystem(site.now(), env, config.databaseUrl);
    const store = await reached('the store (DATABASE_URL)', logger, async () =>
      appliedOnly(
        remembering(await openStore(config.databaseUrl, { migrate: true }), (plan) => rightNameOf(site.now(), plan)),
        trustedKeys.now,
        { check: nativeSignature },
      ),
    );
    closing.push(() => store.close());
    const connection = await reached(`Temporal at ${connectionOptions.address}`, logger, () => NativeConnection.connect(connectionOptions));
    closing.unshift(() => connection.close());
    await prepareNamespace(connection, namespace);
    const systems = openSystems(env, { store: config.databaseUrl, lockSecret: await store.lockSecret(), site: site.now });
    const telemetry = openTelemetry(env, { kinds: providersInOwnProcesses(), store: config.databaseUrl });
    closing.unshift(() => Promise.all([systems.closeAll(), telemetry.close()]));
    const activities = createActivities({
      store,
      openSystem: systems.open,
      telemetry,
      runningState: runningStateOf(connection, namespace),
      get trustedKeys() {
        return trustedKeys.now();
      },
      site: site.now,
      allowDemoClock: config.allowDemoClock,
      ...telling(config, connection, site, logger),
    } satisfies ActivityDeps);
    const askPlaces = firstPlaces({ store, site: site.now, openAlone: systems.openAlone, systems: config.systems, logger });
    return await run({ config, logger, store, site, connection, namespace, activities, workflowBundle, graceMs, closing, askPlaces });
  } catch (error) {
    for (const close of closing) await close().catch(() => undefined);
    throw error;
  }
}

const interceptorsOf = ({ allowDemoClock }: WorkerConfig): InterceptorName[] => (allowDemoClock ? ['system-queues'] : ['system-queues', 'no-demo-clock']);

/** Without a channel there is no delivery, and no notice workflow is started. */
function telling(
  { notices, temporal }: WorkerConfig,
  connection: NativeConnection,
  site: CurrentSite,
  logger: Logger,
): Pick<ActivityDeps, 'channels' | 'noticeLinks' | 'startNotices'> {
  if (!notices) return {};
  const channels = openChannels(notices);
  logger.info({ channels: channels.map(({ name }) => name) }, 'delivering notices');
  return { channels, noticeLinks: notices.links, startNotices: noticeStarter(connection, temporal.namespace, site.now, logger) };
}

interface Parts {
  config: WorkerConfig;
  logger: Logger;
  store: Store;
  site: CurrentSite;
  connection: NativeConnection;
  namespace: string;
  activities: ReturnType<typeof createActivities>;
  /** Absent: this process runs no workflows. */
  workflowBundle: ReturnType<typeof bundle> | undefined;
  graceMs: number;
  /** What to close at the end, in order. */
  closing: (() => Promise<unknown>)[];
  /** Of systems that nobody has used yet. */
  askPlaces(stop: AbortSignal): Promise<void>;
}

async function run({
  config,
  logger,
  store,
  site,
  connection,
  namespace,
  activities,
  workflowBundle,
  graceMs,
  closing,
  askPlaces,
}: Parts): Promise<RunningWorker> {
  const stopping = new AbortController();
  const shared = { connection, namespace, activities, shutdownGraceTime: graceMs, shutdownForceTime: graceMs + 10_000 };
  const polling = new Polling({ shared, stopping, store, site, systems: config.systems, logger });
  const watch = new WorkflowWatch(connection, namespace);

  if (workflowBundle) {
    const send = (_: unknown, taskQueue: string) => polling.needs(taskQueue);
    const sinks: InjectedSinks<SystemQueueSinks> = { systemQueues: { needed: { fn: send, callDuringReplay: true } } };
    const workflows = { workflowBundle: await workflowBundle, sinks };
    polling.poll(await Worker.create({ ...shared, ...perEngine, ...workflows, taskQueue: engineTaskQueue }), engineTaskQueue);
    polling.poll(await Worker.create({ ...shared, ...perRecords, taskQueue: recordsTaskQueue }), recordsTaskQueue);
    polling.poll(await Worker.create({ ...shared, ...perMeasuring, taskQueue: measuringTaskQueue }), measuringTaskQueue);
    polling.poll(await Worker.create({ ...shared, ...perNotices, ...workflows, taskQueue: noticesTaskQueue }), noticesTaskQueue);
  }
  const notLooked = 'could not read which systems are in use; those that a workflow needs are polled, and it is tried again';
  const firstLook = polling.pollSystems().catch((error: unknown) => logger.warn({ error }, notLooked));
  await Promise.race([firstLook, sleep(firstLookMs, undefined, { ref: false, signal: stopping.signal }).catch(() => undefined)]);
  const failing = atMostEvery(failingEveryMs, async () => {
    const found = await watch.look();
    if (found.length > 0) logger.error({ workflows: found.map(({ workflowId }) => workflowId) }, `workflow tasks fail again and again: ${failingText(found)}`);
    return found;
  });
  const lookAround = async () => {
    await firstLook;
    await polling.pollSystems();
    await failing().catch(() => undefined);
  };
  const every = (work: () => Promise<void>, whatFailed: string) => everyFewSeconds(work, stopping.signal, (error) => logger.warn({ error }, whatFailed));
  const lookingAround = every(lookAround, notLooked);
  const askingPlaces = every(() => askPlaces(stopping.signal), 'could not read which systems have been asked for their places; retrying');

  const health = () => healthOf({ workers: polling.workers, store, connection, namespace, notPolled: polling.notPolled, failing });
  let healthServer: HealthServer | undefined;
  if (config.healthPort !== undefined) {
    healthServer = await serveHealth(config.healthPort, health);
    closing.unshift(healthServer.close);
  }
  const ended = finish();
  ended.catch(() => undefined);
  logger.info({ taskQueues: [...polling.workers.keys()], health: healthServer?.url }, 'the worker is running');

  /** Waits for the first part to end, ends the others, and closes what they used. */
  async function finish(): Promise<void> {
    await aborted(stopping.signal);
    await Promise.all([lookingAround, askingPlaces, polling.end()]);
    for (const close of closing) await close().catch((error: unknown) => logger.warn({ error }, 'closing failed'));
    if (polling.failure) throw polling.failure;
    logger.info('the worker has ended');
  }

  const shutdown = () => {
    stopping.abort();
    return ended.catch((error: unknown) => logger.error({ error }, 'the worker ended with an error'));
  };
  return { health, ended, shutdown, ...(healthServer ? { healthUrl: healthServer.url } : {}) };
}

/** Plans and the site change while the worker runs: what is new is polled and asked without a restart. */
async function everyFewSeconds(work: () => Promise<void>, stop: AbortSignal, failed: (error: unknown) => void): Promise<void> {
  for (;;) {
    await sleep(newSystemsEveryMs, undefined, { signal: stop }).catch(() => undefined);
    if (stop.aborted) return;
    await work().catch(failed);
  }
}

async function prepareNamespace(connection: NativeConnection, namespace: string): Promise<void> {
  await connection.workflowService.describeNamespace({ namespace }).catch((error: unknown) => {
    throw new Error(
      `Temporal has no namespace '${namespace}', or does not show it to this client: create it with 'temporal operator namespace create', or set TEMPORAL_NAMESPACE`,
      { cause: error },
    );
  });
  await ensureSearchAttributes(connection, namespace).catch((error: unknown) => {
    throw new Error(
      `the search attributes that Rolewave needs could not be created in namespace '${namespace}': ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  });
}

/** Retries for a minute at most: the parts of an installation start in any order. */
async function reached<T>(what: string, logger: Logger, attempt: () => Promise<T>): Promise<T> {
  const until = Date.now() + reachableWithinMs;
  for (let pauseMs = 500; ; pauseMs = Math.min(pauseMs * 2, 5_000)) {
    try {
      return await attempt();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (!passes(error) || Date.now() + pauseMs > until) throw new Error(`${what} cannot be used: ${why}`, { cause: error });
      logger.warn(`${what} does not answer yet: ${why}; retrying`);
      await sleep(pauseMs);
    }
  }
}

/** A wrong password or address does not go away; a server that is starting does. */
function passes(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return (
    error.name === 'TransportError' ||
    /^(ECONN|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|08|57P0)/.test(code) ||
    /terminated|timeout exceeded/.test(error.message) ||
    (error instanceof AggregateError && error.errors.some(passes))
  );
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
