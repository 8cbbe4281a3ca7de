/** A bench for tests of activities: a store, a plan, sealed messages, and activities that run as in a worker, over systems that the test supplies. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { Connector } from '../../connectors/connector.ts';
import { previewDigest } from '../../domain/access/preview.ts';
import type { MessageType } from '../../domain/messages.ts';
import { recordBatch } from '../../domain/records.ts';
import { packageDigest } from '../../domain/plan/digest.ts';
import type { Plan } from '../../domain/plan/schema.ts';
import type { Site } from '../../domain/site/schema.ts';
import type { Store } from '../../store/contract.ts';
import type { Telemetry } from '../../telemetry/provider.ts';
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
    const activity = createActivities({ ...this.deps, ...change })[name] as unknown as (...granted: Parameters<Activities[K]>) => Promise<Answer>;
    return (await quiet().run(activity, ...args)) as Answer;
  }

  ref(packageId = 'clerks', wave = 'wave-1'): PackageRef {
    return { plan: this.plan.plan, wave, package: packageId, revision: 1 };
  }

  /** Previews every system and returns what would be signed. */
  async preview(packageId = 'clerks', wave = 'wave-1', pilot?: string[]): Promise<ReleaseRef> {
    const ref = this.ref(packageId, wave);
    const found = this.plan.packages.filter(({ id }) => id === packageId);
    const systems = [...new Set(found.flatMap(({ entitlements, legacy }) => [...entitlements, ...legacy]).map(({ system }) => system))].sort();
    const parts = await Promise.all(systems.map((system) => this.run('previewSystem', ref, system, pilot)));
    return { ...ref, planDigest: packageDigest(this.plan, packageId, wave), previewDigest: previewDigest(parts), parts };
  }

  /** Previews the package and signs it as its owner. */
  async signed(packageId = 'clerks', wave = 'wave-1'): Promise<ReleaseRef> {
    const release = await this.preview(packageId, wave);
    await this.sign(release, 'olga');
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
    await this.store.record(recordBatch({ messages: [{ jws: key.seal(payload), acceptedAtMs: (this.#accepted += 1) }] }));
    return payload.id;
  }

  #accepted = now;

  async outcomes(release: ReleaseRef, kind: 'grant' | 'retire' = 'grant'): Promise<string[]> {
    return (await this.store.ledger(release)).filter((entry) => entry.kind === kind).map(({ role, account, outcome }) => `${role} ${account} ${outcome}`);
  }
}

/** An activity's context that does not print failures, because tests expect them. */
export const quiet = (): MockActivityEnvironment => new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });

export interface Sealing {
  key?: SealingKey;
  atMs?: number;
}

/**
 * A plan over one system, whose id must be unique to the test: claims are by system, and the store is shared. ines is the only operator, and dora is
 * olga's delegate if olga owns a package.
 * `inServer`: for a real PostgreSQL, the names of roles and accounts there.
 */
export function benchPlan(name: string, on: string, change: PlanChange = {}, inServer?: (name: string) => string): Plan {
  const input = planInput({
    plan: name,
    systems: [on],
    delegates: doraForOlga(change, '2027-06-01'),
    operators: ['ines'],
    ...change,
  });
  if (!inServer) return checked(input);
  const renamed = <T extends { role: string }>(entitlements: T[] = []) => entitlements.map((each) => ({ ...each, role: inServer(each.role) }));
  return checked({
    ...input,
    people: input.people.map((person) => ({ ...person, accounts: { [on]: inServer(person.id) } })),
    packages: input.packages.map((each) => ({ ...each, entitlements: renamed(each.entitlements), legacy: renamed(each.legacy) })),
  });
}
