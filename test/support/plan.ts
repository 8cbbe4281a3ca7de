/**
 * Plans for tests. A test states what matters to it, and the rest is as little as Rolewave accepts: olga's package `clerks` grants ann, ben and cem two
 * roles in place of two old ones, in the system `erp`, in the wave `wave-1`.
 *
 *   plan()
 *   plan({ packages: [{ risk: 'high' }] })                              the same at high risk
 *   plan({ packages: [{}, { id: 'posters', buildsOn: ['clerks'] }] })   two packages in one wave
 *   plan({ systems: ['lab'] })                                          packages use the plan's first system
 *   plan({ waves: [{}, { packages: [{ package: 'clerks', change: 'retire' }] }] })
 *   planFile({ operators: ['hugo'] })                                   as people write it, in YAML
 *
 * A plan that breaks a rule is refused, so that no test uses one by mistake.
 */
import { stringify } from 'yaml';
import type { z } from 'zod';
import { pathText } from '../../domain/plan/places.ts';
import { ruleFindings } from '../../domain/plan/rules.ts';
import { planSchema, type Plan } from '../../domain/plan/schema.ts';

/** As people write it: durations and dates as text. */
export type PlanInput = z.input<typeof planSchema>;
export type PackageInput = PlanInput['packages'][number];
export type WaveInput = PlanInput['waves'][number];

/** Packages and waves are changes to the usual one, `id` included. Every other part replaces the usual one. */
export interface PlanChange extends Partial<Omit<PlanInput, 'packages' | 'waves'>> {
  packages?: Partial<PackageInput>[];
  waves?: Partial<WaveInput>[];
}

export const plan = (change: PlanChange = {}): Plan => checked(planInput(change));

/** Checks a plan by the schema and by the rules across the file. Throws with what is wrong. */
export function checked(input: PlanInput): Plan {
  const made = planSchema.parse(input);
  // All waves count as started, so that a test may use dates in the past.
  const [broken] = ruleFindings(made, { planNowMs: Infinity, startedWaves: new Set(made.waves.map(({ id }) => id)) }, 1);
  if (broken) throw new Error(`this plan breaks a rule: ${pathText(broken.path)} ${broken.say()}`);
  return made;
}

export const planFile = (change: PlanChange = {}): string => stringify(planInput(change));

export function planInput({ packages: changes = [{}], waves = [{}], ...change }: PlanChange = {}): PlanInput {
  const systems = change.systems ?? ['erp'];
  const packages = changes.map((each) => ({ ...rolePackage(systems[0]!, each.id), ...each }));
  return {
    plan: 'test',
    people: people(...usualPeople),
    operators: ['ines', 'hugo'],
    ...change,
    systems,
    packages,
    waves: waves.map((each, index) => ({
      id: `wave-${index + 1}`,
      // A test that sets a status also decides whether there is a date.
      ...(each.status === undefined ? { goLive: '2027-03-01' } : {}),
      packages: packages.slice(...(waves.length === 1 ? [0] : [index, index + 1])).map(({ id }) => ({ package: id })),
      ...each,
    })),
  };
}

/** A package whose name is its id. Its roles are in the system `on`. */
function rolePackage(on: string, id = 'clerks'): PackageInput {
  return {
    id,
    name: id,
    description: 'A package of the tests',
    owner: 'olga',
    risk: 'low',
    rolloutSteps: ['Grant the roles'],
    ownerHandoff: 'Handed over',
    rollbackPath: ['Revoke the roles'],
    postLaunchChecks: ['Evaluate the metrics'],
    maintenanceNote: 'None',
    entitlements: roles(on, 'clerk', 'reader'),
    legacy: [...roles(on, 'old_reader'), { system: on, role: 'old_admin', design: 'rejected' }],
    cohort: ['ann', 'ben', 'cem'],
    watch: watch(),
  };
}

/** Of every plan that names no others. */
export const usualPeople = ['olga', 'otto', 'dora', 'ines', 'hugo', 'sam', 'ann', 'ben', 'cem', 'dea'];

/** People of the team `finance`. Their names and accounts are their ids. */
export const people = (...ids: string[]): PlanInput['people'] => ids.map((id) => ({ id, name: id, team: 'finance' }));

/** Makes dora olga's delegate if olga owns a package, because a person who owns nothing has nothing to delegate. */
export const doraForOlga = ({ packages = [{}] }: PlanChange, until: string): NonNullable<PlanInput['delegates']> =>
  packages.some(({ owner = 'olga' }) => owner === 'olga') ? [{ of: 'olga', to: 'dora', until }] : [];

export const roles = (on: string, ...names: string[]): PackageInput['entitlements'] => names.map((role) => ({ system: on, role }));

/** A watch of access drift and of these metrics. Each is a metric's id, or a metric with its bounds. */
export function watch(length = '14d', ...metrics: (string | PackageInput['watch']['metrics'][number])[]): PackageInput['watch'] {
  const watched = metrics.map((each) => (typeof each === 'string' ? { metric: each, tune: { above: 0 } } : each));
  return { length, metrics: [{ metric: 'access-drift', tune: { above: 0 } }, ...watched] };
}

/** A gauge that is always 1, unless its kind and provider say otherwise. */
export const metric = (id: string, change: Partial<NonNullable<PlanInput['metrics']>[number]> = {}): NonNullable<PlanInput['metrics']>[number] => ({
  id,
  description: id,
  kind: 'gauge',
  provider: { kind: 'fixed', value: 1 },
  ...change,
});
