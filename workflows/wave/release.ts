/**
 * A wave releases a package when its go-live has come, it is ready, nothing holds it back, and the systems are still as they were when it was signed. It
 * starts the package as its own workflow, or adopts one that already runs. The only writer of what is released.
 */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import * as wf from '@temporalio/workflow';
import { isTooOld } from '../../domain/access/recheck.ts';
import { heldByBlackout, heldByStops, heldWithOthers, whyNotReleased } from '../../domain/blockers.ts';
import { allowedText } from '../../domain/authority/separation.ts';
import { counts } from '../../domain/authority/sign-offs.ts';
import { inMarkdown } from '../../domain/free-text.ts';
import { packageWorkflowId } from '../../domain/messages.ts';
import type { PackageSection, RolePackageInput, WaveInput } from '../../domain/plan/section.ts';
import type { EarlierWave } from '../../domain/views/blocker.ts';
import type { ReleaseRef } from '../../activities/contract.ts';
import { lastRungMs } from '../shared/alarm.ts';
import { orRefusal, postRecords, systemWork, telemetry } from '../shared/activities.ts';
import { packageAttributes } from '../shared/search-attributes.ts';
import { holdBack, notHeldBack } from './dates.ts';
import { adoptStatus } from './outcomes.ts';
import { voidPreview } from './previews.ts';
import { lineOf, readFor, systemsRead, type Recheck, type Wait } from './reads.ts';
import type { WaveState } from './state.ts';

/** Releases every ready package whose go-live has come, and holds back what is late. */
export async function releaseWhatIsDue(state: WaveState, input: WaveInput, wait: Wait | undefined): Promise<void> {
  const nowMs = state.nowMs();
  state.lookedMs = nowMs;
  if (state.data.abort) return;
  const dated = state.unreleased().filter((section) => (state.goLiveOf(section) ?? Number.POSITIVE_INFINITY) <= nowMs);
  state.rechecks.keepOnly(dated.map((section) => section.package.id));
  deferForBlackouts(state, dated, nowMs);
  if (dated.every((section) => state.goLiveOf(section) === undefined)) return;
  const { after } = state.section.wave;
  const earlier = after.length === 0 ? [] : await openEarlierWaves(state);
  const elsewhere = [...new Set(dated.flatMap((section) => state.basesElsewhere(section)))];
  const notLive = elsewhere.length === 0 ? [] : await notLiveElsewhere(state, elsewhere);
  const due = stillThere(state, dated).filter((section) => state.goLiveOf(section) !== undefined);
  const ready = due.filter((section) => earlier.length === 0 && state.releaseReady(section, nowMs) && buildsOnReleased(state, section, due, notLive));
  const together = !state.section.wave.goLiveTogether || ready.length === due.length;
  const now = together ? ready : [];
  if (wait) state.rechecks.keepOnly(now.map((section) => section.package.id));
  if (wait && now.length > 0) await releaseAsRechecked(state, input, now, wait);
  if (!wait) for (const section of now) await release(state, input, section);
  for (const section of stillThere(state, due)) {
    const goLiveMs = state.goLiveOf(section);
    if (state.progressOf(section).released || goLiveMs === undefined || nowMs < goLiveMs + state.section.wave.window) continue;
    const others = state.section.wave.goLiveTogether ? due.filter((entry) => entry !== section && !ready.includes(entry)).map((entry) => entry.package.id) : [];
    const silent = state.rechecks.running().includes(section.package.id);
    const behindOthers = now.includes(section) && !silent && isNotStarted(state)(section);
    state.rechecks.giveUp(section.package.id);
    holdBack(
      state,
      section,
      whyNotReleased([...earlier, ...state.blockers(section, nowMs)], { others, buildsOn: unreleasedBelow(state, section, notLive), silent, behindOthers }),
    );
  }
}

/** During a blackout a package waits for a new date from a person, and so do the packages that go live together with it. */
function deferForBlackouts(state: WaveState, due: PackageSection[], nowMs: number): void {
  const held = due.filter((section) => {
    const blackout = state.deferredByBlackout(section, nowMs);
    if (blackout) holdBack(state, section, heldByBlackout(blackout));
    return blackout !== undefined;
  });
  if (held.length === 0 || !state.section.wave.goLiveTogether) return;
  const names = held.map((section) => section.package.id);
  for (const section of due.filter((entry) => !held.includes(entry))) holdBack(state, section, heldWithOthers(names));
}

