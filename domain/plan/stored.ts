/**
 * Plans as older releases stored them. A revision is never changed, and what a later release added to plans is not in it: it is read as that release
 * understood it, so that what was signed and released under it goes on as it was.
 */
import { noticesSchema, type Plan } from './schema.ts';

type Older = Partial<Pick<Plan, 'notices' | 'blackouts'>> & Omit<Plan, 'notices' | 'blackouts'>;

export function fromStore(document: Plan): Plan {
  const { notices, blackouts, ...rest }: Older = document;
  // 0.1.0: nobody was told of anything, and one person approved a rollback at every risk.
  if (notices !== undefined && blackouts !== undefined) return document;
  return {
    ...rest,
    notices: notices ?? noticesSchema.parse({}),
    blackouts: blackouts ?? [],
    systems: rest.systems.map((system) => ({ ...system, readOnly: system.readOnly ?? false })),
    packages: rest.packages.map((each) => ({ ...each, rollback: { ...each.rollback, secondPerson: false } })),
    waves: rest.waves.map((wave) => ({ ...wave, packages: wave.packages.map((entry) => ({ ...entry, change: entry.change ?? 'release' })) })),
  };
}
