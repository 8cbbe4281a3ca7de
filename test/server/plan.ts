/** Plans over the real database of erp.ts. Their clock lets a plan day pass in two seconds, so that a window of days passes in as many moments. */
import type { z } from 'zod';
import type { planSchema } from '../../domain/plan/schema.ts';
import { packageWords } from '../support/package-words.ts';

export type PlanText = z.input<typeof planSchema>;
export const realDayMs = 2_000;
export const planDayMs = 86_400_000;

interface Change {
  /** Account names; person `p1` has the first one, and so on. */
  accounts: string[];
  roles: string[];
  legacy?: string[];
  /** Length of the watch, which looks once a day. */
  length?: string;
  metrics?: NonNullable<PlanText['metrics']>;
  watched?: PlanText['packages'][number]['watch']['metrics'];
  alsoSigns?: string[];
}

/**
 * Plan `id` with the package `access` in the wave `wave-1`, which is dated a day after the plan is applied and may release long after that: as
 * soon as everything is there. olga owns it; ines and hugo are operators; all of them are people to whom the endpoint of the tests gives tokens.
 */
export function erpPlan(id: string, { accounts, roles, legacy = [], length = '4d', metrics = [], watched = [], alsoSigns = [] }: Change): PlanText {
  const cohort = accounts.map((account, index) => ({ id: `p${index + 1}`, name: account, team: 'finance', accounts: { erp: account } }));
  const staff = ['olga', 'otto', 'ines', 'hugo'].map((person) => ({ id: person, name: person, team: 'finance' }));
  const inErp = (role: string) => ({ system: 'erp', role });
  return {
    plan: id,
    clock: { epoch: '2026-04-06', day: `${realDayMs / 1_000}s` },
    systems: [{ id: 'erp', kind: 'postgres', connection: 'ERP_DATABASE_URL' }],
    people: [...staff, ...cohort],
    operators: ['ines', 'hugo'],
    metrics,
    packages: [
      {
        id: 'access',
        name: 'Access',
        description: 'What the test releases',
        owner: 'olga',
        risk: 'low',
        ...packageWords,
        entitlements: roles.map(inErp),
        legacy: legacy.map(inErp),
        cohort: cohort.map((person) => person.id),
        watch: { length, metrics: [{ metric: 'access-drift', tune: { above: 0 } }, ...watched] },
        tune: { attempts: 2, onDrift: 'ask', onMetric: 'ask' },
      },
    ],
    waves: [{ id: 'wave-1', goLive: '2026-04-07', window: '365d', alsoSigns, packages: [{ package: 'access' }] }],
  };
}
