/**
 * What a new document means for released packages. A package is released with the definition of one revision. A change of that definition goes live in its
 * own wave; a document that changes it without such a wave is refused before anything is stored (R6).
 */
import { entryOf } from '../entry-of.ts';
import { sha256Hex } from '../canonical.ts';
import type { Plan, RolePackage } from '../plan/schema.ts';
import { changesRelease, systemsOf, type SystemsBefore } from '../plan/section.ts';
import { latestOf, ofPackage, releasesBefore, stands, wavesThatChange, type Release } from './releases.ts';

/** A release with the document of its revision. Lists of them are in the order in which the releases began. */
export interface Released extends Release {
  document: Plan;
}
type Definition = Pick<Released, 'package' | 'document'>;

/** Systems in which earlier releases granted what this wave changes. `releases`: of the plan. */
export function systemsBefore(plan: Plan, waveId: string, releases: Released[]): SystemsBefore {
  const packages = plan.waves.find(({ id }) => id === waveId)?.packages ?? [];
  const changing = packages.filter(({ change }) => changesRelease(change));
  return new Map(changing.map(({ package: id }) => [id, systemsOfReleases(plan, releasesBefore(ofPackage(releases, id), waveId))]));
}

/** Packages that a new revision is sent to: standing releases, and packages that are only observed, which have no release on record. */
export function packagesToTell(document: Plan, revision: number, releases: Released[]): { wave: string; package: string }[] {
  const observed = document.waves.flatMap((wave) =>
    wave.packages.filter(({ change }) => change === 'observe').map((entry) => ({ wave: wave.id, package: entry.package })),
  );
  // A package that was released with this very revision has it.
  const released = releases.filter((release) => stands(release) && release.revision < revision);
  return [...released.map(({ wave, package: id }) => ({ wave, package: id })), ...observed];
}

/** A change of a released package that no wave takes up: what changed, and what to do about it. */
export interface ChangeInPassing {
  package: string;
  wave: string;
  revision: number;
  changed: string[];
  message: string;
}

/** What the document changes without a wave; empty: nothing. `releases`: of the plan; `ended`: waves that have closed or were aborted, which take nothing up. */
export function changesInPassing(plan: Plan, releases: Released[], ended: ReadonlySet<string>): ChangeInPassing[] {
  const ids = [...new Set(releases.map((release) => release.package))];
  return ids.flatMap((id) => {
    const ofThis = ofPackage(releases, id);
    const latest = latestOf(ofThis);
    if (!latest || latest.change === 'retire') return [];
    return changeInPassing(
      plan,
      latest,
      wavesThatChange(plan, id, ofThis).find((wave) => !ended.has(wave)),
    );
  });
}

function changeInPassing(plan: Plan, release: Released, taker: string | undefined): ChangeInPassing[] {
  const { package: id, wave, revision } = release;
  const about = { package: id, wave, revision };
  const changed = releasedChange(plan, release);
  if (changed === 'gone') {
    const message = `'${id}' is released by ${wave} (revision ${revision}) and is not in this plan: keep it in the plan, and retire it in a wave first (change: retire).`;
    return [{ ...about, changed: ['the package'], message }];
  }
  if (changed.length === 0) return [];
  if (taker === undefined) {
    const parts = changed.join(', ');
    const message = `'${id}' is released by ${wave} (revision ${revision}), and this plan changes its ${parts}: add it with change: revise (or retire) to a wave that has not released it yet, or restore the ${parts}.`;
    return [{ ...about, changed, message }];
  }
  const missing = systemsGone(plan, release);
  if (missing.length === 0) return [];
  const message = `'${id}' was granted in ${missing.join(', ')}, which is no longer in this plan: keep the system in the plan until ${taker} has revoked what was granted there.`;
  return [{ ...about, changed: ['systems'], message }];
}

function systemsGone(plan: Plan, { package: id, document }: Definition): string[] {
  const known = new Set(plan.systems);
  return packageOf(document, id)
    .flatMap(systemsOf)
    .filter((system) => !known.has(system));
}

/** What decides access or how it is watched. The owner and texts for people may change in place. */
const parts = ['entitlements', 'legacy', 'people', 'cohortQuery', 'accounts', 'watch', 'tune', 'metrics', 'risk', 'rollback', 'contentIgnores'] as const;
export type ChangedPart = (typeof parts)[number];

/** Names what changed, in a fixed order; `gone`: the new document has no such package. */
export function releasedChange(plan: Plan, { package: id, document }: Definition): ChangedPart[] | 'gone' {
  const [now, then] = [packageOf(plan, id)[0], packageOf(document, id)[0]];
  if (!now) return 'gone';
  if (!then) return [...parts];
  // People and systems that only one document has count as a change of people and entitlements; the others are compared by account.
  const common: Common = {
    people: intersection(now.cohort, then.cohort),
    accessSystems: intersection(namedIn(now), namedIn(then)),
  };
  const [ours, theirs] = [definitionOf(plan, now, common), definitionOf(document, then, common)];
  return parts.filter((part) => sha256Hex(ours[part]) !== sha256Hex(theirs[part]));
}

/** Systems in which the account of a person says something about the package. */
const namedIn = (found: RolePackage): string[] => [...new Set([...systemsOf(found), ...(found.cohortQuery ? [found.cohortQuery.system] : [])])];

function intersection(some: string[], others: string[]): string[] {
  const known = new Set(others);
  return some.filter((one) => known.has(one));
}

interface Common {
  people: string[];
  accessSystems: string[];
}

/** Systems in which these releases granted access and that the plan still has: where a change of the package has something to revoke. */
function systemsOfReleases(plan: Plan, released: Definition[]): string[] {
  const known = new Set(plan.systems);
  return [...new Set(released.flatMap((one) => packageOf(one.document, one.package).flatMap(systemsOf)))].filter((system) => known.has(system)).sort();
}

const packageOf = (plan: Plan, id: string): RolePackage[] => plan.packages.filter((found) => found.id === id);

const metricsOf = ({ metrics }: Plan, { watch }: RolePackage) => {
  const watched = new Set(watch.metrics.map(({ metric }) => metric));
  return metrics.filter((metric) => watched.has(metric.id));
};

function definitionOf(plan: Plan, found: RolePackage, common: Common): Record<ChangedPart, unknown> {
  const members = new Set(common.people);
  const accessSystems = common.accessSystems.toSorted();
  return {
    entitlements: sorted(found.entitlements.map(({ system, role }) => ({ system, role }))),
    legacy: sorted(found.legacy.map(({ system, role, design }) => ({ system, role, design }))),
    people: found.cohort.toSorted(),
    cohortQuery: found.cohortQuery ?? null,
    accounts: sorted(
      plan.people.filter((person) => members.has(person.id)).map(({ id, accounts }) => [id, accessSystems.map((system) => entryOf(accounts, system) ?? id)]),
    ),
    watch: { ...found.watch, confirms: null },
    tune: found.tune,
    metrics: sorted(metricsOf(plan, found).map(({ description: _text, ...measured }) => measured)),
    risk: found.risk,
    rollback: found.rollback.approval,
    contentIgnores: (found.contentIgnores ?? []).toSorted(),
  };
}

const sorted = (items: unknown[]): string[] => items.map((item) => JSON.stringify(item)).sort();
