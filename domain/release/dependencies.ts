/** The dependency check before a rollback; each open line names who clears it. */
import type { Plan } from '../plan/schema.ts';
import type { DependencyLine } from '../views/dependency.ts';
import { claimantOf, isOfAnotherRelease, type Claim } from './claims.ts';
import { pairKey, type LedgerEntry } from './ledger.ts';
import { latestOf, ofPackage, releasesBefore, stands, supersedingRelease, type Release, type ReleaseKey } from './releases.ts';

export interface DependencyFacts {
  release: ReleaseKey;
  owner: string;
  /** The latest revision of the plan. */
  plan: Plan | undefined;
  /** Releases of all packages of the plan, in the order in which they began. */
  releases: Release[];
  /** Entries of this release, in all systems. */
  ledger: LedgerEntry[];
  /** Claims on the roles that this release granted, by this release's system. */
  claims: ReadonlyMap<string, Claim[]>;
  /** Jobs of the release's people that run now, by system. */
  running: ReadonlyMap<string, RunningJobs>;
}

/** One line for people each; or why it is not known: systems of this kind cannot tell, or do not tell Rolewave's login. */
export type RunningJobs = string[] | 'notOffered' | { notPermitted: string };

export function dependencyLines(facts: DependencyFacts): DependencyLine[] {
  const { running, owner } = facts;
  return [
    ...superseded(facts),
    ...builtUpon(facts),
    unconfirmed(facts),
    shared(facts),
    ...[...running].map(([system, jobs]) => runningJobs(system, jobs, owner)),
  ];
}

/** The latest release of a package is rolled back first: it builds on what this one granted. */
function superseded({ release, owner, releases }: DependencyFacts): DependencyLine[] {
  const later = supersedingRelease(ofPackage(releases, release.package), release.wave);
  if (!later) return [];
  const line = `${later.wave} released a later revision of '${release.package}': roll that back first`;
  return [{ code: 'superseded', wave: later.wave, clear: false, line, clearedBy: { person: owner } }];
}

/**
 * Released packages that build on this one are rolled back first; retired ones do not count. A release that only changed the package rolls back to the
 * release before it, and packages that were released before the change can stay on that.
 */
function builtUpon({ release, plan, releases }: DependencyFacts): DependencyLine[] {
  const own = releases.findIndex(({ wave, package: id }) => wave === release.wave && id === release.package);
  const isChange = releasesBefore(ofPackage(releases, release.package), release.wave).length > 0;
  const standing = releases.slice(isChange ? own + 1 : 0).filter(stands);
  const upon = (plan?.packages ?? []).filter(
    ({ id, buildsOn }) =>
      buildsOn.includes(release.package) && standing.some((one) => one.package === id) && latestOf(ofPackage(releases, id))?.change !== 'retire',
  );
  if (upon.length === 0) return [{ code: 'builtUpon', packages: [], clear: true, line: 'no released package builds on this one' }];
  return upon.map(({ id, owner }) => ({
    code: 'builtUpon',
    packages: [id],
    clear: false,
    line: `'${id}' is released and builds on this one: roll it back first`,
    clearedBy: { person: owner },
  }));
}

/** What may still be going on is waited for. Everything else the rollback reads again itself, and leaves what nobody can tell to a person. */
function unconfirmed({ ledger }: DependencyFacts): DependencyLine {
  const running = ledger.filter(({ outcome, pending }) => outcome === 'pending' && pending.length > 0).length;
  const unknown = ledger.filter(({ outcome }) => outcome === 'unknown').length;
  const about = { code: 'unconfirmed', grants: running + unknown } as const;
  if (running > 0) {
    const line = `${grants(running)} may still be changing: an earlier attempt has not ended in the system, or the system does not answer`;
    return { ...about, clear: false, line, clearedBy: { role: 'operators' } };
  }
  if (unknown === 0) return { ...about, clear: true, line: 'every grant is confirmed' };
  return { ...about, clear: true, line: `${grants(unknown)} could not be confirmed: the rollback reads ${unknown === 1 ? 'it' : 'them'} again` };
}

const grants = (count: number) => `${count} ${count === 1 ? 'grant' : 'grants'}`;

/** Grants that others need stay, each with its reason on the receipt. Nobody has to clear that. */
function shared({ release, ledger, claims }: DependencyFacts): DependencyLine {
  const created = Map.groupBy(
    ledger.filter(({ kind, outcome }) => kind === 'grant' && outcome === 'created'),
    ({ system }) => system,
  );
  const needed = new Map<string, number>();
  const staying = new Set<string>();
  for (const [system, entries] of created) {
    const pairs = new Set(entries.map(pairKey));
    for (const claim of claims.get(system) ?? []) {
      if (!isOfAnotherRelease(claim, release) || !pairs.has(pairKey(claim))) continue;
      const name = claimantOf(claim, release, (id) => `'${id}'`);
      needed.set(name, (needed.get(name) ?? 0) + 1);
      staying.add(`${system}\0${pairKey(claim)}`);
    }
  }
  if (needed.size === 0) return { code: 'shared', grants: 0, clear: true, line: 'no other package needs these grants' };
  const parts = [...needed].map(([id, count]) => `${count} ${count === 1 ? 'grant stays' : 'grants stay'}: ${id} needs ${count === 1 ? 'it' : 'them'} too`);
  return { code: 'shared', grants: staying.size, clear: true, line: parts.join('; ') };
}

/** Revoking access under a running job breaks it. The rollback waits for the account's transactions, or a person ends them. */
function runningJobs(system: string, running: RunningJobs, owner: string): DependencyLine {
  if (running === 'notOffered')
    return { code: 'jobsNotOffered', system, clear: true, line: `whether jobs run in ${system} is unknown: systems of its kind do not show it` };
  if ('notPermitted' in running)
    return { code: 'jobsNotPermitted', system, clear: true, line: `whether jobs run in ${system} cannot be seen: ${running.notPermitted}` };
  const about = { code: 'runningJobs', system, jobs: running.length } as const;
  if (running.length === 0) return { ...about, clear: true, line: `no job of these people runs in ${system}` };
  return { ...about, clear: false, line: `${running.length} running in ${system}: ${running.slice(0, 3).join('; ')}`, clearedBy: { person: owner } };
}

/** Nothing is known of what is in the way: an operator finds out why, and the check runs again. */
export const notChecked = (problem: string): DependencyLine => ({
  code: 'notChecked',
  problem,
  clear: false,
  line: `the dependency check could not run: ${problem}`,
  clearedBy: { role: 'operators' },
});
