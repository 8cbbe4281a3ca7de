/** Filters rows by what one person may read (domain/authority/who-reads.ts). */
import type { InFull } from '../domain/authority/who-reads.ts';

/** Rows of a table with an address that one person reads in full, by parameters from `$first` on. */
export const inFullClause = (first: number): string =>
  `($${first}::text[] is null or plan = any($${first})
     or (wave = '' and plan = any($${first + 1}::text[]))
     or (plan, wave) in (select * from unnest($${first + 2}::text[], $${first + 3}::text[]))
     or (package = '' and (plan, wave) in (select * from unnest($${first + 4}::text[], $${first + 5}::text[])))
     or (package <> '' and (plan, package) in (select * from unnest($${first + 6}::text[], $${first + 7}::text[]))))`;

export const inFullParameters = (inFull: InFull | undefined): (string[] | null)[] =>
  inFull
    ? [
        inFull.plans,
        inFull.acting,
        inFull.waves.map(({ plan }) => plan),
        inFull.waves.map(({ wave }) => wave),
        inFull.partly.map(({ plan }) => plan),
        inFull.partly.map(({ wave }) => wave),
        inFull.packages.map(({ plan }) => plan),
        inFull.packages.map((each) => each.package),
      ]
    : Array.from({ length: 8 }, () => null);
