/** Reads one system's part of a package: what a release would grant, and what differs from what was signed. Changes nothing. */
import { setImmediate as pause } from 'node:timers/promises';
import { buildingPreview, concerned, partOf, type Concerned } from '../domain/access/build-preview.ts';
import { refusedGrants, refusedRetirements, refusedReturns, rehearsing } from '../domain/access/rehearsal.ts';
import type { ReleaseChange } from '../domain/release/release-change.ts';
import { latestOf, nextInPlan, type Release } from '../domain/release/releases.ts';
import { keptInFull } from '../domain/access/role-content.ts';
import { blastRadiusOf, changedAccounts, exceeded, limitIn } from '../domain/access/blast-radius.ts';
import { carriedCounts, causedStops, heldTogether, neededFor, togetherCounts } from '../domain/access/incompatible.ts';
import { withCohort } from '../domain/access/cohort.ts';
import { isAcross, rulesOf } from '../domain/plan/incompatible-rules.ts';
import type { BlastRadius, PreviewPart } from '../domain/access/preview.ts';
import { compare, type RecheckRead } from '../domain/access/recheck.ts';
import { withStaying } from '../domain/access/staying.ts';
import { SimulatedPackages } from '../domain/access/simulated-together.ts';
import { mostOfPreview, type PreviewContent } from '../domain/release/signed-preview.ts';
import { keyOf } from '../domain/release/ledger.ts';
import { systemOf } from '../domain/site/rights.ts';
import { digesting, sizing } from '../domain/sliced-content.ts';
import { withPauses } from '../domain/slices.ts';
import type { Plan } from '../domain/plan/schema.ts';
import type { Stop } from '../domain/views/stop.ts';
import type { Connector, RoleContent } from '../connectors/connector.ts';
import type { EntitlementActivities, PackageRef, ReleaseRef, TelemetryActivities } from './contract.ts';
import { cohortOf, planNow, type CohortOfRelease } from './cohort.ts';
import { refuseOtherWorkflows } from './caller.ts';
import { asideOf, nowMs, openSystem, type ActivityDeps } from './deps.ts';
import { alreadyReleased, asking, isUnavailable, notConfigured, notFound, systemError, words } from './failures.ts';
import { contentChangesOf } from './role-contents.ts';
import { foreseen, lackingStops, refuseLacking } from './server-now.ts';
import { refuseBySite } from './site-refusals.ts';
import { stayingNow } from './staying.ts';
import { releaseChangeOf, refuseWrongChange } from './release-change.ts';
import { contentOf, loadPackage, loadRelease, type LoadedRelease } from './release.ts';
import type { InTurnAt } from './measuring-turns.ts';
import { untilUnwanted } from './system-places.ts';

export function previewing(
  deps: ActivityDeps,
  inTurnAt: InTurnAt,
): Pick<EntitlementActivities, 'previewSystem' | 'simulateSystem' | 'recheckSystem'> & Pick<TelemetryActivities, 'incompatibleAcross' | 'simulateTogether'> {
  return {
    incompatibleAcross: async (ref, parts) => {
      const { plan, rolePackage, planNowMs } = await loadPackage(deps, ref);
      const contents = (await Promise.all(parts.map(({ digest }) => deps.store.preview(digest)))).filter((content) => content !== undefined);
      const missing = parts.filter(({ system }) => !contents.some((content) => content.system === system && content.package === ref.package));
      if (missing.length > 0) throw notFound(`the store has no preview of '${ref.package}' in ${missing.map(({ system }) => system).join(', ')}`);
      const across = rulesOf(plan, rolePackage).filter(isAcross);
      return carriedCounts(togetherCounts(heldTogether(across, contents, planNowMs)));
    },

    simulateTogether: async (draft) => {
      const plan = await deps.store.draft(draft);
      if (!plan) throw notFound('the store no longer has the plan that was to be simulated: simulate it again');
      const read = new SimulatedPackages(plan, plan.clock?.epoch ?? nowMs(deps));
      const waves = new Map<string, string>();
      for (const id of await deps.store.simulatedPackages(draft)) {
        read.add(id, await deps.store.simulated(draft, id));
        const next = nextInPlan(plan, id, await deps.store.releases({ plan: plan.plan, package: id }));
        if (next) waves.set(id, next.wave);
      }
      return read.together((id) => waves.get(id));
    },

    previewSystem: async (ref, system, pilot) => {
      const loaded = await loadPackage(deps, ref);
      await refuseIfReleased(deps, ref);
      await refuseWrongChange(deps, loaded);
      const releaseChange = await releaseChangeOf(deps, loaded.section.change, ref, system, pilot);
      const plan = await planNow(deps, loaded.plan, loaded.rolePackage, loaded.section.change);
      const connector = asideOf(await openSystem(deps, plan, system), 'readings');
      const { content, roles, blastRadius } = await contentNow(deps, connector, {
        triesReturns: true,
        plan,
        packageId: ref.package,
        system,
        pilot,
        releaseChange,
        mostOthers: mostOthers(deps),
      });
      if (loaded.section.change !== 'observe') await refuseLacking(deps, content, connector);
      untilUnwanted().throwIfAborted();
      await deps.store.saveRoleContents(keptInFull(roles));
      const part = partOf(content, await deps.store.savePreview(content));
      return loaded.section.change === 'observe' ? part : { ...part, blastRadius, ...togetherIn(loaded.plan, content, loaded.planNowMs) };
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
        const connector = asideOf(await openSystem(deps, plan, system), 'simulations');
        const releases = await deps.store.releases({ plan: plan.plan, package: packageId });
        const change = await nextChange(deps, plan, packageId, system, releases);
        const next = nextInPlan(plan, packageId, releases)?.change;
        const found = plan.packages.find((each) => each.id === packageId);
        const asked = found ? await planNow(deps, plan, found, change?.change) : plan;
        const { content, blastRadius } = await contentNow(deps, connector, {
          triesReturns: true,
          plan: asked,
          packageId,
          system,
          releaseChange: change,
          mostOthers: mostOthers(deps),
        });
        const across = found ? rulesOf(plan, found).filter(isAcross) : [];
        const { accounts } = blastRadius;
        const read = { package: packageId, system, changed: [...changedAccounts(content)].sort(), ...(accounts === undefined ? {} : { accounts }) };
        untilUnwanted().throwIfAborted();
        await deps.store.saveSimulated(
          draft,
          next === 'observe' ? { ...read, changed: [] } : { ...read, ...(across.length > 0 ? { held: neededFor(across, content) } : {}) },
        );
        const server = next === undefined || next === 'observe' ? {} : await foreseen(deps, content, connector);
        return {
          ...partOf(content, await withPauses(digesting(content), pause)),
          blastRadius,
          ...togetherIn(plan, content, plan.clock?.epoch ?? nowMs(deps)),
          ...server,
        };
      });
    },

    recheckSystem: async (release, system) => {
      refuseOtherWorkflows({ plan: release.plan, wave: release.wave });
      return compareNow(deps, await loadRelease(deps, release), release, system);
    },
  };
}

