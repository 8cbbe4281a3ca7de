/**
 * Cohorts by query, as activities need them: the answer of now, and what it means for a release (domain/access/cohort.ts).
 *
 * Access is given only by an answer of now. What takes access away, and a rollback, go on by what was believed last while the source does not answer: a rollback
 * never waits for another system than the one that it changes.
 */
import { Context } from '@temporalio/activity';
import { accountsIn } from '../domain/access/build-preview.ts';
import { cohortNow, hasLeft, nobodyAnswered, peopleAnswered, settledPeople, withCohort, type CohortNow } from '../domain/access/cohort.ts';
import { notLater } from '../domain/not-later.ts';
import { keyOf } from '../domain/release/ledger.ts';
import type { ReleaseKey } from '../domain/release/releases.ts';
import { deniedRestore, rightNameOf, systemOf } from '../domain/site/rights.ts';
import { timeZoneOf } from '../domain/site/system-kinds.ts';
import { SystemUnavailable } from '../domain/system-unavailable.ts';
import type { Change, CohortQuery, Plan, RolePackage } from '../domain/plan/schema.ts';
import type { PreviewContent } from '../domain/release/signed-preview.ts';
import type { AsideWork } from '../connectors/connector.ts';
import { asideOf, openSystem, type ActivityDeps } from './deps.ts';
import { asking, isUnavailable, notConfigured, systemError, words } from './failures.ts';
import { persistently } from './measuring.ts';
import type { LoadedRelease } from './release.ts';
import { logRefusal } from './server-texts.ts';
import { withoutPlace } from './system-places.ts';

const answerMs = 35_000;
/** A rollback is urgent. */
const urgentMs = 10_000;

/** People of the cohort whom its query answers now; undefined where the package has no query. Fails as the system does, and when it answers nobody of the cohort. */
export async function answeredNow(
  deps: ActivityDeps,
  plan: Plan,
  rolePackage: RolePackage,
  { withinMs = answerMs, aside }: { withinMs?: number | undefined; aside?: AsideWork } = {},
): Promise<Set<string> | undefined> {
  const { cohortQuery: query, cohort, id } = rolePackage;
  if (!query) return undefined;
  const { system, statement, filter } = query;
  const opened = await openSystem(deps, plan, system);
  const connector = aside ? asideOf(opened, aside) : opened;
  const ask = connector.cohort?.bind(connector);
  if (!ask) throw notConfigured(`system '${system}' is of kind '${connector.kind}', which has no queries of cohorts`);
  const found = systemOf(deps.site(), system);
  const accounts = [...new Set(cohort.map(accountsIn(plan, system)))].sort();
  const asked = {
    plan: plan.plan,
    right: rightNameOf(deps.site(), plan.plan),
    statement,
    filter,
    timeZone: found && timeZoneOf(found),
    accounts,
    rolePackage: id,
  };
  const answer = await inTime(system, withinMs, async (late) => {
    const signal = AbortSignal.any([late, Context.current().cancellationSignal]);
    try {
      // A client may ignore the signal: the release does not wait for it.
      return await notLater(
        late,
        () => new SystemUnavailable(`no answer within ${withinMs / 1_000} s`),
        () => ask(asked, signal),
      );
    } catch (error) {
      logRefusal(error, { plan: plan.plan, package: id, system });
      throw error;
    }
  });
  const people = peopleAnswered(plan, rolePackage, system, answer);
  if (people.size === 0) throw systemError(nobodyAnswered(system));
  return people;
}

/** An urgent question counts the time that it waits for its turn, and the others do not: those of a plan that are slow would else make the next ones fail. */
function inTime<T>(system: string, withinMs: number, ask: (late: AbortSignal) => Promise<T>): Promise<T> {
  const urgent = withinMs <= urgentMs ? AbortSignal.timeout(withinMs) : undefined;
  return withoutPlace(system, () => asking(system, () => ask(urgent ?? AbortSignal.timeout(withinMs))), urgent);
}

/** The plan with the people who are in the cohort now, for a preview. A release that retires a package revokes it from everybody. */
export async function planNow(deps: ActivityDeps, plan: Plan, rolePackage: RolePackage, change: Change | undefined): Promise<Plan> {
  const answered = change === 'retire' ? undefined : await answeredNow(deps, plan, rolePackage, { aside: 'readings' });
  return answered ? withCohort(plan, rolePackage.id, answered) : plan;
}

/** With the cohort as it was signed. */
export function asSigned<T extends Pick<LoadedRelease, 'rolePackage'>>(loaded: T, { cohort }: PreviewContent): T {
  if (!cohort) return loaded;
  const people = new Set(cohort.people);
  return { ...loaded, rolePackage: { ...loaded.rolePackage, cohort: loaded.rolePackage.cohort.filter((person) => people.has(person)) } };
}

