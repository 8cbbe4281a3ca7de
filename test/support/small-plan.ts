/**
 * The plan for tests about the file itself: how it is read, and what the command says about it. It is valid and has every part once: two systems, four
 * people, two packages, two waves. Tests name places in it by line and column, and replace parts of it. Every other test builds its plan with plan.ts.
 *
 *   loadPlan(smallPlan, 'plan.yaml', { nowMs })
 *   mistakesIn(smallPlanWith(['owner: ana', 'owner: anna']))
 *   parsedSmallPlan((plan) => { plan.packages[0]!.risk = 'high'; })
 */
import { parse } from 'yaml';
import { loadPlan, type LoadOptions } from '../../domain/plan/load.ts';
import { mistakeLine } from '../../domain/plan/mistakes.ts';
import { planSchema, type Plan } from '../../domain/plan/schema.ts';
import type { Site } from '../../domain/site/schema.ts';
import { site, siteSystem } from './site.ts';

export const smallPlan = `plan: small
clock: { epoch: 2026-04-06, day: 2s }
systems:
  - erp
  - lab
people:
  - { id: ana, name: Ana Lima, team: finance }
  - { id: ben, name: Ben Ito, team: finance, email: ben@example.com }
  - { id: eva, name: Eva Roth, team: operations }
  - { id: kim, name: Kim Dahl, team: hr, accounts: { erp: kdahl } }
operators: [eva]
delegates:
  - { of: ana, to: kim, until: 2026-06-01 }
metrics:
  - id: adoption
    description: Share of the people who used it
    kind: ratio
    provider:
      { kind: sql, system: erp, query: 'select 1 as count, 2 as of where :from < :to' }
packages:
  - id: closing
    name: Closing
    description: Month-end close
    owner: ana
    risk: low
    rolloutSteps: [Give it]
    ownerHandoff: Ana takes over
    rollbackPath: [Take it back]
    postLaunchChecks: [Look at it]
    maintenanceNote: None
    entitlements:
      - { system: erp, role: fin_close }
    legacy:
      - { system: erp, role: fin_old }
    cohort: [ben, kim]
    watch:
      length: 14d
      metrics:
        - { metric: adoption, tune: { below: 0.5 }, from: 7d }
        - { metric: access-drift, tune: { above: 0 } }
  - id: intake
    name: Intake
    description: Case intake
    owner: kim
    risk: high
    rolloutSteps: [Give it]
    ownerHandoff: Kim takes over
    rollbackPath: [Take it back]
    postLaunchChecks: [Look at it]
    maintenanceNote: None
    entitlements:
      - { system: erp, role: hr_intake }
    cohort: [ben]
    requires:
      drill: { validFor: 30d, timebox: 1h, signedBy: eva }
    buildsOn: [closing]
    watch:
      length: 7d
      metrics:
        - { metric: access-drift, tune: { above: 0 }, rollback: { above: 5 } }
waves:
  - id: first
    goLive: 2026-04-08
    packages:
      - package: closing
  - id: second
    goLive: 2026-04-15
    after: [first]
    packages:
      - package: intake
`;

/** The small plan with parts replaced. Throws when a part is not there, so that no case can pass by accident. */
export function smallPlanWith(...changes: [from: string, to: string][]): string {
  return changes.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the small plan has no ${JSON.stringify(from)}`);
    return text.replace(from, () => to);
  }, smallPlan);
}

/** A new copy each time; `change` edits it. */
export function parsedSmallPlan(change: (plan: Plan) => void = () => undefined): Plan {
  const plan = planSchema.parse(parse(smallPlan));
  change(plan);
  return plan;
}

/** The site of the small plan: PostgreSQL and a system in memory, of which it may use everything, and one person may do everything. */
export const smallSite: Site = site({
  separationOfDuties: { applierMayBeOnlySigner: true, signerMayBeGranted: true },
  systems: [siteSystem('erp', { kind: 'postgres' }), siteSystem('lab')],
});

/** One line for each mistake, as the command prints it. Empty for a valid plan that its site lets do all of it. */
export function mistakesIn(text: string, options: Partial<LoadOptions> = {}): string[] {
  const loaded = loadPlan(text, 'plan.yaml', { nowMs: Date.parse('2030-01-01T00:00:00Z'), site: smallSite, ...options });
  return loaded.ok ? [] : loaded.mistakes.map(mistakeLine);
}