/** The current sections: a revision may have changed or dropped a package while the wave waited. */
const stillThere = (state: WaveState, sections: PackageSection[]): PackageSection[] => sections.flatMap((section) => state.sectionOf(section.package.id) ?? []);

const openEarlierWaves = ({ section: { plan, wave } }: WaveState): Promise<EarlierWave[]> =>
  telemetry('check that earlier waves are released').openEarlierWaves(plan, wave.after);

/** Of these packages of other waves, those that are not live. */
const notLiveElsewhere = ({ section: { plan } }: WaveState, ids: string[]): Promise<string[]> =>
  telemetry('check that what packages build on is live').packagesNotLive(plan, ids);

/** A package never goes live before a package that it builds on. */
function buildsOnReleased(state: WaveState, section: PackageSection, due: PackageSection[], notLive: string[]): boolean {
  if (state.basesElsewhere(section).some((id) => notLive.includes(id))) return false;
  return section.package.buildsOn.every((id) => {
    const other = state.sectionOf(id);
    return !other || state.progressOf(other).released !== undefined || (due.includes(other) && state.releaseReady(other, state.nowMs()));
  });
}

/** Packages that it builds on and that are not released: here, or in another wave. */
const unreleasedBelow = (state: WaveState, section: PackageSection, notLive: string[]): string[] =>
  section.package.buildsOn.filter((id) => {
    const other = state.sectionOf(id);
    return other ? state.progressOf(other).released === undefined : state.basesElsewhere(section).includes(id) && notLive.includes(id);
  });

/**
 * Releases those of the packages whose systems have answered. The others are rechecked beside the main loop, and released when theirs have. Where all go live
 * together, all are rechecked before the first is released.
 */
async function releaseAsRechecked(state: WaveState, input: WaveInput, ready: PackageSection[], wait: Wait): Promise<void> {
  const { rechecks } = state;
  const ids = ready.map((section) => section.package.id);
  const unread = ready.filter((section) => !rechecks.has(section.package.id));
  if (unread.length > 0) {
    await postRecords(state.inbox);
    const started = stillThere(state, unread).filter((section) => startRecheck(state, section));
    if (started.length > 0) await wait();
  }
  // Of packages that go live together, none is released by what was known before.
  const { goLiveTogether } = state.section.wave;
  if (goLiveTogether && (state.changed || rechecks.running().length > 0 || stillThere(state, unread).some(isNotStarted(state)))) return;
  const knownMs = latestKnownMs(state, ids);
  const signed = stillThere(state, ready).filter((section) => isAsSigned(state, section.package.id, takeRecheck(state, section.package.id, knownMs)));
  if (goLiveTogether && signed.length < ids.length) return holdBackTogether(state, ready);
  for (const section of signed) await go(state, input, section);
}

/** All of them wait for a new date, where some were held back by what was read. */
function holdBackTogether(state: WaveState, ready: PackageSection[]): void {
  const isHeld = (section: PackageSection) => state.goLiveOf(section) === undefined;
  const others = stillThere(state, ready).flatMap((section) => (isHeld(section) ? [section.package.id] : []));
  if (others.length === 0) return;
  for (const section of stillThere(state, ready)) if (!isHeld(section)) holdBack(state, section, whyNotReleased([], { others, buildsOn: [] }));
}

/** Too many others were read: it is when one of them has ended. */
const isNotStarted =
  (state: WaveState) =>
  (section: PackageSection): boolean =>
    !state.rechecks.has(section.package.id) && signedOf(state, section) !== undefined;

function startRecheck(state: WaveState, section: PackageSection): boolean {
  const signed = signedOf(state, section);
  if (!signed) return false;
  const { revision, previewDigest: digest } = signed;
  const lines = systemsRead(section).map((system) => lineOf(system, section));
  return state.rechecks.start(section.package.id, lines, async (answered) => ({ revision, digest, read: await recheckRead(section, signed, answered) }));
}

const comparedAgainAtMost = 3;

