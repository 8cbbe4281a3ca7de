/** Plans for the real database of erp.ts. A plan day takes two seconds, so that a window of days passes quickly. */
import { people, planInput, roles as inSystem, watch, type PackageInput, type PlanInput } from '../support/plan.ts';

export const realDayMs = 2_000;
export const planDayMs = 86_400_000;

interface Change {
  /** Account names; person `p1` has the first one, and so on. */
  accounts: string[];
  roles: string[];
  legacy?: string[];
  /** Length of the watch, which evaluates once a day. */
  length?: string;
  metrics?: NonNullable<PlanInput['metrics']>;
  watched?: PackageInput['watch']['metrics'];
  alsoSigns?: string[];
}

/**
 * Plan `id` with the package `access` in the wave `wave-1`. Its go-live is a day after the plan is applied, and its window is long, so it is released as
 * soon as it is ready. olga owns it; ines and hugo are operators. The endpoint of the tests issues tokens to all of them.
 */
export function erpPlan(id: string, { accounts, roles, legacy = [], length = '4d', metrics = [], watched = [], alsoSigns = [] }: Change): PlanInput {
  const cohort = accounts.map((account, index) => ({ id: `p${index + 1}`, name: account, team: 'finance', accounts: { erp: account } }));
  return planInput({
    plan: id,
    clock: { epoch: '2026-04-06', day: `${realDayMs / 1_000}s` },
    people: [...people('olga', 'otto', 'ines', 'hugo'), ...cohort],
    metrics,
    packages: [
      {
        id: 'access',
        entitlements: inSystem('erp', ...roles),
        legacy: inSystem('erp', ...legacy),
        cohort: cohort.map((person) => person.id),
        watch: watch(length, ...watched),
        tune: { onDrift: 'ask' },
      },
    ],
    waves: [{ goLive: '2026-04-07', window: '365d', alsoSigns }],
  });
}
