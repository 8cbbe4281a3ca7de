/** Looks at one system's part of a package and changes nothing: what would be given, and what differs from what was signed. */
import { buildPreview, concerned, partOf, type Concerned } from '../domain/access/build-preview.ts';
import { compare } from '../domain/access/recheck.ts';
import type { PreviewContent } from '../domain/access/preview.ts';
import { sha256Hex } from '../domain/canonical.ts';
import type { Plan } from '../domain/plan/schema.ts';
import type { EntitlementActivities, PackageRef } from './contract.ts';
import { openSystem, type ActivityDeps } from './deps.ts';
import { alreadyReleased, asking, notConfigured, notFound } from './failures.ts';
import { contentOf, loadPackage, loadRelease } from './release.ts';

export function previewing(deps: ActivityDeps): Pick<EntitlementActivities, 'previewSystem' | 'simulateSystem' | 'recheckSystem'> {
  return {
    previewSystem: async (ref, system, pilot) => {
      const { plan } = await loadPackage(deps, ref);
      await refuseIfReleased(deps, ref);
      const content = await take(deps, plan, ref.package, system, pilot);
      return partOf(content, await deps.store.savePreview(content));
    },

    simulateSystem: async (plan, packageId, system) => {
      if (plan.clock && !deps.allowDemoClock)
        throw notConfigured(`plan '${plan.plan}' runs on a demonstration's clock, and this worker obeys real time only: remove 'clock' from the plan`);
      const content = await take(deps, plan, packageId, system);
      return partOf(content, sha256Hex(content));
    },

    recheckSystem: async (release, system) => {
      const loaded = await loadRelease(deps, release);
      const signed = contentOf(loaded, system);
      return compare(signed, await take(deps, loaded.plan, release.package, system, signedFor(loaded.plan, signed)));
    },
  };
}

/** A wave that was reset to its beginning asks again for what is out already: then what is there now is its own doing, and nothing to sign. */
async function refuseIfReleased(deps: ActivityDeps, ref: PackageRef): Promise<void> {
  const given = await deps.store.ledger({ plan: ref.plan, wave: ref.wave, package: ref.package });
  if (given.length > 0) throw alreadyReleased(`'${ref.package}' was released by wave '${ref.wave}' already`);
}

async function take(deps: ActivityDeps, plan: Plan, packageId: string, system: string, pilot?: string[]): Promise<PreviewContent> {
  const { roles, accounts } = wanted(plan, packageId, system, pilot);
  const { connector } = await openSystem(deps, plan, system);
  const now = await asking(system, () => connector.snapshot(roles, accounts));
  return buildPreview(plan, packageId, system, now, pilot);
}

function wanted(plan: Plan, packageId: string, system: string, pilot?: string[]): Concerned {
  if (!plan.packages.some(({ id }) => id === packageId)) throw notFound(`plan '${plan.plan}' has no package '${packageId}'`);
  return concerned(plan, packageId, system, pilot);
}

/** The people whom the signers saw. Whoever was left out for want of an account stays left out: never more people than signed. */
const signedFor = (plan: Plan, signed: PreviewContent): string[] => {
  const known = new Set(plan.people.map(({ id }) => id));
  return signed.people.map(({ person }) => person).filter((person) => known.has(person));
};
