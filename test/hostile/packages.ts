/** The packages of a scenario: their plans, and what each activity is called with. */
import type { ReleaseRef } from '../../activities/contract.ts';
import type { ActivityDeps } from '../../activities/deps.ts';
import type { Receipt } from '../../domain/release/receipt.ts';
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

/** Runs an activity, with these dependencies changed. */
export type Work = (change: Partial<ActivityDeps>) => Promise<unknown>;

/** Applies the plans. `of`: the names of roles and accounts in the server. */
export async function applied(store: Store, { packages, together }: Scenario, mark: string, of: (name: string) => string): Promise<Released[]> {
  const inputs = packages.map((setup, index) => packageInput(setup, `p${index}`));
  const plans = together === 'onePlan' ? [inputs] : inputs.map((input) => [input]);
  const all: Released[] = [];
  for (const [at, some] of plans.entries()) {
    const system = together === 'twoNames' ? `erp${at}` : 'erp';
    const named = some.map((input) => ({ ...input, entitlements: on(system, input.entitlements), legacy: on(system, input.legacy) }));
    const plan = benchPlan(`hostile-${mark}-${at}`, system, { systems: [system], packages: named }, (name) => of(name));
    const bench = new Bench(store, plan, {});
    await bench.apply();
    for (const { id } of some) all.push({ index: all.length, id, bench, system, begun: false, undone: false });
  }
  return all;
}

/** What one activity is called with, however often it runs. `number`: makes ids unique. Undefined: there is nothing that it could be about. */
export async function workOf(
  one: Released,
  op: Run['op'],
  { about, content, number }: { about: number; content: PreviewContent | undefined; number: number },
): Promise<Work | undefined> {
  const { bench, release, system } = one;
  if (!release) return undefined;
  const tune = (tuned: Parameters<typeof tuneOf>[1]) => tuneOf(one, tuned);
  switch (op) {
    case 'grant':
      return (change) => bench.runWith(change, 'grantAccess', release, system);
    case 'verify':
      return (change) => bench.runWith(change, 'verifyAccess', release, system);
    case 'retire':
      return (change) => bench.runWith(change, 'retireLegacy', release, system);
    case 'rollback': {
      const body = { proposal: `rollback-${number}`, kind: 'rollback', answer: 'approve', reason: 'back' };
      const approval = await bench.record('decide', 'olga', release, body);
      return (change) => bench.runWith(change, 'rollBackAccess', release, system, { id: 'r', approval });
    }
    case 'reconcile':
    case 'grantMissing':
    case 'retireLegacy':
      return tune({ id: `tune-${number}`, step: op });
    case 'narrow': {
      const person = content?.people[about % Math.max(content.people.length, 1)]?.person;
      if (person === undefined) return undefined;
      if (about % 2 === 0)
        return tune({
          id: await bench.record('tune', 'olga', release, { step: 'narrow', people: [person], reason: 'left' }),
          step: 'narrow',
          people: [person],
        });
      const body = { proposal: `people-${number}`, kind: 'rollback', answer: 'approve', people: [person], reason: 'for one alone' };
      return tune({ id: await bench.record('decide', 'olga', release, body), step: 'narrow', people: [person], restore: true });
    }
    case 'tighten': {
      const entitlement = content?.entitlements[about % content.entitlements.length];
      if (!entitlement) return undefined;
      const what = { system, role: entitlement.role };
      return tune({
        id: await bench.record('tune', 'olga', release, { step: 'tighten', entitlement: what, reason: 'too much' }),
        step: 'tighten',
        entitlement: what,
      });
    }
    case 'preview':
      return undefined;
  }
}

const tuneOf =
  ({ bench, release, system }: Released, tune: Parameters<Bench['run']>[3] & object): Work =>
  (change) =>
    bench.runWith(change, 'tuneAccess', release as ReleaseRef, system, tune as never);

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
