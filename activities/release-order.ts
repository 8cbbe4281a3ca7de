/**
 * The order of releases, from the store alone, before the first effect of each: what a package builds on is live, earlier waves are released, and of a wave that
 * goes live together every package that is due is ready. The wave follows the same order, but anyone who reaches the namespace can start a package past it.
 */
import { appliersOf } from '../domain/authority/applied.ts';
import { mayAct } from '../domain/authority/who-may.ts';
import { blackoutOf, goLiveOf, goLivesFrom, lateFrom } from '../domain/go-live.ts';
import type { Plan } from '../domain/plan/schema.ts';
import { checklist, evidenceFrom, itemNames } from '../domain/readiness.ts';
import { notLive } from '../domain/release/order.ts';
import { keyOf } from '../domain/release/ledger.ts';
import { ofPackage, releasesBefore, type Release } from '../domain/release/releases.ts';
import { toPlan, type PlanClock } from '../domain/time/plan-clock.ts';
import { stopsText } from '../domain/views/stop.ts';
import type { EffectContext } from './authorized-messages.ts';
import { sealedMessages } from './sealed-messages.ts';
import type { ReleaseRef } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { isFailure, notCovered, tooEarly } from './failures.ts';
import { refuseUnlessSigned } from './refusals.ts';
import { sectionOf } from './sections.ts';

/** Its wave starts both within a moment, and the other one may be the second to begin. */
const askAgainMs = 2_000;
/** For a person. */
const askLaterMs = 20_000;

export async function refuseUnlessInOrder(deps: ActivityDeps, loaded: EffectContext, release: ReleaseRef): Promise<void> {
  const { plan, wave, section } = loaded;
  const buildsOn = section.change === 'retire' ? [] : loaded.rolePackage.buildsOn;
  if (buildsOn.length === 0 && wave.after.length === 0 && !wave.goLiveTogether) return;
  const releases = await deps.store.releases({ plan: release.plan });
  for (const earlier of wave.after) await refuseUnlessReleased(deps, loaded, release, earlier, releases);
  if (wave.goLiveTogether) await refuseUnlessTogether(deps, loaded, release, releases);
  const below = notLive(plan, buildsOn, releases);
  if (below.length === 0) return;
  const why = `'${release.package}' builds on ${below.join(', ')}, not released yet, so nothing was granted`;
  const withIt = new Set(wave.packages.map((entry) => entry.package));
  throw below.every((id) => withIt.has(id)) ? tooEarly(why, askAgainMs) : notCovered(why);
}

/** Every package of the earlier wave has begun there, or somebody who may has closed that wave without the rest. */
async function refuseUnlessReleased(
  deps: ActivityDeps,
  { plan, wave, revision: { clock } }: EffectContext,
  release: ReleaseRef,
  earlier: string,
  releases: Release[],
): Promise<void> {
  const refuse = (why: string) => notCovered(`wave '${wave.id}' comes after wave '${earlier}', ${why}, so nothing of '${release.package}' was granted`);
  const before = plan.waves.find(({ id }) => id === earlier);
  if (!before) throw refuse('which is not in the plan');
  const end = await endOfWave(deps, plan, before, clock);
  if (end === 'abort') throw refuse('which was aborted');
  const left = await notReleased(deps, plan.plan, before, releases);
  if (left.length > 0 && end !== 'review') throw refuse(`which has not released ${left.join(', ')}`);
}

/** Packages of a wave that have not begun there. What a wave only observes never begins: its own workflow records that it was released. */
export async function notReleased(
  { store }: ActivityDeps,
  plan: string,
  { id: wave, packages }: Plan['waves'][number],
  releases: Release[],
): Promise<string[]> {
  const begun = new Set(ofWave(releases, wave));
  const observed = packages.some(({ change }) => change === 'observe') ? await store.events({ plan, wave }) : [];
  const released = new Set(observed.filter(({ kind }) => kind === 'released').map((event) => event.package));
  return packages.filter(({ package: id, change }) => !(change === 'observe' ? released : begun).has(id)).map((entry) => entry.package);
}

const ofWave = (releases: Release[], wave: string): string[] => releases.filter((one) => one.wave === wave).map((one) => one.package);

