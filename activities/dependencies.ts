/** Questions to the store about other packages and waves: what must be clear before a rollback, and which waves are out already. */
import { waveWorkflowId } from '../domain/messages.ts';
import { receiptLine, type DependencyLine } from '../domain/release/receipt.ts';
import type { Plan } from '../domain/plan/schema.ts';
import type { PackageState } from '../domain/states.ts';
import type { PackageView, WaveView } from '../domain/views.ts';
import type { TelemetryActivities } from './contract.ts';
import { openSystem, type ActivityDeps } from './deps.ts';
import { asking, notFound } from './failures.ts';
import { keyOf } from './granting.ts';
import { claimant, isAnother } from './retiring.ts';
import { contentOf, loadRelease, type LoadedRelease } from './release.ts';
import { earlierReleasesOf, supersedingReleaseOf, stands, type Release } from './standing-releases.ts';

export function standing(deps: ActivityDeps): Pick<TelemetryActivities, 'dependencyCheck' | 'openEarlierWaves' | 'packageStatus'> {
  return {
    dependencyCheck: async (release) => {
      const loaded = await loadRelease(deps, release);
      const { rolePackage } = loaded;
      const latest = (await deps.store.latestRevision(release.plan))?.document;
      const ledger = await deps.store.ledger(keyOf(release));
      const owner = rolePackage.owner;
      const unknown = ledger.filter(({ outcome }) => outcome === 'unknown').length;
      return [
        ...(await releasedAnew(deps, release, owner)),
        ...(await builtUpon(deps, release, latest)),
        unknown === 0
          ? { line: 'every grant is confirmed', clear: true }
          : {
              line: `${unknown} ${unknown === 1 ? 'grant' : 'grants'} could not be confirmed: reconcile, which reads them again, or put them right by hand`,
              clear: false,
              clearedBy: owner,
            },
        await shared(deps, release, ledger),
        ...(await Promise.all([...loaded.contents.keys()].map((system) => noRunningJob(deps, loaded, system, owner)))),
      ];
    },

    openEarlierWaves: async (planId, waves) => {
      const plan = (await deps.store.latestRevision(planId))?.document;
      if (!plan) throw notFound(`the store has no plan '${planId}': apply it first`);
      const lines = await Promise.all(waves.map((wave) => openPackages(deps, plan, wave)));
      return lines.flat();
    },

    packageStatus: async (workflowId) => {
      const view = (await deps.store.final(workflowId)) as Partial<PackageView> | undefined;
      if (view?.state === undefined) return undefined;
      const ended = view.state === 'Rolled back' || view.state === 'Retired';
      const nothingGranted = !ended && (view.grants?.created ?? 0) + (view.grants?.preexisting ?? 0) + (view.grants?.unknown ?? 0) === 0;
      return { state: view.state, line: lineOf(view), atMs: view.lastVerdict?.atMs ?? view.watch?.startMs ?? 0, nothingGranted };
    },
  };
}

/** The latest release of a package is rolled back first: it rests on what this one gave. */
async function releasedAnew(deps: ActivityDeps, release: Release, owner: string): Promise<DependencyLine[]> {
  const later = await supersedingReleaseOf(deps, release);
  return later ? [{ line: `${later.wave} released '${release.package}' anew: roll that back first`, clear: false, clearedBy: owner }] : [];
}

/**
 * Released packages that build on this one go first. What is rolled back of a package that was released before goes back to that release: those that
 * were out already were content with it.
 */
async function builtUpon(deps: ActivityDeps, release: Release, plan: Plan | undefined): Promise<DependencyLine[]> {
  const upon = new Map((plan?.packages ?? []).filter(({ buildsOn }) => buildsOn.includes(release.package)).map((found) => [found.id, found]));
  const needsIt = await needingIt(deps, release);
  const out = (await deps.store.standing(release.plan)).filter(needsIt).flatMap((one) => upon.get(one.package) ?? []);
  if (out.length === 0) return [{ line: 'no released package builds on this one', clear: true }];
  return [...new Set(out)].map(({ id, owner }) => ({ line: `'${id}' is released and builds on this one: roll it back first`, clear: false, clearedBy: owner }));
}

