/**
 * A real installation for one test file: the HTTP endpoint, a namespace of its own in the run's Temporal dev server, a store, a database whose access is
 * released, and a worker in its own process, which may be killed.
 */
import { shownOf } from '../../domain/authority/proposals.ts';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSealer, type Sealer } from '../../api/seal.ts';
import { packageWorkflowId, validFor, validFrom, waveWorkflowId, type Message, type MessageOf, type MessageType } from '../../domain/messages.ts';
import type { PackageView } from '../../domain/views/package.ts';
import type { WaveView } from '../../domain/views/wave.ts';
import { freePort } from '../../provision/free-port.ts';
import { startServerProcess, type ServerProcess } from '../../provision/server-process.ts';
import type { Store } from '../../store/contract.ts';
import { openStore } from '../../store/open.ts';
import { startEndpoint, until, type Answered, type Endpoint } from '../support/endpoint.ts';
import { siteSystem, type SiteChange } from '../support/site.ts';
import { startErp, type Erp } from './erp.ts';
import type { PlanInput } from '../support/plan.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const wave = 'wave-1';
const rolePackage = 'access';
/** How long a busy machine may need for what an idle one does in moments. */
export const patienceMs = 90_000;

export class Site {
  readonly api: Endpoint;
  readonly erp: Erp;
  readonly store: Store;
  /** Seals as the endpoint does, with its key. */
  readonly sealer: Sealer;
  /** Additional environment of workers that are started from now on. */
  workerEnv: Record<string, string> = {};
  #worker: ServerProcess | undefined;

  constructor(api: Endpoint, erp: Erp, store: Store, sealer: Sealer) {
    this.api = api;
    this.erp = erp;
    this.store = store;
    this.sealer = sealer;
  }

  // The worker

