/** A bench for tests of activities: a store, a plan, sealed messages, and activities that run as in a worker, over systems that the test supplies. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { decodeJwt } from 'jose';
import { addressOf, addressText, type Address } from '../../domain/address.ts';
import { DefaultLogger } from '@temporalio/worker';
import type { Connector } from '../../connectors/connector.ts';
import { alsoRead, rulesOf } from '../../domain/plan/incompatible-rules.ts';
import { previewDigest } from '../../domain/access/preview.ts';
import { packageWorkflowId, waveWorkflowId, type MessageType } from '../../domain/messages.ts';
import { noticeRunIds } from '../../domain/notices/notice-run.ts';
import { keyOf } from '../../domain/release/ledger.ts';
import { recordBatch, type RecordBatch } from '../../domain/records.ts';
import { packageDigest } from '../../domain/plan/digest.ts';
import type { Plan } from '../../domain/plan/schema.ts';
import { toReal } from '../../domain/time/plan-clock.ts';
import type { Site } from '../../domain/site/schema.ts';
import type { Store } from '../../store/contract.ts';
import type { Telemetry } from '../../telemetry/provider.ts';
import { acceptedWhenSealed } from './accepted-when-sealed.ts';
import { asPlanned } from './telemetry.ts';
import type { Activities, PackageRef, ReleaseRef } from '../../activities/contract.ts';
import type { ActivityDeps } from '../../activities/deps.ts';
import { createActivities } from '../../activities/index.ts';
import { message, newKey, type SealingKey } from './keys.ts';
import { saveRevision } from './revisions.ts';
import { siteFor } from './site.ts';
import { checked, doraForOlga, planInput, type PlanChange } from './plan.ts';

export const now = Date.parse('2027-03-01T12:00:00Z');
/** All benches are of one site. */
const endpointKey = newKey();

export class Bench {
  readonly store: Store;
  readonly plan: Plan;
  readonly systems: Record<string, Connector>;
  readonly key: SealingKey = endpointKey;
  deps: ActivityDeps;
  site: Site;
  telemetry: Telemetry = asPlanned();
  nowMs = now;

  constructor(store: Store, plan: Plan, systems: Record<string, Connector>) {
    this.store = store;
    this.plan = plan;
    this.site = siteFor(plan);
    this.systems = systems;
    this.deps = {
      store,
      runningState: async () => undefined,
      trustedKeys: [this.key.trusted],
      site: () => this.site,
      allowDemoClock: false,
      now: () => this.nowMs,
      limits: { metricMs: 200, attempts: 2, pauseMs: 1 },
      openSystem: async ({ id }) => {
        const connector = systems[id];
        if (!connector) throw new Error(`system '${id}': the environment variable is not set`);
        return connector;
      },
      telemetry: { read: (query, signal) => this.telemetry.read(query, signal), close: async () => undefined },
    };
  }

  /** Saves the plan as revision 1. */
  async apply(): Promise<void> {
    await saveRevision(this.store, this.plan, this.key);
  }

  /** Runs one activity in its own context. `runWith` first replaces parts of what activities depend on. */
  run<K extends keyof Activities>(name: K, ...args: Parameters<Activities[K]>): Promise<Awaited<ReturnType<Activities[K]>>> {
    return this.runWith({}, name, ...args);
  }

  async runWith<K extends keyof Activities>(
    change: Partial<ActivityDeps>,
    name: K,
    ...args: Parameters<Activities[K]>
  ): Promise<Awaited<ReturnType<Activities[K]>>> {
    type Answer = Awaited<ReturnType<Activities[K]>>;
    const deps = { ...this.deps, ...change };
    const activity = createActivities({ ...deps, store: acceptedWhenSealed(deps.store) })[name] as unknown as (
      ...granted: Parameters<Activities[K]>
    ) => Promise<Answer>;
    return (await quiet(callerOf(name, args[0])).run(activity, ...args)) as Answer;
  }

  /** Takes an evaluation when it is due. */
  evaluate(
    release: ReleaseRef,
    due: Parameters<Activities['evaluate']>[1],
    change: Partial<ActivityDeps> = {},
  ): Promise<Awaited<ReturnType<Activities['evaluate']>>> {
    const realDueMs = toReal(due.dueMs, due.clock);
    return this.runWith({ now: () => Math.max(this.nowMs, realDueMs), ...change }, 'evaluate', release, due);
  }

  ref(packageId = 'clerks', wave = 'wave-1'): PackageRef {
    return { plan: this.plan.plan, wave, package: packageId, revision: 1 };
  }

  /** Previews every system, supplies what a release needs besides its sign-offs, and returns what would be signed. */
  async preview(packageId = 'clerks', wave = 'wave-1', pilot?: string[]): Promise<ReleaseRef> {
    const ref = this.ref(packageId, wave);
    const found = this.plan.packages.filter(({ id }) => id === packageId);
    const own = [...new Set(found.flatMap(({ entitlements, legacy }) => [...entitlements, ...legacy]).map(({ system }) => system))].sort();
    const systems = [
      ...own,
      ...alsoRead(
        found.flatMap((each) => rulesOf(this.plan, each)),
        own,
      ),
    ];
    const parts = await Promise.all(systems.map((system) => this.run('previewSystem', ref, system, pilot)));
    const release = { ...ref, planDigest: packageDigest(this.plan, packageId, wave), previewDigest: previewDigest(parts), parts };
    await this.makeReady(release);
    return release;
  }

