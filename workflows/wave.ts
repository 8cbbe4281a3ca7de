/**
 * A wave: gathers what its packages need, releases each one that is ready at its go-live, waits until all have come to rest, and closes with a review.
 *
 * Invariants:
 * 1. Nothing here touches a system: packages are previewed by activities and released as workflows of their own, which outlive this one (ABANDON).
 * 2. A package is started at most once per wave; one that runs already is adopted (after a reset, or when the process died in between).
 * 3. What was signed is compared with the systems again at go-live; anything wider holds back that package only (R3).
 * 4. Accepted messages reach the store before the effect that rests on them.
 */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import * as wf from '@temporalio/workflow';
import { waveMessageTypes, packageOutcomeSignal, packageWorkflowId, stateQuery } from '../domain/messages.ts';
import type { PackageSection, RolePackageInput, WaveInput } from '../domain/plan/section.ts';
import type { PackageState } from '../domain/states.ts';
import { receiptQuery } from '../domain/views.ts';
import { instantText } from '../domain/time/instant.ts';
import { toReal } from '../domain/time/plan-clock.ts';
import { orRefusal, postRecords, systemWork, telemetry } from './activities.ts';
import { Alarm, type Due } from './alarm.ts';
import { waveDetails } from './current-details.ts';
import { historyIsLong } from './history-length.ts';
import { receiveMessages } from './receive-messages.ts';
import { packageAttributes, waveAttributes } from './search-attributes.ts';
import { receiveWaveMessage } from './wave-messages.ts';
import { tellOfCancelledWave, tellOfWave } from './wave-requests.ts';
import { WaveState } from './wave-state.ts';
import { waveView } from './wave-view.ts';

/** What a package tells its wave; `id` makes it count once. */
export interface PackageOutcome {
  id: string;
  package: string;
  state: PackageState;
  line: string;
  atMs: number;
}
export const packageOutcome = wf.defineSignal<[PackageOutcome]>(packageOutcomeSignal);

const baselineDays = 14;
const dayMs = 86_400_000;

export async function wave(input: WaveInput): Promise<{ stage: string; why: string }> {
  const state = new WaveState(input);
  const alarm = new Alarm();
  receiveMessages(waveMessageTypes, state.inbox, (type, jws, section) => receiveWaveMessage(state, type, jws, section));
  wf.setHandler(packageOutcome, ({ id, package: packageId, ...outcome }) => state.outcome(id, packageId, outcome));
  wf.setHandler(wf.defineQuery(stateQuery), () => waveView(state));
  wf.setHandler(wf.defineQuery<unknown, [string]>(receiptQuery), (id) => state.inbox.status(id));

  try {
    while (!state.data.ended) {
      state.changed = false;
      await prepare(state, input);
      await releaseWhatIsDue(state, input);
      settle(state);
      await show(state);
      if (state.data.ended || state.changed) continue;
      if (historyIsLong(input.continueAfterEvents)) return await continueAsNew(state, input);
      await alarm.wait(() => state.changed, nextDue(state, input));
    }
    return { stage: state.data.ended.stage, why: state.data.ended.why };
  } catch (error) {
    if (wf.isCancellation(error)) await wf.CancellationScope.nonCancellable(() => cancelled(state));
    throw error;
  }
}

/** Takes the preview and the baseline of every package that wants them; changes nothing in any system. */
async function prepare(state: WaveState, input: WaveInput): Promise<void> {
  const wanted = state.previewsWanted();
  if (wanted.length === 0) return;
  state.data.acting = 'preview';
  await postRecords(state.inbox);
  await Promise.all(wanted.map((section) => preview(state, input, section)));
  delete state.data.acting;
}

async function preview(state: WaveState, input: WaveInput, section: PackageSection): Promise<void> {
  const { plan, revision } = state.section;
  const ref = { plan, wave: state.section.wave.id, package: section.package.id, revision };
  const progress = state.progressOf(section);
  const { pilot } = progress;
  // Cleared first: a revision or a pilot that arrives meanwhile wants another one.
  progress.previewWanted = false;
  const nowMs = state.nowMs();
  const range = { fromMs: nowMs - baselineDays * dayMs, toMs: nowMs, ...(input.clock ? { clock: input.clock } : {}) };
  const { id } = section.package;
  const read = await orRefusal(
    Promise.all([
      Promise.all(section.systems.map((system) => systemWork(system, 'read', `preview of ${id} in ${system}`).previewSystem(ref, system, pilot))),
      telemetry(`baseline of ${id}`).takeBaseline(ref, range),
    ]),
  );
  // A revision that came meanwhile may have dropped the package.
  if (!state.sectionOf(id)) return;
  if ('refusal' in read) return read.type === 'AlreadyReleased' ? adopt(state, section) : state.previewFailed(section, read.refusal);
  const [parts, { baseline, readable }] = read.done;
  if (progress.previewWanted || state.section.revision !== revision) {
    progress.previewWanted = true;
    return;
  }
  state.baselineTaken(section, baseline, readable);
  state.previewed(section, parts);
}

