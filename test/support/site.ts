/**
 * Site files for tests. A test states what matters to it; otherwise everybody of plan.ts administers the site, and every plan may use every role of every
 * system.
 *
 *   site()                                                        one system in memory, `erp`
 *   site({ systems: [siteSystem('erp', { kind: 'postgres' })] })
 *   siteFor(plan)                                                 the systems and people of this plan
 */
import { writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import type { z } from 'zod';
import { siteSchema, type Site } from '../../domain/site/schema.ts';

/** As people write it. */
export type SiteInput = z.input<typeof siteSchema>;
export type SiteChange = Partial<SiteInput>;
type SystemInput = NonNullable<SiteInput['systems']>[number];

type SystemChange = Partial<Omit<Extract<SystemInput, { kind: 'postgres' }>, 'kind' | 'id'>> &
  Partial<Pick<Extract<SystemInput, { kind: 'ldap' }>, 'groups' | 'accounts' | 'withoutRevoke'>> & { kind?: SystemInput['kind'] };

const everybody = ['olga', 'otto', 'dora', 'ines', 'hugo', 'sam', 'ann', 'ben', 'cem', 'dea'];

export function siteInput({ systems = [siteSystem()], ...change }: SiteChange = {}): SiteInput {
  return {
    site: 'test',
    administrators: { people: everybody },
    systems,
    plans: [{ plan: '*', systems: systems.map(({ id }) => ({ system: id, roles: ['*', 'table:*', 'schema:*'] })) }],
    // Tests ask again and again until they see what they wait for.
    limits: { readsPerMinute: 100_000, writesPerMinute: 100_000, plansPerMinute: 100_000, revisionsPerPlanAndHour: 100_000, unauthenticatedPerMinute: 100_000 },
    ...change,
  };
}

/** Nobody of plan.ts administers the site, so everyone has only the part that a plan gives them; operators apply every plan. */
export const operatorsApply: SiteChange = {
  administrators: { people: ['root'] },
  plans: [{ plan: '*', apply: { people: ['ines', 'hugo'] }, systems: [{ system: 'erp' }] }],
};

export const site = (change: SiteChange = {}): Site => siteSchema.parse(siteInput(change));

/** The site that lets this plan do everything. `kind`: of its systems. */
export function siteFor(plan: { systems: string[]; people: { id: string }[] }, change: SiteChange = {}, kind: SystemInput['kind'] = 'none'): Site {
  return site({
    administrators: { people: plan.people.map(({ id }) => id) },
    systems: plan.systems.map((id) => siteSystem(id, { kind })),
    ...change,
  });
}

/** A system in memory, unless its kind says otherwise. Its connection string is in ERP_DATABASE_URL. */
export const siteSystem = (id = 'erp', { kind = 'none', ...change }: SystemChange = {}): SystemInput => {
  const system: unknown = { id, kind, connection: { env: 'ERP_DATABASE_URL' }, ...change };
  return system as SystemInput;
};

export const writeSite = (file: string, input: SiteInput = siteInput()): Promise<void> => writeFile(file, stringify(input));
