/** Loads the basis of a release from the store, never from the caller: revision, digests and signed previews (R3). */
import { appliersOf, isApplied } from '../domain/authority/applied.ts';
import { setImmediate as pause } from 'node:timers/promises';
import { digesting } from '../domain/sliced-content.ts';
import { withPauses } from '../domain/slices.ts';
import { previewDigest } from '../domain/access/preview.ts';
import { heldWave, type Hold } from '../domain/holds.ts';
import type { PreviewContent } from '../domain/release/signed-preview.ts';
import { systemsBefore, type Released } from '../domain/release/definition-change.ts';
import { releasesBefore, type Release } from '../domain/release/releases.ts';
import { planDocumentDigest } from '../domain/plan/digest.ts';
import type { Plan, RolePackage, Watch, Wave } from '../domain/plan/schema.ts';
import { changesRelease, watchAfter, waveSection, type PackageSection } from '../domain/plan/section.ts';
import { toPlan } from '../domain/time/plan-clock.ts';
import type { Revision } from '../store/contract.ts';
import type { PackageRef, ReleaseRef } from './contract.ts';
import { nowMs, type ActivityDeps } from './deps.ts';
import { notConfigured, notCovered, notFound } from './failures.ts';
import { nativeSignature } from '../store/native-signatures.ts';
import { sectionOf } from './sections.ts';

export interface LoadedPackage {
  revision: Revision;
  plan: Plan;
  /** With the revision since which it is held as it is. */
  wave: Wave & { hold?: Hold | undefined };
  rolePackage: RolePackage;
  section: PackageSection;
  /** With all its metrics. */
  watch: Watch;
  /** Converts real time to plan time, by the clock in the store. */
  planTime(realMs: number): number;
  /** Now, in plan time. */
  planNowMs: number;
}

export interface LoadedRelease extends LoadedPackage {
  contents: Map<string, PreviewContent>;
  /** Of systems that are only read for it, because of entitlements that nobody may hold together: nothing is changed or watched there. */
  beside: Map<string, PreviewContent>;
}

/** Fails without retry when the revision, wave or package is not in the store, or the plan runs on a clock that this worker does not accept. */
export const loadPackage = async (deps: ActivityDeps, ref: PackageRef): Promise<LoadedPackage> =>
  packageIn(deps, ref, await deps.store.revision(ref.plan, ref.revision));

/** As loadPackage, from the revision that the store has or has not. */
async function packageIn(deps: ActivityDeps, ref: PackageRef, revision: Revision | undefined): Promise<LoadedPackage> {
  if (!revision) throw notFound(`the store has no revision ${ref.revision} of plan '${ref.plan}': apply the plan first`);
  if (revision.clock && !deps.allowDemoClock)
    throw notConfigured(`plan '${ref.plan}' runs on a demonstration's clock, and this worker only runs plans in real time: remove 'clock' from the plan`);
  const plan = revision.document;
  const wave = plan.waves.find(({ id }) => id === ref.wave);
  const rolePackage = plan.packages.find(({ id }) => id === ref.package);
  if (!wave || !rolePackage || !wave.packages.some((entry) => entry.package === ref.package)) {
    throw notFound(`revision ${ref.revision} of plan '${ref.plan}' has no package '${ref.package}' in a wave '${ref.wave}'`);
  }
  refuseUnlessApplied(deps, revision);
  const releases = await releasesChanged(deps, ref, plan);
  const before = systemsBefore(plan, ref.wave, releases);
  const ofWave = before.size === 0 ? sectionOf(revision, wave.id) : waveSection(plan, revision.number, wave.id, before);
  const found = ofWave.packages.find((entry) => entry.package.id === ref.package);
  if (!found) throw notFound(`wave '${ref.wave}' has no package '${ref.package}'`);
  const appliedBy = appliersOf(revision.record, ref.package, releasesBefore(releases, ref.wave).at(-1)?.revision ?? 0);
  const section = { ...found, duties: { ...found.duties, appliedBy, site: deps.site().separationOfDuties } };
  const planTime = (realMs: number) => toPlan(realMs, revision.clock);
  return {
    revision,
    plan,
    wave: heldWave(wave, revision.record),
    rolePackage,
    section,
    watch: watchAfter(section.change, rolePackage),
    planTime,
    planNowMs: planTime(nowMs(deps)),
  };
}

/** Releases of a package that the wave changes: there it may have something to revoke, even if its new definition no longer names the systems. */
async function releasesChanged(deps: ActivityDeps, ref: PackageRef, plan: Plan): Promise<Released[]> {
  const entry = plan.waves.find(({ id }) => id === ref.wave)?.packages.find((one) => one.package === ref.package);
  if (!entry || !changesRelease(entry.change)) return [];
  const releases = await deps.store.releases({ plan: ref.plan, package: ref.package });
  return Promise.all(releases.map((release) => withDocument(deps, release)));
}

