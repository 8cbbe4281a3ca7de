/** The product's plan for one wave of the bench: one package, one person, one role, in a system that exists only in the worker's memory. */
import type { z } from 'zod';
import type { planSchema } from '../../domain/plan/schema.ts';
import type { WaveSpec } from './side.ts';

export type PlanText = z.input<typeof planSchema>;

/** Where plan days are shorter than real days, plan time begins here. */
export const epoch = '2026-04-06';
const dayMs = 86_400_000;

/** `spec.id` is `<plan>/<wave>`. `nowMs`: the real time at which the plan is applied, which the epoch corresponds to. */
export function planOf(spec: WaveSpec, nowMs: number): PlanText {
  const [plan = '', wave = ''] = spec.id.split('/');
  const { realDayMs } = spec;
  const goLiveMs = realDayMs === undefined ? spec.goLiveMs : Date.parse(epoch) + ((spec.goLiveMs - nowMs) * dayMs) / realDayMs;
  return {
    plan,
    ...(realDayMs === undefined ? {} : { clock: { epoch, day: `${realDayMs / 1_000}s` } }),
    systems: ['erp'],
    people: ['olga', 'otto', 'hugo', 'ines', 'ann'].map((id) => ({ id, name: id, team: 'finance' })),
    operators: ['ines'],
    metrics: [{ id: 'exceptions', description: 'exceptions a day', kind: 'rate', provider: { kind: 'fixed', value: 1 } }],
    packages: [
      {
        id: 'access',
        name: 'Access',
        description: 'What the bench releases',
        owner: 'olga',
        risk: 'low',
        rolloutSteps: ['grant the role'],
        ownerHandoff: 'handed over',
        rollbackPath: ['revoke the role'],
        postLaunchChecks: ['evaluation'],
        maintenanceNote: 'none',
        entitlements: [{ system: 'erp', role: `clerk-${plan}` }],
        legacy: [],
        cohort: ['ann'],
        watch: { length: `${spec.evaluations.length}d`, every: `${spec.evaluations.every}d`, metrics: [{ metric: 'exceptions', tune: { above: 10 } }] },
      },
    ],
    waves: [
      {
        id: wave,
        goLive: `${new Date(goLiveMs).toISOString().slice(0, 19)}Z`,
        window: '365d',
        alsoSigns: spec.alsoSigns,
        packages: [{ package: 'access' }],
      },
    ],
  };
}