/** Whether a release could rest on this one: not when its package went out of service, nor when it began before a mere change of this package. */
async function needingIt(deps: ActivityDeps, release: Release): Promise<(other: { wave: string; package: string }) => boolean> {
  const all = await deps.store.releases({ plan: release.plan });
  const latest = new Map(all.filter(stands).map((one) => [one.package, one]));
  const own = all.findIndex(({ wave, package: id }) => wave === release.wave && id === release.package);
  const isChange = (await earlierReleasesOf(deps, release)).length > 0;
  return (other) => {
    if (latest.get(other.package)?.change === 'retire') return false;
    return !isChange || all.findIndex(({ wave, package: id }) => wave === other.wave && id === other.package) > own;
  };
}

/** Grants that other packages need stay, each with its reason on the receipt; nobody has to clear that. */
async function shared(
  deps: ActivityDeps,
  release: { plan: string; wave: string; package: string },
  ledger: { system: string; role: string; account: string; kind: string; outcome: string }[],
): Promise<DependencyLine> {
  const created = ledger.filter(({ kind, outcome }) => kind === 'grant' && outcome === 'created');
  const systems = Map.groupBy(created, ({ system }) => system);
  const needed = new Map<string, number>();
  const nameOf = (claim: Release) => claimant(claim, release, (id) => `'${id}'`);
  for (const [system, entries] of systems) {
    const pairs = new Set(entries.map(({ role, account }) => JSON.stringify([role, account])));
    for (const claim of await deps.store.claimsOn({ system, roles: [...new Set(entries.map(({ role }) => role))] })) {
      if (isAnother(claim, release) && pairs.has(JSON.stringify([claim.role, claim.account]))) needed.set(nameOf(claim), (needed.get(nameOf(claim)) ?? 0) + 1);
    }
  }
  if (needed.size === 0) return { line: 'no other package needs these grants', clear: true };
  return {
    line: [...needed]
      .map(([id, count]) => `${count} ${count === 1 ? 'grant stays' : 'grants stay'}: ${id} needs ${count === 1 ? 'it' : 'them'} too`)
      .join('; '),
    clear: true,
  };
}

/** Taking access from under a running job breaks it in the middle; its account's transactions are waited for, or ended by a person. */
async function noRunningJob(deps: ActivityDeps, loaded: LoadedRelease, system: string, owner: string): Promise<DependencyLine> {
  const accounts = contentOf(loaded, system).people.map(({ account }) => account);
  const { connector } = await openSystem(deps, loaded.plan, system);
  const running = await asking(system, () => connector.running(accounts));
  if (running === undefined) return { line: `whether jobs run in ${system} could not be seen: its login may not look at other sessions`, clear: true };
  if (running.length === 0) return { line: `no job of these people runs in ${system}`, clear: true };
  return { line: `${running.length} running in ${system}: ${running.slice(0, 3).join('; ')}`, clear: false, clearedBy: owner };
}

async function openPackages(deps: ActivityDeps, plan: Plan, waveId: string): Promise<string[]> {
  const wave = plan.waves.find(({ id }) => id === waveId);
  if (!wave) return [`wave '${waveId}' is not in the plan any more`];
  const final = (await deps.store.final(waveWorkflowId(plan.plan, waveId))) as Partial<WaveView> | undefined;
  if (final?.stage === 'closed') return [];
  if (final?.stage === 'aborted') return [`wave '${waveId}' was aborted`];
  const events = await deps.store.events({ plan: plan.plan, wave: waveId });
  const released = new Set(events.filter(({ kind }) => kind === 'released').map((event) => event.package));
  const open = wave.packages.map((entry) => entry.package).filter((id) => !released.has(id));
  return open.length === 0 ? [] : [`wave '${waveId}' has not released ${open.join(', ')}`];
}

function lineOf(view: Partial<PackageView> & { state?: PackageState }): string {
  if (view.receiptLine !== undefined) return view.receiptLine;
  if (view.receipts && view.receipts.length > 0) return receiptLine(view.receipts);
  return view.endedWhy ?? view.lastVerdict?.why ?? '';
}