  /** Its evidence, except for its risk; that each metric was read; and that the systems are as they were when it was signed. */
  async makeReady(release: ReleaseRef): Promise<void> {
    const { owner = 'olga', requires } = this.plan.packages.find(({ id }) => id === release.package) ?? {};
    const items = ['handoff', 'notices', ...(requires?.backup ? ['backup'] : []), ...(requires?.training ? ['training'] : [])];
    for (const item of items) await this.record('evidence', owner, release, { item, reference: `${item} is done`, waived: false });
    await this.store.saveBaseline({ ...keyOf(release), planDigest: release.planDigest, baseline: {}, readable: [] });
    for (const { system: id } of release.parts) await this.store.saveRecheck({ ...keyOf(release), previewDigest: release.previewDigest, system: id, wider: 0 });
  }

  /** Previews the package and signs it as its owner. */
  async signed(packageId = 'clerks', wave = 'wave-1'): Promise<ReleaseRef> {
    const release = await this.preview(packageId, wave);
    await this.sign(release, 'olga');
    return release;
  }

  /** As `signed`, and its release has begun, though nothing is granted yet. */
  async begun(packageId = 'clerks', wave = 'wave-1'): Promise<ReleaseRef> {
    const release = await this.signed(packageId, wave);
    const { revision, planDigest, previewDigest } = release;
    await this.store.beginRelease({ ...keyOf(release), revision, planDigest, previewDigest, change: 'release' });
    return release;
  }

  sign(release: ReleaseRef, by: string, decision: 'approve' | 'reject' = 'approve', sealing: Sealing = {}): Promise<string> {
    return this.record('signOff', by, release, { decision, planDigest: release.planDigest, previewDigest: release.previewDigest }, sealing);
  }

  /** Records a message in the store as a workflow does, and returns its id. `key`: the key that seals it, if not the endpoint's. */
  async record(
    type: MessageType,
    by: string,
    at: { plan: string; wave: string; package?: string },
    body: unknown,
    { key = this.key, atMs = this.nowMs }: Sealing = {},
  ): Promise<string> {
    const payload = message(type, by, at, body, { atMs });
    await this.store.record(recordBatch({ messages: [{ jws: key.seal(payload) }] }));
    return payload.id;
  }

  async outcomes(release: ReleaseRef, kind: 'grant' | 'retire' = 'grant'): Promise<string[]> {
    return (await this.store.ledger(release)).filter((entry) => entry.kind === kind).map(({ role, account, outcome }) => `${role} ${account} ${outcome}`);
  }
}

/** An activity's context that does not print failures, because tests expect them. */
export const quiet = (workflowId = 'a test'): MockActivityEnvironment =>
  new MockActivityEnvironment({ workflowExecution: { workflowId, runId: 'run' } }, { logger: new DefaultLogger('ERROR') });

/** The wave or package that the records say that they belong to. */
function callerOfRecord({ messages, events, notices, answered }: RecordBatch): string {
  const [sealed] = messages;
  if (sealed) return addressText(addressOf(decodeJwt<Address>(sealed.jws)));
  const id = [...events.map((each) => each.id), ...notices.map((each) => each.id), ...answered.flatMap((each) => each.notices)][0] ?? '';
  return id.split('#')[0] ?? '';
}

/** The workflow that calls this activity in production. */
function callerOf(activity: keyof Activities, subject: unknown): string {
  if (typeof subject === 'string') return noticeRunIds(subject)[0];
  if (activity === 'record') return callerOfRecord(subject as RecordBatch);
  const { plan, wave, package: id } = subject as { plan?: string; wave?: string; package?: string };
  if (plan === undefined || wave === undefined) return 'a test';
  const ofWave = activity === 'previewSystem' || activity === 'recheckSystem' || activity === 'readBaseline';
  return ofWave || id === undefined ? waveWorkflowId(plan, wave) : packageWorkflowId(plan, wave, id);
}

export interface Sealing {
  key?: SealingKey;
  atMs?: number;
}

/**
 * A plan over one system, whose id must be unique to the test: claims are by system, and the store is shared. ines is the only operator, and dora is
 * olga's delegate if olga owns a package. Its waves have gone live and may release for a year.
 * `inServer`: for a real PostgreSQL, the names of roles and accounts there.
 */
export function benchPlan(name: string, on: string, change: PlanChange = {}, inServer?: (name: string) => string): Plan {
  const input = planInput({
    plan: name,
    systems: [on],
    delegates: doraForOlga(change, '2027-06-01'),
    operators: ['ines'],
    ...change,
    waves: (change.waves ?? [{}]).map((each) => ({ window: '365d', ...each })),
  });
  if (!inServer) return checked(input);
  const renamed = <T extends { role: string }>(entitlements: T[] = []) => entitlements.map((each) => ({ ...each, role: inServer(each.role) }));
  return checked({
    ...input,
    people: input.people.map((person) => ({ ...person, accounts: { [on]: inServer(person.id) } })),
    packages: input.packages.map((each) => ({ ...each, entitlements: renamed(each.entitlements), legacy: renamed(each.legacy) })),
  });
}
