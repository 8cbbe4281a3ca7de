/** Who gets which entitlements: a matrix of a real company, or a generated cohort. Names begin with `prefix`, so that each side has groups of its own. */
import type { Workload } from '../sides.ts';

const numbered = (prefix: string, many: number) => Array.from({ length: many }, (_, at) => `${prefix}${at + 1}`);
const personName = (number: string): string => `person${number}`;

/** One package: all of its people get all of its entitlements. */
export const cohortOf = (people: number, entitlements: number, prefix: string): Workload => ({
  name: `${people} people × ${entitlements} entitlements`,
  packages: [{ roles: numbered(`${prefix}-entitlement`, entitlements), accounts: numbered('person', people) }],
});

/** Packages of one entitlement and as many people each, which nobody shares. */
export const teamsOf = (teams: number, people: number, prefix: string): Workload => ({
  name: `${teams} packages of ${people} people`,
  packages: Array.from({ length: teams }, (_, at) => ({ roles: [`${prefix}-entitlement${at + 1}`], accounts: numbered(`person${at + 1}-`, people) })),
});

/**
 * `text`: `user permission` a line, as data sets of role mining have it. Permissions that the same people hold become one package, so that packages together
 * grant each pair once and nothing else. Throws where a line is no pair.
 */
export function workloadOfMatrix(text: string, prefix: string): Workload {
  const holders = new Map<string, Set<string>>();
  const people = new Set<string>();
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const [user = '', permission = '', ...rest] = line.trim().split(/\s+/);
    if (!/^\d+$/.test(user) || !/^\d+$/.test(permission) || rest.length > 0)
      throw new Error(`line ${at + 1} of the matrix is '${line.slice(0, 80)}': write the number of a user and of a permission`);
    holders.set(permission, (holders.get(permission) ?? new Set()).add(user));
    people.add(user);
  }
  if (people.size === 0) throw new Error('the matrix has no lines: write the number of a user and of a permission in each');
  const packages = [...Map.groupBy(holders, ([, of]) => [...of].toSorted().join(',')).values()].map((alike) => ({
    roles: alike.map(([permission]) => `${prefix}-permission${permission}`),
    accounts: [...(alike[0]?.[1] ?? [])].map((user) => personName(user)),
  }));
  const grants = [...holders.values()].reduce((sum, { size }) => sum + size, 0);
  return { name: `a company's ${grants} grants of ${people.size} people`, packages };
}
