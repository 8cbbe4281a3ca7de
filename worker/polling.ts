/** Which task queues this process polls: its own, and those of the systems in use, which come and go with plans. */
import { Worker } from '@temporalio/worker';
import type { NativeConnection } from '@temporalio/worker';
import type { createActivities } from '../activities/index.ts';
import { tasksOfSystem } from '../activities/system-places.ts';
import { engineTaskQueue, measuringTaskQueue, noticesTaskQueue, recordsTaskQueue, systemTaskQueue } from '../domain/messages.ts';
import type { CurrentSite } from '../settings/site.ts';
import type { Store, SystemsInUse } from '../store/contract.ts';
import { knownSystems } from './known-systems.ts';
import type { Logger } from './logging.ts';
import { queuesToPoll } from './queues-to-poll.ts';

/** Polled by each process that runs workflows, whatever plans there are. */
const always: ReadonlySet<string> = new Set([engineTaskQueue, recordsTaskQueue, measuringTaskQueue, noticesTaskQueue]);
/** How long a system is polled after it was last used. */
const keptForMs = 10 * 60_000;
/** Most of them wait: what reads or changes a system at a time is limited by kind of work and plan, in activities/system-places.ts. */
const perSystem = { maxConcurrentActivityTaskExecutions: tasksOfSystem, maxConcurrentLocalActivityExecutions: 1 };

export interface PollingParts {
  /** What all workers of the process share. */
  shared: {
    connection: NativeConnection;
    namespace: string;
    activities: ReturnType<typeof createActivities>;
    shutdownGraceTime: number;
    shutdownForceTime: number;
  };
  /** The process ends when it aborts. A worker that dies aborts it. */
  stopping: AbortController;
  store: Store;
  site: CurrentSite;
  /** The only systems to poll; absent: those in use. */
  systems: string[] | undefined;
  logger: Logger;
}

/** For how long, and for how many, it is looked again whether a system is known by now. */
const unknownForMs = 120_000;
const mostUnknown = 100;

export class Polling {
  /** By task queue. */
  readonly workers = new Map<string, Worker>();
  /** Systems that are in use, and more than this process may poll. */
  notPolled: string[] = [];
  /** Why the first worker died. */
  failure: Error | undefined;
  readonly #parts: PollingParts;
  readonly #inUse: ReturnType<typeof knownSystems>;
  /** What must end before anything is closed. */
  readonly #running = new Set<Promise<void>>();
  readonly #starting = new Map<string, Promise<void>>();
  readonly #retired = new Set<Worker>();
  /** By task queue: when a workflow of this process last sent work to it. */
  readonly #needed = new Map<string, number>();
  readonly #unusedSince = new Map<string, number>();
  /** By task queue: when work was sent to a system that nobody knows here. This process may read the site a moment after the endpoint. */
  readonly #unknown = new Map<string, number>();

  constructor(parts: PollingParts) {
    this.#parts = parts;
    this.#inUse = knownSystems(parts.store);
  }