/** Compares one system with what was signed, and keeps what it found. */
export async function compareNow(deps: ActivityDeps, loaded: LoadedRelease, release: ReleaseRef, system: string): Promise<RecheckRead> {
  await refuseWrongChange(deps, loaded);
  const signed = contentOf(loaded, system);
  const releaseChange = await releaseChangeOf(deps, loaded.section.change, release, system, signed.pilot);
  const cohort = await cohortOf(deps, loaded, release);
  const plan = cohort ? withCohort(loaded.plan, release.package, cohort.answered) : loaded.plan;
  const readMs = nowMs(deps);
  const connector = asideOf(await openSystem(deps, plan, system), 'comparisons');
  const { content, roles, blastRadius } = await contentNow(deps, connector, {
    plan,
    packageId: release.package,
    system,
    pilot: signedFor(loaded.plan, signed),
    releaseChange,
  });
  const result = compare(signed, content, await contentChangesOf(deps, signed, roles));
  const stops =
    loaded.section.change === 'observe'
      ? []
      : [...exceeded(system, blastRadius), ...causedNow(loaded, content), ...doubted(cohort), ...(await lackingStops(deps, content, connector))];
  const stopped = stops.length > 0 ? { stops } : {};
  untilUnwanted().throwIfAborted();
  await deps.store.saveRecheck({ ...keyOf(release), previewDigest: release.previewDigest, system, wider: result.wider, ...stopped });
  return { ...result, ...stopped, readMs };
}

/** The change of the next wave that has the package; a package that was retired is granted nothing. */
async function nextChange(deps: ActivityDeps, plan: Plan, packageId: string, system: string, releases: Release[]): Promise<ReleaseChange | undefined> {
  if (latestOf(releases)?.change === 'retire') return { change: 'retire', earlier: [] };
  const next = nextInPlan(plan, packageId, releases);
  return next && releaseChangeOf(deps, next.change, { plan: plan.plan, wave: next.wave, package: packageId }, system, undefined);
}

/** A wave that was reset to its beginning previews again what it has already released: then the current state is its own work, and there is nothing to sign. */
async function refuseIfReleased(deps: ActivityDeps, ref: PackageRef): Promise<void> {
  const granted = await deps.store.ledger({ plan: ref.plan, wave: ref.wave, package: ref.package });
  if (granted.length > 0) throw alreadyReleased(`'${ref.package}' was released by wave '${ref.wave}' already`);
}

interface Asked {
  plan: Plan;
  packageId: string;
  system: string;
  pilot?: string[] | undefined;
  releaseChange?: ReleaseChange | undefined;
  /** Of a preview that is to be kept. What is only compared with a signed one may have come to be held by more. */
  mostOthers?: number;
  /** Whether a rollback could give back what is retired: for people who are to sign. */
  triesReturns?: boolean;
}

const mostOthers = (deps: ActivityDeps): number => deps.site().limits.othersPerPreview;

/** What is revoked, given back and answered for in one transaction is bounded. */
const mostReturnsTried = 20_000;