export interface CohortOfRelease extends Omit<CohortNow, 'left' | 'joined'> {
  query: CohortQuery;
  /** Sorted. Everybody who joined since it was signed: another system of the release may have granted it to them already, and this one not yet. */
  joined: string[];
  /** People of the cohort who are in the answer. */
  answered: ReadonlySet<string>;
  left: ReadonlySet<string>;
  /** Everybody of the cohort who is not in the answer, whether it was signed for them or not. */
  absent: ReadonlySet<string>;
}

/**
 * Who has left and who has joined since it was signed, by an answer of now; undefined where the package has no query, or is retired. Fails as `answeredNow`. An
 * answer that is believed is recorded.
 */
export async function cohortOf(deps: ActivityDeps, loaded: LoadedRelease, release: ReleaseKey, withinMs?: number): Promise<CohortOfRelease | undefined> {
  const { rolePackage, contents, section, plan } = loaded;
  const { cohortQuery: query } = rolePackage;
  if (!query || section.change === 'retire') return undefined;
  // Before the question, so that an answer that takes long does not replace that of a later question.
  const asked = await deps.store.askCohort(keyOf(release));
  const [answered, ledger] = await Promise.all([answeredNow(deps, plan, rolePackage, { withinMs }), deps.store.ledger(keyOf(release))]);
  if (!answered) return undefined;
  const { signed, inCohort } = signedCohort(contents.values());
  const granted = inCohort.size > 0 ? ledger.flatMap(({ kind, person }) => (kind === 'grant' ? [person] : [])) : [];
  const now = cohortNow(query, answered, { signed: new Set([...signed, ...granted]), inCohort, settled: settledPeople(ledger) });
  const joined = [...answered].filter((person) => !inCohort.has(person) && !signed.has(person)).sort();
  const absent = rolePackage.cohort.filter((person) => !answered.has(person)).sort();
  if (!now.doubt) await deps.store.saveLeftCohort(keyOf(release), absent, asked);
  return { ...now, joined, absent: new Set(absent), query, answered, left: new Set(now.left) };
}

/** Whom it was signed for, and whom the query answered then. */
function signedCohort(contents: Iterable<PreviewContent>): { signed: Set<string>; inCohort: Set<string> } {
  const [signed, inCohort] = [new Set<string>(), new Set<string>()];
  for (const { people, cohort } of contents) {
    for (const { person } of people) signed.add(person);
    for (const person of cohort?.people ?? []) inCohort.add(person);
  }
  return { signed, inCohort };
}

/**
 * As cohortOf, for what gives access: an answer that is not believed gives and takes nothing, and a source that stays away is no reason to hold up a rollback
 * that waits for this activity. Both fail without retry, so that a person is asked.
 */
export async function believedCohort(deps: ActivityDeps, loaded: LoadedRelease, release: ReleaseKey): Promise<CohortOfRelease | undefined> {
  const found = await persistently(deps, () => cohortOf(deps, loaded, release)).catch((error: unknown) => {
    throw isUnavailable(error) ? systemError(`who is in the cohort is not known: ${words(error)}; nothing was granted`) : error;
  });
  if (found?.doubt) throw systemError(`${found.doubt.why}. Nothing was changed`);
  return found;
}

/** People of the cohort to whom nothing is given back, by the answer of now if there is one that is believed, else by the last one. */
export async function absentByNow(deps: ActivityDeps, loaded: LoadedRelease, release: ReleaseKey): Promise<ReadonlySet<string>> {
  const { cohortQuery } = loaded.rolePackage;
  if (!cohortQuery || loaded.section.change === 'retire') return new Set();
  const now = await cohortOf(deps, loaded, release, urgentMs).catch((error: unknown) => {
    Context.current().cancellationSignal.throwIfAborted();
    Context.current().log.warn('who is in the cohort is not known: what was believed last counts', { package: release.package, error: words(error) });
    return undefined;
  });
  return now && !now.doubt ? now.absent : new Set(await deps.store.leftCohort(keyOf(release)));
}

/** What the site denies, and everything to people who are no longer in the cohort. */
export function deniedReturn(
  deps: ActivityDeps,
  { system, people }: PreviewContent,
  absent: ReadonlySet<string>,
): (grant: { role: string; account: string; person?: string }) => string | undefined {
  const denied = deniedRestore(deps.site(), system);
  const personOf = new Map(people.map(({ account, person }) => [account, person]));
  return (grant) => (absent.has(grant.person ?? personOf.get(grant.account) ?? '') ? hasLeft(grant.account) : denied(grant));
}