  poll(worker: Worker, taskQueue: string): void {
    const { stopping } = this.#parts;
    this.workers.set(taskQueue, worker);
    const failed = (error: unknown) => {
      this.failure ??= new Error(`the worker of task queue '${taskQueue}' died: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    };
    this.#follow(
      worker
        .run()
        .catch(failed)
        .then(() => {
          if (!this.#retired.delete(worker)) stopping.abort();
        }),
    );
    if (stopping.signal.aborted) worker.shutdown();
  }

  /** Begins to poll what is in use by now, and ends what has not been for a while. */
  async pollSystems(): Promise<void> {
    const { systems, site, logger } = this.#parts;
    if (systems) {
      for (const id of systems) await this.#pollSystem(systemTaskQueue(id));
      return;
    }
    const nowMs = Date.now();
    for (const [queue, atMs] of this.#needed) if (nowMs - atMs > keptForMs) this.#needed.delete(queue);
    const inUse = await this.#inUse();
    const needed = this.#idsIn(inUse).filter((id) => this.#needed.has(systemTaskQueue(id)));
    const { poll: wanted, leftOut } = queuesToPoll(
      inUse,
      needed,
      site.now().systems.map(({ id }) => id),
      site.now().limits.polledSystems,
    );
    if (leftOut.join() !== this.notPolled.join() && leftOut.length > 0)
      logger.warn(
        { systems: leftOut },
        `${leftOut.length} systems in use are not polled: raise limits.polledSystems in the site file, or start workers with --systems for them`,
      );
    this.notPolled = leftOut;
    for (const id of wanted) await this.#pollSystem(systemTaskQueue(id));
    this.#askAgain();
    const queues = new Set(wanted.map(systemTaskQueue));
    for (const queue of this.workers.keys()) {
      if (always.has(queue) || queues.has(queue)) this.#unusedSince.delete(queue);
      else if (nowMs - (this.#unusedSince.get(queue) ?? nowMs) >= keptForMs) this.#end(queue);
      else this.#unusedSince.set(queue, this.#unusedSince.get(queue) ?? nowMs);
    }
  }

  /** A workflow of this process has work for a system: called for each activity, in every replay too. The store is asked for a queue that is not polled yet and that the site does not have. */
  needs(taskQueue: string): void {
    if (this.workers.has(taskQueue)) this.#needed.set(taskQueue, Date.now());
    else if (!this.#starting.has(taskQueue)) void this.#startOnce(taskQueue, () => this.#pollIfKnown(taskQueue));
  }

  /** Takes no new work, and resolves when what runs has ended. */
  async end(): Promise<void> {
    for (const worker of this.workers.values()) if (worker.getState() === 'RUNNING') worker.shutdown();
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #askAgain(): void {
    const again = [...this.#unknown];
    this.#unknown.clear();
    for (const [queue, sinceMs] of again) {
      if (this.workers.has(queue) || this.#starting.has(queue)) continue;
      void this.#startOnce(queue, () => this.#pollIfKnown(queue, sinceMs));
    }
  }

  #follow(part: Promise<void>): void {
    const followed = part.finally(() => this.#running.delete(followed));
    this.#running.add(followed);
  }

  #startOnce(taskQueue: string, start: () => Promise<void>): Promise<void> {
    const starting = start().finally(() => this.#starting.delete(taskQueue));
    this.#starting.set(taskQueue, starting);
    this.#follow(starting);
    return starting;
  }

  #idsIn({ standing, planned }: SystemsInUse): string[] {
    return [...new Set([...this.#parts.site.now().systems.map(({ id }) => id), ...standing, ...planned])];
  }

  /** Anyone who reaches the namespace can start a workflow that names any number of systems. A system that no plan has yet is in the site: a plan is simulated first. */
  async #pollIfKnown(taskQueue: string, sinceMs = Date.now()): Promise<void> {
    const { systems, site, logger } = this.#parts;
    const isKnown = (id: string) => systemTaskQueue(id) === taskQueue;
    if (systems && !systems.some(isKnown)) return;
    const lookAgain = () => {
      if (Date.now() - sinceMs < unknownForMs && this.#unknown.size < mostUnknown) this.#unknown.set(taskQueue, sinceMs);
    };
    try {
      // What the site has is known without the store, which may take long to say what is in use.
      const isDeclared = site.now().systems.some(({ id }) => isKnown(id));
      if (!isDeclared && !this.#idsIn(await this.#inUse()).some(isKnown)) {
        lookAgain();
        return;
      }
      this.#needed.set(taskQueue, Date.now());
      if (this.workers.size <= site.now().limits.polledSystems) await this.#create(taskQueue);
    } catch (error) {
      lookAgain();
      logger.warn({ error, taskQueue }, 'could not read whether a system that a workflow needs is in use');
    }
  }

  async #pollSystem(taskQueue: string): Promise<void> {
    if (!this.workers.has(taskQueue)) await (this.#starting.get(taskQueue) ?? this.#startOnce(taskQueue, () => this.#create(taskQueue)));
  }

  async #create(taskQueue: string): Promise<void> {
    const { shared, stopping, logger } = this.#parts;
    if (stopping.signal.aborted) return;
    try {
      this.poll(await Worker.create({ ...shared, ...perSystem, taskQueue }), taskQueue);
      logger.info({ taskQueue }, 'polling for a system');
    } catch (error) {
      logger.error({ error, taskQueue }, 'could not poll for a system; retrying');
    }
  }

  /** What no plan and no standing release uses any more. What is still being done there is waited for. */
  #end(taskQueue: string): void {
    const worker = this.workers.get(taskQueue);
    if (!worker || worker.getState() !== 'RUNNING' || worker.getStatus().numInFlightActivities > 0) return;
    this.#retired.add(worker);
    this.workers.delete(taskQueue);
    worker.shutdown();
    this.#parts.logger.info({ taskQueue }, 'the system is no longer in use, and no longer polled');
  }
}