/** Of these packages, when the last system was read, or the last timer of the wave rang. Real time. */
function latestKnownMs({ rechecks }: WaveState, ids: string[]): number {
  const reads = rechecks.found(ids).flatMap(({ read }) => ('done' in read ? read.done : []));
  return Math.max(lastRungMs(), ...reads.map(({ readMs }) => readMs ?? 0));
}

function takeRecheck(state: WaveState, id: string, knownMs: number): Recheck | undefined {
  const { found } = state.rechecks.take(id) ?? {};
  if (!found || 'refusal' in found.read || !isTooOld(found.read.done, knownMs)) return found;
  // What was read just now is called old where the clock of a worker is behind: then it is not read for ever.
  const again = (state.comparedAgain.get(id) ?? 0) + 1;
  state.comparedAgain.set(id, again);
  if (again > comparedAgainAtMost) return found;
  state.changed = true;
  return undefined;
}

/** What is signed of a package whose go-live has come. */
function signedOf(state: WaveState, section: PackageSection): ReleaseRef | undefined {
  const { plan, revision, wave } = state.section;
  const { preview } = state.progressOf(section);
  const goLiveMs = state.goLiveOf(section);
  if (!preview || goLiveMs === undefined || goLiveMs > state.nowMs()) return undefined;
  return { plan, wave: wave.id, package: section.package.id, revision, planDigest: section.planDigest, previewDigest: preview.digest, parts: preview.parts };
}

const recheckRead = (section: PackageSection, signed: ReleaseRef, answered: (line: string) => void = () => undefined): Promise<Recheck['read']> =>
  orRefusal(
    Promise.all(
      readFor(section).systems.map((system) =>
        systemWork(system, 'read', `recheck of ${section.package.id} in ${system}`)
          .recheckSystem(signed, system)
          .finally(() => answered(lineOf(system, section))),
      ),
    ),
  );

/** Whether nothing is wider than what was signed; otherwise the package is held back. False also where nothing was read. */
function isAsSigned(state: WaveState, id: string, recheck: Recheck | undefined): boolean {
  const section = state.sectionOf(id);
  if (!section || !recheck) return false;
  const { revision, digest, read } = recheck;
  // A revision or another preview arrived in the meantime, so the package is considered again with it.
  if (state.section.revision !== revision || state.progressOf(section).preview?.digest !== digest) {
    state.changed = true;
    return false;
  }
  if ('refusal' in read) {
    holdBack(state, section, { code: 'refused', text: read.refusal });
    return false;
  }
  const wider = read.done.reduce((sum, { wider: more }) => sum + more, 0);
  // What is incompatible across two systems, both of them found.
  const stops = [...new Map(read.done.flatMap((one) => one.stops ?? []).map((stop) => [stop.text, stop])).values()];
  if (stops.length > 0) {
    // A new preview shows the systems as they are now, and stops the release until they or the plan change.
    voidPreview(state.progressOf(section));
    holdBack(state, section, heldByStops(stops));
    return false;
  }
  if (wider <= state.section.wave.tolerance) return true;
  const lines = read.done.flatMap((one) => one.lines);
  voidPreview(state.progressOf(section));
  holdBack(state, section, { code: 'wider', changes: wider, text: `${wider} more than what was signed: ${lines.slice(0, 3).join('; ')}` });
  return false;
}

async function release(state: WaveState, input: WaveInput, { package: { id } }: PackageSection): Promise<void> {
  const section = state.sectionOf(id);
  const signed = section && signedOf(state, section);
  if (!section || !signed) return;
  const { revision, previewDigest: digest } = signed;
  await postRecords(state.inbox);
  const read = await state.during('recheck', () => recheckRead(section, signed));
  if (isAsSigned(state, id, { revision, digest, read })) await go(state, input, section);
}

