/**
 * A wave: gathers what its packages need, releases each ready package at its go-live, waits until all are stable or have ended, and closes with a review.
 *
 * Invariants:
 * 1. The wave itself changes no system. Activities preview packages, and each release is its own workflow, which outlives this one (ABANDON).
 * 2. A package is started at most once per wave. One that already runs is adopted (after a reset, or when the process died in between).
 * 3. What was signed is compared with the systems again at go-live. Anything wider holds back only that package (R3).
 * 4. Accepted messages reach the store before the effects that depend on them.
 */
import * as wf from '@temporalio/workflow';
import { packageWorkflowId } from '../../domain/messages.ts';
import type { PackageSection, WaveInput, WaveSection } from '../../domain/plan/section.ts';
import { toReal } from '../../domain/time/plan-clock.ts';
import { orRefusal, postRecords, systemWork, telemetry } from '../shared/activities.ts';
import { Alarm, type Due } from '../shared/alarm.ts';
import { waveDetails } from '../shared/current-details.ts';
import { historyIsLong } from '../shared/history-length.ts';
import { waveAttributes } from '../shared/search-attributes.ts';
import * as signals from '../shared/signals.ts';
import { receiveWaveMessage } from './messages.ts';
import { adopt, releaseWhatIsDue } from './release.ts';
import { requestAfterWaveCancellation, updateWaveRequests } from './requests.ts';
import { WaveState } from './state.ts';
import { waveView } from './view.ts';

const baselineDays = 14;
const dayMs = 86_400_000;

export async function wave(input: WaveInput): Promise<{ stage: string; why: string }> {
  const state = new WaveState(input);
  const alarm = new Alarm();
  state.inbox.listen(
    () => (state.changed = true),
    (message, jws, section) => receiveWaveMessage(state, message, jws, section as WaveSection | undefined),
  );
  wf.setHandler(signals.packageOutcome, ({ id, package: packageId, ...outcome }) => state.outcome(id, packageId, outcome));
  wf.setHandler(signals.currentState, () => waveView(state));

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

/** Takes the preview and the baseline of every package that needs them. Changes nothing in any system. */
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
  // Cleared first, because a revision or a pilot that arrives in the meantime needs another preview.
  progress.previewWanted = false;
  const nowMs = state.nowMs();
  const range = { fromMs: nowMs - baselineDays * dayMs, toMs: nowMs, ...(input.clock ? { clock: input.clock } : {}) };
  const { id } = section.package;
  const read = await orRefusal(
    Promise.all([
      Promise.all(section.systems.map((system) => systemWork(system, 'read', `preview of ${id} in ${system}`).previewSystem(ref, system, pilot))),
      telemetry(`baseline of ${id}`).readBaseline(ref, range),
    ]),
  );
  // A revision that arrived in the meantime may have dropped the package.
  if (!state.sectionOf(id)) return;
  if ('refusal' in read) return read.type === 'AlreadyReleased' ? adopt(state, section) : state.previewFailed(section, read.refusal);
  const [parts, { baseline, readable }] = read.done;
  if (progress.previewWanted || state.section.revision !== revision) {
    progress.previewWanted = true;
    return;
  }
  state.baselineRead(section, baseline, readable);
  state.previewed(section, parts);
}

/** Ends the wave when everything is done. */
function settle(state: WaveState): void {
  const { abort, review } = state.data;
  if (abort) return settleAbort(state, abort);
  if (review) return state.end('closed', `reviewed by ${review.by}`);
  if (!state.everybodyOut()) {
    delete state.data.settledSinceMs;
    return;
  }
  state.data.settledSinceMs ??= state.nowMs();
  if (state.nowMs() >= state.data.settledSinceMs + state.section.wave.reviewWithin) state.end('closed', 'closed without a review: none was written in time');
}

/** If nothing is released yet, the wave ends. Released packages receive the same sealed abort and roll back, and the wave waits for them. */
function settleAbort(state: WaveState, abort: { by: string; reason: string; jws: string; passedOn?: boolean }): void {
  const out = state.section.packages.filter((section) => state.progressOf(section).released);
  const done = out.every((section) => ['Rolled back', 'Retired'].includes(state.progressOf(section).outcome?.state ?? ''));
  if (done) return state.end('aborted', `${abort.reason} (${abort.by})`);
}

async function show(state: WaveState): Promise<void> {
  updateWaveRequests(state);
  if (state.data.abort && !state.data.abort.passedOn && !state.data.ended) await signalPackages(state, state.data.abort);
  if (state.data.ended) {
    // Under its actual workflow id, so that a wave that someone started in addition does not speak for the plan's own.
    state.data.inbox.outbox.finals.push({ workflowId: wf.workflowInfo().workflowId, state: waveView(state) });
  }
  await postRecords(state.inbox);
  const view = waveView(state);
  const attributes = waveAttributes(view);
  if (attributes) wf.upsertSearchAttributes(attributes);
  wf.setCurrentDetails(waveDetails(view));
}

async function signalPackages(state: WaveState, abort: { jws: string; passedOn?: boolean }): Promise<void> {
  abort.passedOn = true;
  for (const section of state.section.packages.filter((entry) => state.progressOf(entry).released)) {
    const handle = wf.getExternalWorkflowHandle(packageWorkflowId(state.section.plan, state.section.wave.id, section.package.id));
    try {
      await handle.signal(signals.abort, abort.jws);
    } catch (error) {
      if (wf.isCancellation(error)) throw error;
      state.inbox.log(state.nowMs(), 'rolewave', 'abort-not-passed-on', `${section.package.id} has already ended`, { package: section.package.id });
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

/** Cancelling a workflow revokes nothing. It stops and says so, and a person decides what happens to released access. */
async function cancelled(state: WaveState): Promise<void> {
  state.inbox.log(
    state.nowMs(),
    'rolewave',
    'cancelled',
    'the wave was cancelled in Temporal; released packages continue on their own, and nothing was revoked',
    {
      data: { asks: { role: 'operators' } },
    },
  );
  requestAfterWaveCancellation(state);
  state.data.inbox.outbox.finals.push({ workflowId: wf.workflowInfo().workflowId, state: { ...waveView(state), endedWhy: 'cancelled in Temporal' } });
  await postRecords(state.inbox);
}
