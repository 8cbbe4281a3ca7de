/**
 * The kinds of systems that a plan may name: what it says about each, and which names of accounts and roles a kind can have. The code that talks
 * to a kind is a connector of the same name, listed in connectors/registry.ts.
 */
import { z } from 'zod';
import { bytesOf, id, text } from './fields.ts';

const common = {
  id,
  description: text.optional(),
  /** Name of the worker's environment variable that holds the connection string; a plan never contains credentials. */
  connection: z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'is the NAME of an environment variable that holds the connection string, such as ERP_DATABASE_URL'),
  /** Opened read-only: for packages that are observed. */
  readOnly: z.boolean().default(false),
};

/** Names only: PostgreSQL reads an offset such as +02:00 with the opposite sign. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const postgres = z.strictObject({
  ...common,
  kind: z.literal('postgres'),
  /** Who used which role when: a statement that returns rows of `account`, `role` and `at` (the last use); may use :roles, :people (accounts), :from, :to. */
  usage: text.optional(),
  /** The time zone in which the plan's statements read local times; the database's own where it says nothing. */
  timeZone: z.string().refine(isTimeZone, 'is not a time zone: write a name such as America/New_York or UTC').optional(),
});
/** In the memory of one worker process: for trying a plan without any system. */
const none = z.strictObject({ ...common, kind: z.literal('none') });

export const systemSchema = z.discriminatedUnion('kind', [postgres, none]);
export type System = z.output<typeof systemSchema>;
export type SystemKind = System['kind'];

interface KindRules {
  /** Why this cannot be the name of an account or role of the system, as the end of a sentence; undefined: it can. */
  nameMistake(name: string): string | undefined;
  /** Whether it takes SQL, so that metrics of the provider `sql` may query it. */
  takesSql: boolean;
}

const postgresNameBytes = 63;

export const systemKinds: Record<SystemKind, KindRules> = {
  postgres: {
    nameMistake: (name) => {
      if (name.includes('\0')) return 'holds a NUL, which no name in PostgreSQL can';
      const bytes = bytesOf(name);
      return bytes > postgresNameBytes ? `has ${bytes} bytes, and PostgreSQL's names have at most ${postgresNameBytes}` : undefined;
    },
    takesSql: true,
  },
  none: { nameMistake: () => undefined, takesSql: false },
};

/** The plan's statement that returns who used which role when; undefined where it has none, or where this kind takes none. */
export const usageStatement = (system: System): string | undefined => ('usage' in system ? system.usage : undefined);

/** The time zone in which the system's statements read local times; undefined: the database's own. */
export const timeZoneOf = (system: System): string | undefined => ('timeZone' in system ? system.timeZone : undefined);

/** The part of a system that decides which access a package grants there, and that is signed: everything except texts for people and what is only read. */
export function signedPart(system: System): Record<string, unknown> {
  const unsigned = new Set(['description', 'readOnly', 'usage']);
  return Object.fromEntries(Object.entries(system).filter(([key]) => !unsigned.has(key)));
}
