/**
 * Cohorts by query: who of the people of a package is in its cohort now, who has left it and who has joined it since the release was signed for.
 *
 * An answer is evidence, and no more than that. Access is given only to people who are in an answer; that somebody is missing in it is believed only while
 * few are missing, because an answer that is cut off or empty looks as if everybody had left (R2).
 */
import type { CohortQuery, Plan, RolePackage } from '../plan/schema.ts';
import type { LedgerEntry } from '../release/ledger.ts';
import type { PreviewContent } from '../release/signed-preview.ts';
import { accountsIn } from './build-preview.ts';

/** From accounts in the system that was asked to people of the cohort; accounts of nobody in it are left out. */
export function peopleAnswered(plan: Plan, { cohort }: Pick<RolePackage, 'cohort'>, system: string, accounts: readonly string[]): Set<string> {
  const answered = new Set(accounts);
  const accountOf = accountsIn(plan, system);
  return new Set(cohort.filter((person) => answered.has(accountOf(person))));
}

/** The plan as if the cohort of this package had nobody but these people. */
export function withCohort(plan: Plan, packageId: string, people: ReadonlySet<string>): Plan {
  const packages = plan.packages.map((each) => (each.id === packageId ? { ...each, cohort: each.cohort.filter((person) => people.has(person)) } : each));
  return { ...plan, packages };
}

/** What an answer means for a release. */
export interface CohortNow {
  /** People who were signed for and are not in the answer, sorted. */
  left: string[];
  /** People who are in the answer and were not when it was signed for, sorted. */
  joined: string[];
  /** Why the answer is not believed where people are missing in it, as a sentence; `missing`: how many. Undefined: it is believed. */
  doubt?: { missing: number; why: string };
}

/**
 * `signed`: the people of the signed previews. `inCohort`: whom the query answered then. `settled`: people from whom a tune has taken the access already, so that
 * it is no news that they are missing.
 */
export function cohortNow(
  { maxLeavers, system }: Pick<CohortQuery, 'maxLeavers' | 'system'>,
  answered: ReadonlySet<string>,
  { signed, inCohort, settled = new Set() }: { signed: ReadonlySet<string>; inCohort: ReadonlySet<string>; settled?: ReadonlySet<string> },
): CohortNow {
  const left = [...signed].filter((person) => !answered.has(person)).sort();
  const joined = [...answered].filter((person) => !inCohort.has(person) && !signed.has(person)).sort();
  const missing = left.filter((person) => !settled.has(person)).length;
  const allowed = maxLeavers ?? Math.max(1, Math.floor(signed.size / 5));
  const nobodyIsLeft = missing > 0 && left.length === signed.size;
  if (missing <= allowed && !nobodyIsLeft) return { left, joined };
  const who = nobodyIsLeft ? 'nobody who was signed for is in it' : `${missing} of the ${signed.size} people who were signed for are missing in it`;
  const limit = nobodyIsLeft && missing <= allowed ? '' : `, and at most ${allowed} may be`;
  return {
    left,
    joined,
    doubt: {
      missing,
      why: `the answer of the cohort's query in '${system}' is not believed: ${who}${limit}. Check the query and its source; if they have left, narrow the package by them, or raise maxLeavers in a revision of it`,
    },
  };
}

/** An answer without anybody of the cohort. */
export const nobodyAnswered = (system: string): string =>
  `the cohort's query in '${system}' answers nobody of the cohort, which looks like a mistake in the query, in its source or in the accounts of the plan: nobody is taken to have left, and nothing was changed`;

/** People who get nothing more of this release, because a tune took it from them or they had left before they got it: it is no news that they are missing. */
export function settledPeople(ledger: readonly LedgerEntry[]): Set<string> {
  const own = Map.groupBy(
    ledger.filter(({ kind }) => kind === 'grant'),
    ({ person }) => person,
  );
  return new Set([...own].flatMap(([person, entries]) => (entries.every(({ withdrawn }) => withdrawn) ? [person] : [])));
}

/** People who joined an open cohort and to whom this release granted something, or tried to, with what is known of their accounts. */
export function joinedBefore({ people }: PreviewContent, ledger: readonly LedgerEntry[]): PreviewContent['people'] {
  const frozen = new Set(people.map(({ person }) => person));
  const found = new Map<string, PreviewContent['people'][number]>();
  for (const { kind, person, account, made, found: before } of ledger) {
    if (kind !== 'grant' || frozen.has(person)) continue;
    const accountId = [...made, ...before].find((grant) => grant.accountId !== undefined)?.accountId ?? found.get(person)?.accountId;
    found.set(person, { person, account, ...(accountId === undefined ? {} : { accountId }) });
  }
  return [...found.values()].sort((one, other) => (one.person < other.person ? -1 : 1));
}

/** People for whom it was not signed, and who have something by this release; since when, real time. Those from whom a tune took it are left out. */
export function joinedSince(signed: ReadonlySet<string>, ledger: readonly LedgerEntry[]): Map<string, number> {
  const since = new Map<string, number>();
  for (const { kind, person, made, outcome, withdrawn, heldSinceMs } of ledger) {
    const hasIt = kind === 'grant' && !withdrawn && (made.length > 0 || outcome === 'preexisting');
    if (!hasIt || signed.has(person) || heldSinceMs === undefined) continue;
    since.set(person, Math.min(heldSinceMs, since.get(person) ?? Infinity));
  }
  return since;
}

/** The signed preview with the people of now: without these who left, and with these who joined. */
export function withPeople(content: PreviewContent, left: ReadonlySet<string>, joined: PreviewContent['people'] = []): PreviewContent {
  return { ...content, people: [...content.people, ...joined].filter(({ person }) => !left.has(person)) };
}

/** These people keep the legacy access that they have. */
export const withoutLegacyOf = (content: PreviewContent, people: ReadonlySet<string>): PreviewContent =>
  people.size === 0 ? content : { ...content, before: content.before.filter(({ person }) => !people.has(person)) };

/** Why nothing is given back to an account of somebody who left. */
export const hasLeft = (account: string): string => `'${account}' has left the cohort`;
