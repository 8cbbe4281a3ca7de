/** The packages of a scenario: their plans, and what each activity is called with. */
import type { Activities, ReleaseRef } from '../../activities/contract.ts';
import type { ActivityDeps } from '../../activities/deps.ts';
import type { Receipt } from '../../domain/release/receipt.ts';
import type { Plan } from '../../domain/plan/schema.ts';
import type { PreviewContent } from '../../domain/release/signed-preview.ts';
import type { Store } from '../../store/contract.ts';
import { Bench, benchPlan } from '../support/activity-bench.ts';
import type { PackageInput } from '../support/plan.ts';
import { people, roleNames, type PackageSetup, type Scenario } from './scenario.ts';
import type { Run } from './witness.ts';

export interface Released {
  index: number;
  id: string;
  bench: Bench;
  system: string;
  release?: ReleaseRef;
  begun: boolean;
  undone: boolean;
  receipt?: Receipt;
}

/** One activity with what it is called with: plain data, so that another process can run it. */
export interface Task {
  activity: keyof Activities;
  args: unknown[];
}

export const runTask = (bench: Bench, change: Partial<ActivityDeps>, { activity, args }: Task): Promise<unknown> =>
  bench.runWith(change, activity, ...(args as Parameters<Activities[typeof activity]>));

/** Some peers cannot show what a rollback has to know. They are released on all the same, and the witness says what a rollback left there. */
export function releasing(store: Store, plan: Plan): Bench {
  const bench = new Bench(store, plan, {});
  const systems = bench.site.systems.map((system) => ({ ...system, withoutRevoke: 'leave' as const }));
  bench.site = { ...bench.site, systems };
  return bench;
}

/** Applies the plans. `of`: the names of roles and accounts in the server. */
export async function applied(store: Store, { packages, together }: Scenario, mark: string, of: (name: string) => string): Promise<Released[]> {
  const inputs = packages.map((setup, index) => packageInput(setup, `p${index}`));
  const plans = together === 'onePlan' ? [inputs] : inputs.map((input) => [input]);
  const all: Released[] = [];
  for (const [at, some] of plans.entries()) {
    const system = together === 'twoNames' ? `erp${at}` : 'erp';
    const named = some.map((input) => ({ ...input, entitlements: on(system, input.entitlements), legacy: on(system, input.legacy) }));
    const plan = benchPlan(`hostile-${mark}-${at}`, system, { systems: [system], packages: named }, (name) => of(name));
    const bench = releasing(store, plan);
    await bench.apply();
    for (const { id } of some) all.push({ index: all.length, id, bench, system, begun: false, undone: false });
  }
  return all;
}

/** What one activity is called with, however often it runs. `number`: makes ids unique. Undefined: there is nothing that it could be about. */
export async function taskOf(
  { bench, release, system }: Released,
  op: Run['op'],
  { about, content, number }: { about: number; content: PreviewContent | undefined; number: number },
): Promise<Task | undefined> {
  if (!release) return undefined;
  const task = (activity: keyof Activities, ...more: unknown[]): Task => ({ activity, args: [release, system, ...more] });
  const record = (type: 'tune' | 'decide', body: object) => bench.record(type, 'olga', release, body);
  switch (op) {
    case 'grant':
      return task('grantAccess');
    case 'verify':
      return task('verifyAccess');
    case 'retire':
      return task('retireLegacy');
    case 'rollback': {
      const approval = await record('decide', { proposal: `rollback-${number}`, kind: 'rollback', answer: 'approve', reason: 'back' });
      return task('rollBackAccess', { id: 'r', approval });
    }
    case 'reconcile':
    case 'grantMissing':
    case 'retireLegacy':
      return task('tuneAccess', { id: `tune-${number}`, step: op });
    case 'narrow': {
      const person = content?.people[about % Math.max(content.people.length, 1)]?.person;
      if (person === undefined) return undefined;
      if (about % 2 === 0) {
        const id = await record('tune', { step: 'narrow', people: [person], reason: 'left' });
        return task('tuneAccess', { id, step: 'narrow', people: [person] });
      }
      const id = await record('decide', { proposal: `people-${number}`, kind: 'rollback', answer: 'approve', people: [person], reason: 'for one alone' });
      return task('tuneAccess', { id, step: 'narrow', people: [person], restore: true });
    }
    case 'tighten': {
      const entitlement = content?.entitlements[about % content.entitlements.length];
      if (!entitlement) return undefined;
      const what = { system, role: entitlement.role };
      return task('tuneAccess', { id: await record('tune', { step: 'tighten', entitlement: what, reason: 'too much' }), step: 'tighten', entitlement: what });
    }
    case 'preview':
      return undefined;
  }
}

const on = <T extends { role: string }>(system: string, entries: T[] = []) => entries.map((entry) => ({ ...entry, system }));

function packageInput({ uses, cohort }: PackageSetup, id: string): PackageInput & { id: string } {
  const using = (...which: string[]) => roleNames.filter((_, index) => which.includes(uses[index] ?? ''));
  return {
    id,
    cohort: cohort.map((person) => people[person] ?? ''),
    entitlements: using('grant').map((role) => ({ system: 'erp', role })),
    legacy: using('legacy', 'rejected').map((role) => ({
      system: 'erp',
      role,
      ...(uses[roleNames.indexOf(role)] === 'rejected' ? { design: 'rejected' as const } : {}),
    })),
  } as PackageInput & { id: string };
}
