/** Reads one system's part of a package: what a release would grant, and what differs from what was signed. Changes nothing. */
import { buildPreview, concerned, partOf, type Concerned } from '../domain/access/build-preview.ts';
import { refusedGrants, refusedRetirements, rehearsed } from '../domain/access/rehearsal.ts';
import type { ReleaseChange } from '../domain/release/release-change.ts';
import { latestOf, nextInPlan } from '../domain/release/releases.ts';
import { keptInFull } from '../domain/access/role-content.ts';
import { compare } from '../domain/access/recheck.ts';
import type { PreviewContent } from '../domain/release/signed-preview.ts';
import { keyOf } from '../domain/release/ledger.ts';
import { systemOf } from '../domain/site/rights.ts';
import { sha256Hex } from '../domain/canonical.ts';
import type { Plan } from '../domain/plan/schema.ts';
import type { Connector, RoleContent } from '../connectors/connector.ts';
import type { EntitlementActivities, PackageRef } from './contract.ts';
import { refuseOtherWorkflows } from './caller.ts';
import { openSystem, type ActivityDeps } from './deps.ts';
import { alreadyReleased, asking, isUnavailable, notConfigured, notFound, words } from './failures.ts';
import { contentChangesOf } from './role-contents.ts';
import { refuseBySite } from './site-refusals.ts';
import { releaseChangeOf, refuseWrongChange } from './release-change.ts';
import { contentOf, loadPackage, loadRelease } from './release.ts';
import type { InTurnAt } from './measuring-turns.ts';

export function previewing(deps: ActivityDeps, inTurnAt: InTurnAt): Pick<EntitlementActivities, 'previewSystem' | 'simulateSystem' | 'recheckSystem'> {
  return {
    previewSystem: async (ref, system, pilot) => {
      const loaded = await loadPackage(deps, ref);
      await refuseIfReleased(deps, ref);
      await refuseWrongChange(deps, loaded);
      const releaseChange = await releaseChangeOf(deps, loaded.section.change, ref, system, pilot);
      const { content, roles } = await contentNow(deps, loaded.plan, ref.package, system, pilot, releaseChange);
      await deps.store.saveRoleContents(keptInFull(roles));
      return partOf(content, await deps.store.savePreview(content));
    },

    simulateSystem: async (draft, packageId, system) => {
      const gone = () => notFound('the store no longer has the plan that was to be simulated: simulate it again');
      const id = await deps.store.planOfDraft(draft);
      if (id === undefined) throw gone();
      // The plan itself is read in its turn, because that takes a place as well.
      return inTurnAt(system, id, async () => {
        const plan = await deps.store.draft(draft);
        if (!plan) throw gone();
        if (plan.clock && !deps.allowDemoClock)
          throw notConfigured(
            `plan '${plan.plan}' runs on a demonstration's clock, and this worker only runs plans in real time: remove 'clock' from the plan`,
          );
        const connector = await openSystem(deps, plan, system);
        const change = await nextChange(deps, plan, packageId, system);
        const { content } = await contentNow(deps, plan, packageId, system, undefined, change, connector.aside?.() ?? connector);
        return partOf(content, sha256Hex(content));
      });
    },

    recheckSystem: async (release, system) => {
      refuseOtherWorkflows({ plan: release.plan, wave: release.wave });
      const loaded = await loadRelease(deps, release);
      await refuseWrongChange(deps, loaded);
      const signed = contentOf(loaded, system);
      const releaseChange = await releaseChangeOf(deps, loaded.section.change, release, system, signed.pilot);
      const { content, roles } = await contentNow(deps, loaded.plan, release.package, system, signedFor(loaded.plan, signed), releaseChange);
      const result = compare(signed, content, await contentChangesOf(deps, signed, roles));
      await deps.store.saveRecheck({ ...keyOf(release), previewDigest: release.previewDigest, system, wider: result.wider });
      return result;
    },
  };
}

/** The change of the next wave that has the package; a package that was retired is granted nothing. */
async function nextChange(deps: ActivityDeps, plan: Plan, packageId: string, system: string): Promise<ReleaseChange | undefined> {
  const releases = await deps.store.releases({ plan: plan.plan, package: packageId });
  if (latestOf(releases)?.change === 'retire') return { change: 'retire', earlier: [] };
  const next = nextInPlan(plan, packageId, releases);
  return next && releaseChangeOf(deps, next.change, { plan: plan.plan, wave: next.wave, package: packageId }, system, undefined);
}

/** A wave that was reset to its beginning previews again what it has already released: then the current state is its own work, and there is nothing to sign. */
async function refuseIfReleased(deps: ActivityDeps, ref: PackageRef): Promise<void> {
  const granted = await deps.store.ledger({ plan: ref.plan, wave: ref.wave, package: ref.package });
  if (granted.length > 0) throw alreadyReleased(`'${ref.package}' was released by wave '${ref.wave}' already`);
}

async function contentNow(
  deps: ActivityDeps,
  plan: Plan,
  packageId: string,
  system: string,
  pilot?: string[],
  releaseChange?: ReleaseChange,
  by?: Connector,
): Promise<{ content: PreviewContent; roles: RoleContent[] }> {
  const { roles, accounts } = wanted(plan, packageId, system, pilot, releaseChange);
  const connector = by ?? (await openSystem(deps, plan, system));
  const now = await asking(system, () => connector.snapshot(roles, accounts));
  const content = buildPreview(plan, packageId, system, now, pilot, releaseChange);
  refuseBySite(deps.site(), [content]);
  // What is only read is not tried.
  if (systemOf(deps.site(), system)?.readOnly) return { content, roles: now.roles };
  const { grant, revoke } = rehearsed(content, now, releaseChange);
  const tried = await asking(system, () => connector.rehearse({ grant, revoke })).then(
    (answers) => [...refusedGrants(grant, answers.grant), ...refusedRetirements(revoke, answers.revoke)],
    (error: unknown) => {
      // Another administrator's open transaction, or a server that is only read for a while, must not keep people from seeing what is planned.
      if (!isUnavailable(error)) throw error;
      return [`whether Rolewave may do this could not be tried: ${words(error)}`];
    },
  );
  const conflicts = [...content.conflicts, ...tried];
  return { content: { ...content, conflicts }, roles: now.roles };
}

function wanted(plan: Plan, packageId: string, system: string, pilot?: string[], releaseChange?: ReleaseChange): Concerned {
  if (!plan.packages.some(({ id }) => id === packageId)) throw notFound(`plan '${plan.plan}' has no package '${packageId}'`);
  return concerned(plan, packageId, system, pilot, releaseChange);
}

/** The people whom the signers saw. Anyone who was left out without an account stays left out: never more people than signed. */
const signedFor = (plan: Plan, signed: PreviewContent): string[] => {
  const known = new Set(plan.people.map(({ id }) => id));
  return signed.people.map(({ person }) => person).filter((person) => known.has(person));
};