/** Releases every package whose go-live has come and that is ready, and holds back what is late. */
async function releaseWhatIsDue(state: WaveState, input: WaveInput): Promise<void> {
  if (state.data.abort) return;
  const nowMs = state.nowMs();
  let due = state.unreleased().filter((section) => (state.goLiveOf(section) ?? Number.POSITIVE_INFINITY) <= nowMs);
  for (const section of due) {
    const blackout = state.heldByBlackout(section, nowMs);
    if (blackout)
      state.holdBack(section, `blackout '${blackout.id}' until ${instantText(blackout.untilMs)} (${blackout.reason}): a person decides on the date`);
  }
  due = due.filter((section) => state.goLiveOf(section) !== undefined);
  if (due.length === 0) return;
  const earlier = await openEarlierWaves(state);
  const ready = due.filter((section) => earlier.length === 0 && state.releaseReady(section, nowMs) && buildsOnReleased(state, section, due));
  const together = !state.section.wave.goLiveTogether || ready.length === due.length;
  if (together) for (const section of ready) await release(state, input, section);
  for (const section of due) {
    const goLiveMs = state.goLiveOf(section);
    if (state.progressOf(section).released || goLiveMs === undefined || nowMs < goLiveMs + state.section.wave.window) continue;
    state.holdBack(section, whyHeldBack(state, section, earlier, nowMs));
  }
}

async function openEarlierWaves(state: WaveState): Promise<string[]> {
  const { after } = state.section.wave;
  return after.length === 0 ? [] : telemetry('are earlier waves released').openEarlierWaves(state.section.plan, after);
}

/** A package never goes live before one that it builds on in this wave. */
function buildsOnReleased(state: WaveState, section: PackageSection, due: PackageSection[]): boolean {
  return section.package.buildsOn.every((id) => {
    const other = state.sectionOf(id);
    return !other || state.progressOf(other).released !== undefined || (due.includes(other) && state.releaseReady(other, state.nowMs()));
  });
}

function whyHeldBack(state: WaveState, section: PackageSection, earlier: string[], nowMs: number): string {
  const open = [...earlier.map((line) => `earlier wave: ${line}`), ...state.openLines(section, nowMs)];
  if (open.length > 0) return `not ready at go-live: ${open.join('; ')}`;
  if (state.section.wave.goLiveTogether) return 'ready, and the wave goes live together: others were not';
  return `builds on ${section.package.buildsOn.join(', ')}, which is not released`;
}

async function release(state: WaveState, input: WaveInput, section: PackageSection): Promise<void> {
  const { plan, revision, wave: waveSection } = state.section;
  const progress = state.progressOf(section);
  const goLiveMs = state.goLiveOf(section);
  if (!progress.preview || goLiveMs === undefined) return;
  const { digest, parts } = progress.preview;
  const id = section.package.id;
  await postRecords(state.inbox);

  state.data.acting = 'recheck';
  const signed = { plan, wave: waveSection.id, package: id, revision, planDigest: section.planDigest, previewDigest: digest, parts };
  const recheck = await orRefusal(
    Promise.all(section.systems.map((system) => systemWork(system, 'read', `recheck of ${id} in ${system}`).recheckSystem(signed, system))),
  );
  delete state.data.acting;
  if (!state.sectionOf(id)) return;
  if ('refusal' in recheck) return state.holdBack(section, recheck.refusal);
  const rechecks = recheck.done;
  const wider = rechecks.reduce((sum, { wider: more }) => sum + more, 0);
  if (wider > waveSection.tolerance) return state.widened(section, { shrunk: 0, wider, lines: rechecks.flatMap(({ lines }) => lines) });
  // A rejection, a hold or a revision may have come while the systems were read.
  if (state.data.abort || !state.releaseReady(section, state.nowMs()) || progress.preview?.digest !== digest || state.goLiveOf(section) === undefined) return;

  state.data.acting = 'release';
  const child: RolePackageInput = {
    plan,
    wave: waveSection.id,
    revision,
    section,
    operators: state.section.operators,
    keys: input.keys,
    release: {
      previewDigest: digest,
      parts,
      baseline: progress.baseline ?? {},
      goLiveMs: state.nowMs(),
      ...state.releaseTerms(section),
    },
    ...(state.section.notices ? { notices: state.section.notices } : {}),
    ...(state.section.blackouts ? { blackouts: state.section.blackouts } : {}),
    ...(input.clock ? { clock: input.clock } : {}),
    ...(input.continueAfterEvents === undefined ? {} : { continueAfterEvents: input.continueAfterEvents }),
  };
  await startOrAdopt(state, section, child);
  delete state.data.acting;
  state.released(section, goLiveMs);
}

/** After a reset to before its sign-offs, the wave finds its package out: it goes on from there and asks nobody to sign again. */
async function adopt(state: WaveState, section: PackageSection): Promise<void> {
  state.adopted(section);
  await lastWord(state, section);
}