/** In slices: an entitlement may be a group of a whole company, and the work for others goes on meanwhile. */
async function contentNow(
  deps: ActivityDeps,
  connector: Connector,
  { plan, packageId, system, pilot, releaseChange, mostOthers: most, triesReturns = false }: Asked,
): Promise<{ content: PreviewContent; roles: RoleContent[]; blastRadius: BlastRadius }> {
  const asked = wanted(plan, packageId, system, pilot, releaseChange);
  const { rolePackage, entitlements, roles, accounts, incompatible } = asked;
  const unwanted = untilUnwanted();
  const listed = most === undefined ? undefined : { roles: entitlements.map(({ role }) => role), most };
  const all = await asking(system, () => connector.snapshot([...new Set([...roles, ...incompatible])], accounts, unwanted, undefined, undefined, listed));
  const { content: found, own } = await withPauses(buildingPreview(asked, plan, system, all, pilot, releaseChange), pause);
  const now = { ...all, grants: own };
  refuseBySite(deps.site(), [found]);
  const isOnlyRead = systemOf(deps.site(), system)?.readOnly === true;
  const staying = isOnlyRead ? [] : await stayingNow({ deps, connector }, found, now, releaseChange);
  const content = withStaying(found, staying, rulesOf(plan, rolePackage));
  // Of a role of which only the holders matter, nobody reviews what it may do.
  const ownRoles = now.roles.filter(({ role }) => roles.includes(role));
  const blastRadius = await blastRadiusNow(plan, content, connector);
  // What is only read is not tried.
  if (isOnlyRead) return { content: await notTooLarge(content), roles: ownRoles, blastRadius };
  const work = { ...(await withPauses(rehearsing(content, now, releaseChange), pause)) };
  // Elsewhere everything is held still, and so each would be answered alike.
  if (!triesReturns || connector.atOnce || work.restore.length > mostReturnsTried) work.restore = [];
  const tried = await asking(system, () => connector.rehearse(work, unwanted)).then(
    (answers) => [
      ...refusedGrants(work.grant, answers.grant),
      ...refusedRetirements(work.revoke, answers.revoke),
      ...refusedReturns(work.restore, answers.restore),
    ],
    (error: unknown) => {
      // Another administrator's open transaction, or a server that is only read for a while, must not keep people from seeing what is planned.
      if (!isUnavailable(error)) throw error;
      return [`whether Rolewave may do this could not be tried: ${words(error)}`];
    },
  );
  const conflicts = [...content.conflicts, ...tried];
  return { content: await notTooLarge({ ...content, conflicts }), roles: ownRoles, blastRadius };
}

/** Each preview is kept, and read by workers and endpoints as a whole. */
async function notTooLarge(content: PreviewContent): Promise<PreviewContent> {
  const most = mostOfPreview(content);
  if ((await withPauses(sizing(content, most), pause)) <= most) return content;
  throw systemError(
    `system '${content.system}': what it says of these entitlements takes more than ${Math.floor(most / 2 ** 20)} MB: release fewer of them in one package`,
  );
}

/** Of the rules whose entitlements are both in this system. */
function togetherIn(plan: Plan, content: PreviewContent, planNowMs: number): Pick<PreviewPart, 'incompatible'> {
  if (!content.incompatible) return {};
  const rolePackage = plan.packages.find(({ id }) => id === content.package);
  const counts = rolePackage ? carriedCounts(togetherCounts(heldTogether(rulesOf(plan, rolePackage), [content], planNowMs))) : [];
  return counts.length > 0 ? { incompatible: counts } : {};
}

/** So many have left that a person looks at it, with a new preview. */
const doubted = (cohort: CohortOfRelease | undefined): Stop[] =>
  cohort?.doubt ? [{ code: 'leavers', people: cohort.doubt.missing, text: cohort.doubt.why }] : [];

/** This system as it is now, and the others as they were signed: what changed in one of those, the comparison with it finds. */
function causedNow({ plan, rolePackage, contents, beside, planNowMs }: LoadedRelease, now: PreviewContent): Stop[] {
  const rules = rulesOf(plan, rolePackage).filter(({ entitlements }) => entitlements.some(({ system }) => system === now.system));
  const besides = [...contents.values(), ...beside.values()].filter(({ system }) => system !== now.system);
  // A claim that came after the sign-off does not stop everybody: otherwise anyone who may claim one person's access could.
  const stopping = heldTogether(rules, [now, ...besides], planNowMs).filter(({ refusedAlone }) => !refusedAlone);
  return causedStops(carriedCounts(togetherCounts(stopping)));
}

/** Accounts are counted only where the plan limits their percentage: a directory may have very many. */
async function blastRadiusNow(plan: Plan, content: PreviewContent, connector: Connector): Promise<BlastRadius> {
  const { system } = content;
  const limit = limitIn(plan, system);
  const counted = limit?.maxPercent === undefined ? undefined : connector.accountCount?.bind(connector);
  return blastRadiusOf(content, limit, counted && (await asking(system, () => counted(untilUnwanted()))));
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
