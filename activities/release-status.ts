/** The status of a released package: its latest release, the releases before, and whether it still has an owner. */
import { Context } from '@temporalio/activity';
import { accountsIn } from '../domain/access/build-preview.ts';
import type { Plan } from '../domain/plan/schema.ts';
import { supersedingRelease } from '../domain/release/releases.ts';
import type { ReleaseActivities, PackageRef } from './contract.ts';
import { openSystem, type ActivityDeps } from './deps.ts';
import { asking } from './failures.ts';
import type { InTurn } from './measuring-turns.ts';
import { loadPackage } from './release.ts';
import { earlierReleases } from './release-change.ts';

export function care(deps: ActivityDeps, inTurn: InTurn): ReleaseActivities {
  return {
    supersedingRelease: async (ref) => {
      const later = supersedingRelease(await deps.store.releases({ plan: ref.plan, package: ref.package }), ref.wave);
      return later && { wave: later.wave };
    },
    earlierReleases: async (ref) => (await earlierReleases(deps, ref)).map(({ wave }) => wave),
    ownerStatus: (ref) => inTurn(ref.plan, () => ownerStatus(deps, ref)),
  };
}

/**
 * An owner does not need an account in the package's systems. An owner with accounts there by the plan is gone when none of them can log in any more,
 * and so is an owner who is not among the plan's people.
 */
async function ownerStatus(deps: ActivityDeps, ref: PackageRef): ReturnType<ReleaseActivities['ownerStatus']> {
  const released = await loadPackage(deps, ref);
  const plan = (await deps.store.latestRevision(ref.plan))?.document ?? released.plan;
  const { owner } = plan.packages.find(({ id }) => id === ref.package) ?? released.rolePackage;
  const person = plan.people.find(({ id }) => id === owner);
  if (!person) return { owner, gone: true, why: `'${owner}' is no longer among the people of plan '${plan.plan}'` };
  const systems = released.section.systems.filter((system) => Object.hasOwn(person.accounts, system) && plan.systems.includes(system));
  const locked = await Promise.all(systems.map((system) => lockedAccount(deps, plan, system, owner)));
  const lines = locked.filter((line) => line !== undefined);
  if (lines.length === 0 || lines.length < systems.length) return { owner, gone: false };
  return { owner, gone: true, why: lines.join('; ') };
}

async function lockedAccount(deps: ActivityDeps, plan: Plan, system: string, owner: string): Promise<string | undefined> {
  const account = accountsIn(plan, system)(owner);
  const connector = await openSystem(deps, plan, system);
  const { unknownAccounts } = await asking(system, () => connector.snapshot([], [account], Context.current().cancellationSignal));
  return unknownAccounts.includes(account) ? `account '${account}' of '${owner}' in '${system}' is unknown or locked` : undefined;
}
