/** One line of the dependency check of a rollback: the code and its fields for programs, `line` for people. An open one names who clears it. */
import { z } from 'zod';

/** A person of the plan, or anyone with this part in it. */
export const clearer = z.union([z.strictObject({ person: z.string() }), z.strictObject({ role: z.enum(['operators']) })]);
export type Clearer = z.output<typeof clearer>;

const dependency = <T extends string, F extends z.ZodRawShape>(code: T, fields: F) =>
  z.strictObject({ code: z.literal(code), clear: z.boolean(), line: z.string(), clearedBy: clearer.exactOptional(), ...fields });

export const dependencyLine = z
  .discriminatedUnion('code', [
    /** A later release of the package stands, and must be rolled back first. */
    dependency('superseded', { wave: z.string() }),
    /** Released packages that build on this one. Empty when it is clear. */
    dependency('builtUpon', { packages: z.array(z.string()) }),
    dependency('unconfirmed', { grants: z.int() }),
    /** Grants that stay because others need them. */
    dependency('shared', { grants: z.int() }),
    dependency('runningJobs', { system: z.string(), jobs: z.int() }),
    /** Systems of this kind do not show whether jobs run. */
    dependency('jobsNotOffered', { system: z.string() }),
    /** The system does not show Rolewave's login whether jobs run. */
    dependency('jobsNotPermitted', { system: z.string() }),
    /** The check itself failed. */
    dependency('notChecked', { problem: z.string() }),
  ])
  .describe('one line of the dependency check; an open one names who clears it');
export type DependencyLine = z.output<typeof dependencyLine>;

/** For people: a person's id, or 'an operator'. */
export const clearerText = (clearedBy: Clearer): string => ('person' in clearedBy ? clearedBy.person : roles[clearedBy.role]);
const roles = { operators: 'an operator' } as const;