async function go(state: WaveState, input: WaveInput, section: PackageSection): Promise<void> {
  const { plan, revision, wave: waveSection } = state.section;
  const { id } = section.package;
  const progress = state.progressOf(section);
  const goLiveMs = state.goLiveOf(section);
  if (!progress.preview || goLiveMs === undefined) return;
  const { digest, parts } = progress.preview;
  // While the systems were read, a rejection, a hold or another date may have arrived, or a blackout may have begun.
  const nowMs = state.nowMs();
  if (state.data.abort || progress.released || !state.releaseReady(section, nowMs)) return;
  if (goLiveMs > nowMs || state.deferredByBlackout(section, nowMs)) {
    // Time alone may have caused this. The main loop runs again, and holds back what a blackout defers.
    state.changed = true;
    return;
  }

  const child: RolePackageInput = {
    plan,
    wave: waveSection.id,
    revision,
    section,
    operators: state.section.operators,
    release: {
      previewDigest: digest,
      parts,
      baseline: progress.baseline ?? {},
      goLiveMs: nowMs,
      signedBy: approvals(state, section),
      ...state.releaseTerms(section),
    },
    notices: state.section.notices,
    blackouts: state.section.blackouts,
    ...(input.clock ? { clock: input.clock } : {}),
    ...(input.continueAfterEvents === undefined ? {} : { continueAfterEvents: input.continueAfterEvents }),
  };
  // Before it is started, so that a revision that arrives in between finds it released.
  progress.released = { atMs: nowMs, goLiveMs };
  notHeldBack(state, section);
  const allowed = allowedText(section.duties.site);
  const people = `to ${parts.reduce((most, part) => Math.max(most, part.people), 0)} people`;
  state.event('released', allowed.length === 0 ? people : `${people}; the site allows that ${allowed.join(', and that ')}`, { package: id });
  await state.during('release', () => startOrAdopt(state, section, child));
}

/** After a reset to before its sign-offs, the wave finds its package released. It continues from there and asks nobody to sign again. */
export async function adopt(state: WaveState, section: PackageSection): Promise<void> {
  const nowMs = state.nowMs();
  state.progressOf(section).released = { atMs: nowMs, goLiveMs: state.goLiveOf(section) ?? nowMs };
  notHeldBack(state, section);
  state.event('adopted', 'already released by an earlier run of this wave', { package: section.package.id });
  await adoptStatus(state, section);
}

/** Whose last decision is an approval that counts. */
function approvals(state: WaveState, section: PackageSection): { by: string; atMs: number }[] {
  const { signOffs, preview } = state.progressOf(section);
  const digests = { planDigest: section.planDigest, previewDigest: preview?.digest };
  const last = new Map(signOffs.map((signOff) => [signOff.by, signOff]));
  return [...last.values()].filter((each) => each.decision === 'approve' && counts(each, digests)).map(({ by, atMs }) => ({ by, atMs }));
}

/** Nothing was granted, so it is not released after all: it waits for another date, or for a revision that takes it out. */
export function releaseRefused(state: WaveState, section: PackageSection, why: string): void {
  const progress = state.progressOf(section);
  delete progress.released;
  delete progress.outcome;
  holdBack(state, section, { code: 'refused', text: `its release was refused, and nothing was granted: ${why.replace(/^refused: /, '')}` });
}

async function startOrAdopt(state: WaveState, section: PackageSection, child: RolePackageInput): Promise<void> {
  if (await isStarted(section, child, 'REJECT_DUPLICATE')) return;
  const last = await adoptStatus(state, section);
  // Someone started it without its wave, or its release was refused before, and it granted nothing. That must not prevent the signed one from starting.
  if (!last?.nothingGranted || (await isStarted(section, child, 'ALLOW_DUPLICATE'))) return;
  releaseRefused(state, section, 'its workflow could not be started, because another one runs under its id');
}

/** False: one runs under its id, or has run. */
async function isStarted(...[section, child, policy]: Parameters<typeof start>): Promise<boolean> {
  try {
    await start(section, child, policy);
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}

const start = (section: PackageSection, child: RolePackageInput, workflowIdReusePolicy: 'REJECT_DUPLICATE' | 'ALLOW_DUPLICATE') =>
  wf.startChild('rolePackage', {
    workflowId: packageWorkflowId(child.plan, child.wave, section.package.id),
    args: [child],
    parentClosePolicy: wf.ParentClosePolicy.ABANDON,
    cancellationType: wf.ChildWorkflowCancellationType.ABANDON,
    workflowIdReusePolicy,
    typedSearchAttributes: packageAttributes(child, 'Monitoring'),
    staticSummary: `Package ${section.package.id} of wave ${child.wave}, plan ${child.plan}`,
    staticDetails: `Risk ${section.package.risk}; team ${inMarkdown(section.team)}.`,
  });