/** The endpoint checks who may apply a plan and who has to agree. A row that it did not seal may say anything. */
function refuseUnlessApplied({ trustedKeys }: ActivityDeps, revision: Revision): void {
  const { document, plan, number } = revision;
  if (!isApplied(revision, planDocumentDigest(document), trustedKeys, nativeSignature))
    throw notCovered(
      `revision ${number} of plan '${plan}' was not applied through Rolewave's endpoint: its seal is missing or covers something else, so it allows nothing`,
    );
}

async function withDocument(deps: ActivityDeps, release: Release): Promise<Released> {
  const found = await deps.store.revision(release.plan, release.revision);
  if (!found) throw notFound(`the store has no revision ${release.revision} of plan '${release.plan}', with which '${release.package}' was released`);
  return { ...release, document: found.document };
}

/** As loadPackage; refuses (NotCoveredBySignOffs) when the caller's digests differ from those of the store's content. */
export async function loadRelease(deps: ActivityDeps, release: ReleaseRef): Promise<LoadedRelease> {
  const [revision, ...contents] = await Promise.all([
    deps.store.revision(release.plan, release.revision),
    ...release.parts.map(({ digest }) => deps.store.preview(digest)),
  ]);
  return releaseIn(deps, release, revision, new Map(release.parts.flatMap(({ digest }, index) => (contents[index] ? [[digest, contents[index]]] : []))));
}

/** As loadRelease, from what the store has of them. `previews`: by digest. */
export async function releaseIn(
  deps: ActivityDeps,
  release: ReleaseRef,
  revision: Revision | undefined,
  previews: ReadonlyMap<string, PreviewContent>,
): Promise<LoadedRelease> {
  const loaded = await packageIn(deps, release, revision);
  if (loaded.section.planDigest !== release.planDigest) {
    throw notCovered(`the sign-offs of '${release.package}' do not cover revision ${release.revision} of plan '${release.plan}': its digest differs`);
  }
  if (previewDigest(release.parts) !== release.previewDigest)
    throw notCovered(`the preview of '${release.package}' is not the one that was signed: its digest differs`);
  const signed = await Promise.all(release.parts.map(async (part) => [part.system, await signedContent(loaded, part, previews.get(part.digest))] as const));
  const { systems, across: { alsoReads } = { alsoReads: [] } } = loaded.section;
  const isBeside = (system: string) => alsoReads.includes(system);
  const contents = new Map(signed.filter(([system]) => !isBeside(system)));
  const beside = new Map(signed.filter(([system]) => isBeside(system)));
  const missing = [...systems, ...alsoReads].filter((system) => !contents.has(system) && !beside.has(system));
  if (missing.length > 0) throw notCovered(`the preview of '${release.package}' does not show ${missing.join(', ')}: take a new preview and sign it`);
  return { ...loaded, contents, beside };
}

/** The content under a part's digest. It must be of this package and within the plan, so that no row in the store can widen access. */
async function signedContent(
  { plan, rolePackage, section }: LoadedPackage,
  part: { system: string; digest: string },
  content: PreviewContent | undefined,
): Promise<PreviewContent> {
  if (!content)
    throw notCovered(`the store has no preview ${part.digest.slice(0, 12)}… of '${rolePackage.id}' in '${part.system}': take a new preview and sign it`);
  const own = content.plan === plan.plan && content.package === rolePackage.id && content.system === part.system && (await digestOf(content)) === part.digest;
  const members = new Set(rolePackage.cohort);
  const inPlan = (entries: { system: string; role: string }[], of: { system: string; role: string }[]) =>
    entries.every((entry) => entry.system === part.system && of.some(({ system, role }) => system === entry.system && role === entry.role));
  if (
    !own ||
    !content.people.every(({ person }) => members.has(person)) ||
    !inPlan(content.entitlements, rolePackage.entitlements) ||
    !inPlan(content.legacy, rolePackage.legacy) ||
    (content.drop !== undefined && !changesRelease(section.change))
  ) {
    throw notCovered(`the preview of '${rolePackage.id}' in '${part.system}' is wider than the plan: take a new preview and sign it`);
  }
  return content;
}

export function contentOf({ contents, beside, rolePackage }: LoadedRelease, system: string): PreviewContent {
  const content = contents.get(system) ?? beside.get(system);
  if (!content) throw notCovered(`the signed preview of '${rolePackage.id}' does not show system '${system}'`);
  return content;
}

const digests = new WeakMap<PreviewContent, Promise<string>>();

/** What a cache shares is frozen (store/remembering.ts), and has been digested once for all activities. In slices: a preview has a hundred thousand rows. */
function digestOf(content: PreviewContent): Promise<string> {
  const made = () => withPauses(digesting(content), pause);
  if (!Object.isFrozen(content)) return made();
  const digest = digests.get(content) ?? made();
  digests.set(content, digest);
  return digest;
}

/** This release of exactly this revision and preview is on record as begun. */
export const hasBegun = ({ releases }: { releases: readonly Release[] }, { wave, revision, planDigest, previewDigest }: ReleaseRef): boolean =>
  releases.some((one) => one.wave === wave && one.revision === revision && one.planDigest === planDigest && one.previewDigest === previewDigest);
