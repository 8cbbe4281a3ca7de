/** Plans with very many packages, all of them released and watched, as an organization has them after a year. */
import { planSchema, type Plan } from '../../domain/plan/schema.ts';
import type { z } from 'zod';

const dayMs = 86_400_000;
const waveOf = 25;
const names = ['Ledger Poster', 'Invoice Clerk', 'Claims Reader', 'Stock Counter', 'Payroll Reviewer', 'Vendor Keeper', 'Report Builder', 'Price Editor'];
const risks = ['low', 'medium', 'high'] as const;
const numbered = (prefix: string, many: number) => Array.from({ length: many }, (_, at) => `${prefix}-${String(at + 1).padStart(4, '0')}`);

export interface BoardPlan {
  plan: Plan;
  /** Ids of packages, by wave. */
  waves: Map<string, string[]>;
}

/** `operators`: they read all of it. Waves have 25 packages each; each package has six people. */
export function boardPlan(id: string, packages: number, operators: string[]): BoardPlan {
  const ids = numbered('package', packages);
  const cohort = numbered('person', 60);
  const owners = numbered('owner', 20);
  const waves = new Map(numbered('wave', Math.ceil(packages / waveOf)).map((wave, at) => [wave, ids.slice(at * waveOf, (at + 1) * waveOf)]));
  const person = (each: string) => ({ id: each, name: each.replaceAll('-', ' '), team: 'finance' });
  const input: z.input<typeof planSchema> = {
    plan: id,
    systems: ['erp'],
    people: [...cohort, ...owners, ...operators].map(person),
    operators,
    metrics: ['exceptions', 'adoption'].map((metric) => ({ id: metric, description: metric, kind: 'rate', provider: { kind: 'fixed', value: 1 } })),
    packages: ids.map((each, at) => ({
      id: each,
      name: `${names[at % names.length]} ${at + 1}`,
      description: 'Posts and reviews what the month needs, and nothing that another role does already',
      owner: owners[at % owners.length] ?? '',
      risk: risks[at % risks.length] ?? 'low',
      rolloutSteps: ['grant the role', 'tell the people'],
      ownerHandoff: 'handed over in the weekly meeting',
      rollbackPath: ['revoke the role', 'restore the old one'],
      postLaunchChecks: ['everybody has posted once'],
      maintenanceNote: 'Nothing changes in the last three days of a month',
      entitlements: [{ system: 'erp', role: `clerk_${each}` }],
      legacy: [],
      cohort: Array.from({ length: 6 }, (_, place) => cohort[(at + place) % cohort.length] ?? ''),
      watch: { length: '21d', every: '1d', metrics: [{ metric: 'exceptions', tune: { above: 3 }, rollback: { above: 9 } }, { metric: 'adoption' }] },
    })),
    waves: [...waves].map(([wave, inWave]) => ({
      id: wave,
      goLive: `${new Date(Date.now() - 3 * dayMs).toISOString().slice(0, 19)}Z`,
      window: '6h',
      alsoSigns: [],
      packages: inWave.map((each) => ({ package: each })),
    })),
  };
  return { plan: planSchema.parse(input), waves };
}
