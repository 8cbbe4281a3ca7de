/** What must be clear before a release is rolled back; each open line names who clears it. */
import type { Plan } from '../plan/schema.ts';
import { claimantOf, isOfAnotherRelease, type Claim } from './claims.ts';
import { pairKey, type LedgerEntry } from './ledger.ts';
import type { DependencyLine } from './receipt.ts';
import { latestOf, ofPackage, releasesBefore, stands, supersedingRelease, type Release, type ReleaseKey } from './releases.ts';

export interface DependencyFacts {
  release: ReleaseKey;
  owner: string;
  /** The latest revision of the plan. */
  plan: Plan | undefined;
  /** Of all packages of the plan, in the order in which they began. */
  releases: Release[];
  /** Of this release, in all systems. */
  ledger: LedgerEntry[];
  /** Claims on the roles that this release granted, by system. */
  claims: ReadonlyMap<string, Claim[]>;
  /** Transactions of the release's people that run now, by system; undefined where the system does not show them. */
  running: ReadonlyMap<string, string[] | undefined>;
}

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

/** The latest release of a package is rolled back first: it rests on what this one granted. */
function superseded({ release, owner, releases }: DependencyFacts): DependencyLine[] {
  const later = supersedingRelease(ofPackage(releases, release.package), release.wave);
  return later ? [{ line: `${later.wave} released '${release.package}' anew: roll that back first`, clear: false, clearedBy: owner }] : [];
}

/**
 * Released packages that build on this one go first; not those that were retired. A release that only changed the package goes back to the release before
 * it: those that were released before the change were content with that.
 */
function builtUpon({ release, plan, releases }: DependencyFacts): DependencyLine[] {
  const own = releases.findIndex(({ wave, package: id }) => wave === release.wave && id === release.package);
  const isChange = releasesBefore(ofPackage(releases, release.package), release.wave).length > 0;
  const resting = releases.slice(isChange ? own + 1 : 0).filter(stands);
  const upon = (plan?.packages ?? []).filter(
    ({ id, buildsOn }) =>
      buildsOn.includes(release.package) && resting.some((one) => one.package === id) && latestOf(ofPackage(releases, id))?.change !== 'retire',
  );
  if (upon.length === 0) return [{ line: 'no released package builds on this one', clear: true }];
  return upon.map(({ id, owner }) => ({ line: `'${id}' is released and builds on this one: roll it back first`, clear: false, clearedBy: owner }));
}

function unconfirmed({ ledger, owner }: DependencyFacts): DependencyLine {
  const unknown = ledger.filter(({ outcome }) => outcome === 'unknown').length;
  if (unknown === 0) return { line: 'every grant is confirmed', clear: true };
  const line = `${unknown} ${unknown === 1 ? 'grant' : 'grants'} could not be confirmed: reconcile, which reads them again, or put them right by hand`;
  return { line, clear: false, clearedBy: owner };
}

/** Grants that others need stay, each with its reason on the receipt; nobody has to clear that. */
function shared({ release, ledger, claims }: DependencyFacts): DependencyLine {
  const created = Map.groupBy(
    ledger.filter(({ kind, outcome }) => kind === 'grant' && outcome === 'created'),
    ({ system }) => system,
  );
  const needed = new Map<string, number>();
  for (const [system, entries] of created) {
    const pairs = new Set(entries.map(pairKey));
    for (const claim of claims.get(system) ?? []) {
      if (!isOfAnotherRelease(claim, release) || !pairs.has(pairKey(claim))) continue;
      const name = claimantOf(claim, release, (id) => `'${id}'`);
      needed.set(name, (needed.get(name) ?? 0) + 1);
    }
  }
  if (needed.size === 0) return { line: 'no other package needs these grants', clear: true };
  const parts = [...needed].map(([id, count]) => `${count} ${count === 1 ? 'grant stays' : 'grants stay'}: ${id} needs ${count === 1 ? 'it' : 'them'} too`);
  return { line: parts.join('; '), clear: true };
}

/** Revoking access under a running job breaks it in the middle; its account's transactions are waited for, or ended by a person. */
function runningJobs(system: string, running: string[] | undefined, owner: string): DependencyLine {
  if (running === undefined) return { line: `whether jobs run in ${system} could not be seen: its login may not look at other sessions`, clear: true };
  if (running.length === 0) return { line: `no job of these people runs in ${system}`, clear: true };
  return { line: `${running.length} running in ${system}: ${running.slice(0, 3).join('; ')}`, clear: false, clearedBy: owner };
}