  async startWorker(): Promise<void> {
    const { home, temporal, databaseUrl, trustedKeysFile, siteFile } = this.api.config;
    const port = await freePort();
    // The state directory is the project's, so that the workflows are bundled once for all tests.
    const { ROLEWAVE_HOME: _, ...env } = process.env;
    this.#worker = await startServerProcess({
      name: 'the worker',
      command: process.execPath,
      args: [join(project, 'worker/main.ts')],
      cwd: project,
      env: {
        ...env,
        TEMPORAL_ADDRESS: temporal.address,
        TEMPORAL_NAMESPACE: temporal.namespace,
        DATABASE_URL: databaseUrl,
        ROLEWAVE_TRUSTED_KEYS_FILE: trustedKeysFile,
        ROLEWAVE_SITE: siteFile,
        ROLEWAVE_DEMO: '1',
        ROLEWAVE_WORKER_HEALTH_PORT: String(port),
        ERP_DATABASE_URL: this.erp.url,
        LOG_LEVEL: 'warn',
        ...this.workerEnv,
      },
      logFile: join(home, 'worker.log'),
      recordFile: join(home, 'worker.json'),
      stopSignal: 'SIGTERM',
      stopTimeoutMs: 30_000,
      readyTimeoutMs: patienceMs,
      isReady: async () => (await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2_000) })).ok,
    });
  }

  /** Kills the worker as a machine failure would: it finishes nothing and logs nothing. Resolves when the process is gone. */
  async killWorker(): Promise<void> {
    const worker = this.#worker;
    if (!worker) throw new Error('no worker runs');
    process.kill(worker.pid, 'SIGKILL');
    await worker.ended;
    await this.stopWorker();
  }

  async stopWorker(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.stop();
  }

  // What people do, over HTTP

  /** Sends a request that must be accepted, at once or, on a busy machine, a moment later. */
  async ask(by: string, method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answered> {
    const answered = await this.api.send(by, method, path, body);
    if (answered.status === 202) {
      const decided = await untilSeen(
        () => this.api.send(by, 'GET', answered.body['statusUrl'] as string),
        (seen) => seen.status === 200 && seen.body['status'] !== 'unknown',
      );
      if (decided.body['status'] === 'accepted') return decided;
      throw new Error(`${method} ${path} by ${by} was refused: ${JSON.stringify(decided.body)}`);
    }
    if (answered.status !== 200) throw new Error(`${method} ${path} by ${by}: ${answered.status} ${JSON.stringify(answered.body)}`);
    return answered;
  }

  async apply(plan: PlanInput): Promise<void> {
    await this.ask('ines', 'POST', '/v1/plans', JSON.stringify(plan));
  }

  /** Sends a message about the package, which the endpoint addresses to the wave or to the package itself. */
  tell(by: string, plan: string, what: string, body: unknown): Promise<Answered> {
    return this.ask(by, 'POST', `/v1/packages/${plan}/${wave}/${rolePackage}/${what}`, body);
  }

  /** Supplies everything except the sign-offs. */
  async prepare(plan: string): Promise<{ planDigest: string; previewDigest: string }> {
    for (const item of ['handoff', 'notices', 'backup']) await this.tell('olga', plan, 'evidence', { item, reference: `${item} is done` });
    const {
      packages: [shown],
    } = await this.untilWave(plan, ({ packages }) => packages[0]?.previewDigest !== undefined);
    return { planDigest: shown!.planDigest, previewDigest: shown!.previewDigest! };
  }

  /** Applies, prepares and signs, so that the access is about to be granted. */
  async release(plan: PlanInput): Promise<void> {
    await this.apply(plan);
    await this.signOff(plan.plan);
  }

  async signOff(plan: string): Promise<void> {
    await this.tell('olga', plan, 'sign-offs', { decision: 'approve', ...(await this.prepare(plan)) });
  }

  /** An operator asks for the rollback and the owner approves it. Returns the receipt line. */
  async rollBack(plan: string): Promise<string | undefined> {
    await this.tell('ines', plan, 'rollback', { reason: 'the test is over' });
    const { proposal } = await this.untilPackage(plan, (view) => view.proposal?.kind === 'rollback' && view.proposal.dependencies !== undefined);
    await this.tell('olga', plan, 'decisions', { ...shownOf(proposal!), answer: 'approve', reason: 'the test is over' });
    return (await this.untilPackage(plan, ({ state }) => state === 'Rolled back')).endedWhy;
  }

  // What people see, over HTTP

  async wave(plan: string): Promise<WaveView> {
    return (await this.ask('ines', 'GET', `/v1/waves/${plan}/${wave}`)).body as unknown as WaveView;
  }

  untilWave(plan: string, shows: (view: WaveView) => boolean): Promise<WaveView> {
    return untilSeen(() => this.wave(plan), shows);
  }

  async package(plan: string): Promise<PackageView> {
    const { running } = (await this.ask('ines', 'GET', `/v1/packages/${plan}/${wave}/${rolePackage}`)).body as { running: PackageView | null };
    if (!running) throw new Error(`'${plan}' is not released`);
    return running;
  }

  untilPackage(plan: string, shows: (view: PackageView) => boolean): Promise<PackageView> {
    return untilSeen(() => this.package(plan), shows);
  }

  // Below the endpoint

  waveHandle = (plan: string) => this.api.client.workflow.getHandle(waveWorkflowId(plan, wave));
  packageHandle = (plan: string) => this.api.client.workflow.getHandle(packageWorkflowId(plan, wave, rolePackage));
  of = (plan: string) => ({ plan, wave, package: rolePackage });

  /** A message as the endpoint would seal it, for tests that send it to Temporal themselves. */
  message<T extends MessageType>(plan: string, by: string, type: T, body: MessageOf<T>['body'], id: string): Message {
    return { id, ...this.of(plan), by, ...validFrom(Date.now(), validFor.waiting), type, body } as Message;
  }

  async close(): Promise<void> {
    // What it still does is about nothing that stays: it would only be waited for.
    if (this.#worker) await this.killWorker();
    await this.store.close();
    await this.api.close();
    await this.erp.close();
  }
}

/** The system `erp` is the database of erp.ts. */
export const erpSite: SiteChange = { systems: [siteSystem('erp', { kind: 'postgres' })] };

/** Starts all of it. `changes`: to the endpoint's configuration. `workerEnv`: additional environment of the worker. */
export async function startSite(
  changes: Parameters<typeof startEndpoint>[0] = {},
  workerEnv: Record<string, string> = {},
  declared: Parameters<typeof startEndpoint>[1] = erpSite,
): Promise<Site> {
  const [api, erp] = await Promise.all([startEndpoint(changes, declared), startErp()]);
  const site = new Site(api, erp, await openStore(api.config.databaseUrl, { migrate: true }), await openSealer(api.config));
  site.workerEnv = workerEnv;
  await site.startWorker();
  return site;
}

/** Like `until`, but a read that fails (no worker yet, not released yet) is repeated. */
export async function untilSeen<T>(read: () => Promise<T>, shows: (seen: T) => boolean): Promise<T> {
  let failure: unknown;
  const attempt = async () => {
    try {
      return { seen: await read() };
    } catch (error) {
      failure = error;
      return {};
    }
  };
  try {
    const found = await until(attempt, (each) => 'seen' in each && shows(each.seen), patienceMs);
    if (!('seen' in found)) throw new Error('nothing was seen');
    return found.seen;
  } catch (error) {
    throw failure === undefined
      ? error
      : new Error(`${String(error)}; the last failure: ${failure instanceof Error ? failure.message : JSON.stringify(failure)}`, { cause: failure });
  }
}
