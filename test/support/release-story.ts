/** For tests of releases that change earlier ones: one package of one plan through several waves, over one system in memory. */
import type { ActualGrant } from '../../connectors/connector.ts';
import { noneConnector, type NoneConnector } from '../../connectors/none/connector.ts';
import type { Claim } from '../../domain/release/claims.ts';
import type { ReleaseKey } from '../../domain/release/releases.ts';
import type { Receipt } from '../../domain/release/receipt.ts';
import type { Store } from '../../store/contract.ts';
import type { ReleaseRef } from '../../activities/contract.ts';
import { Bench, benchPlan } from './activity-bench.ts';
import { claimsIn } from './claims.ts';
import { saveRevision } from './revisions.ts';
import { roles as rolesIn, type PackageInput } from './plan.ts';

export interface Definition {
  roles: string[];
  cohort: string[];
  legacy?: string[];
}

let number = 0;

/** One package through several waves of one plan. Each step is its own revision. Each story has its own system, because claims are by system. */
export class Story {
  readonly plan = `revisions-${(number += 1)}`;
  readonly id = `erp-${number}`;
  readonly system: NoneConnector;
  readonly #store: Store;
  revision = 0;

  constructor(store: Store, held: ActualGrant[] = []) {
    this.#store = store;
    this.system = noneConnector({ grants: held });
  }

  /** Applies the definition as the next revision, in its own wave. */
  async define(wave: string, change: 'release' | 'revise' | 'retire', { roles, cohort, legacy = [] }: Definition, more: Partial<PackageInput> = {}) {
    const clerks = { id: 'clerks', cohort, entitlements: rolesIn(this.id, ...roles), legacy: rolesIn(this.id, ...legacy), ...more };
    const plan = benchPlan(this.plan, this.id, { packages: [clerks], waves: [{ id: wave, packages: [{ package: 'clerks', change }] }] });
    const made = new Bench(this.#store, plan, { [this.id]: this.system });
    await saveRevision(this.#store, plan, made.key);
    const revision = (this.revision += 1);
    made.ref = () => ({ plan: this.plan, wave, package: 'clerks', revision });
    return made;
  }

  async released(wave: string, change: 'release' | 'revise' | 'retire', definition: Definition, more: Partial<PackageInput> = {}) {
    const made = await this.define(wave, change, definition, more);
    const release = await made.signed('clerks', wave);
    await this.carryOut(made, release);
    return { made, release, at: this.id };
  }

  async carryOut(made: Bench, release: ReleaseRef) {
    await made.run('grantAccess', release, this.id);
    await made.run('verifyAccess', release, this.id);
    return made.run('retireLegacy', release, this.id);
  }

  /** Someone revokes exactly what Rolewave granted. */
  async lose(role: string, account: string): Promise<void> {
    const ours = this.system.held().filter((grant) => grant.role === role && grant.account === account && grant.grantor === 'rolewave');
    await this.system.revoke(ours, async () => undefined);
  }

  /** Another package of some plan claims these grants. */
  async claim(of: ReleaseKey, ...pairs: [role: string, account: string][]): Promise<void> {
    const at = { place: await this.system.place(), system: this.id };
    await this.#store.claim(
      of,
      at,
      pairs.map(([role, account]) => ({ role, account })),
    );
  }

  /** Waves with a claim on the grant. */
  async claimants(role: string, account: string): Promise<string[]> {
    return (await this.claims(role)).filter((claim) => claim.account === account).map(({ wave }) => wave);
  }

  async claims(...roles: string[]): Promise<Claim[]> {
    return claimsIn(this.#store, await this.system.place(), roles);
  }

  held(...grantors: string[]): string[] {
    return this.system
      .held()
      .filter(({ grantor = '' }) => grantors.length === 0 || grantors.includes(grantor))
      .map(({ role, account, grantor }) => (grantors.length === 0 ? `${role} ${account} ${grantor}` : `${role} ${account}`));
  }
}

export type Released = Awaited<ReturnType<Story['released']>>;

/** Each rollback is its own proposal, as in a package's workflow. The first number is left to tests that write it themselves. */
let rollbacks = 1;
export async function rolledBack({ made, release, at }: Released): Promise<Receipt> {
  const approval = await made.record('decide', 'olga', release, {
    proposal: `rollback-${(rollbacks += 1)}`,
    kind: 'rollback',
    answer: 'approve',
    reason: 'back',
  });
  return made.run('rollBackAccess', release, at, { id: 'rollback-1', approval });
}

export const by = (grantor: string, ...pairs: [string, string][]): ActualGrant[] => pairs.map(([role, account]) => ({ role, account, grantor, options: {} }));

export const evaluation = (at: number) => ({ purpose: 'scheduled' as const, startMs: 0, dueMs: at, atEnd: false });