/** Whether people who may have ended the wave as a whole: by an abort, or by a review of what it released. */
async function endOfWave(
  deps: ActivityDeps,
  { plan, operators }: Plan,
  wave: Plan['waves'][number],
  clock: PlanClock | undefined,
): Promise<'abort' | 'review' | undefined> {
  const of = { plan, wave: wave.id };
  const who = { section: undefined, wave: { alsoSigns: wave.alsoSigns, hold: wave.hold }, operators };
  let end: 'review' | undefined;
  for await (const { type, by, atMs, body } of sealedMessages(deps, of, ['review', 'abort'])) {
    if (mayAct(who, type, by, toPlan(atMs, clock), body) !== undefined) continue;
    if (type === 'abort') return 'abort';
    end = 'review';
  }
  return end;
}

/**
 * What the others need is judged from their signed messages, and from how their systems compared with what was signed: where that is not known yet, this one
 * waits for it, because their wave compares them one after the other. Each is judged again, in full, before its own first effect.
 */
async function refuseUnlessTogether(deps: ActivityDeps, loaded: EffectContext, release: ReleaseRef, releases: Release[]): Promise<void> {
  const begun = new Set(ofWave(releases, release.wave));
  for (const { package: id, change } of loaded.wave.packages) {
    if (id === release.package || change === 'observe' || begun.has(id)) continue;
    const refuse = (why: string) => `wave '${release.wave}' goes live together, and ${why}; so nothing of '${release.package}' was granted`;
    const other = await whyNotWith(deps, loaded, release, id, releases);
    if (!other) continue;
    if ('why' in other) throw notCovered(refuse(other.why));
    const compared = await deps.store.rechecks({ ...keyOf(release), package: id, previewDigest: other.previewDigest });
    const missing = other.systems.filter((system) => !compared.has(system));
    const more = [...compared.values()].reduce((sum, { wider }) => sum + wider, 0);
    const stops = [...compared.values()].flatMap((each) => each.stops);
    // Not for good: once somebody has signed what it would change now, held it back, or given it another date, this one goes on.
    if (more > loaded.wave.tolerance) throw tooEarly(refuse(`'${id}' would change ${more} more than what was signed`), askLaterMs);
    if (stops.length > 0) throw tooEarly(refuse(`the release of '${id}' is stopped: ${stopsText(stops)}`), askLaterMs);
    if (missing.length > 0) throw tooEarly(refuse(`${missing.join(', ')} is not compared yet with what was signed for '${id}'`), askAgainMs);
  }
}

/** Of another package of the wave: why it is not ready, or what was signed of which systems. Undefined: it is not due. */
async function whyNotWith(
  deps: ActivityDeps,
  loaded: EffectContext,
  release: ReleaseRef,
  id: string,
  releases: Release[],
): Promise<{ why: string } | { previewDigest: string; systems: string[] } | undefined> {
  const { revision, wave, planTime, planNowMs, blackouts } = loaded;
  const found = sectionOf(revision, wave.id).packages.find((entry) => entry.package.id === id);
  if (!found) return undefined;
  const appliedBy = appliersOf(revision.record, id, releasesBefore(ofPackage(releases, id), wave.id).at(-1)?.revision ?? 0);
  const section = { ...found, duties: { ...found.duties, appliedBy, site: deps.site().separationOfDuties } };
  const other = await loaded.about(section);
  const about = { ...release, package: id, planDigest: section.planDigest };
  const { messages } = other;
  const date = goLiveOf(section, wave, goLivesFrom(messages, section, wave, blackouts, planTime));
  if (!date || date.atMs > planNowMs || planNowMs >= lateFrom(date, wave)) return undefined;
  const blackout = blackoutOf(date, blackouts, id, planNowMs);
  if (blackout) return { why: `blackout '${blackout.id}' holds '${id}'` };
  const lines = checklist(section, { evidence: evidenceFrom(section, messages, planTime), metrics: [] }, planNowMs);
  const open = lines.filter(({ ok }) => !ok).map(({ item, why }) => `${itemNames[item]}: ${why}`);
  if (open.length > 0) return { why: `'${id}' is not ready (${open.join('; ')})` };
  const previewDigest = messages.findLast((message) => message.type === 'signOff')?.body.previewDigest ?? '';
  try {
    refuseUnlessSigned(other, { ...about, previewDigest }, messages);
    return { previewDigest, systems: [...section.systems, ...(section.across?.alsoReads ?? [])] };
  } catch (error) {
    if (!isFailure(error, 'NotCoveredBySignOffs')) throw error;
    return { why: `'${id}' is not signed` };
  }
}
