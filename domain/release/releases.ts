/**
 * Which releases stand, and what may follow them. A package is released by one wave and then revised by any number of waves; each release builds on the
 * ones before it. All lists are in the order in which the releases began.
 */
import type { Change, Plan } from '../plan/schema.ts';
import { changesRelease } from '../plan/section.ts';

/** Identifies a release: one package of one wave, at any revision. */
export interface ReleaseKey {
  plan: string;
  wave: string;
  package: string;
}

/** One release of a package by one wave, from before its first grant on. */
export interface Release extends ReleaseKey {
  revision: number;
  planDigest: string;
  previewDigest: string;
  change: Change;
  begunAtMs: number;
  /** Rolled back in every system. */
  undone: boolean;
}

type Step = Pick<Release, 'wave' | 'package' | 'change' | 'undone'>;

/** Begun and not rolled back. A package that is only observed was granted nothing. */
export const stands = ({ undone, change }: Pick<Release, 'undone' | 'change'>): boolean => !undone && change !== 'observe';

/** The release that decides what a package grants now; undefined when none stands. `releases`: of one package. */
export const latestOf = <R extends Step>(releases: R[]): R | undefined => releases.findLast(stands);

/** Standing releases that began before the wave's own (all of them while that has not begun). `releases`: of one package. */
export function releasesBefore<R extends Step>(releases: R[], wave: string): R[] {
  const own = releases.findIndex((release) => release.wave === wave);
  return releases.slice(0, own < 0 ? undefined : own).filter(stands);
}

/** The latest standing release that began after the wave's own and so supersedes it. Undefined while the wave's own has not begun. `releases`: of one package. */
export function supersedingRelease<R extends Step>(releases: R[], wave: string): R | undefined {
  const own = releases.findIndex((release) => release.wave === wave);
  return own < 0 ? undefined : latestOf(releases.slice(own + 1));
}

/**
 * Why the wave may not release, revise or retire the package as the plan says, as a sentence; undefined when it may. A release that has begun may continue.
 * `releases`: of all packages of the plan.
 */
export function whyNotNext(plan: Plan, waveId: string, id: string, releases: Step[]): string | undefined {
  const wave = plan.waves.find((one) => one.id === waveId);
  const change = wave?.packages.find((entry) => entry.package === id)?.change;
  if (!wave || !change) return `wave '${waveId}' has no package '${id}'`;
  const begun = ofPackage(releases, id).filter((release) => release.change !== 'observe');
  const latest = latestOf(begun);
  if (change === 'observe' || begun.some((release) => release.wave === waveId && stands(release))) return undefined;
  if (!latest) {
    // After a rollback of the first release, a revision releases the package again: the file still has the wave that was rolled back, and no other may say release.
    if (change === 'release' || (change === 'revise' && begun.length > 0)) return undefined;
    return `'${id}' is not released: nothing to ${change}; ${begun.length > 0 ? 'remove it from this wave' : 'write change: release'}`;
  }
  if (latest.change === 'retire') return `'${id}' was already retired by ${latest.wave}: roll that back, or release a new package under another id`;
  if (change === 'release') return `'${id}' was already released by ${latest.wave}: write change: revise`;
  if (change === 'revise') return undefined;
  const upon = releasedUpon(plan, wave, id, releases);
  return upon && `'${upon}' is released and builds on '${id}': retire it first, or in the same wave`;
}

/** A released package that builds on this one and is not retired with it in the same wave. */
function releasedUpon(plan: Plan, { packages }: Plan['waves'][number], id: string, releases: Step[]): string | undefined {
  const goesToo = new Set(packages.filter(({ change }) => change === 'retire').map((entry) => entry.package));
  return plan.packages.find(({ id: other, buildsOn }) => {
    const latest = latestOf(ofPackage(releases, other));
    return buildsOn.includes(id) && !goesToo.has(other) && latest !== undefined && latest.change !== 'retire';
  })?.id;
}

/** The next wave for a package: the first in the file that has it and has not begun with it. `releases`: of the package. */
export function nextInPlan(plan: Plan, id: string, releases: Step[]): { wave: string; change: Change } | undefined {
  const begun = new Set(releases.map(({ wave }) => wave));
  return wavesOf(plan, id).find(({ wave }) => !begun.has(wave));
}

/**
 * Where every release of a package was rolled back: the wave of the last one, and that which releases the package next, where the plan has one. `releases`: of
 * the package.
 */
export function rolledBackIn(plan: Plan, id: string, releases: Step[]): { wave: string; next?: string } | undefined {
  const begun = releases.filter(({ change }) => change !== 'observe');
  const last = begun.at(-1);
  if (last === undefined || begun.some(stands)) return undefined;
  const next = nextInPlan(plan, id, releases);
  return { wave: last.wave, ...(next ? { next: next.wave } : {}) };
}

/** Waves that can take up a change of a released package: they say revise or retire and have not begun with it. `releases`: of the package. */
export function wavesThatChange(plan: Plan, id: string, releases: Step[]): string[] {
  const begun = new Set(releases.map(({ wave }) => wave));
  return wavesOf(plan, id).flatMap(({ wave, change }) => (changesRelease(change) && !begun.has(wave) ? [wave] : []));
}

export const ofPackage = <R extends Step>(releases: R[], id: string): R[] => releases.filter((release) => release.package === id);

const wavesOf = (plan: Plan, id: string): { wave: string; change: Change }[] =>
  plan.waves.flatMap(({ id: wave, packages }) => packages.filter((entry) => entry.package === id).map(({ change }) => ({ wave, change })));