async function startOrAdopt(state: WaveState, section: PackageSection, child: RolePackageInput): Promise<void> {
  try {
    await start(section, child, 'REJECT_DUPLICATE');
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const last = await lastWord(state, section);
    // Somebody started it past its wave, was refused and gave nothing: that must not keep the signed one from starting.
    if (last?.nothingGiven) await start(section, child, 'ALLOW_DUPLICATE_FAILED_ONLY');
  }
}

const start = (section: PackageSection, child: RolePackageInput, workflowIdReusePolicy: 'REJECT_DUPLICATE' | 'ALLOW_DUPLICATE_FAILED_ONLY') =>
  wf.startChild('rolePackage', {
    workflowId: packageWorkflowId(child.plan, child.wave, section.package.id),
    args: [child],
    parentClosePolicy: wf.ParentClosePolicy.ABANDON,
    cancellationType: wf.ChildWorkflowCancellationType.ABANDON,
    workflowIdReusePolicy,
    typedSearchAttributes: packageAttributes(child, 'Monitoring'),
    staticSummary: section.package.name,
    staticDetails: `${section.package.description}\n\nRisk ${section.package.risk}; team ${section.team}.`,
  });

async function lastWord(state: WaveState, section: PackageSection) {
  const workflowId = packageWorkflowId(state.section.plan, state.section.wave.id, section.package.id);
  const standing = await telemetry(`last word of ${section.package.id}`).packageStanding(workflowId);
  if (!standing) return undefined;
  const { nothingGiven, ...outcome } = standing;
  if (!nothingGiven) state.outcome(`${workflowId}#adopted`, section.package.id, outcome);
  return standing;
}

/** Ends the wave when everything is done that it was for. */
function settle(state: WaveState): void {
  const { abort, review } = state.data;
  if (abort) return settleAbort(state, abort);
  if (review) return state.end('closed', `reviewed by ${review.by}`);
  if (!state.everybodyOut()) {
    delete state.data.settledSinceMs;
    return;
  }
  state.data.settledSinceMs ??= state.nowMs();
  if (state.nowMs() >= state.data.settledSinceMs + state.section.wave.reviewWithin) state.end('closed', 'without a review: none came in time');
}

/** Nothing given yet: the wave ends. Packages that are out get the same sealed abort and roll back; the wave waits for them. */
function settleAbort(state: WaveState, abort: { by: string; reason: string; jws: string; passedOn?: boolean }): void {
  const out = state.section.packages.filter((section) => state.progressOf(section).released);
  const done = out.every((section) => ['Rolled back', 'Retired'].includes(state.progressOf(section).outcome?.state ?? ''));
  if (done) return state.end('aborted', `${abort.reason} (${abort.by})`);
}

async function show(state: WaveState): Promise<void> {
  tellOfWave(state);
  if (state.data.abort && !state.data.abort.passedOn && !state.data.ended) await tellPackages(state, state.data.abort);
  if (state.data.ended) {
    // Under the id by which it runs: a wave that somebody started beside the plan's own says nothing in its name.
    state.data.inbox.outbox.finals.push({ workflowId: wf.workflowInfo().workflowId, state: waveView(state) });
  }
  await postRecords(state.inbox);
  const view = waveView(state);
  const attributes = waveAttributes(view);
  if (attributes) wf.upsertSearchAttributes(attributes);
  wf.setCurrentDetails(waveDetails(view));
}

async function tellPackages(state: WaveState, abort: { jws: string; passedOn?: boolean }): Promise<void> {
  abort.passedOn = true;
  for (const section of state.section.packages.filter((entry) => state.progressOf(entry).released)) {
    const handle = wf.getExternalWorkflowHandle(packageWorkflowId(state.section.plan, state.section.wave.id, section.package.id));
    try {
      await handle.signal('abort', abort.jws);
    } catch (error) {
      if (wf.isCancellation(error)) throw error;
      state.inbox.log(state.nowMs(), 'rolewave', 'abort-not-passed-on', `${section.package.id} has ended already`, { package: section.package.id });
    }
  }
}

function nextDue(state: WaveState, input: WaveInput): Due | undefined {
  const next = state.nextInstant();
  return next && { atRealMs: toReal(next.atMs, input.clock), summary: next.summary };
}

async function continueAsNew(state: WaveState, input: WaveInput): Promise<never> {
  await wf.condition(wf.allHandlersFinished);
  return wf.continueAsNew<typeof wave>({ ...input, section: state.section, carried: state.data });
}

/** Cancelling a workflow revokes nothing: it stops, says so, and a person decides what becomes of what is out. */
async function cancelled(state: WaveState): Promise<void> {
  state.inbox.log(
    state.nowMs(),
    'rolewave',
    'cancelled',
    'the wave was cancelled in the engine; released packages go on by themselves, nothing was taken back',
    { data: { asks: 'an operator' } },
  );
  tellOfCancelledWave(state);
  state.data.inbox.outbox.finals.push({ workflowId: wf.workflowInfo().workflowId, state: { ...waveView(state), endedWhy: 'cancelled in the engine' } });
  await postRecords(state.inbox);
}
